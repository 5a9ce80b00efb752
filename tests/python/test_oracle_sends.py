"""The oracle's rules about planned sends: examples worked out by hand from the rulebook."""

from __future__ import annotations

from datetime import timedelta

import pytest
from oracle import SEND_CODES, Policy, check
from oracle.cells import read_id, suffix_of
from oracle.planned import plan_of
from oracle.sends import column_of
from send_cases import (
    ACCOUNT,
    ANN,
    APP,
    APPLE,
    AS_OF,
    BOB,
    BYOC,
    CASE,
    CHANNELS,
    CHAT,
    CONTACT,
    ELSEWHERE,
    FB,
    HOUR,
    LEAD,
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
    U4,
    U5,
    U6,
    U7,
    USERS,
    VOICE,
    WA,
    WEB,
    at,
    send,
    session,
    tables,
    unknowns,
    user,
    verdicts,
    without,
    world,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NEW = NOBODY
"""An SMS to somebody without a messaging user."""


def columns(code: str, sends: list[dict[str, str | None]]) -> list[str]:
    """The columns of a rule's findings."""
    result = check(tables(sends), as_of=AS_OF)
    made = plan_of(world(sends)).sends
    return [column_of(made[found.row], code) for found in result.findings if found.code == code]


# P101


def test_p101_by_id() -> None:
    sends = [
        send(user=U2, channel=WA),
        send(user=U3, channel=FB),
        send(user=U4, channel=APPLE),
        send(user=U5, channel=LINE),
        send(user=U6, channel=BYOC),
        send(user=U7, channel=APP),
        send(user=NOBODY, channel=WA),
        send(user=U1, channel=WA),  # a customer of another channel
        send(user=U1, channel=LINE),
        send(user=U1),  # SMS needs no record
        send(user=NOBODY),
        send(user="bad", channel=WA),
        send(user=U2.lower() + suffix_of(U2), channel=WA),  # repairable: its key is used
        send(user=U7, channel=WEB),  # not covered
        send(user=U7, channel=CHAT),  # in-app or web: unknown
        send(user=U2, channel=ODD),
        send(user=U2, channel=VOICE),
    ]
    assert verdicts("P101", sends) == "PPPPPP" + "FFF" + "--" + "-P" + "----"


def test_p101_by_phone() -> None:
    sends = [
        send(user=None, phone="+14155550002", channel=WA),
        send(user=None, phone="1 (415) 555-0002", channel=WA),
        send(user="#N/A", phone="14155550002", channel=WA),
        send(user=None, phone="+14155550003", channel=WA),  # a customer of another channel
        send(user=None, phone="415 555 0002", channel=WA),
        send(user=None, phone="+14155550005", channel=LINE),  # a phone tells nothing on LINE
        send(user=None, phone="+14155550003", channel=FB),
        send(user=None, phone="+14155550002", channel=None),
        send(user=U2, phone="+19999999999", channel=WA),  # the Id counts
        send(user="bad", phone="+14155550002", channel=WA),
        send(user=None, phone=None, channel=WA),
    ]
    assert verdicts("P101", sends) == "PPPFF---P--"


def test_p101_links() -> None:
    users = [
        user(U1, None, "WhatsApp"),
        user(U2, "bad", "WhatsApp"),
        user(U3, ELSEWHERE, "WhatsApp"),
        user(U4, WA, "Text"),
        user(U4, FB, "WhatsApp"),  # the first record of an Id counts
    ]
    sends = [send(user=key, channel=WA) for key in (U1, U2, U3, U4)]
    assert verdicts("P101", sends, users=users) == "F-FP"
    assert unknowns(*sends, users=users, sessions=[])[1] == "user"
    sends = [send(user=U3, channel=ELSEWHERE), send(user=U4, channel=ELSEWHERE)]
    assert verdicts("P101", sends, users=users) == "P-"  # the linked customer's own MessageType tells the kind


def test_p101_without_channels_or_users() -> None:
    sends = [send(user=U2, channel=WA), send(user=U1, channel=WA), send(user=NOBODY, channel=WA), send(user=U1)]
    assert verdicts("P101", sends, channels=None) == "P---"
    assert verdicts("P101", sends, users=None) == "----"
    assert unknowns(*sends, users=None)[:3] == ["user, sessions", "user, sessions", "user, sessions"]
    no_ids = [user("bad", WA, "WhatsApp"), user(None, WA, "WhatsApp")]
    assert verdicts("P101", sends, users=no_ids) == "----"
    by_phone = [send(user=None, phone="+1415555000d", channel=WA), send(user=None, phone="+14155550000", channel=WA)]
    assert verdicts("P101", by_phone, users=no_ids) == "PP"
    assert verdicts("P101", by_phone, users=None) == "--"
    assert verdicts("P101", by_phone, channels=None) == "--"


def test_p101_existing_users() -> None:
    sends = [send(user=key, channel=WA) for key in (U2, U1, NOBODY)]
    existing = [user(U2, FB, "WhatsApp"), user(NOBODY, WA, "WhatsApp"), user(U1, WA, "Text")]
    assert verdicts("P101", sends, existing_users=existing) == "PFP"  # the users come first
    assert verdicts("P101", sends, users=None, existing_users=existing) == "FPP"
    assert (
        verdicts("P101", sends, users=None, existing_users=[{"Id": U2}]) == "-FF"
    )  # on which channel, it does not say
    by_phone = [send(user=None, phone="14155550009", channel=WA)]
    assert verdicts("P101", by_phone, existing_users=existing) == "P"


def test_p101_external_keys() -> None:
    rows = [
        {"MessagingEndUser.Number__c": key, "MessagingChannelId": channel}
        for key, channel in (("A-1", WA), ("A-1", SMS), (None, WA))
    ]
    assert verdicts("P101", rows) == "---"
    assert verdicts("P201", rows) == "PPF"


def test_p101_relationship_columns() -> None:
    channels = [{**CHANNELS[1], "MasterLabel": "Main"}, {**CHANNELS[0], "MasterLabel": "Texts"}]
    rows = [{"MessagingEndUserId": U2, "MessagingChannel.MasterLabel": label} for label in ("Main", "Texts", "?", None)]
    assert verdicts("P101", rows, channels=channels) == "P---"
    assert verdicts("P108", rows, channels=channels) == "PP--"
    assert verdicts("P201", rows, channels=channels) == "PPPF"


# P102


def test_p102() -> None:
    answers = ("true", "Yes", "1", "false", "0", None, "", "#N/A", "maybe")
    sends = [send(user=NEW, confirmed=cell) for cell in answers]
    assert verdicts("P102", sends) == "PPPFFFFF-"
    assert columns("P102", sends) == ["ConsentConfirmed"] * 5


def test_p102_who_is_new() -> None:
    users = [*USERS, user(NOBODY, "bad", "Text"), user("0PA000000000088", None, "Text")]
    sends = [
        send(user=U1, confirmed=None),  # linked
        send(user=U2, confirmed=None),  # linked to WhatsApp only
        send(user=NOBODY, confirmed=None),  # linked to nobody knows what
        send(user="0PA000000000088", confirmed=None),  # SMS users need no channel
        send(user=None, phone="+14155550001", confirmed=None),
        send(user=None, phone="+14155559999", confirmed=None),
        send(user=None, phone="+14155550002", confirmed=None),  # the WhatsApp customer's
        send(user="bad", confirmed=None),
        send(user=NOBODY, channel=WA, confirmed=None),
        send(user=NOBODY, channel=OLD, confirmed=None),  # not covered
    ]
    assert verdicts("P102", sends, users=users) == "-F---FF---"
    assert unknowns(*sends, users=users, sessions=[])[2] == "user"


def test_p102_without_column() -> None:
    sends = without("confirmed", send(user=NEW), send(user=U1))
    assert verdicts("P102", sends) == "--"
    assert unknowns(*sends, sessions=[]) == ["phone number, ConsentConfirmed", ""]


# P103


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("+12345678900", "P"),
        ("+12", "P"),
        ("+123456789012345", "P"),
        ("+1234567890123456", "F"),
        ("+1", "F"),
        ("12345678900", "F"),
        ("+02345678900", "F"),
        ("+1 234 567 8900", "F"),
        ("1.23E+10", "F"),
        ("+12345678900 ", "F"),
        ("tel:+12345678900", "F"),
        (None, "-"),
        (" ", "-"),
        ("#N/A", "-"),
    ],
)
def test_p103(number: str | None, verdict: str) -> None:
    assert verdicts("P103", [send(user=NEW, phone=number)]) == verdict
    assert verdicts("P103", [send(user=U1)], users=[user(U1, SMS, "Text", MessagingPlatformKey=number)]) == verdict
    assert verdicts("P103", [send(user="bad", phone=number)]) == verdict


