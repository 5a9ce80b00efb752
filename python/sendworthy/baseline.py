"""Findings accepted once, so that a check minds new ones only.

The file holds no personal data: a finding is known by its table, code and record Id. A record that has no Salesforce
Id is known by 24 bits of a salted hash of column and value. So few bits fit many telephone numbers, and none can be
computed back; and as every entry accepts only as many findings as were there, a stranger with the same hash is
accepted only in place of one that is gone.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sendworthy import _core
from sendworthy.errors import ConfigError
from sendworthy.names import REPORT_ORDER, SEVERITIES
from sendworthy.staging import Staging
from sendworthy.texts import discreet, plural

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from os import PathLike

    from sendworthy.report import Report

_FORM = 1
_MEMBERS = ("sendworthy_baseline", "expires", "salt", "accepted", "table", "code", "id")
_HASH_LENGTH = 6
_ID_LENGTH = 15
_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
_PREFIXES = {"channels": "0Mj", "users": "0PA", "sessions": "0Mw", "existing_users": "0PA"}
_Key = tuple[str, str, str]  # table, code, Id or "#" and hash
_COLUMNS = ("table", "code", "record_id", "column", "value")


@dataclass
class Baseline:
    """A baseline that was read.

    Attributes:
        path: The file.
        salt: What hashes begin with.
        entries: How many findings of each key are accepted.
        expires: The last day on which it holds.
    """

    path: Path
    salt: str
    entries: Counter[_Key]
    expires: date | None = None
    _stale: int = field(default=0, init=False)
    _found: dict[tuple[str, str], int] | None = field(default=None, init=False)

    def expired(self, as_of: datetime) -> bool:
        """Whether its last day lies before the day (UTC) that the data is judged at."""
        return self.expires is not None and as_of.date() > self.expires

    def accepted(self, report: Report) -> dict[tuple[str, str], int]:
        """How many findings of each code and table are accepted; none when the baseline has expired."""
        if self.expired(report.as_of):
            return {}
        if self._found is None:
            codes = {code for _, code, _ in self.entries}
            left, found = Counter(self.entries), Counter[tuple[str, str]]()
            for key in _keys(report, codes, self.salt):
                if left[key] > 0:
                    left[key] -= 1
                    found[key[1], key[0]] += 1
            ran = set(report.counts.select("table", "code").rows())
            self._stale = sum(number for (table, code, _), number in left.items() if (table, code) in ran)
            self._found = dict(found)
        return self._found

    def notices(self, report: Report) -> list[str]:
        """That it has expired, or how many of its findings are gone."""
        if self.expired(report.as_of):
            notice = f"the baseline {self.path} expired on {self.expires}: it is ignored and every finding counts; "
            return [notice + "mend them, or accept them again with --write-baseline"]
        self.accepted(report)
        if not self._stale:
            return []
        gone = plural(self._stale, "accepted finding")
        verb = "is" if self._stale == 1 else "are"
        return [f"{gone} of the baseline {self.path} {verb} gone; --write-baseline leaves them out"]


def read_baseline(path: str | PathLike[str]) -> Baseline:
    """Read a baseline.

    Args:
        path: A file that ``write_baseline`` wrote.

    Raises:
        ConfigError: When it is none.
        FileNotFoundError: When it is not there.
    """
    file = Path(path)
    try:
        data = json.loads(file.read_bytes())
        if data["sendworthy_baseline"] != _FORM:
            message = f"{file}: is a baseline of another form; this version reads form {_FORM}"
            raise ConfigError(message)
        expires = None if data["expires"] is None else date.fromisoformat(data["expires"])
        entries: Counter[_Key] = Counter()
        for entry in data["accepted"]:
            entries[_entry_key(entry)] += _number(entry.get("count", 1))
        return Baseline(file, _text(data["salt"]), entries, expires)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = f"{type(error).__name__}: {discreet(error, _MEMBERS)}"  # what stands there may be somebody's number
        message = f"{file}: is no baseline of sendworthy ({told}); write one with --write-baseline"
        raise ConfigError(message) from None


def write_baseline(report: Report, path: str | PathLike[str], *, expires: date | str | None, level: str) -> int:
    """Write the findings of a report as accepted.

    Args:
        report: The report.
        path: Where to.
        expires: The last day on which it holds.
        level: The least severity.

    Returns:
        How many findings are accepted.

    Raises:
        ConfigError: When the date or the level is none, or a file that is no baseline would be replaced.
    """
    last = expiry(expires)
    if level not in SEVERITIES:
        message = f"level must be one of {', '.join(SEVERITIES)}, not {level!r}"
        raise ConfigError(message)
    severities = SEVERITIES[: SEVERITIES.index(level) + 1]
    codes = set(report.counts.filter(pl.col("severity").is_in(severities) & (pl.col("rows") > 0))["code"])
    file = Path(path)
    salt = read_baseline(file).salt if file.exists() else secrets.token_hex(8)  # so that two versions can be compared
    entries = Counter(_keys(report, codes, salt))
    head: dict[str, Any] = {
        "sendworthy_baseline": _FORM,
        "version": _core.__version__,
        "created": report.as_of.date().isoformat(),
        "expires": None if last is None else last.isoformat(),
        "salt": salt,
    }
    order = {name: at for at, name in enumerate(REPORT_ORDER)}
    lines = [
        json.dumps(_entry(key, number))
        for key, number in sorted(entries.items(), key=lambda one: (order[one[0][0]], *one[0][1:]))
    ]
    with Staging(file.absolute().parent) as staging:
        with staging.path(file.name).open("w", encoding="utf-8", newline="\n") as out:
            out.write("{\n" + "".join(f"{json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items()))
            out.write('"accepted": [' + ("\n" + ",\n".join(lines) + "\n" if lines else "") + "]\n}\n")
        staging.commit()
    return entries.total()


def expiry(given: date | str | None) -> date | None:
    """The last day of a baseline.

    Raises:
        ConfigError: When it is no date.
    """
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except ValueError:
        message = f"expires: {given!r} is no date; write it like 2027-01-31"
        raise ConfigError(message) from None


def _keys(report: Report, codes: set[str], salt: str) -> Iterable[_Key]:
    if not codes or not report.counts.filter(pl.col("code").is_in(list(codes)) & (pl.col("rows") > 0)).height:
        return
    wanted = pl.col("code").is_in(list(codes))
    for batch in report.findings_batches():
        for finding in batch.filter(wanted).select(_COLUMNS).rows():
            table, code, *rest = finding
            yield table, code, _known_by(salt, table, code, rest)


def _known_by(salt: str, table: str, code: str, rest: list[str | None]) -> str:
    """The record's Id; a hash where it has none, or something else stands in its place."""
    record = rest[0]
    if record is not None and _ID.fullmatch(record) and record.startswith(_PREFIXES.get(table, "\0")):
        return record[:_ID_LENGTH]
    text = json.dumps([salt, table, code, *rest])
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]}"


def _entry(key: _Key, number: int) -> dict[str, Any]:
    table, code, known = key
    name, value = ("hash", known[1:]) if known.startswith("#") else ("id", known)
    return {"table": table, "code": code, name: value} | ({"count": number} if number > 1 else {})


def _entry_key(entry: dict[str, Any]) -> _Key:
    known = f"#{_text(entry['hash'])}" if "hash" in entry else _text(entry["id"])[:_ID_LENGTH]
    return _text(entry["table"]), _text(entry["code"]), known


def _text(value: object) -> str:
    if not isinstance(value, str):
        message = f"{value!r} is no text"
        raise TypeError(message)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        message = f"{value!r} is no count"
        raise TypeError(message)
    return value
