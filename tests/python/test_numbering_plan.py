"""The compiled numbering plans say what libphonenumber says, for more than a million numbers."""

from __future__ import annotations

import random
from functools import cache

import phonenumbers
import polars as pl
import pytest
import sendworthy as sw  # noqa: F401 (registers the expressions)
from oracle.numbers import KINDS
from phonenumbers import PhoneNumberFormat, PhoneNumberMetadata

PARTS = 8
NUMBERS = 1_040_000
Judgement = tuple[bool, str | None, str | None]
INVALID: Judgement = (False, None, None)


def theirs(text: str) -> Judgement | None:
    """Validity, region and kind; None for texts that libphonenumber takes for another number."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return INVALID
    if phonenumbers.format_number(number, PhoneNumberFormat.E164) != text:
        return None
    region = phonenumbers.region_code_for_number(number)
    if region is None or not phonenumbers.is_valid_number_for_region(number, region):
        return INVALID
    return True, region, KINDS[phonenumbers.number_type(number)]


def ours(texts: list[str]) -> list[Judgement]:
    frame = pl.DataFrame({"phone": texts}).select(pl.col("phone").sendworthy.phone_info()).unnest("phone")
    assert frame["e164"].all()
    return list(frame.select("valid", "region", "kind").rows())


@cache
def examples() -> tuple[tuple[str, str], ...]:
    """Calling code and national number of every example of every region and kind."""
    found = []
    metadata = [PhoneNumberMetadata.metadata_for_region(region, None) for region in phonenumbers.SUPPORTED_REGIONS]
    codes = sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    metadata += [PhoneNumberMetadata.metadata_for_nongeo_region(code, None) for code in codes]
    kinds = (
        "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
        "voicemail",
    )  # fmt: skip
    for plan in metadata:
        for kind in kinds:
            described = getattr(plan, kind)
            if described is not None and described.example_number:
                found.append((str(plan.country_code), described.example_number))
    return tuple(sorted(found))


def a_number(rng: random.Random) -> str:
    """An E.164 text near or far from an example."""
    code, national = rng.choice(examples())
    digits = list(national)
    match rng.randrange(8):
        case 0 | 1:  # another subscriber
            for at in range(-rng.randint(1, 6), 0):
                digits[at] = rng.choice("0123456789")
        case 2 | 3:  # another digit anywhere
            digits[rng.randrange(len(digits))] = rng.choice("0123456789")
        case 4:  # another range
            for at in range(rng.randint(1, 4)):
                digits[at % len(digits)] = rng.choice("0123456789")
        case 5:  # another length
            if rng.random() < 0.5:
                del digits[rng.randrange(len(digits)) :]
            digits += rng.choices("0123456789", k=rng.randint(0, 4))
        case 6:  # anything behind a calling code
            digits = rng.choices("0123456789", k=rng.randint(4, 12))
        case _:  # anything
            code, digits = rng.choice("123456789"), rng.choices("0123456789", k=rng.randint(1, 14))
    number = f"+{code}{''.join(digits)}"[:16]
    return number if len(number) > 2 else number + "0"


def compare(texts: list[str]) -> tuple[int, list[tuple[str, Judgement, Judgement]]]:
    """How many numbers were compared, and those judged differently."""
    compared, different = 0, []
    for text, own in zip(texts, ours(texts), strict=True):
        expected = theirs(text)
        if expected is not None:
            compared += 1
            if own != expected:
                different.append((text, own, expected))
    return compared, different


@pytest.mark.parametrize("part", range(PARTS))
def test_a_million_numbers_are_judged_alike(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(part)
    wanted, seen = NUMBERS // PARTS, 0
    different: list[tuple[str, Judgement, Judgement]] = []
    valid = 0
    while seen < wanted:
        texts = [a_number(rng) for _ in range(20_000)]
        compared, wrong = compare(texts)
        seen += compared
        valid += sum(judged[0] for judged in ours(texts))
        different += wrong
    with capsys.disabled():
        print(f"\nnumbering plan, part {part + 1} of {PARTS}: {seen:,} numbers compared, {valid:,} valid")  # noqa: T201
    assert not different, f"{len(different)} differ: {different[:20]}"
    assert seen * PARTS >= 1_000_000
    assert 0.2 < valid / seen < 0.8


def test_examples_of_every_region_and_kind_are_judged_alike() -> None:
    texts = [f"+{code}{national}" for code, national in examples()]
    compared, different = compare(texts)
    assert not different
    assert compared > 0.9 * len(texts) > 900
    codes = {code for code, _ in examples()}
    assert codes == {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}


def test_short_numbers_of_every_calling_code_are_judged_alike() -> None:
    texts = [f"+{code}{rest}" for code in range(1, 1000) for rest in ("0", "12", "123", "911", "1234567", "80012345")]
    compared, different = compare(texts)
    assert not different
    assert compared > 5_000