def test_p103_which_number() -> None:
    users = [
        user(U1, SMS, "Text", MessagingPlatformKey="14155550001"),
        user(U2, WA, "WhatsApp", MessagingPlatformKey="14155550002"),
        user(U3, SMS, "Text", MessagingPlatformKey=None),
        user(U4, SMS, "Text", MessagingPlatformKey="+14155550004"),
    ]
    sends = [
        send(user=U1, phone="+14155550009"),  # the customer's own number is what is used
        send(user=U2),  # whatever its channel
        send(user=U3, phone="+14155550009"),
        send(user=None, phone="+14155550001"),  # found by its digits, kept without plus
        send(user=None, phone="1-415-555-0004"),  # found by its digits, kept with plus
        send(user=None, phone="1-415-555-0007"),
        send(user=U4, channel=WA),
        send(user=U4, channel=OLD),
        send(user=None, phone="call me"),
    ]
    assert verdicts("P103", sends, users=users) == "FF-FPF--F"
    assert unknowns(sends[2], users=users, sessions=[]) == ["phone number"]


def test_p103_column() -> None:
    users = [user(U1, SMS, "Text", MessagingPlatformKey="1")]
    sends = [send(user=U1), send(user=NOBODY, phone="2"), send(user=None, phone="2"), send(user=None, phone="1")]
    given = world(sends, users=users)
    assert verdicts("P103", sends, users=users) == "FFFF"
    named = [column_of(planned, "P103") for planned in plan_of(given).sends]
    assert named == ["MessagingEndUserId", "Phone", "Phone", "Phone"]  # what the send itself gives


