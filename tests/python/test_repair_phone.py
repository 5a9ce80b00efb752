"""National numbers get their E.164 form back, or are left alone: never another number than libphonenumber's."""

from __future__ import annotations

import phonenumbers
import pytest
from faker import Faker
from faker.config import AVAILABLE_LOCALES
from phonenumbers import PhoneNumberFormat
from sendworthy import ConfigError, _core

LOCALES = sorted(
    locale for locale in AVAILABLE_LOCALES if "_" in locale and locale.split("_")[-1] in phonenumbers.SUPPORTED_REGIONS
)
NUMBERS = 3_000


def expected(text: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize("locale", LOCALES)
def test_fakers_numbers_are_repaired(locale: str) -> None:
    fake = Faker(locale)
    fake.seed_instance(7)
    region = locale.rsplit("_", maxsplit=1)[-1]
    numbers = getattr(fake, "phone_number", None) or fake.mobile_number
    valid, missed, wrong = 0, [], []
    for _ in range(NUMBERS):
        text = numbers()
        right = expected(text, region)
        found = _core.repair_phone(text, region)
        if right is None:
            # Nothing is made up where libphonenumber sees no number. What has a plus sign keeps its digits; 00 stands
            # for a plus sign in North America, too, where no number starts with zero.
            digits = phonenumbers.normalize_digits_only(text)
            american = phonenumbers.country_code_for_region(region) == 1 and digits.startswith("00")
            if found and found[0] != "+" + (digits[2:] if american else digits):
                wrong.append((text, found, right))
            continue
        valid += 1
        if found is None:
            missed.append((text, right))
        elif found[0] != right:
            wrong.append((text, found, right))
    assert not wrong, f"{len(wrong)} wrong: {wrong[:10]}"
    assert len(missed) <= valid / 100, f"{len(missed)} of {valid} missed: {missed[:10]}"


def test_locales_give_numbers_to_repair() -> None:
    assert len(LOCALES) > 80
    fake = Faker("de_DE")
    fake.seed_instance(7)
    assert sum(expected(fake.phone_number(), "DE") is not None for _ in range(100)) > 50


def test_an_unknown_region_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'ZZ' is no region"):
        _core.repair_phone("4155550123", "ZZ")
