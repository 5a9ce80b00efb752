"""What libphonenumber says of a number, by way of its Python port."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneNumberType

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed-line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed-line-or-mobile",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal-number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
TEXTABLE = ("mobile", "fixed-line-or-mobile", "voip", "personal-number")


@dataclass(frozen=True)
class Number:
    """A number in E.164 form."""

    valid: bool
    region: str | None = None
    kind: str | None = None
    neighbours: tuple[str, ...] = ()
    """The regions of its calling code."""
    owners: tuple[str, ...] = ()
    """The regions in which it is valid."""


NOBODY = Number(valid=False)


@cache
def number_of(e164: str) -> Number:
    """Read a number; one that libphonenumber would write differently is nobody's."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return NOBODY
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if written != e164 or not phonenumbers.is_valid_number(parsed):
        return NOBODY
    neighbours = phonenumbers.region_codes_for_country_code(parsed.country_code)
    return Number(
        valid=True,
        region=phonenumbers.region_code_for_number(parsed),
        kind=KINDS[phonenumbers.number_type(parsed)],
        neighbours=neighbours,
        owners=tuple(region for region in neighbours if phonenumbers.is_valid_number_for_region(parsed, region)),
    )