# P104


def test_p104_statuses() -> None:
    statuses = ("New", "Active", "Consent", "Waiting", "Paused", "Inactive", "Ended", "Error", None, "odd", "active")
    for status, verdict in zip(statuses, "FFFFFFPPPPF", strict=True):
        assert verdicts("P104", [send()], sessions=[session(S1, U1, status, BOB)]) == verdict, status
    kept = Policy(ended_statuses=("Ended",))
    assert verdicts("P104", [send()], sessions=[session(S1, U1, "Error", BOB)], policy=kept) == "F"


def test_p104_owners() -> None:
    sends = [
        send(owner=ANN),
        send(owner=ANN + suffix_of(ANN)),
        send(owner=BOB),
        send(owner=QUEUE),
        send(owner=None),
        send(owner="bad"),
        send(user=U2, channel=WA, owner=None),
    ]
    assert verdicts("P104", sends, sessions=[session(S1, U1, "Active", ANN)]) == "PPFF--P"
    assert unknowns(*sends, sessions=[session(S1, U1, "Active", ANN)])[4] == "owner"
    unowned = [session(S1, U1, "Active", None), session(S2, U1, "Active", ANN)]
    assert verdicts("P104", sends, sessions=unowned) == "--FF--P"
    assert verdicts("P104", without("owner", send()), sessions=unowned) == "-"
    assert verdicts("P104", sends[:2], sessions=[{"MessagingEndUserId": U1, "Status": "New"}]) == "--"


def test_p104_whose_session() -> None:
    sessions = [session(S1, NOBODY, "Active", BOB), session(S2, U2, "Active", BOB), session(S3, "bad", "Active", BOB)]
    sends = [
        send(user=NOBODY),  # no record of it, but a session
        send(user=U2, channel=WA),
        send(user=None, phone="14155550002", channel=WA),
        send(user=None, phone="+14155559999"),  # nobody
        send(user=None, phone="+14155550002", channel=LINE),
        send(user="bad"),
        send(user=U2, channel=OLD),
        send(user=U3, channel=FB),
    ]
    assert verdicts("P104", sends, sessions=sessions) == "FFFP---P"
    assert unknowns(sends[4], sessions=sessions) == ["user"]
    assert verdicts("P104", sends[:2], sessions=sessions, users=None) == "FF"
    nameless = [user(None, SMS, "Text", MessagingPlatformKey="+14155559999")]
    assert verdicts("P104", [sends[3]], sessions=sessions, users=nameless) == "P"
    assert unknowns(sends[0], sends[3], sessions=None) == ["phone number, sessions", ""]


def test_p104_related() -> None:
    sessions = [
        session(S1, U1, "Active", BOB, StartTime=None),
        session(S2, U1, "Active", QUEUE, StartTime=at(HOUR)),
        session(S3, U1, "Active", ANN, StartTime=at(3 * HOUR)),
        session(S4, U1, "Active", BOB, StartTime=at(2 * HOUR)),
        session(S3, U1, "Active", QUEUE, StartTime=at(9 * HOUR)),  # repeats an Id
        session("bad", U2, "Active", BOB),
        session(S1, U3, "Active", BOB),  # repeats an Id
    ]
    sends = [send(), send(owner=BOB), send(user=U2, channel=WA), send(user=U3, channel=FB)]
    found = [f for f in check(tables(sends, sessions=sessions), as_of=AS_OF).findings if f.code == "P104"]
    expected = [(0, None, S4 + suffix_of(S4)), (1, None, S3 + suffix_of(S3)), (2, None, None)]
    assert [(f.row, f.related_row, f.related_id) for f in found] == expected


# P105 and P107


def wrote(age: timedelta | None, **cells: str | None) -> list[dict[str, str | None]]:
    """A WhatsApp and a Messenger customer who wrote so long before as-of."""
    last = {"LastInboundMessageTime": None if age is None else at(age)} | cells
    return [user(U2, WA, "WhatsApp", **last), user(U3, FB, "Facebook", **last)]


BOTH = [send(user=U2, channel=WA), send(user=U3, channel=FB)]
"""To the WhatsApp and to the Messenger customer."""


