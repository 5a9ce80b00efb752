"""The rules about planned sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oracle.cells import is_e164, read_loose, suffix_of
from oracle.model import FAIL, PASS, UNDECIDED, Verdict, fail_if
from oracle.planned import FLAGS, RELATIONSHIPS, USER_TABLES, plan_of
from oracle.shared import Rule, column
from oracle.times import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.planned import Send
    from oracle.world import Row, World

UNKNOWNS = (
    "channel", "user", "phone number", "ConsentConfirmed", "SourceRecordId", "sessions", "owner", "last message",
    "TemplateApproved", "HasDynamicContent", "CreatedDate", "consent status",
)  # fmt: skip
"""What a decision may lack, in the order in which it is named."""
FIELDS = ("MessagingEndUserId", "MessagingChannelId", "OwnerId", "SourceRecordId", "MessageKind", "SendTime", *FLAGS)
"""The order in which offending cells are named; Phone is last."""
CONSENT_TYPES = ("ImplicitOptIn", "ExplicitOptIn", "DoubleOptIn")
"""What a channel may ask for, weakest first."""
CONSENT_GIVEN = ("ImplicitlyOptedIn", "ExplicitlyOptedIn", "DoublyOptedIn")
"""What a customer may have given, in the same order."""
SOURCES = ("003", "001", "00Q")
"""Contacts, person accounts and leads."""
PHONE_KINDS = ("SMS", "WhatsApp")


@dataclass(frozen=True)
class Open(Verdict):
    """Not decided, although the rule applies: what it would need to know."""

    lacks: tuple[str, ...] = ()


def lacking(*names: str) -> Verdict:
    """The verdict of a rule that applies and cannot decide."""
    return Open(decided=False, lacks=names)


def about(send: Send) -> str:
    """The column that names the customer."""
    return "MessagingEndUserId" if send.user_id.state != "missing" or send.phone is None else "Phone"


# Rules about covered channels


def no_linked_user(send: Send) -> Verdict:
    """P101: any kind but SMS needs a user that is linked to the channel."""
    if send.kind == "SMS":
        return UNDECIDED
    return lacking("user") if send.user_unknown else fail_if(send.link != "linked")


def consent_not_confirmed(send: Send) -> Verdict:
    """P102: a new customer by SMS must have consented."""
    if send.kind == "SMS" and send.user_unknown:
        return lacking("user")
    if not send.starts_new:
        return UNDECIDED
    if not send.world.has("sends", "ConsentConfirmed") or send.flag_is_odd("ConsentConfirmed"):
        return lacking("ConsentConfirmed")
    return fail_if(send.flag("ConsentConfirmed") is not True)


def number_of(send: Send) -> str | None:
    """The number that an SMS goes to: the found user's, else the one that the send gives."""
    user = send.customer.user
    if user is None:
        return send.phone
    return None if user.missing("MessagingPlatformKey") else user.text("MessagingPlatformKey")


def phone_not_e164(send: Send) -> Verdict:
    """P103: the number that an SMS goes to is E.164."""
    if send.kind != "SMS":
        return UNDECIDED
    number = number_of(send)
    return lacking("phone number") if number is None else fail_if(not is_e164(number))


def rivals_of(send: Send) -> list[Row]:
    """The customer's live sessions that another rep is known to own."""
    mine = owner_id(send)
    owned = [(session, session.key("OwnerId")) for session in send.live_sessions or []]
    return [session for session, owner in owned if mine is not None and owner is not None and owner != mine]


def owner_id(send: Send) -> str | None:
    """The rep's 15 characters; None where they are not known, or the rep is named in another way."""
    key = send.owner.key
    return key[1] if key is not None and key[0] == "Id" else None


def live_session_other_rep(send: Send) -> Verdict:
    """P104: no other rep has a live session with the customer."""
    if send.live_sessions is None:
        return lacking("user" if send.customer_key is None else "sessions")
    rivals = rivals_of(send)
    if rivals:
        key = rivals[0].key("Id")
        return Verdict(decided=True, failed=True, related_id=None if key is None else key + suffix_of(key))
    all_mine = owner_id(send) is not None and all(s.key("OwnerId") == owner_id(send) for s in send.live_sessions)
    return PASS if all_mine or not send.live_sessions else lacking("owner")


def within_window(send: Send) -> Verdict:
    """Fail where the customer last wrote too long ago."""
    return lacking("last message") if send.window == "unknown" else fail_if(send.window == "closed")


