"""Everything that the page says, in the order in which it says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sendworthy.outputs.html.charts import regions, session_ages, windows
from sendworthy.outputs.html.facts import inputs, links, policy_departures
from sendworthy.outputs.html.planned import sends
from sendworthy.outputs.html.rules import lines, skipped
from sendworthy.outputs.html.words import full_date, pieces, seconds
from sendworthy.outputs.json import iso
from sendworthy.outputs.text import verdict
from sendworthy.rulebook import ruleset
from sendworthy.texts import plural

if TYPE_CHECKING:
    from pathlib import Path

    from sendworthy.outputs.html.rules import Line
    from sendworthy.report import Report


def page(report: Report, base: Path, redact: str) -> dict[str, Any]:
    """What the template asks for.

    Args:
        report: The report.
        base: The directory that the page will lie in.
        redact: How values of samples are masked: last2, hash or none.
    """
    found = lines(report, redact)
    files, more_files = links(report, base)
    head, _, rest = verdict(report).partition(": ")
    severities = [line.severity for line in found]
    reasons = skipped(report)
    return {
        "ok": report.ok,
        "head": head,
        "rest": rest[:1].upper() + rest[1:],
        "notices": report.notices,
        "inputs": inputs(report),
        "as_of": iso(report.as_of),
        "as_of_text": f"{full_date(report.as_of)} UTC",
        "operation": report.operation,
        "version": report.version,
        "ruleset": ruleset(report.rules),
        "duration": seconds(report.duration),
        "policy": policy_departures(report.policy),
        "lines": found,
        "by_severity": [(name, severities.count(name)) for name in dict.fromkeys(severities)],
        "rules_run": report.counts.height,
        "clean_rules": report.counts.height - len(found),
        "redact": redact,
        "windows": windows(report.profile, report.policy, report.as_of),
        "regions": regions(report.profile),
        "session_ages": session_ages(report.profile),
        "sends": sends(report),
        "skipped": reasons,
        "skipped_rules": sum(len(rules) for _, rules in reasons),
        "files": files,
        "more_files": more_files,
        "steps": [pieces(step) for step in _steps(report, found)],
    }


def _steps(report: Report, found: list[Line]) -> list[str]:
    """What to do next, most urgent first; code stands in backticks."""
    own = {rule.code for rule in report.rules}
    steps = []
    names = {path.name for path in report.written}
    fixable = [line.code for line in found if any(sample.safety == "safe" for sample in line.samples)]
    if fixable and not any(".fixed." in name for name in names):
        codes = ", ".join(dict.fromkeys(fixable))
        steps.append(
            f"Have mended what is certain, for example of {codes}: `sendworthy check ... --write DIR --fix`, or "
            "`report.fix(DIR)` in Python. Nothing is changed in place, and every change is listed."
        )
    if not report.ok:
        steps.append(
            "Load the ready files below; mend the rejected records by the reason that each of them carries, and check "
            "them again."
            if any(".ready" in name for name in names)
            else "Part the records that can be loaded from those that would be refused: `sendworthy check ... --write "
            "DIR`, or `report.write(DIR)` in Python."
        )
    elif report.users or report.sessions:
        steps.append("Load the data: nothing that was checked stands in the way.")
    if report.sends:
        steps.append(
            "Send what is allowed, and see why the rest is not: `sendworthy sends`, or `report.sends.decisions` in "
            "Python."
        )
    if explained := next((line.code for line in found if line.code not in own), None):
        steps.append(f"Read what a rule checks, and where that comes from: `sendworthy rule {explained}`.")
    if report.skipped.height:
        number = plural(report.skipped["code"].n_unique(), "rule")
        steps.append(f"Give the tables and columns that {number} went without: see the rules that were skipped.")
    return steps