@pytest.mark.parametrize(
    ("code", "span", "limit"), [("P105", timedelta(hours=24), "P-"), ("P107", timedelta(days=7), "-P")]
)
def test_windows_at_the_limit(code: str, span: timedelta, limit: str) -> None:
    beyond = limit.replace("P", "F")
    assert verdicts(code, BOTH, users=wrote(span)) == limit
    assert verdicts(code, BOTH, users=wrote(span - MS)) == limit
    assert verdicts(code, BOTH, users=wrote(span + MS)) == beyond
    assert verdicts(code, BOTH, users=wrote(timedelta(minutes=-5))) == limit
    assert verdicts(code, BOTH, users=wrote(timedelta(minutes=-5) - MS)) == "--"
    assert verdicts(code, BOTH, users=wrote(HOUR, LastInboundMessageTime="x")) == "--"
    assert verdicts(code, BOTH, users=wrote(None)) == "--"
    later = [row | {"SendTime": at(-2 * HOUR)} for row in BOTH]
    assert verdicts(code, later, users=wrote(span - 2 * HOUR)) == limit
    assert verdicts(code, later, users=wrote(span - 2 * HOUR + MS)) == beyond
    earlier = [row | {"SendTime": at(DAY)} for row in BOTH]
    assert verdicts(code, earlier, users=wrote(span + DAY)) == limit
    assert verdicts(code, earlier, users=wrote(HOUR)) == limit  # wrote after SendTime


def test_windows_with_local_times() -> None:
    users = wrote(None, LastInboundMessageTime="2026-11-01T01:30:00-04:00")
    local = (
        "2026-11-02T00:30:00-05:00",
        "2026-11-02T00:30:00.001-05:00",
        "2026-11-02 05:30:00",
        "2026-11-02T06:30:00+0100",
    )
    sends = [send(user=U2, channel=WA, at=cell) for cell in local]
    assert verdicts("P105", sends, users=users) == "PFPP"  # the night on which summer time ends has one hour more


def test_p105_who() -> None:
    users = wrote(25 * HOUR)
    sends = [
        send(user=U2, channel=WA, kind="FREEFORM"),
        send(user=U2, channel=WA, kind=" "),
        send(user=U2, channel=WA, kind="notification"),
        send(user=U2, channel=WA, kind="template"),
        send(user=U2, channel=WA, at="soon"),
        send(user=NOBODY, channel=WA),
        send(user="bad", channel=WA),
        send(user=U3, channel=WA),  # linked elsewhere, yet found
        send(user=U2, channel=LINE),
        send(user=U2, channel=VOICE),
        send(user=None, phone="14155550002", channel=WA),
    ]
    assert verdicts("P105", sends, users=users) == "FF-----F--F"


def test_p107_who() -> None:
    users = wrote(8 * DAY)
    sends = [
        send(user=U3, channel=FB, kind="notification"),
        send(user=U3, channel=FB, kind="odd"),
        send(user=U2, channel=FB),
        send(user=NOBODY, channel=FB),
        send(user=None, phone="+14155550003", channel=FB),
        send(user=U3, channel=FB, at="soon"),
        send(user=U3, channel=WA),
    ]
    assert verdicts("P107", sends, users=users) == "FFF----"
    standard = [{**CHANNELS[2], "PlatformType": "Standard"}]
    assert verdicts("P107", sends, users=users, channels=standard) == "-------"


def by_sessions(*sessions: dict[str, str | None], **circumstances: object) -> str:
    """P105 for a WhatsApp customer whose last message only sessions tell."""
    return verdicts("P105", BOTH[:1], users=wrote(None), sessions=sessions, **circumstances)


def test_windows_by_sessions() -> None:
    inbound = {"Origin": "InboundInitiated"}
    complete = Policy(sessions_complete=True)
    day = timedelta(hours=24)
    old = session(S1, U2, "Ended", ANN, **inbound, StartTime=at(9 * DAY), EndTime=at(day + MS))
    edge = old | {"EndTime": at(day)}
    assert by_sessions(session(S1, U2, "Ended", ANN, **inbound, StartTime=at(day))) == "P"
    assert by_sessions(session(S1, U2, "Ended", ANN, **inbound, StartTime=at(day + MS))) == "-"
    assert by_sessions(session(S1, U2, "Ended", ANN, StartTime=at(HOUR))) == "-"  # the rep began it
    assert by_sessions(session(S1, U3, "Ended", ANN, **inbound, StartTime=at(HOUR))) == "-"  # another customer's
    assert by_sessions(session(S1, U2, "Ended", ANN, **inbound, StartTime=at(-5 * MINUTE))) == "P"
    assert by_sessions(session(S1, U2, "Ended", ANN, **inbound, StartTime=at(-5 * MINUTE - MS))) == "-"
    assert by_sessions(old) == "-"
    assert by_sessions(old, policy=complete) == "F"
    assert by_sessions(edge, policy=complete) == "-"
    assert by_sessions(old, session(S2, U2, "Active", ANN), policy=complete) == "-"
    assert by_sessions(old, session(S2, U2, "Ended", ANN), policy=complete) == "-"  # an end that is not known
    assert by_sessions(old, session(S2, U2, "odd", ANN, EndTime=at(9 * DAY)), policy=complete) == "-"
    assert by_sessions(policy=complete) == "-"
    again = session(S1, U2, "Ended", ANN, **inbound, StartTime=at(HOUR), EndTime=at(HOUR))
    assert by_sessions(old, again, policy=complete) == "P"  # whichever record is right, the customer wrote
    assert by_sessions({key: cell for key, cell in old.items() if key != "Origin"}, policy=complete) == "-"


