"""JUnit XML: one test case for each rule and table, so that a dashboard shows which rule began to fail.

Only errors are failures: a warning does not stop a load, and dashboards know no level between. Warnings and notes are
passed cases that say so in their output; a rule that could not run is skipped, with the reason.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from sendworthy.outputs.json import iso
from sendworthy.outputs.lines import Line, by_weight
from sendworthy.outputs.samples import samples, told
from sendworthy.outputs.text import record, verdict
from sendworthy.rulebook import ruleset
from sendworthy.texts import printable

if TYPE_CHECKING:
    from sendworthy.outputs import Options
    from sendworthy.report import Report

_SAMPLES = 3


def render(report: Report, out: IO[bytes], options: Options) -> None:
    """Write the test cases."""
    order = report.counts["code", "table"].rows()  # the same from run to run, so that dashboards can compare
    ran = sorted(by_weight(report), key=lambda line: order.index((line.code, line.table)))
    found = samples(report, [line for line in ran if line.rows], _SAMPLES, options, published=True)
    failures = [line for line in ran if _fails(line)]
    skipped = report.skipped.rows()
    suites = ET.Element("testsuites", name="sendworthy")
    suite = ET.SubElement(suites, "testsuite", name="sendworthy", timestamp=iso(report.as_of).removesuffix("Z"))
    for element in (suites, suite):
        element.attrib |= {
            "tests": str(len(ran) + len(skipped)),
            "failures": str(len(failures)),
            "errors": "0",
            "skipped": str(len(skipped)),
            "time": f"{report.duration:.3f}",
        }
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report):
        ET.SubElement(properties, "property", name=name, value=printable(value))
    for line in ran:
        _case(suite, line, found.get((line.code, line.table), []))
    for code, name, table, reason in skipped:
        case = ET.SubElement(suite, "testcase", classname=table, name=f"{code} {name}", time="0")
        ET.SubElement(case, "skipped", message=printable(reason))
    ET.SubElement(suite, "system-out").text = verdict(report)
    ET.indent(suites)
    out.write(ET.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n")


def _fails(line: Line) -> bool:
    return line.severity == "error" and line.counted > 0


def _case(suite: ET.Element, line: Line, found: list[dict[str, Any]]) -> None:
    case = ET.SubElement(suite, "testcase", classname=line.table, name=line.title, time="0")
    if not line.rows:
        return
    lines = [f"{line.severity}: {line.sentence}"]
    lines += [f"{record(sample)}: {told(sample)}" for sample in found]
    if line.rows > len(found):
        lines.append(f"{len(found)} of {line.rows:,} findings are shown")
    if _fails(line):
        failure = ET.SubElement(case, "failure", type=line.severity, message=line.sentence)
        failure.text = "\n".join(lines)
    else:
        ET.SubElement(case, "system-out").text = "\n".join(lines)


def _properties(report: Report) -> list[tuple[str, str]]:
    """What the data was judged by, and what was judged."""
    head = [("version", report.version), ("ruleset", ruleset(report.rules)), ("as_of", iso(report.as_of))]
    head.append(("operation", report.operation))
    return head + [(f"input.{one['table']}", f"{one['source']} ({one['rows']:,} records)") for one in report.inputs]
