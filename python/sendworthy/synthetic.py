"""Made-up data with planted defects and the truth about them: for trials, tests and measurements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from sendworthy import _core, stopping
from sendworthy.api import instant, milliseconds
from sendworthy.errors import ConfigError
from sendworthy.staging import Staging
from sendworthy.stopping import attend
from sendworthy.writing import csv_header, csv_records, sink_parquet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from os import PathLike
    from pathlib import Path

    from sendworthy._core import ArrowStream

#: Fixed, so that the same arguments always make the same data.
AS_OF = "2026-11-22T12:00:00Z"
FORMATS = ("csv", "parquet")


@dataclass(frozen=True)
class SyntheticData:
    """Generated tables.

    Attributes:
        channels: MessagingChannel records.
        users: MessagingEndUser records.
        sessions: MessagingSession records.
        truth: table, row and code of every planted defect.
        as_of: The moment that the data is meant to be judged at.
    """

    channels: pl.DataFrame
    users: pl.DataFrame
    sessions: pl.DataFrame
    truth: pl.DataFrame
    as_of: datetime


def generate(
    users: int = 10_000,
    sessions: int = 20_000,
    seed: int = 1,
    defect_rate: float = 0.02,
    as_of: datetime | str = AS_OF,
) -> SyntheticData:
    """Make data in memory; the same arguments make the same data.

    Args:
        users: How many messaging users.
        sessions: How many sessions.
        seed: Another seed, other data.
        defect_rate: Share of records with a planted defect.
        as_of: The moment that the data is meant to be judged at.

    Returns:
        The tables and the truth.
    """

    def make() -> SyntheticData:
        made = _generated(users, sessions, seed, defect_rate, as_of)
        channels = pl.DataFrame(made.channels())
        user_frame = pl.concat(list(_frames(made.users())))
        session_frame = pl.concat(list(_frames(made.sessions())))
        return SyntheticData(channels, user_frame, session_frame, pl.DataFrame(made.truth()), instant(as_of))

    return attend(make)


def generate_files(  # noqa: PLR0913  (the options of the command)
    directory: str | PathLike[str],
    *,
    users: int = 10_000,
    sessions: int = 20_000,
    seed: int = 1,
    defect_rate: float = 0.02,
    as_of: datetime | str = AS_OF,
    file_format: str = "csv",
) -> list[Path]:
    """The same as files, in bounded memory; the truth is Parquet in any case.

    Returns:
        The paths of channels, users, sessions and truth.
    """
    if file_format not in FORMATS:
        message = f"format must be one of {', '.join(FORMATS)}, not {file_format!r}"
        raise ConfigError(message)

    def make() -> list[Path]:
        made = _generated(users, sessions, seed, defect_rate, as_of)
        with Staging(directory, alone=True) as staging:
            write = _write_csv if file_format == "csv" else _write_parquet
            write(staging.path(f"channels.{file_format}"), [pl.DataFrame(made.channels())])
            write(staging.path(f"users.{file_format}"), _frames(made.users()))
            write(staging.path(f"sessions.{file_format}"), _frames(made.sessions()))
            _write_parquet(staging.path("truth.parquet"), [pl.DataFrame(made.truth())])
            return staging.commit()

    return attend(make)


def _frames(chunks: Iterator[ArrowStream]) -> Iterator[pl.DataFrame]:
    stop = stopping.current()
    for chunk in chunks:
        stop.check()
        yield pl.DataFrame(chunk)


def _generated(users: int, sessions: int, seed: int, defect_rate: float, as_of: datetime | str) -> _core.Generated:
    if users < 1 or sessions < 1 or seed < 0:
        message = "generate: needs at least one user, at least one session, and no negative seed"
        raise ConfigError(message)
    if not 0 <= defect_rate <= 1:
        message = f"generate: defect_rate must lie between 0 and 1, not {defect_rate}"
        raise ConfigError(message)
    moment = milliseconds(instant(as_of))
    return _core.generate(users=users, sessions=sessions, seed=seed, defect_rate=defect_rate, as_of=moment)


def _write_csv(path: Path, frames: Iterable[pl.DataFrame]) -> None:
    with path.open("wb") as file:
        for at, frame in enumerate(frames):
            if at == 0:
                file.write(csv_header(frame.columns))
            file.write(csv_records(frame))


def _write_parquet(path: Path, frames: Iterable[pl.DataFrame]) -> None:
    rest = iter(frames)
    first = next(rest)

    def all_frames() -> Iterator[pl.DataFrame]:
        yield first
        yield from rest

    with path.open("wb") as file:
        sink_parquet(all_frames(), first.clear(), file)