# P106


def test_p106() -> None:
    def notice(approved: str | None, dynamic: str | None, **cells: str | None) -> dict[str, str | None]:
        usual = {"user": U2, "channel": WA, "kind": "notification", "approved": approved, "dynamic": dynamic}
        return send(**usual | cells)

    sends = [
        notice("true", "false"),
        notice("false", "false"),
        notice("true", "true"),
        notice("false", "true"),
        notice(None, "false"),
        notice("true", None),
        notice(None, "true"),
        notice("false", None),
        notice(None, None),
        notice("maybe", "false"),
        notice("true", "maybe"),
        notice("Y", "N"),
        notice("false", "true", user=NOBODY),
        notice("false", "true", kind="freeform"),
        notice("false", "true", channel=LINE),
        notice("false", "true", channel=None),
    ]
    assert verdicts("P106", sends) == "PFFF--FF---PF---"
    assert unknowns(*sends[4:6], sends[8], sessions=[]) == [
        "TemplateApproved",
        "HasDynamicContent",
        "TemplateApproved, HasDynamicContent",
    ]
    assert columns("P106", sends) == [
        *("TemplateApproved", "HasDynamicContent", "TemplateApproved", "HasDynamicContent"),
        *("TemplateApproved", "TemplateApproved"),
    ]
    assert verdicts("P106", without("approved", notice("true", "false"), notice("true", "true"))) == "-F"


# P108


def test_p108() -> None:
    keys = (SMS, WA, FB, APPLE, LINE, BYOC, APP, WEB, OLD, VOICE, CHAT, ODD, ELSEWHERE, None, "bad")
    sends = [send(user=NOBODY, channel=key) for key in keys]
    assert verdicts("P108", sends) == "PPPPPPP" + "FFF" + "-----"
    assert unknowns(sends[10], sends[12], sessions=[]) == ["channel", "channel"]
    assert columns("P108", sends) == ["MessagingChannelId"] * 3


def test_p108_without_the_channel() -> None:
    users = [
        *USERS,
        user(NOBODY, VOICE, "Voice"),
        user("0PA000000000088", CHAT, "EmbeddedMessaging"),
        user("0PA000000000087", SMS, "odd"),
        user("0PA000000000086", None, "Text"),
    ]
    sends = [
        send(user=U1),
        send(user=U3, channel=FB),
        send(user=NOBODY, channel=VOICE),
        send(user="0PA000000000088", channel=CHAT),
        send(user="0PA000000000087"),
        send(user="0PA000000000086"),  # linked by being SMS, which is not known here
        send(user=U2),
        send(user=None, phone="+14155550001"),
    ]
    assert verdicts("P108", sends, users=users, channels=None) == "PPF-----"
    assert verdicts("P108", sends, users=users) == "PPF-P" + "PPP"


def test_p108_platforms() -> None:
    platforms = ("Enhanced", "standard", None, "Old")
    channels = [{"Id": SMS, "MessageType": "Text", "PlatformType": cell} for cell in platforms]
    judged = [verdicts("P108", [send()], channels=[channel]) for channel in channels]
    assert judged == ["P", "F", "P", "P"]
    assert verdicts("P108", [send()], channels=[channels[1], channels[0]]) == "F"  # the first record of an Id counts


# P109


def test_p109_at_the_limit() -> None:
    limit = timedelta(minutes=10)
    ages = (limit, limit - MS, limit + MS, timedelta(0), -HOUR, DAY)
    for age, verdict in zip(ages, "PFPFFP", strict=True):
        users = [user(U1, SMS, "Text", CreatedDate=at(age))]
        assert verdicts("P109", [send()], users=users) == verdict, age
        later = [send(at=at(-HOUR))]
        assert verdicts("P109", later, users=[user(U1, SMS, "Text", CreatedDate=at(age - HOUR))]) == verdict, age
    longer = Policy(user_available_after=HOUR)
    assert verdicts("P109", [send()], users=[user(U1, SMS, "Text", CreatedDate=at(limit))], policy=longer) == "F"


def test_p109_who() -> None:
    young = {"CreatedDate": at()}
    users = [user(U1, SMS, "Text", **young), user(U2, WA, "WhatsApp", **young), user(U3, "bad", "Text", **young)]
    sends = [
        send(),
        send(user=U2, channel=WA),
        send(user=U2),  # Salesforce makes a user on this channel, so the other one does not matter
        send(user=U2, channel=FB),  # found, although not linked
        send(user=U3),
        send(user=NOBODY),
        send(at="soon"),
        send(channel=OLD),
        send(user=None, phone="+14155550001"),
    ]
    assert verdicts("P109", sends, users=users) == "FF-FF---F"