def template_required(send: Send) -> Verdict:
    """P105: WhatsApp takes free text within 24 hours of the customer's last message."""
    if send.kind != "WhatsApp" or send.message_kind != "freeform" or send.customer.user is None:
        return UNDECIDED
    return within_window(send)


def template_not_usable(send: Send) -> Verdict:
    """P106: a WhatsApp notification needs an approved template without dynamic content."""
    if send.kind != "WhatsApp" or send.message_kind != "notification":
        return UNDECIDED
    good = {"TemplateApproved": send.flag("TemplateApproved"), "HasDynamicContent": send.flag("HasDynamicContent")}
    if good["TemplateApproved"] is False or good["HasDynamicContent"] is True:
        return FAIL
    unknown = [field for field, value in good.items() if value is None]
    return lacking(*unknown) if unknown else PASS


def messenger_window_closed(send: Send) -> Verdict:
    """P107: Messenger takes messages within 7 days of the customer's last one."""
    if send.kind != "Facebook" or send.customer.user is None:
        return UNDECIDED
    return within_window(send)


def created_of(send: Send, user: Row) -> int | None:
    """When a user was, or is being, created."""
    cell = user.time("CreatedDate")
    being_loaded = send.world.operation == "insert" and user.table == "users"
    return send.world.as_of if cell.state == "missing" and being_loaded else cell.instant


def user_not_yet_available(send: Send) -> Verdict:
    """P109: a user can be selected 10 minutes after its creation."""
    if send.customer.user is None or send.starts_new:
        return UNDECIDED
    created = created_of(send, send.customer.user)
    if created is None:
        return lacking("CreatedDate")
    if send.time is None:
        return UNDECIDED
    return fail_if(send.time - created < milliseconds(send.world.policy.user_available_after))


def opted_out(send: Send) -> Verdict:
    """P110: who has opted out cannot be written to."""
    if send.customer.user is None:
        return UNDECIDED
    return lacking("consent status") if send.consent is None else fail_if(send.consent == "OptedOut")


def consent_below_channel(send: Send) -> Verdict:
    """P111: the consent is not weaker than the channel asks."""
    asked = read_loose(send.channel.text("ConsentType"), CONSENT_TYPES) if send.channel else None
    if asked is None or send.consent is None or send.consent == "OptedOut":
        return UNDECIDED
    return fail_if(CONSENT_GIVEN.index(send.consent) < CONSENT_TYPES.index(asked))


def wrong_source_record(send: Send) -> Verdict:
    """P113: a first SMS starts from a contact, person account or lead."""
    if not send.starts_new:
        return UNDECIDED
    if not send.world.has("sends", "SourceRecordId") or send.source.state == "malformed":
        return lacking("SourceRecordId")
    return fail_if(send.source.key is None or send.source.key[1][:3] not in SOURCES)


# Rules about every send


def channel_not_covered(send: Send) -> Verdict:
    """P108: the article covers the channel."""
    return lacking("channel") if send.covered is None else fail_if(not send.covered)


def competing_sends(send: Send) -> Verdict:
    """P112: no other rep writes to the customer in the 48 hours before."""
    mine = place(send)
    if mine is None:
        return UNDECIDED
    span = milliseconds(send.world.policy.stale_new_after)
    before = [
        theirs
        for other in plan_of(send.world).by_identity[send.identity]
        if (theirs := place(other)) is not None
        and theirs < mine
        and mine[0] - theirs[0] <= span
        and other.owner.key != send.owner.key
    ]
    return Verdict(decided=True, failed=True, related_row=max(before)[1]) if before else PASS


def place(send: Send) -> tuple[int, int] | None:
    """Where a send stands in time, then row; None where P112 cannot compare it."""
    if send.identity is None or send.owner.key is None or send.time is None:
        return None
    return send.time, send.row.number


def missing_or_malformed(send: Send) -> Verdict:
    """P201: everything that a send must say is there and readable."""
    return fail_if(bool(offending(send)))


def offending(send: Send) -> list[str]:
    """The columns that P201 complains about, in order."""
    no_customer = send.user_id.state == "missing" and send.phone is None
    link = send.world.link(send.row)
    sheet = send.world.sheets["sends"]
    channel_is_id = sheet.channel_column == "MessagingChannelId"
    wrong = {
        "MessagingEndUserId": is_wrong(send, "MessagingEndUserId")
        or (no_customer and has_reference(send.world, "MessagingEndUserId")),
        "MessagingChannelId": link.missing or (channel_is_id and send.row.id_cell("MessagingChannelId").wrong),
        "OwnerId": is_wrong(send, "OwnerId"),
        "SourceRecordId": is_wrong(send, "SourceRecordId"),
        "MessageKind": send.message_kind is None,
        "SendTime": send.time is None,
        **{field: send.flag_is_odd(field) for field in FLAGS},
        "Phone": no_customer and not has_reference(send.world, "MessagingEndUserId"),
    }
    return [field for field, bad in wrong.items() if bad]


