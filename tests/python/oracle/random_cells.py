"""Random cells, good and bad in every way that the rules tell apart."""

# ruff: noqa: RUF001 (look-alike characters are among the wrong cells)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from oracle.cells import EMPTY_ID, PICKLISTS, suffix_of
from oracle.times import EPOCH

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

MISSING = (None, None, "", " ", "   ", "\t", "\r\n", " \t", "#N/A")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = "0123456789"
UNREADABLE_TIMES = (
    "yesterday", "0", "1795348800000", "2026", "2026-11", "#n/a", "NULL", "-", "2026-02-30T00:00:00Z",
    "2023-02-29", "1900-02-29T10:00:00Z", "2026-13-01", "2026-00-10", "2026-10-00", "2026-11-22T24:00:00Z",
    "2026-11-22T23:60:00Z", "2026-11-22T23:59:60Z", "1699-12-31T23:59:59Z", "4001-01-01T00:00:00Z", "0001-01-01",
    "2026-11-22T10:00:00+18:01", "2026-11-22T10:00:00-24:00", "2026-11-22T10:00:00+05:60", "2026-11-22t10:00:00Z",
    "2026-11-22T10:00:00z", "2026-11-22T10:00:00Z ", " 2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z\n",
    "2026-1-2T10:00:00Z", "2026-11-22T10:00Z", "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00.1234567891Z",
    "2026-11-22T10:00:00,5Z", "2026-11-22  10:00:00Z", "2026-11-22T10:00:00 Z", "2026-11-22T10:00:00+05",
    "2026-11-22T10:00:00+5:30", "2026-11-22Z", "20261122 10:00:00Z", "20261122T100000Z", "2026112", "202611220",
    "13/13/2026", "0/1/2026", "1/0/2026", "2/30/2026", "1/2/26", "1/2/20266", "001/02/2026", "01/02/2026 10:00:00.5Z",
    "01/02/2026T10:00:00Z", "01/02/2026 10:00", "01/02/2026  10:00:00", "01-02-2026", "2026/01/02", "１２/01/2026",
    "٢٠٢٦-11-22", "2026-11-22T10:00:00UTC", "2026-11-22T10:00:00−05:00", "Nov 22, 2026", "2026-11-22T1:00:00Z",
)  # fmt: skip
EXTREME_TIMES = (
    "1700-01-01T00:00:00Z", "4000-12-31T23:59:59.999999999-18:00", "1700-01-01", "40001231", "2024-02-29",
    "2000-02-29T00:00:00Z", "1969-12-31T23:59:59.9999Z", "1970-01-01", "02/29/2024 23:59:59+1800", "13/1/2026",
    "1/13/2026 00:00:00Z", "12/12/2025", "1/2/2026", "01/02/2026 10:00:00-0000", "31/12/2025", "12/31/2025",
    "2026-01-31T00:00:00-00:00", "1700-01-01T00:00:00+18:00", "5/12/2026 00:00:00Z", "12/5/2026 00:00:00Z", "2/12/2026",
    "12/2/2026", "12/13/2025 00:00:00Z", "13/12/2025 00:00:00Z", "12/12/2025 00:00:00Z", "9/9/2026 00:00:00Z",
)  # fmt: skip
BAD_PHONES = (
    "1.23E+10", "1.41556E+10", "14155550123.0", "'+14155550123", "+1415555\u200b0123", "+1415\u00a05550123",
    "++14155550123", "+", "-", "()", "+-", "+1", "+1-800-FLOWERS", "+12345678901234567", "+1234567890123456",
    "+0123456789", "+14155550123 ext 5", "+14155550123;ext=5", "tel:+14155550123", "whatsapp:+14155550123",
    "＋14155550123", "+１４１５５５５０１２３", "+١٤١٥٥٥٥٠١٢٣", "+14155550123\n", "\n+14155550123", "+1415\t5550123",
    "unknown", "+1,415", "0", "00", "+1415+5550123", "#N/A ", "n/a", "+1_415",
    "\ufeff+14155550123", "+1\N{FIGURE DASH}415", "۱",
)  # fmt: skip
NO_DIGITS = ("+", "-", "()", "+-", ". .", "/")
GOOD_PHONES = (
    "+12345678900", "+12", "+123456789012345", "+99", "+8881234567", "+442079460958", "+4402079460958", "+447400123456",
    "+14165550123", "+18005550123", "+4915123456789", "+4930123456", "+390612345678", "+390669812345", "+80012345678",
    "+19005550123", "+77012345678", "+78005550123", "+590690001234", "+47512345678", "+5491123456789", "+447700900123",
)  # fmt: skip
COUNTRIES = ("US", "us", "CA", "GB", "gb", "GG", "DE", "At", "IT", "VA", "KZ", "RU", "FR", "GP", "JM", "ZZ", "U", "001", "ß")
PLATFORM_KEYS = (
    "1029384756", "U4af4980629f0a1b2c3d4e5f60718293a", "urn:mbid:AQAAYz", "v2/iamessage/AUTH/set/uid:7", "Über-7",
    "A", "a", "v2/iamessage/UNAUTH/NA/uid:8", "+1029384756", "10-29",
)  # fmt: skip
BOOLEANS = ("true", "True", "TRUE", "1", "yes", "Y", "on", "t", "false", "FALSE", "0", "No", "n", "OFF", "F")
ODD_BOOLEANS = ("maybe", "2", "tr", " true", "wahr", "", None, "#N/A", "yes ")