def test_p109_unknown_and_insert() -> None:
    for cell in (None, "x"):
        users = [user(U1, SMS, "Text", CreatedDate=cell)]
        assert verdicts("P109", [send()], users=users) == "-"
        assert unknowns(send(), users=users, sessions=[]) == ["CreatedDate"]
    users = [user(U1, SMS, "Text", CreatedDate=None), user(U2, SMS, "Text", CreatedDate="x")]
    sends = [send(), send(at=at(-9 * MINUTE)), send(at=at(-10 * MINUTE)), send(user=U2)]
    assert verdicts("P109", sends, users=users, operation="insert") == "FFP-"
    assert verdicts("P109", sends, users=users, operation="upsert") == "----"
    bare = [{key: cell for key, cell in row.items() if key != "CreatedDate"} for row in users]
    assert verdicts("P109", sends, users=bare, operation="insert") == "FFPF"
    assert verdicts("P109", sends, users=None, existing_users=users, operation="insert") == "----"


# P110 and P111


def consenting(cell: str | None) -> list[dict[str, str | None]]:
    """An SMS customer with this consent status."""
    return [user(U1, SMS, "Text", MessagingConsentStatus=cell)]


def test_p110() -> None:
    statuses = ("OptedOut", "optedout", "ImplicitlyOptedIn", "ExplicitlyOptedIn", "DoublyOptedIn", "DOUBLYOPTEDIN")
    for status, verdict in zip(statuses, "FFPPPP", strict=True):
        assert verdicts("P110", [send()], users=consenting(status)) == verdict, status
    for cell in (None, " ", "Opted out"):
        assert verdicts("P110", [send()], users=consenting(cell)) == "-"
        assert unknowns(send(), users=consenting(cell), sessions=[]) == ["consent status"]
    out = consenting("OptedOut")
    sends = [send(channel=WA), send(user=NOBODY), send(channel=OLD), send(user=None, phone="14155550001")]
    assert verdicts("P110", sends, users=out) == "F--F"
    assert verdicts("P110", [send()], users=None, existing_users=out) == "F"
    elsewhere = [user(U2, WA, "WhatsApp", MessagingConsentStatus="OptedOut")]
    assert verdicts("P110", [send(user=U2)], users=elsewhere) == "F"  # though Salesforce would make a user


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("ImplicitOptIn", "PPP---"),
        ("ExplicitOptIn", "FPP---"),
        ("DoubleOptIn", "FFP---"),
        ("doubleoptin", "FFP---"),
        (None, "------"),
        ("OptIn", "------"),
    ],
)
def test_p111(asked: str | None, expected: str) -> None:
    channels = [{**CHANNELS[0], "ConsentType": asked}]
    statuses = ("ImplicitlyOptedIn", "ExplicitlyOptedIn", "DoublyOptedIn", "OptedOut", None, "odd")
    judged = [verdicts("P111", [send()], users=consenting(status), channels=channels) for status in statuses]
    assert "".join(judged) == expected


def test_p111_who() -> None:
    channels = [{**row, "ConsentType": "DoubleOptIn"} for row in CHANNELS]
    sends = [send(), send(user=NOBODY), send(channel=OLD), send(user=U2), send(channel=ELSEWHERE), send(user="bad")]
    assert verdicts("P111", sends, channels=channels) == "F--F--"
    assert verdicts("P111", sends) == "------"


# P112


def test_p112_at_the_limit() -> None:
    two_days = timedelta(hours=48)
    first = send(at=at(two_days))
    for later, verdict in ((send(owner=BOB), "PF"), (send(owner=BOB, at=at(-MS)), "PP"), (send(), "PP")):
        assert verdicts("P112", [first, later]) == verdict
    assert verdicts("P112", [send(owner=BOB), first]) == "FP"  # time goes before row
    assert verdicts("P112", [send(), send(owner=BOB)]) == "PF"  # row where times are equal
    shorter = Policy(stale_new_after=HOUR)
    assert verdicts("P112", [send(at=at(HOUR + MS)), send(owner=BOB)], policy=shorter) == "PP"


def test_p112_related() -> None:
    sends = [
        send(at=at(3 * HOUR), owner=BOB),
        send(at=at(2 * HOUR), owner=QUEUE),
        send(at=at(2 * HOUR), owner=BOB),
        send(at=at(HOUR), owner=BOB),
        send(at=at(HOUR), owner=BOB),
        send(at=at(4 * HOUR)),
    ]
    found = [f for f in check(tables(sends), as_of=AS_OF).findings if f.code == "P112"]
    assert [(f.row, f.related_row, f.related_id) for f in found] == [
        (0, 5, None), (1, 0, None), (2, 1, None), (3, 1, None), (4, 1, None),
    ]  # fmt: skip


