"""The oracle's decisions, loads by rep and eligibility: examples by hand, and the reach of the random data."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from oracle import SEND_CODES, Policy, check
from oracle.cells import suffix_of
from oracle.decisions import Decision, plan
from oracle.eligibility import Eligible, eligibility
from oracle.planned import plan_of
from oracle.random_data import random_tables
from oracle.random_sends import random_sends
from oracle.sends import UNKNOWNS, lacks
from oracle.world import World
from send_cases import (
    ANN,
    APP,
    AS_OF,
    BOB,
    CHANNELS,
    CHAT,
    ELSEWHERE,
    FB,
    HOUR,
    LINE,
    MS,
    NOBODY,
    ODD,
    OLD,
    QUEUE,
    S1,
    S2,
    S3,
    S4,
    SMS,
    U1,
    U2,
    U3,
    USERS,
    VOICE,
    WA,
    WEB,
    Rows,
    at,
    send,
    session,
    table,
    tables,
    user,
)

DAY = timedelta(days=1)
NEW: dict[str, str | None] = {"user": NOBODY, "phone": "+12345678900"}
"""An SMS to somebody without a messaging user."""
COMPLETE: Rows = [session(S1, ELSEWHERE, "Ended", ANN)]
"""Sessions of nobody here, so that there is none of anybody."""


def decided(*sends: dict[str, str | None], policy: Policy = Policy(), **others: Any) -> list[Decision]:  # noqa: B008
    """The decisions; unless told otherwise nobody has a session."""
    return plan(tables(sends, **{"sessions": COMPLETE, **others}), as_of=AS_OF, policy=policy).decisions


def because(*sends: dict[str, str | None], **others: Any) -> list[str]:
    """The outcomes and the codes."""
    return [" ".join((decision.outcome, *decision.because)) for decision in decided(*sends, **others)]


# Decisions


def test_an_allowed_send() -> None:
    assert decided(send()) == [
        Decision(
            row=0,
            outcome="allowed",
            because=(),
            creates_user=False,
            consent_after="ExplicitlyOptedIn",
            session_status="New",
            ends_if_silent_at=AS_OF + timedelta(hours=48),
            capacity_now=0,
            on_reply="unknown",
        )
    ]


def test_a_blocked_send() -> None:
    nothing = {"session_status": None, "ends_if_silent_at": None, "capacity_now": None, "on_reply": None}
    users = [user(U2, WA, "WhatsApp", MessagingConsentStatus="OptedOut", LastInboundMessageTime=at(25 * HOUR))]
    expected = Decision(0, "blocked", ("P105", "P110"), creates_user=False, consent_after="OptedOut", **nothing)  # type: ignore[arg-type]
    assert decided(send(user=U2, channel=WA), users=users) == [expected]


def test_outcomes_and_codes() -> None:
    channels = [{**row, "ConsentType": "DoubleOptIn"} for row in CHANNELS]
    sends = [
        send(),
        send(owner=BOB),  # warnings do not block
        send(**NEW),
        send(**NEW | {"phone": "2", "confirmed": None, "source": U1}),
        send(user=NOBODY, channel=ELSEWHERE),
        send(user=NOBODY, channel=OLD),
        send(user=U1, channel=WA, at="soon"),
        send(user="bad", channel=ELSEWHERE),
        send(user=None, phone="+14155550005", channel=LINE, owner=None),
        send(user=U1, channel=ELSEWHERE, owner=QUEUE),
    ]
    assert because(*sends, channels=channels) == [
        "allowed P111",
        "allowed P111 P112",
        "allowed",
        "blocked P102 P103 P113",
        "unknown P114",
        "blocked P108",
        "blocked P101 P111 P201",  # found, although on another channel
        "blocked P201",
        "unknown P114",
        "unknown P112 P114",
    ]


def test_decisions_do_not_hang_on_the_rules_that_run() -> None:
    bare = {"MessagingEndUserId": NOBODY, "MessagingChannelId": SMS, "Phone": "+12345678900"}
    (decision,) = decided(bare, sessions=None)
    assert (decision.outcome, decision.because, decision.creates_user) == ("unknown", ("P114",), True)
    (decision,) = decided(bare | {"ConsentConfirmed": "no"}, sessions=None)
    assert (decision.outcome, decision.because, decision.creates_user) == ("blocked", ("P102",), False)


def test_creates_user_and_consent_after() -> None:
    users = [*USERS, user(NOBODY, "bad", "Text", MessagingConsentStatus="doublyoptedin")]
    cases: list[tuple[dict[str, str | None], tuple[bool | None, str | None]]] = [
        (send(user="0PA000000000088", phone="+12345678900"), (True, "ExplicitlyOptedIn")),
        (send(user=U2), (True, "ExplicitlyOptedIn")),  # the WhatsApp customer gets an SMS user
        (send(user=U1), (False, "ExplicitlyOptedIn")),
        (send(user="0PA000000000088", phone="1"), (False, None)),  # blocked
        (send(user=NOBODY), (None, "DoublyOptedIn")),  # linked to nobody knows what
        (send(user=NOBODY, phone="1", channel=ELSEWHERE), (None, "DoublyOptedIn")),  # nor is the kind known
        (send(user="0PA000000000088", channel=ELSEWHERE), (None, None)),  # it may be an SMS channel
        (send(user=None, phone="+19", channel=ELSEWHERE), (None, None)),
        (send(user=None, phone="+14155550005", channel=LINE), (False, None)),  # only SMS creates users
        (send(user="bad"), (False, None)),  # blocked
    ]
    decisions = decided(*(row for row, _ in cases), users=users)
    assert [(decision.creates_user, decision.consent_after) for decision in decisions] == [want for _, want in cases]
    blocked = [user(U2, WA, "WhatsApp", MessagingConsentStatus="OptedOut")]
    assert [d.consent_after for d in decided(send(user=U2), users=blocked)] == ["OptedOut"]


def test_session_status_and_its_end() -> None:
    sends = [send(), send(at="2026-11-20T01:30:00-05:00"), send(user=U2, channel=WA), send(user=NOBODY, channel=OLD)]
    live = [session(S1, U2, "Inactive", ANN), session(S2, U1, "Ended", BOB)]
    shorter = Policy(stale_new_after=HOUR)
    decisions = decided(*sends, sessions=live, policy=shorter)
    assert [d.session_status for d in decisions] == ["New", "New", None, None]
    assert [d.outcome for d in decisions] == ["allowed", "allowed", "allowed", "blocked"]
    start = datetime.fromisoformat("2026-11-20T07:30:00+00:00")
    assert [d.ends_if_silent_at for d in decisions] == [AS_OF + HOUR, start, None, None]
    assert [d.capacity_now for d in decisions] == [0, 0, 0, None]
    assert [d.session_status for d in decided(send(), sessions=None)] == ["New"]  # unknown is not "already in one"


@pytest.mark.parametrize("fallback", [None, "StatusBased", "TabBased"])
def test_on_reply(fallback: str | None) -> None:
    otherwise = {None: "unknown", "StatusBased": "same-rep", "TabBased": "new-session-any-rep"}[fallback]
    policy = Policy(capacity_model=fallback)
    cells = {
        "StatusBased": "same-rep",
        "TabBased": "new-session-any-rep",
        "tabbased": "new-session-any-rep",
        None: otherwise,
        "#N/A": otherwise,
        "Both": otherwise,
    }
    for cell, expected in cells.items():
        (decision,) = decided(send(), channels=[{**CHANNELS[0], "CapacityModel": cell}], policy=policy)
        assert decision.on_reply == expected, cell
    assert [d.on_reply for d in decided(send(), policy=policy)] == [otherwise]
    assert [d.on_reply for d in decided(send(), channels=None, policy=policy)] == [otherwise]
    assert [d.on_reply for d in decided(send(user="bad"), policy=policy)] == [None]


# Load by rep


def test_by_rep() -> None:
    channels = [{**row, "CapacityModel": "TabBased" if row["Id"] == WA else "StatusBased"} for row in CHANNELS[:2]]
    channels.append(dict(CHANNELS[2]))
    sends = [
        send(owner=BOB),
        send(owner=BOB, user=U2, channel=WA),
        send(owner=BOB + suffix_of(BOB), user=NOBODY, channel=WA),  # blocked
        send(owner=BOB, user=U3, channel=FB),
        send(owner=BOB, user=None, phone="+1415", channel=ELSEWHERE),  # unknown
        send(owner=QUEUE),
        send(owner=None),
        send(owner="bad"),
    ]
    sessions = [
        session(S1, U2, "Active", BOB),
        session(S2, ELSEWHERE, "Waiting", BOB),
        session(S2, NOBODY, "Active", BOB),  # repeats an Id
        session(S3, ELSEWHERE, "Ended", BOB),
        session(S4, NOBODY, "Active", None),
        session(None, "bad", "Active", BOB),  # whoever the customer is
    ]
    tables_ = tables(sends, channels=channels, sessions=sessions)
    reps = plan(tables_, as_of=AS_OF).by_rep
    bob, queue = BOB + suffix_of(BOB), QUEUE + suffix_of(QUEUE)
    figures = [tuple(vars(rep).values()) for rep in reps]
    assert figures == [
        (bob, 5, 1, 1, 3, 2, 3, 1, 2),
        (queue, 1, 0, 0, 0, 0, 1, 0, 0),
        (None, 2, 1, 0, None, None, None, 0, 0),
    ]
    without_owners = tables(sends[:1], sessions=[{"MessagingEndUserId": U1, "Status": "Ended"}])
    assert [tuple(vars(rep).values()) for rep in plan(without_owners, as_of=AS_OF).by_rep] == [
        (bob, 1, 0, 0, None, None, None, 0, 1)
    ]


def test_by_rep_keeps_external_keys_and_sorts() -> None:
    rows = [
        {"MessagingEndUserId": U1, "MessagingChannelId": SMS, "Owner.Number__c": cell}
        for cell in ("7", "007", "7", None, "aa")
    ]
    reps = plan(tables(rows, sessions=COMPLETE), as_of=AS_OF).by_rep
    assert [(rep.owner_id, rep.planned, rep.live_sessions) for rep in reps] == [
        ("007", 1, None),
        ("7", 2, None),
        ("aa", 1, None),
        (None, 1, None),
    ]


# Eligibility


def judged(*users: dict[str, str | None], policy: Policy = Policy(), **others: Any) -> list[Eligible]:  # noqa: B008
    """The eligibility of some users of the small org."""
    rows = {"channels": CHANNELS, **others, "users": users}
    return eligibility(
        {name: table(given) for name, given in rows.items() if given is not None}, as_of=AS_OF, policy=policy
    )


def said(*users: dict[str, str | None], **others: Any) -> list[str]:
    """Whether they may be written to, and why."""
    return [" ".join((user.can_send, *user.because)) for user in judged(*users, **others)]


def test_eligibility_of_sound_users() -> None:
    one, two, *others = judged(*USERS)
    assert (one.row, one.record_id, one.channel_id, one.kind, one.can_send, one.because) == (
        *(0, U1, SMS, "sms", "freeform", ()),
    )
    assert one.window_closes_at is None
    assert one.available_at == AS_OF - timedelta(days=9) + timedelta(minutes=10)
    assert two.window_closes_at == AS_OF + timedelta(hours=23)
    assert [user.kind for user in (two, *others)] == ["whatsapp", "messenger", "apple", "line", "custom", "in-app"]
    assert {user.can_send for user in (two, *others)} == {"freeform"}


def test_eligibility_no() -> None:
    assert said(
        user(U1, OLD, "Text"),
        user(U1, VOICE, "Voice"),
        user(U1, WEB, "EmbeddedMessaging"),
        user(U1, None, "WhatsApp"),
        user(U1, None, "Text"),
        user(U1, ELSEWHERE, "Text"),
        user(U1, SMS, "Text", MessagingConsentStatus="optedout"),
        user(U1, SMS, "Text", MessagingPlatformKey="14155550001"),
        user(U1, WA, "WhatsApp", MessagingPlatformKey="14155550001"),
        user(U1, LINE, "Line", MessagingPlatformKey=" "),
        user(U1, SMS, "Text", CreatedDate=at(timedelta(minutes=10) - MS)),
        user(U1, SMS, "Text", CreatedDate=at(timedelta(minutes=10))),
        user(U1, FB, "Facebook", LastInboundMessageTime=at(7 * DAY + MS)),
        user(U1, FB, "Facebook", LastInboundMessageTime=at(7 * DAY)),
        user(U1, None, "Facebook", MessagingConsentStatus="OptedOut", MessagingPlatformKey=None, CreatedDate=at()),
        user(U1, SMS, "Text", MessagingConsentStatus="OptedOut", CreatedDate="x"),  # no wins over unknown
    ) == [
        *("no U305", "no U305", "no U305", "no U301", "freeform", "no U302", "no U401", "no U101", "freeform"),
        *("no U201", "no U307", "freeform", "no W102", "freeform", "no U201 U301 U307 U401", "no U401"),
    ]


def test_eligibility_of_channels() -> None:
    channels = [
        {**CHANNELS[0], "IsActive": "false", "ConsentType": "ExplicitOptIn"},
        {**CHANNELS[1], "IsActive": "true", "ConsentType": "DoubleOptIn"},
        {**CHANNELS[4], "IsActive": "?", "ConsentType": "ImplicitOptIn"},
    ]
    assert said(
        user(U1, SMS, "Text"),
        user(U1, WA, "WhatsApp"),
        user(U1, WA, "WhatsApp", MessagingConsentStatus="DoublyOptedIn"),
        user(U1, LINE, "Line", MessagingConsentStatus="ImplicitlyOptedIn"),
        user(U1, WA, "WhatsApp", MessagingConsentStatus="OptedOut"),
        user(U1, WA, "WhatsApp", MessagingConsentStatus=None),
        channels=channels,
    ) == ["no U303", "no U402", "freeform", "freeform", "no U401", "unknown U403"]


def test_eligibility_unknown() -> None:
    assert said(
        user(U1, CHAT, "EmbeddedMessaging"),
        user(U1, ODD, "odd"),
        user(U1, ODD, None),
        user(U1, "bad", "Text"),
        user(U1, SMS, "Text", MessagingConsentStatus=None),
        user(U1, SMS, "Text", MessagingConsentStatus="odd"),
        user(U1, WA, "WhatsApp", LastInboundMessageTime=None),
        user(U1, FB, "Facebook", LastInboundMessageTime="x"),
        user(U1, WA, "WhatsApp", LastInboundMessageTime=at(-HOUR)),
        user(U1, LINE, "Line", LastInboundMessageTime=None),
        user(U1, SMS, "Text", CreatedDate=None),
        user(U1, SMS, "Text", CreatedDate="x"),
        user(U1, ODD, "odd", MessagingConsentStatus="odd", CreatedDate="x"),
        user(U1, WA, "WhatsApp", LastInboundMessageTime=at(25 * HOUR), CreatedDate="x"),
        user(U1, WA, "WhatsApp", LastInboundMessageTime=at(24 * HOUR + MS)),
        user(U1, WA, "WhatsApp", LastInboundMessageTime=at(24 * HOUR)),
    ) == [
        *("unknown U306", "unknown U202", "unknown U201", "unknown U204", "unknown U403", "unknown U202"),
        *("unknown W103", "unknown W103", "unknown W103", "freeform", "unknown U307", "unknown U208"),
        *("unknown U202 U208", "unknown U208", "template-only W101", "freeform"),
    ]
    bare = {"MessagingChannelId": SMS, "MessagingPlatformKey": "+12345678900"}
    assert said(bare) == ["unknown U307 U403"]
    assert said(bare, channels=None) == ["unknown U201 U307 U403"]
    assert said(user(U1, SMS, "Text"), user(U1, APP, "EmbeddedMessaging"), channels=None) == [
        "freeform",
        "unknown U306",
    ]


def test_eligibility_by_sessions() -> None:
    quiet = [user(key, WA, "WhatsApp", LastInboundMessageTime=None) for key in (U1, U1, U2, None)]
    inbound = {"Origin": "InboundInitiated"}
    sessions = [
        session(S1, U1, "Ended", ANN, **inbound, StartTime=at(HOUR)),
        session(S2, U1, "Waiting", QUEUE, StartTime=at(2 * HOUR)),
        session(S3, U1, "Active", ANN, StartTime=None),
        session(S3, U1, "Active", ANN, StartTime=at(9 * HOUR)),  # repeats an Id
        session(S4, U2, "Ended", ANN, **inbound, StartTime=at(3 * DAY), EndTime=at(2 * DAY)),
        session("bad", U3, "New", "bad"),
    ]
    first, again, other, nameless = judged(*quiet, sessions=sessions)
    assert (first.can_send, first.window_closes_at) == ("freeform", AS_OF + timedelta(hours=23))
    assert (again.can_send, again.because, again.window_closes_at) == ("unknown", ("W103",), None)
    live = (S2 + suffix_of(S2), QUEUE + suffix_of(QUEUE))
    assert (first.live_session_id, first.live_owner_id) == (again.live_session_id, again.live_owner_id) == live
    assert (other.can_send, other.window_closes_at, other.live_session_id) == ("unknown", None, None)
    assert (nameless.record_id, nameless.live_session_id) == (None, None)
    (closed,) = judged(quiet[2], sessions=sessions, policy=Policy(sessions_complete=True))
    assert (closed.can_send, closed.because, closed.window_closes_at) == ("template-only", ("W101",), None)
    (odd,) = judged(user(U3, SMS, "Text"), sessions=sessions)
    assert (odd.live_session_id, odd.live_owner_id) == (None, None)


def test_eligibility_keeps_what_was_given() -> None:
    damaged = user("bad", " ", "Text") | {"CreatedDate": at(-HOUR)}
    (user_,) = judged(damaged)
    assert (user_.record_id, user_.channel_id) == ("bad", " ")
    assert user_.available_at == AS_OF + timedelta(minutes=70)
    labelled = [{**CHANNELS[0], "MasterLabel": "Main"}]
    linked = {"MessagingChannel.MasterLabel": "Main", "MessagingPlatformKey": "+12345678900"}
    (user_,) = judged(linked, channels=labelled)
    assert (user_.record_id, user_.channel_id, user_.kind) == (None, "Main", "sms")


# The random data


def test_random_sends_are_the_same_for_the_same_seed() -> None:
    assert random_sends(3) == random_sends(3)
    assert random_sends(3) != random_sends(4)


def test_random_sends_reach_every_rule_and_everything_unknown() -> None:
    failed: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    decided_: Counter[tuple[str, object]] = Counter()
    for seed in range(200):
        case = random_sends(seed, sends=60)
        given: dict[str, Any] = {"as_of": case.as_of, "operation": case.operation, "policy": case.policy}
        result = check(case.tables, **given)
        for (name, code), (rows, checked) in result.counts.items():
            if name == "sends":
                failed[code] += rows
                passed[code] += checked - rows
        skipped.update(code for name, code in result.skipped if name == "sends")
        sends = plan_of(World(case.tables, case.as_of, case.operation, case.policy)).sends
        missed.update(name for planned in sends for name in lacks(planned))
        for decision in plan(case.tables, **given).decisions:
            decided_.update((name, value) for name, value in vars(decision).items() if name not in ("row", "because"))
    assert {code: failed[code] for code in SEND_CODES if failed[code] < 30} == {}
    assert {code: passed[code] for code in SEND_CODES if passed[code] < 30} == {}
    assert {name: missed[name] for name in UNKNOWNS if missed[name] < 10} == {}
    assert {*skipped} == {"P102", "P104", "P109", "P110", "P111", "P112", "P113"}
    for name, values in {
        "outcome": {"allowed", "blocked", "unknown"},
        "creates_user": {True, False, None},
        "consent_after": {"OptedOut", "ImplicitlyOptedIn", "ExplicitlyOptedIn", "DoublyOptedIn", None},
        "session_status": {"New", None},
        "on_reply": {"same-rep", "new-session-any-rep", "unknown", None},
    }.items():
        assert {value for value in values if decided_[name, value] < 20} == set(), name


def test_random_users_reach_every_kind_of_eligibility() -> None:
    seen: Counter[tuple[str, ...]] = Counter()
    for seed in range(60):
        case = random_sends(seed) if seed % 2 else random_tables(seed)
        if "users" not in case.tables:
            continue
        for user_ in eligibility(case.tables, as_of=case.as_of, policy=case.policy):
            seen.update([("can_send", user_.can_send), ("kind", user_.kind or "unknown")])
            seen.update((user_.can_send, code) for code in user_.because)
            seen.update((name, "known") for name, value in vars(user_).items() if value is not None)
    no = ("U101", "U201", "U301", "U302", "U303", "U305", "U307", "U401", "U402", "W102")
    unknown = ("U201", "U202", "U204", "U208", "U306", "U307", "U403", "W103")
    kinds = ("sms", "whatsapp", "messenger", "apple", "line", "in-app", "web", "in-app-or-web", "custom", "other")
    wanted: list[tuple[str, ...]] = [
        *(("no", code) for code in no),
        *(("unknown", code) for code in unknown),
        *(("can_send", word) for word in ("no", "unknown", "template-only", "freeform")),
        *(("kind", kind) for kind in (*kinds, "unknown")),
        *((name, "known") for name in ("window_closes_at", "live_session_id", "live_owner_id", "available_at")),
    ]
    assert {what: seen[what] for what in wanted if seen[what] < 3} == {}


def test_sends_come_with_and_without_each_other_table() -> None:
    cases = [random_sends(seed, sends=5, users=5, sessions=5) for seed in range(100)]
    for name in ("channels", "users", "sessions", "existing_users"):
        assert {name in case.tables for case in cases} == {True, False}
    assert {case.policy.capacity_model for case in cases} == {None, "StatusBased", "TabBased"}
    assert all(len(case.tables["sends"].rows) == 5 for case in cases)