def is_wrong(send: Send, field: str) -> bool:
    """Whether an Id is malformed or repairable."""
    return send.reference(field).state in ("malformed", "repairable")


def has_reference(world: World, field: str) -> bool:
    """Whether the sends have the field, or a column of its relationship."""
    sheet = world.sheet("sends")
    beginning = RELATIONSHIPS[field]
    return sheet is not None and (sheet.has(field) or any(name.startswith(beginning) for name in sheet.columns))


# Decisions

COVERED_ONLY: dict[str, Callable[[Send], Verdict]] = {
    "P101": no_linked_user,
    "P102": consent_not_confirmed,
    "P103": phone_not_e164,
    "P104": live_session_other_rep,
    "P105": template_required,
    "P106": template_not_usable,
    "P107": messenger_window_closed,
    "P109": user_not_yet_available,
    "P110": opted_out,
    "P111": consent_below_channel,
    "P113": wrong_source_record,
}
ALWAYS: dict[str, Callable[[Send], Verdict]] = {
    "P108": channel_not_covered,
    "P112": competing_sends,
    "P201": missing_or_malformed,
}
WARNINGS = ("P111", "P112")


def judge(send: Send, code: str) -> Verdict:
    """What a rule but P114 says about a send; asked for often, so it is kept."""
    if code not in send.verdicts:
        if code in ALWAYS:
            send.verdicts[code] = ALWAYS[code](send)
        else:
            send.verdicts[code] = COVERED_ONLY[code](send) if send.covered is True else UNDECIDED
    return send.verdicts[code]


def judged(send: Send) -> dict[str, Verdict]:
    """What all rules but P114 say about a send, whether they are run or not."""
    return {code: judge(send, code) for code in sorted({*COVERED_ONLY, *ALWAYS})}


def blocked(send: Send) -> bool:
    """Whether an error stops the send."""
    return any(verdict.failed for code, verdict in judged(send).items() if code not in WARNINGS)


def lacks(send: Send) -> list[str]:
    """What would have to be known to decide, in order."""
    named = {name for verdict in judged(send).values() if isinstance(verdict, Open) for name in verdict.lacks}
    return [name for name in UNKNOWNS if name in named]


def undetermined(send: Send) -> Verdict:
    """P114: everything needed to decide is known."""
    if missing_or_malformed(send).failed:
        return UNDECIDED
    return fail_if(not blocked(send) and bool(lacks(send)))


def column_of(send: Send, code: str) -> str:
    """The column of a rule's finding."""
    if code == "P201":
        return offending(send)[0]
    if code == "P106":
        return "TemplateApproved" if send.flag("TemplateApproved") is False else "HasDynamicContent"
    if code == "P103":
        return "Phone" if send.customer.user is None else about(send)
    fixed = {
        "P102": "ConsentConfirmed",
        "P104": "OwnerId",
        "P108": "MessagingChannelId",
        "P112": "OwnerId",
        "P113": "SourceRecordId",
    }
    return fixed.get(code) or about(send)


# What the rules need


def users_given(world: World) -> str | None:
    """P109 to P111 look at the customer's record."""
    return None if any(world.sheet(name) for name in USER_TABLES) else "neither users nor existing_users were given"


def owner_column(world: World) -> str | None:
    """P104 and P112 compare reps."""
    return None if has_reference(world, "OwnerId") else "sends without OwnerId"


def rule(code: str, *needs: Callable[[World], str | None]) -> Rule:
    """A rule of the sends in the form of the others."""

    def run(world: World, row: Row) -> Verdict:
        send = plan_of(world).sends[row.number]
        return undetermined(send) if code == "P114" else judge(send, code)

    run.__name__ = f"{code.lower()}_rule"
    return Rule(run, needs)


RULES = (
    rule("P101"),
    rule("P102", column("sends", "ConsentConfirmed")),
    rule("P103"),
    rule("P104", column("sessions", "OwnerId"), owner_column),
    rule("P105"),
    rule("P106"),
    rule("P107"),
    rule("P108"),
    rule("P109", users_given),
    rule("P110", users_given),
    rule("P111", users_given, column("channels", "ConsentType")),
    rule("P112", owner_column),
    rule("P113", column("sends", "SourceRecordId")),
    rule("P114"),
    rule("P201"),
)