def test_p112_who_is_one_customer() -> None:
    later = {"owner": BOB, "at": at(-HOUR)}
    pairs = [
        (send(), send(channel=WA, **later), "PF"),  # another channel
        (send(), send(user=U1 + suffix_of(U1), **later), "PF"),
        (send(), send(user=None, phone="14155550001", **later), "PF"),  # one by Id, one by number
        (send(user=NOBODY), send(user=NOBODY, **later), "PF"),
        (send(user=NOBODY, phone="+19"), send(user=None, phone="+19", **later), "PP"),
        (send(user=None, phone="+19"), send(user=None, phone="1 9", **later), "PF"),
        (send(user=None, phone="+19", channel=LINE), send(user=None, phone="1-9", channel=LINE, **later), "PF"),
        (send(user=None, phone="+19", channel=WA), send(user=None, phone="+19", channel=SMS, **later), "PP"),
        (send(user=None, phone="+19", channel=None), send(user=None, phone="+19", channel=None, **later), "--"),
        (send(user="bad"), send(user="bad", **later), "--"),
        (send(user="bad", phone="+19"), send(user=None, phone="+19", **later), "-P"),
        (send(user=None), send(user=None, **later), "--"),
        (send(owner=None), send(**later), "-P"),
        (send(), send(owner="bad", at=at(-HOUR)), "P-"),
        (send(at="soon"), send(**later), "-P"),
        (send(channel=OLD), send(channel=OLD, **later), "PF"),  # any coverage
        (send(channel=None), send(channel=None, **later), "PF"),
        (send(owner=ANN), send(owner=ANN + suffix_of(ANN), at=at(-HOUR)), "PP"),
    ]
    for number, (first, second, expected) in enumerate(pairs):
        assert verdicts("P112", [first, second]) == expected, number
    assert verdicts("P112", [send(user=U1), send(user=U1, **later)], users=None, channels=None) == "PF"


# P113


def test_p113() -> None:
    cells = (
        CONTACT,
        ACCOUNT,
        LEAD,
        CASE,
        U1,
        "00q000000000001",
        None,
        "",
        "0" * 15,
        "bad",
        CONTACT + suffix_of(CONTACT),
    )
    sends = [send(user=NEW, source=cell) for cell in cells]
    assert verdicts("P113", sends) == "PPPFFFFFF-P"
    assert columns("P113", sends) == ["SourceRecordId"] * 6
    damaged = "003ABC000000001"
    assert read_id(damaged.lower() + suffix_of(damaged), ()).state == "repairable"
    others = [
        send(user=NEW, source=damaged.lower() + suffix_of(damaged)),  # its key is used
        send(user=U1, source=CASE),
        send(user=U2, source=CASE),
        send(user=NOBODY, channel=WA, source=CASE),
        send(user=None, phone="+14155559999", source=CASE),
        send(user="bad", source=CASE),
        send(user=NEW, channel=OLD, source=CASE),
    ]
    assert verdicts("P113", others) == "P-F-F--"
    bare = without("source", send(user=NEW, phone="+12345678900"), send())
    assert verdicts("P113", bare) == "--"
    assert unknowns(*bare, sessions=[]) == ["SourceRecordId", ""]


# P114 and P201


def test_p114() -> None:
    sends = [
        send(),
        send(user=U2, channel=WA),
        send(user=NOBODY, channel=ELSEWHERE),
        send(user=NOBODY, channel=OLD),  # blocked
        send(user="bad"),  # P201
        send(user=None, phone="+14155550005", channel=LINE),
        send(user=NOBODY),  # without a number
        send(user=NOBODY, phone="+12345678900"),
        send(user=U2, channel=WA, kind="notification", approved=None),
        send(owner=None),
        send(user=NOBODY, phone="1"),  # blocked by P103
    ]
    assert verdicts("P114", sends, sessions=[session(S1, U1, "Active", ANN)]) == "PPFP-FFPFFP"
    assert verdicts("P114", sends, sessions=[session(S1, U1, "Active", BOB)])[0] == "P"
    assert verdicts("P114", sends) == "FFFP-FFFFFP"  # sessions are not given


def test_p114_warnings_do_not_block() -> None:
    channels = [{**row, "ConsentType": "DoubleOptIn"} for row in CHANNELS]
    assert verdicts("P114", [send(), send(owner=BOB)], channels=channels) == "FF"
    assert verdicts("P114", [send(), send(owner=BOB)], channels=channels, sessions=[]) == "PP"


def test_p114_column() -> None:
    sends = [send(), send(user=None, phone="+14155550001"), send(phone="+14155550001")]
    assert columns("P114", sends) == ["MessagingEndUserId", "Phone", "MessagingEndUserId"]


