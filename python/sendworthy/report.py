"""The result of a check."""

from __future__ import annotations

from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

import polars as pl

from sendworthy import _core
from sendworthy.errors import ConfigError, FindingsError
from sendworthy.forks import require_polars
from sendworthy.names import SEVERITIES, counts_schema, eligibility_schema, findings_schema, skipped_schema
from sendworthy.outputs import Options, renderer
from sendworthy.outputs.text import verdict
from sendworthy.pardon import Pardon, pardoned_schema
from sendworthy.progress import watched
from sendworthy.rulebook import find_codes
from sendworthy.split import SendsSplit, Split
from sendworthy.stopping import attend
from sendworthy.texts import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from functools import partial
    from os import PathLike
    from pathlib import Path

    from sendworthy.custom import Rule
    from sendworthy.findings import Describer
    from sendworthy.fixing import Fixes
    from sendworthy.policy import Policy
    from sendworthy.profile import Profile


class Report:
    """What a check found.

    Counts are exact and there at once. Findings, samples and splits are made when asked for, by reading the source
    again: a file must not have changed meanwhile, and a LazyFrame is run again.

    Attributes:
        as_of: The moment the data was judged at.
        operation: What the data was said to be meant for.
        policy: The limits and switches in force.
        version: Of sendworthy.
        duration: Seconds that the check took.
        rules: Rules of the user's own.
        users: ``.ready``, ``.rejected`` and ``.mask`` of the users; None when they were not given.
        sessions: The same of the sessions.
        sends: The same of the planned sends, and ``.decisions`` and ``.by_rep``.
        written: Files that ``write`` and ``fix`` have made of it so far.
        again: Checks other data in the same way: takes tables, and arguments of ``check`` that are to differ.
    """

    again: partial[Report]

    def __init__(  # noqa: PLR0913  (what a check was told, by name)
        self,
        describer: Describer,
        *,
        as_of: datetime,
        operation: str,
        policy: Policy,
        duration: float,
        pardon: Pardon | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        self.as_of, self.operation, self.policy, self.duration = as_of, operation, policy, duration
        self.version = _core.__version__
        self.rules, self._pardon = tuple(rules), pardon or Pardon()
        self.describer = describer
        self.written: list[Path] = []
        tables = describer.tables
        self.users = Split(describer, tables["users"]) if "users" in tables else None
        self.sessions = Split(describer, tables["sessions"]) if "sessions" in tables else None
        self.sends = SendsSplit(describer, tables["sends"]) if "sends" in tables else None

    @cached_property
    def counts(self) -> pl.DataFrame:
        """Every rule that ran: code, name, severity, table, rows with a finding, rows it could decide."""
        schema = counts_schema()
        return pl.DataFrame(self.describer.outcome.counts()).select(schema.names()).cast(schema)

    @cached_property
    def skipped(self) -> pl.DataFrame:
        """Every rule that could not run: code, name, table and the reason."""
        schema = skipped_schema()
        return pl.DataFrame(self.describer.outcome.skipped()).select(schema.names()).cast(schema)

    @cached_property
    def findings(self) -> pl.DataFrame:
        """Every finding, ordered by table, row and code. Made at the first use."""
        return watched(
            self.describer.progress,
            lambda told: pl.concat([findings_schema().to_frame(), *self.describer.batches(told)]),
        )

    def findings_batches(self) -> Iterator[pl.DataFrame]:
        """The same as ``findings``, in batches, for results that do not fit in memory."""
        return self.describer.batches()

    @cached_property
    def eligibility(self) -> pl.DataFrame:
        """Whether and how each user may be written to at as-of, whoever the rep is; one row per user, in order.

        Columns: row, record_id, channel_id, kind, can_send (freeform, template-only, no, unknown), because (codes that
        decide), window_closes_at, live_session_id and live_owner_id (only that rep may write), available_at.
        """
        return attend(lambda: pl.concat([eligibility_schema().to_frame(), *self.eligibility_batches()]))

    def eligibility_batches(self) -> Iterator[pl.DataFrame]:
        """The same as ``eligibility``, in batches, for users that do not fit in memory."""
        return self.describer.eligibility()

    @cached_property
    def profile(self) -> Profile:
        """What the data look like, counted while they were checked: numbers by region, windows, ages of sessions."""
        from sendworthy.profile import profile_of

        return profile_of(self.describer.outcome)

    def samples(self, code: str, n: int = 3) -> pl.DataFrame:
        """The first findings of one rule.

        Args:
            code: The rule's code or name; a name may be several rules'.
            n: How many, per rule and table.
        """
        codes = find_codes(code, self.rules)
        found = self.counts.filter(pl.col("code").is_in(codes) & (pl.col("rows") > 0))
        return attend(lambda: self.describer.samples(found.select("table", "code").rows(), n))

    @cached_property
    def pardoned(self) -> pl.DataFrame:
        """Rules of which a baseline accepts findings, or that have a limit: code, table, accepted, tolerated, limit.

        `tolerated` is 0 where there are more findings than the limit: then all of them count. With a baseline, the
        first use reads the flagged records once more.
        """
        return pl.DataFrame(self._pardon.lines(self), schema=pardoned_schema(), orient="row")

    @property
    def notices(self) -> list[str]:
        """What the owner of the baseline must know: that it has expired, or holds findings that are gone."""
        return self._pardon.notices(self)

    @property
    def ok(self) -> bool:
        """True when there is no finding of severity error, leaving aside what is accepted or tolerated."""
        return self.worst_rows("error") == 0

    @property
    def knows_pardons(self) -> bool:
        """Whether `ok` is known at once: comparing with a baseline reads the flagged records once more."""
        return self._pardon.baseline is None or "pardoned" in self.__dict__

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """Of every table: its name, its source and its number of records."""
        return [
            {"table": table.name, "source": table.source.label, "rows": table.rows}
            for table in self.describer.tables.values()
        ]

    def worst_rows(self, level: str) -> int:
        """How many findings there are at a severity or above, leaving aside what is accepted or tolerated.

        Whether the data is ready, and the exit status, follow from this number alone.

        Args:
            level: error, warning or info.
        """
        return int(self.blocking(level)["rows"].sum())

    def blocking(self, level: str) -> pl.DataFrame:
        """Those counts at a severity or above that are not wholly accepted or tolerated, without what is.

        Args:
            level: error, warning or info.
        """
        require_polars()
        if level not in SEVERITIES:
            message = f"level must be one of {', '.join(SEVERITIES)}, not {level!r}"
            raise ConfigError(message)
        severities = SEVERITIES[: SEVERITIES.index(level) + 1]
        found = self.counts.filter(pl.col("severity").is_in(severities) & (pl.col("rows") > 0))
        spared = self.pardoned.select("code", "table", spared=pl.col("accepted") + pl.col("tolerated"))
        left = pl.col("rows") - pl.col("spared").fill_null(0)
        joined = found.join(spared, on=["code", "table"], how="left", maintain_order="left")
        return joined.with_columns(rows=left).filter(pl.col("rows") > 0).drop("spared")

    def raise_for_findings(self, level: str = "error") -> None:
        """Raise FindingsError, which carries this report, when there are findings at the level or above.

        Args:
            level: error, warning or info.
        """
        if found := self.worst_rows(level):
            above = level if level == "error" else f"{level} or above"
            message = f"{verdict(self)} ({plural(found, 'finding')} of severity {above})"
            raise FindingsError(message, self)

    def write(self, directory: str | PathLike[str], style: str = "bulk") -> list[Path]:
        """Write the ready and the rejected records of users and sessions, and a summary.

        Files appear under their names only when all of them are complete.

        Args:
            directory: Where to; made if it is not there.
            style: bulk (``sf__Id``, ``sf__Error``, columns) or dataloader (columns, ``ERROR``) for rejected records.

        Returns:
            The files written.
        """
        from sendworthy.write import write_report

        files = watched(self.describer.progress, lambda told: write_report(self, directory, style, told))
        self.written += files
        return files

    def write_baseline(
        self, path: str | PathLike[str], *, expires: date | str | None = None, level: str = "error"
    ) -> int:
        """Accept the findings there are, so that a later check with ``baseline=path`` minds new ones only.

        The file holds record Ids and codes; where a record has no Id, a short salted hash stands for it.

        Args:
            path: The file to write; an old one is replaced.
            expires: The last day on which it holds: a date, or text such as 2027-01-31.
            level: Accept findings of this severity and above.

        Returns:
            How many findings are accepted.
        """
        from sendworthy.baseline import write_baseline

        return attend(lambda: write_baseline(self, path, expires=expires, level=level))

    def fix(self, directory: str | PathLike[str], *, unsafe: bool = False) -> Fixes:
        """Write the records of users and sessions with every cell mended that has one certain replacement.

        Nothing is changed in place: ``users.fixed.csv`` and ``sessions.fixed.csv`` (Parquet for Parquet input) hold all
        records in order, ``changes.csv`` lists every change. The mended records are checked before anything is
        written; a fix that would make a record equal to another, or give any record a new error, is not made and
        listed in ``withheld.csv``.

        Args:
            directory: Where to; made if it is not there.
            unsafe: Also add what the data does not say: calling codes (from the record's or its channel's
                IsoCountryCode, or ``default_region``) and UTC as the zone of times that have none.

        Returns:
            What was mended, and the report on the mended records.
        """
        from sendworthy.fixing import fix_report

        fixes = watched(self.describer.progress, lambda told: fix_report(self, directory, told, unsafe=unsafe))
        self.written += fixes.files
        return fixes

    def to_text(self, *, full: bool = False, redact: str | None = None) -> str:
        """The report as text that fits a screen.

        Args:
            full: Name every rule and skipped rule.
            redact: Mask values that may be personal: last2 (their last two characters stay), hash (a token instead,
                the same for the same value; SENDWORTHY_REDACT_KEY makes it the same in every run) or none.
        """
        return self._rendered("full" if full else "text", redact)

    def to_json(self, max_findings: int | None = None, *, redact: str | None = None) -> str:
        """The report as one JSON object; `max_findings` caps the list of findings, never the counts."""
        return self._rendered("json", redact, max_findings)

    def to_jsonl(self, *, redact: str | None = None) -> str:
        """The findings, one JSON object a line."""
        return self._rendered("jsonl", redact)

    def to_markdown(self, *, redact: str | None = None) -> str:
        """A job summary or a comment of at most 65,536 characters; values are masked unless `redact` is none."""
        return self._rendered("markdown", redact)

    def to_junit(self, *, redact: str | None = None) -> str:
        """JUnit XML with one test case for each rule; values are masked unless `redact` is none."""
        return self._rendered("junit", redact)

    def to_github(self, *, redact: str | None = None) -> str:
        """Workflow commands that GitHub shows as annotations; values are masked unless `redact` is none."""
        return self._rendered("github", redact)

    def to_gitlab(self, *, redact: str | None = None) -> str:
        """GitLab's Code Quality report; values are masked unless `redact` is none."""
        return self._rendered("gitlab", redact)

    def to_sarif(self, *, redact: str | None = None) -> str:
        """SARIF 2.1.0 with at most 5,000 results, the counts exact; values are masked unless `redact` is none."""
        return self._rendered("sarif", redact)

    def to_html(self, path: str | PathLike[str] | None = None, *, redact: str | None = None) -> str:
        """The report as one page that needs nothing else: no script, no network, at most 1 MB.

        Args:
            path: The file to write it to as well; an old one is replaced.
            redact: How values of samples are masked (last2, hash, none); last2 when not given.
        """
        from sendworthy.outputs.html import save_page

        return save_page(self, path, redact)

    def _repr_html_(self) -> str:
        from sendworthy.outputs.html.notebook import notebook

        return notebook(self)

    def _rendered(self, name: str, redact: str | None, max_findings: int | None = None) -> str:
        require_polars()
        buffer = BytesIO()
        renderer(name)(self, buffer, Options(max_findings=max_findings, redact=redact))
        return buffer.getvalue().decode()

    def __repr__(self) -> str:
        return f"<sendworthy.Report: {verdict(self)}>"
