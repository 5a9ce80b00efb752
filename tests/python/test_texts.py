"""What is shown of the errors of libraries."""

from __future__ import annotations

import pytest
from sendworthy.texts import discreet


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            'conversion from `str` to `i64` failed in column \'Name\' for 2 out of 9 values: ["Ann", "Bob O\'Neil"]',
            "conversion from `str` to `i64` failed in column 'Name' for 2 out of 9 values: [***]",
        ),
        (
            "could not parse `Ann Lee` as dtype `date` at column 'Own'",
            "could not parse `***` as dtype `date` at column '***'",
        ),
        ("Could not convert string 'O'Brien' to INT32", "Could not convert string '***' to INT32"),
        ("Failed to parse string: 'Ann", "Failed to parse string: '***'"),
        ("value +49 151 123-456 is bad, 4915112345678 too", "value *** is bad, *** too"),
        ("[Errno 28] No space left on device", "[Errno 28] No space left on device"),
        ("it doesn't end in 60 seconds, 12,345 rows", "it doesn't end in 60 seconds, 12,345 rows"),
        (
            "called `Result::unwrap()` on an `Err` value: E(ErrString(\"no `day_interval` type, use 'Ann'\"))",
            "no `day_interval` type, use '***'",
        ),
        ("two\nlines", "two"),
        ("", "ValueError"),
    ],
)
def test_values_are_left_out(said: str, shown: str) -> None:
    assert discreet(ValueError(said), ["Name"]) == shown