def test_unknowns_in_order() -> None:
    columns = ("approved", "dynamic", "confirmed", "source")
    bare = [{name: cell for name, cell in row.items() if name not in columns} for row in (send(user=NOBODY),)]
    assert unknowns(send(user=NOBODY, channel=ELSEWHERE)) == ["channel"]
    rows = without("source", *without("confirmed", *bare))
    assert unknowns(*rows) == ["phone number, ConsentConfirmed, SourceRecordId, sessions"]
    nothing = [{"Id": U2, "MessagingChannelId": WA, "MessageType": "WhatsApp"}]
    freeform, notice = (
        send(user=U2, channel=WA),
        send(user=U2, channel=WA, kind="notification", approved=None, dynamic=""),
    )
    assert unknowns(freeform, notice, users=nothing, sessions=[session(S1, U2, "Active", None)]) == [
        "owner, last message, CreatedDate, consent status",
        "owner, TemplateApproved, HasDynamicContent, CreatedDate, consent status",
    ]
    assert unknowns(send(user=None, phone="+1415", channel=SMS), users=None) == ["user"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({}, None),
        ({"user": None, "phone": "+1415"}, None),
        ({"owner": None, "source": None, "kind": None, "at": None}, None),
        ({"approved": None, "dynamic": "", "confirmed": "#N/A"}, None),
        ({"user": NOBODY, "channel": ELSEWHERE, "owner": QUEUE, "source": CASE}, None),
        ({"kind": "Notification", "at": "2026-11-22"}, None),
        ({"user": None}, "MessagingEndUserId"),
        ({"user": "0" * 15, "phone": " "}, "MessagingEndUserId"),
        ({"user": "bad", "phone": "+1415"}, "MessagingEndUserId"),
        ({"user": ANN}, "MessagingEndUserId"),
        ({"user": "0pa000000000001EAA"}, "MessagingEndUserId"),
        ({"channel": None}, "MessagingChannelId"),
        ({"channel": "bad"}, "MessagingChannelId"),
        ({"channel": U1, "owner": "bad"}, "MessagingChannelId"),
        ({"owner": CONTACT, "kind": "odd"}, "OwnerId"),
        ({"source": "bad", "at": "soon"}, "SourceRecordId"),
        ({"source": CONTACT + "AA9"}, "SourceRecordId"),
        ({"kind": "template", "at": "soon"}, "MessageKind"),
        ({"kind": " freeform"}, "MessageKind"),
        ({"at": "2026-02-30", "approved": "?"}, "SendTime"),
        ({"approved": "maybe", "confirmed": "maybe"}, "TemplateApproved"),
        ({"dynamic": "maybe", "confirmed": "maybe"}, "HasDynamicContent"),
        ({"confirmed": "maybe"}, "ConsentConfirmed"),
    ],
)
def test_p201(cells: dict[str, str | None], column: str | None) -> None:
    sends = [send(**cells)]
    assert verdicts("P201", sends) == ("P" if column is None else "F")
    assert columns("P201", sends) == ([] if column is None else [column])


def test_p201_repairable_and_absent_columns() -> None:
    mixed = "0PAabcDEF000001"
    damaged = mixed.lower() + suffix_of(mixed)
    users = [user(mixed, SMS, "Text")]
    assert verdicts("P201", [send(user=damaged), send(user=mixed)], users=users) == "FP"
    assert verdicts("P110", [send(user=damaged), send(user=mixed)], users=users) == "PP"
    phones = [{"Phone": cell, "MessagingChannelId": SMS} for cell in ("+1415", None, "#N/A")]
    assert verdicts("P201", phones) == "PFF"
    assert columns("P201", phones) == ["Phone", "Phone"]
    assert columns("P201", [{"Phone": None, "MessagingChannelId": None}]) == ["MessagingChannelId"]
    assert columns("P201", [{"MessagingEndUserId": None, "MessagingChannelId": None}]) == ["MessagingEndUserId"]


# What is skipped


def skipped(sends: list[dict[str, str | None]], **others: object) -> set[str]:
    """The P rules that do not run."""
    result = check(tables(sends, **others), as_of=AS_OF)  # type: ignore[arg-type]
    counted = {code for name, code in result.counts if name == "sends"}
    left_out = {code for name, code in result.skipped if name == "sends"}
    assert not counted & left_out
    assert counted | left_out == {*SEND_CODES}
    return left_out


def test_skipped() -> None:
    bare = [{"MessagingEndUserId": U1, "MessagingChannelId": SMS}]
    assert skipped(bare) == {"P102", "P104", "P111", "P112", "P113"}
    assert skipped([send()]) == {"P104", "P111"}
    assert skipped([send()], sessions=[session(S1, U1, "Active", ANN)]) == {"P111"}
    assert skipped([send()], sessions=[{"MessagingEndUserId": U1, "Status": "New"}]) == {"P104", "P111"}
    channels = [{**CHANNELS[0], "ConsentType": None}]
    assert skipped([send()], channels=channels) == {"P104"}
    assert skipped([send()], channels=channels, users=None) == {"P104", "P109", "P110", "P111"}
    assert skipped([send()], users=None, existing_users=[{"Id": U1}]) == {"P104", "P111"}
    nothing = check({"users": tables([])["users"]}, as_of=AS_OF)
    assert {code for name, code in nothing.skipped if name == "sends"} == {*SEND_CODES}
