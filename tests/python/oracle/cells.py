"""Single cells: missing values, Ids, picklists, booleans, phone numbers, lengths."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

SUFFIX_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
EMPTY_ID = "0" * 15


def is_missing(text: str | None) -> bool:
    """Null, empty, only ASCII blanks, or the Bulk API's null."""
    return text is None or text.strip(" \t\r\n") == "" or text == "#N/A"


# Ids


@dataclass(frozen=True)
class IdCell:
    """An Id cell: missing, valid, repairable or malformed; the key is its 15 characters where they are known."""

    state: str
    key: str | None = None

    @property
    def wrong(self) -> bool:
        """Whether the malformed-id rules report it."""
        return self.state in ("repairable", "malformed")


def suffix_of(body: str) -> str:
    """The three characters that say which of the 15 are upper case."""
    suffix = ""
    for start in (0, 5, 10):
        number = sum(1 << j for j, char in enumerate(body[start : start + 5]) if "A" <= char <= "Z")
        suffix += SUFFIX_ALPHABET[number]
    return suffix


def recased(body: str, suffix: str) -> str | None:
    """The body cased as the suffix says; None where the suffix cannot belong to it."""
    if any(char not in SUFFIX_ALPHABET for char in suffix):
        return None
    chars = []
    for position, char in enumerate(body):
        upper = SUFFIX_ALPHABET.index(suffix[position // 5]) >> (position % 5) & 1
        if upper and not char.isalpha():
            return None
        chars.append(char.upper() if upper else char.lower())
    return "".join(chars)


@cache
def read_id(text: str | None, prefixes: tuple[str, ...]) -> IdCell:
    """Read a Salesforce Id that must have one of the prefixes; without prefixes, the Id of any object."""
    if is_missing(text) or text in (EMPTY_ID, EMPTY_ID + "AAA"):
        return IdCell("missing")
    assert text is not None
    if not re.fullmatch(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?", text):
        return IdCell("malformed")
    body, suffix = text[:15], text[15:]
    if body == EMPTY_ID:  # its suffix is not that of no Id, and there is no such Id
        return IdCell("malformed")
    if suffix in ("", suffix_of(body)):
        state, key = "valid", body
    elif suffix.upper() == suffix_of(body):
        state, key = "repairable", body
    elif body in (body.upper(), body.lower()) and (mended := recased(body, suffix.upper())) is not None:
        state, key = "repairable", mended
    else:
        return IdCell("malformed")
    return IdCell(state, key) if not prefixes or key[:3] in prefixes else IdCell("malformed")


# Picklists and booleans

MESSAGE_TYPES = [
    "AppleBusinessChat",
    "Custom",
    "Email",
    "EmbeddedMessaging",
    "Facebook",
    "Line",
    "Phone",
    "PSTNVoice",
    "PstnVoice",
    "Rcs",
    "Text",
    "Voice",
    "WebChat",
    "WeChat",
    "WhatsApp",
]
CONSENT_STATUSES = ["DoublyOptedIn", "ExplicitlyOptedIn", "ImplicitlyOptedIn", "OptedOut"]
STATUSES = ["New", "Active", "Consent", "Waiting", "Paused", "Inactive", "Ended", "Error"]
ORIGINS = [
    "AgentInitiated",
    "ConversationClose",
    "ConversationControlLost",
    "Help",
    "InboundInitiated",
    "OptIn",
    "OptOut",
    "TriggeredOutbound",
]
PICKLISTS = {
    "MessageType": MESSAGE_TYPES,
    "MessagingConsentStatus": CONSENT_STATUSES,
    "Status": STATUSES,
    "Origin": ORIGINS,
    "AgentType": ["Agent", "Bot", "BotToAgent", "System"],
    "EndedByType": ["Agent", "Bot", "EndUser", "System"],
}
ONE_VALUE = {"PSTNVoice": "PstnVoice"}
"""Two spellings of one value; both are exact."""


@dataclass(frozen=True)
class Choice:
    """A picklist cell: missing, exact, wrong-case or unknown; the value where it is known."""

    state: str
    value: str | None = None

    @property
    def wrong(self) -> bool:
        """Whether the unknown-picklist-value rules report it."""
        return self.state in ("wrong-case", "unknown")


def ascii_lower(text: str) -> str:
    """Lower case for A to Z alone."""
    return "".join(char.lower() if "A" <= char <= "Z" else char for char in text)


@cache
def read_choice(text: str | None, field: str) -> Choice:
    """Read a picklist cell of a field."""
    if is_missing(text):
        return Choice("missing")
    assert text is not None
    for value in PICKLISTS[field]:
        if text == value:
            return Choice("exact", ONE_VALUE.get(value, value))
    for value in PICKLISTS[field]:
        if ascii_lower(text) == ascii_lower(value):
            return Choice("wrong-case", ONE_VALUE.get(value, value))
    return Choice("unknown")


def read_loose(text: str | None, values: tuple[str, ...]) -> str | None:
    """The one of the values that the cell spells in any case; None for anything else."""
    return next((value for value in values if text is not None and ascii_lower(text) == ascii_lower(value)), None)


def read_boolean(text: str | None) -> bool | None:
    """A boolean in any of Data Loader's spellings; None where it is unknown."""
    word = ascii_lower(text or "")
    if word in ("true", "1", "yes", "y", "on", "t"):
        return True
    if word in ("false", "0", "no", "n", "off", "f"):
        return False
    return None


# Phone numbers and lengths


def is_e164(text: str) -> bool:
    """A plus, a non-zero digit and 1 to 14 more ASCII digits, nothing else."""
    return re.fullmatch(r"\+[1-9][0-9]{1,14}", text) is not None


def address_of(text: str, kind: str) -> tuple[str, str]:
    """What two records of one channel share when they stand for one customer: the digits of a phone, or the text."""
    if kind in ("SMS", "WhatsApp") and re.fullmatch(r"\+?[0-9 \-.()/]*", text) and re.search(r"[0-9]", text):
        return ("digits", re.sub(r"[^0-9]", "", text))
    return ("text", text)


def number_form(text: str) -> str | None:
    """The form of a WhatsApp number: plus (E.164), bare (the same without the plus sign), or None."""
    if is_e164(text):
        return "plus"
    return "bare" if is_e164("+" + text) else None


def two_forms(digits: str) -> tuple[str, str] | None:
    """The short and the long form of a Brazilian, Mexican or Argentine number given in either; None for others."""
    for start, extra in ((r"55[0-9]{2}", "9"), (r"52", "1"), (r"54", "9")):
        rest = 8 if extra == "9" and start != "54" else 10
        if match := re.fullmatch(rf"({start}){extra}?([0-9]{{{rest}}})", digits):
            head, tail = match.groups()
            return head + tail, head + extra + tail
    return None


INVISIBLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""Unicode's Default_Ignorable_Code_Point: characters that a screen may leave out."""


def looks_blank(text: str) -> bool:
    """Whether a text holds nothing but white space, control characters and invisible ones."""
    return all(
        char.isspace()
        or unicodedata.category(char) == "Cc"
        or any(first <= ord(char) <= last for first, last in INVISIBLE)
        for char in text
    )


def utf16_units(text: str) -> int:
    """The length as Salesforce counts it."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)
