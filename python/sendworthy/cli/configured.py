"""A configuration file and a baseline for ``sendworthy check``. Flags win over the file."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from errno import ENOENT
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sendworthy.names import CHECK_ORDER
from sendworthy.threads import from_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sendworthy.cli.terminal import Session
    from sendworthy.config import Settings
    from sendworthy.policy import Policy
    from sendworthy.report import Report

#: The name that an option has in the command, where it is not the file's.
_PARAMETERS = {"write": "directory"}
_PLAIN = (
    "as_of",
    "operation",
    "select",
    "ignore",
    "threads",
    "baseline",
    "default_region",
    "rules_module",
    "max_findings",
    "redact",
    "write",
    "style",
    "fail_on",
    "exit_zero",
    "no_progress",
    "quiet",
)


@dataclass(frozen=True)
class Applied:
    """What a file says that no flag can say.

    Attributes:
        settings: The file's options; None without a file.
    """

    settings: Settings | None = None

    @property
    def policy(self) -> Policy | None:
        """The numbers and switches behind the rules."""
        policy: Policy | None = self.settings.values.get("policy") if self.settings else None
        return policy

    def inputs(self, given: dict[str, Any], columns: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """The tables, the channels with what the file knows of them."""
        if self.settings is None:
            return given
        from sendworthy.config.apply import hinted

        channels = hinted(self.settings, given.get("channels"), columns.get("channels", {}))
        return given if channels is None else given | {"channels": channels}


def find_settings(context: click.Context, config: str | None, *, isolated: bool) -> Settings | None:
    """The options of the file that was asked for, else of the working directory's.

    Raises:
        click.UsageError: When both a file and none are asked for.
    """
    if config is not None and isolated:
        message = "--config and --isolated contradict each other"
        raise click.UsageError(message, context)
    if isolated:
        return None
    if config is None and not any(Path(name).is_file() for name in ("sendworthy.toml", "pyproject.toml")):
        return None
    from sendworthy.config import discover, load

    return discover() if config is None else load(config)


def configure(context: click.Context, given: dict[str, Any], targets: list[tuple[str, str | None]]) -> Applied:
    """Fill up the options of a command from the configuration file.

    Args:
        context: Of the command, which knows what was given as a flag.
        given: The command's options, changed in place.
        targets: Formats and where they go, changed in place.
    """
    context.with_resource(warnings.catch_warnings())  # the command says in its own way that a baseline has expired
    warnings.filterwarnings("ignore", message="the baseline .* expired", category=UserWarning)
    settings = find_settings(context, given["config"], isolated=given["isolated"])
    if settings is None:
        return Applied()
    values = settings.values

    flagged = partial(_flagged, context)
    for name in _PLAIN:
        parameter = _PARAMETERS.get(name, name)
        if name in values and not flagged(parameter):
            given[parameter] = values[name]
    for name in CHECK_ORDER:
        if name in values and not flagged(name):
            given[name] = tuple(values[name])
    for parameter, name in (("severities", "severity"), ("limits", "max")):
        given[parameter] = (*(f"{rule}={one}" for rule, one in values.get(name, {}).items()), *given[parameter])
    _prepend_columns(given, values)
    if not flagged("formats") and not flagged("outputs"):
        files = [(one["format"], one["file"]) for one in values.get("output", [])]
        targets[:] = [*files, (values.get("format", "text"), None)]
    if not flagged("max_findings") and all(name != "json" for name, _ in targets):
        given["max_findings"] = None  # it was meant for a report that flags have replaced
    return Applied(settings)


def _flagged(context: click.Context, parameter: str) -> bool:
    """Whether something that goes before the file gives an option: a flag, or the environment of this machine."""
    from_machine = parameter == "threads" and from_environment() is not None
    return from_machine or context.get_parameter_source(parameter) is not ParameterSource.DEFAULT


def _prepend_columns(given: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Columns of the file rank below those of flags; a mapping file that a flag names replaces the file's."""
    mapped = {text.partition("=")[0] for text in given["sdls"]}
    tables = [table for table in CHECK_ORDER if given[table] and table not in mapped]
    sdls = values.get("sdl", {})
    given["sdls"] = (*(f"{table}={sdls[table]}" for table in tables if table in sdls), *given["sdls"])
    named = values.get("columns", {})
    maps = [f"{table}.{field}={column}" for table in tables for field, column in named.get(table, {}).items()]
    given["maps"] = (*maps, *given["maps"])


def require_baseline(context: click.Context, given: dict[str, Any]) -> None:
    """Refuse before the check what cannot be written after it."""
    if given["expires"] is not None:
        if given["new_baseline"] is None:
            message = "--baseline-expires is for --write-baseline"
            raise click.UsageError(message, context)
        from sendworthy.baseline import expiry

        expiry(given["expires"])
    path = given["new_baseline"]
    if path is None:
        return
    if not Path(path).absolute().parent.is_dir():
        raise FileNotFoundError(ENOENT, "the directory for --write-baseline is not there", path)
    if os.path.exists(path):  # noqa: PTH110  (as the user wrote it)
        from sendworthy.baseline import read_baseline

        read_baseline(path)


def accept(report: Report, given: dict[str, Any], session: Session) -> None:
    """Write the findings at or above the level that fails as accepted."""
    number = report.write_baseline(given["new_baseline"], expires=given["expires"], level=given["fail_on"])
    verb = "finding is" if number == 1 else "findings are"
    session.notice(f"wrote {given['new_baseline']}: {number:,} {verb} accepted")
