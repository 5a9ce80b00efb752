"""Every option of a configuration file, once: the parser, the JSON Schema and ``config show`` follow from this list."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import timedelta
from functools import cache
from inspect import cleandoc
from typing import TYPE_CHECKING

from sendworthy.config.kinds import (
    CHANNEL_ID,
    COLUMN,
    PATH,
    RULE,
    SELECTORS_TEXT,
    Choice,
    Count,
    Dictionary,
    Duration,
    Instant,
    Limit,
    Many,
    OneOrMore,
    Switch,
    Text,
)
from sendworthy.config.table import Option, Table
from sendworthy.names import CHECK_ORDER, OPERATIONS, REDACTIONS, SEVERITIES
from sendworthy.outputs import FORMATS
from sendworthy.policy import Policy
from sendworthy.threads import MOST

if TYPE_CHECKING:
    from sendworthy.config.kinds import Kind

STYLES = ("bulk", "dataloader")
_TABLES = {
    "users": "Messaging users: a path, glob or URL, or a list of them; relative to this file.",
    "sessions": "Messaging sessions.",
    "channels": "Messaging channels, the reference for users and sessions.",
    "sends": "Planned sends.",
    "existing_users": "Messaging users that are in the org already.",
}
_OUTPUT = Table(
    (
        Option("format", Choice(FORMATS), "What to write.", required=True),
        Option("file", PATH, "Where to, relative to this file.", required=True),
    )
)
_CHANNEL = Table(
    (
        Option("id", CHANNEL_ID, "The channel's Id.", required=True),
        Option("surface", Choice(("in-app", "web")), "Where an EmbeddedMessaging channel is shown."),
        Option("capacity_model", Choice(("StatusBased", "TabBased")), "How the channel's work counts for a rep."),
    )
)
_TABLE_NAMES = tuple(name for name in _TABLES if name in CHECK_ORDER)


def _by_table(of: Kind) -> Table:
    return Table(tuple(Option(name, of, f"Of {name.replace('_', ' ')}.") for name in _TABLE_NAMES))


@cache
def options() -> Table:
    """All options."""
    return Table(
        (
            *(Option(name, OneOrMore(PATH), _TABLES[name]) for name in _TABLE_NAMES),
            Option("as_of", Instant(), "The moment the data is judged at, with a zone.", "now"),
            Option("operation", Choice(OPERATIONS), "What the data is meant for.", "audit"),
            Option("columns", _by_table(Dictionary(COLUMN, COLUMN)), "Per table, Salesforce field = source column."),
            Option("sdl", _by_table(PATH), "Per table, a Data Loader mapping file; columns goes before it."),
            Option("select", OneOrMore(SELECTORS_TEXT), "The only rules to run.", "all that are on by default"),
            Option("ignore", OneOrMore(SELECTORS_TEXT), "Rules not to run.", "none"),
            Option("severity", Dictionary(Choice(SEVERITIES), RULE), "Rules with another severity."),
            Option(
                "max", Dictionary(Limit(), RULE), "Findings tolerated, by rule: a number, or a share of the records."
            ),
            Option("baseline", PATH, "Findings accepted earlier, relative to this file."),
            Option("rules_module", PATH, "A Python file with RULES of your own; it is run. Relative to this file."),
            Option(
                "default_region",
                Text("a country code of two capital letters such as US", "^[A-Z]{2}$"),
                "The country of national numbers whose record and channel name none, for unsafe fixes.",
            ),
            Option(
                "threads", Count(1, MOST), "Threads of the core; SENDWORTHY_THREADS goes before it.", "one per core"
            ),
            Option("format", Choice(FORMATS), "What goes to standard output (command only).", "text"),
            Option("output", Many(_OUTPUT), "Reports to write to files as well (command only)."),
            Option("max_findings", Count(), "List at most so many findings in JSON (command only).", "all"),
            Option("redact", Choice(REDACTIONS), "How values are masked in reports (command only).", "by format"),
            Option("write", PATH, "Directory for ready and rejected records (command only)."),
            Option("style", Choice(STYLES), "Form of rejected records (command only).", "bulk"),
            Option("fail_on", Choice(SEVERITIES), "Findings that mean status 1 (command only).", "error"),
            Option("exit_zero", Switch(), "Status 0 in spite of findings (command only).", "false"),
            Option("no_progress", Switch(), "No progress on standard error (command only).", "false"),
            Option("quiet", Switch(), "Only results and errors (command only).", "false"),
            Option("channel", Many(_CHANNEL), "What an export does not tell about a channel; needs channels."),
            Option("policy", _policy(), "The numbers and switches behind the rules."),
        )
    )


def _policy() -> Table:
    """The fields of the Policy, whatever they are."""
    found = cleandoc(Policy.__doc__ or "")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8,}.*)*)", found, flags=re.MULTILINE)
    docs = {name: " ".join(text.split()) for name, text in entries}
    kinds: dict[type, Kind] = {
        timedelta: Duration(),
        bool: Switch(),
        int: Count(),
        tuple: Many(Text()),
    }
    return Table(
        tuple(
            Option(field.name, kinds.get(type(field.default), Text()), docs.get(field.name, ""), shown(field.default))
            for field in fields(Policy)
        )
    )


def shown(value: object) -> str:
    """A value as one writes it in the file, for people."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        unit, size = next((unit, size) for unit, size in (("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0)
        return f"{seconds // size}{unit}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} = {shown(one)}" for key, one in value.items())
    return "" if value is None else str(value)