class Cells:
    """Makes cells; a share of them, the dirt, is wrong on purpose."""

    def __init__(self, rng: random.Random, as_of: datetime, day_first: bool, dirt: float) -> None:
        """Draw from rng; as_of is the moment that timestamps lie around, dirt the share of wrong cells."""
        self.rng, self.as_of, self.day_first, self.dirt = rng, as_of, day_first, dirt

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.rng.random() < probability

    def dirty(self) -> bool:
        """Whether the next cell is wrong on purpose."""
        return self.chance(self.dirt)

    def missing(self) -> str | None:
        """One of the spellings of nothing."""
        return self.rng.choice(MISSING)

    # Ids

    def id_pool(self, prefix: str, size: int) -> list[str]:
        """Keys of one object: mostly mixed case, some of one case, some that differ from another in case alone."""
        pool: list[str] = []
        while len(pool) < size:
            style = self.rng.random()
            alphabet = LETTERS + DIGITS
            if style < 0.1:
                alphabet = LETTERS.upper() + DIGITS
            elif style < 0.15:
                alphabet = DIGITS
            body = prefix + "".join(self.rng.choice(alphabet) for _ in range(12))
            if pool and style > 0.93:
                body = prefix + self.rng.choice(pool)[3:].swapcase()
            if body not in pool:
                pool.append(body)
        return pool

    def id_text(self, key: str) -> str | None:
        """A key as 15 or 18 characters, sometimes damaged."""
        if self.dirty():
            return self.missing() if self.chance(0.3) else self.damaged_id(key)
        return key if self.chance(0.35) else key + suffix_of(key)

    def damaged_id(self, key: str) -> str:
        """An Id that is repairable, malformed, empty or another's."""
        suffix, pick = suffix_of(key), self.rng.choice
        flipped = "".join(char.swapcase() if self.chance(0.3) else char for char in key)
        return pick(
            (
                key.lower() + suffix, key.upper() + suffix, key + suffix.lower(), (key + suffix).lower(),
                flipped + suffix,
                key.lower(), key.upper(), flipped, key.upper() + suffix.lower(), key.lower() + suffix.swapcase(),
                key + "".join(pick("ABCDEFGH012345") for _ in range(3)), key + "ABZ",
                key.lower() + "555", key.upper() + "AAA",
                key + "AA9", key + "6AA", key[:14], key + "A", key + "AA", key + suffix + "A", key[:14] + "é",
                key[:14] + "-",
                " " + key[:14], key + suffix + " ", "0ZZ" + key[3:], key[:3].lower() + key[3:], "",
                EMPTY_ID, EMPTY_ID + "AAA", EMPTY_ID + "aaa", EMPTY_ID + "AAB", "0" * 14, "000" + key[3:], "x", "#n/a",
            )
        )  # fmt: skip

    # Picklists, booleans, texts

    def choice(self, field: str, usual: Sequence[str], weights: Sequence[float] | None = None) -> str | None:
        """One of the usual values, sometimes in another case, unknown, missing, or any value of the picklist."""
        value = self.rng.choices(usual, weights)[0]
        if not self.dirty():
            return value
        return self.rng.choice(
            (
                value.lower(), value.upper(), value.swapcase(), value + "s", " " + value, value + "\n", "SMS",
                "Closed",
                self.rng.choice(PICKLISTS[field]), self.rng.choice(PICKLISTS[field]), self.missing(), self.missing(),
            )
        )  # fmt: skip

    def boolean(self) -> str | None:
        """A boolean in one of its spellings, or something that is none."""
        return self.rng.choice(ODD_BOOLEANS if self.dirty() else BOOLEANS)

    def text(self, length: int) -> str | None:
        """A text around the length of its field, counted in UTF-16 units or in characters."""
        if not self.dirty():
            return self.rng.choice(("", "Ada", "en_US", "DE", "é"))[:length] if self.chance(0.8) else None
        return self.rng.choice(
            (
                "x" * length, "x" * (length + 1), "é" * length, "é" * (length + 1), "😀" * (length // 2), "😀" * length,
                "😀" * (length // 2) + "x", "😀" * (length // 2) + "xx", " " * (length + 1), "\u00a0" * (length + 1),
                "\uffff" * length, "\U00010000" * (length // 2 + 1),
            )
        )  # fmt: skip

    # Timestamps

    def time(self, ages: Sequence[timedelta], *, missing: float = 0.1) -> str | None:
        """A timestamp that is often exactly, or just beside, one of the ages before as-of."""
        if self.chance(missing):
            return self.missing()
        if self.dirty() and self.chance(0.6):
            return self.rng.choice(UNREADABLE_TIMES if self.chance(0.6) else EXTREME_TIMES)
        return self.spell(self.moment(ages))

    def moment(self, ages: Sequence[timedelta]) -> datetime:
        """A moment near one of the ages before as-of."""
        age = self.rng.choice(ages)
        if self.chance(0.5):
            return self.as_of - age + timedelta(milliseconds=self.rng.choice((-1000, -1, 0, 0, 0, 1, 1000)))
        return self.as_of - age * self.rng.uniform(0.0, 1.5)

    def spell(self, moment: datetime) -> str:
        """A moment in one of the accepted forms, most of them exact to the millisecond."""
        pick = self.rng.choice
        minutes = pick((0, 0, 60, -300, 330, 345, 1080, -1080, -1, 839))
        zone = pick(("Z", "Z", "Z", "offset", "offset", "none")) if self.dirt else pick(("Z", "offset"))
        if zone == "offset":
            moment += timedelta(minutes=minutes)
            sign, rest = "+" if minutes >= 0 else "-", abs(minutes)
            zone = f"{sign}{rest // 60:02}{pick((':', ''))}{rest % 60:02}"
        elif zone == "none":
            zone = ""
        thousandths = (moment - EPOCH) // timedelta(milliseconds=1) % 1000
        clock = f"{moment:%H:%M:%S}"
        if thousandths or self.chance(0.5):
            digits = f"{thousandths:03}" + pick(("", "", "", "9", "999", "000000", "999999"))
            clock += "." + (digits.rstrip("0") or "0" if self.chance(0.2) else digits)
        if not self.dirty():
            return f"{moment:%Y-%m-%d}{pick('TT ')}{clock}{zone}"
        first, second = (moment.day, moment.month) if self.day_first or self.chance(0.2) else (moment.month, moment.day)
        slash = f"{first:{pick(('02', ''))}}/{second:{pick(('02', ''))}}/{moment:%Y}"
        return pick(
            (
                f"{moment:%Y%m%d}T{clock}{zone}", f"{moment:%Y-%m-%d}", f"{moment:%Y%m%d}",
                slash, f"{slash} {moment:%H:%M:%S}{zone}", f"{slash} {moment:%H:%M:%S}{zone}",
            )
        )  # fmt: skip

    # Addresses

    def country(self) -> str | None:
        """A country that a number may be of, or any text."""
        return self.rng.choice(COUNTRIES) if self.chance(0.8) else self.text(2)

    def phone(self, digits: str) -> str:
        """A phone number: E.164, without its plus, punctuated, or damaged."""
        if not self.dirty():
            return "+" + digits
        return self.rng.choice(
            (
                digits, "+" + digits, digits[1:], "00" + digits,
                f"+{digits[:1]} ({digits[1:4]}) {digits[4:7]}-{digits[7:]}",
                f"+{digits[:2]}.{digits[2:]}", f"{digits[:3]}/{digits[3:]}", f"({digits})", f" +{digits}",
                f"+{digits} ",
                f"+ {digits}", f"{digits}+", "0" + digits, digits + "x", self.rng.choice(BAD_PHONES),
                self.rng.choice(BAD_PHONES),
                self.rng.choice(GOOD_PHONES), self.rng.choice(NO_DIGITS),
            )
        )  # fmt: skip

    def platform_key(self, message_type: str, digits: str) -> str | None:
        """The address of a user of this type."""
        if self.chance(self.dirt / 4):
            return self.missing()
        if self.chance(self.dirt / 10):
            return self.text(255)
        if self.chance(self.dirt / 8):
            return self.rng.choice(NO_DIGITS)
        if message_type == "WhatsApp" and self.chance(0.4):
            return digits
        if message_type in ("Text", "WhatsApp") or self.chance(0.2):
            return self.phone(digits)
        return self.rng.choice(PLATFORM_KEYS) if self.chance(0.3) else digits
