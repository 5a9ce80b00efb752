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
    region = locale.split("_")[-1]
    valid, missed, wrong = 0, [], []
    for _ in range(NUMBERS):
        text = fake.phone_number()
        right = expected(text, region)
        if right is None:
            continue
        valid += 1
        found = _core.repair_phone(text, region)
        if found is None:
            missed.append((text, right))
        elif found[0] != right:
            wrong.append((text, found, right))
    assert not wrong, f"{len(wrong)} wrong: {wrong[:10]}"
    assert len(missed) <= valid / 100, f"{len(missed)} of {valid} missed: {missed[:10]}"


def test_an_unknown_region_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'ZZ' is no region"):
        _core.repair_phone("4155550123", "ZZ")
