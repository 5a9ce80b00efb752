"""The report as notebooks show it: small, at once, and from what is known already.

It is put together with markupsafe, which escapes what is filled in as the page's templates do: compiling a template
would take longer than the display may. Styles stand on the elements, because a notebook brings style sheets of its own
and some take ours away; colours are the notebook's, or light text on a dark ground, so that they do in any theme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sendworthy import _core
from sendworthy.names import SEVERITIES, SPLIT_TABLES
from sendworthy.outputs.html.words import cut, ordered, percent, seconds, width
from sendworthy.outputs.json import iso
from sendworthy.outputs.text import verdict
from sendworthy.texts import listed, plural

if TYPE_CHECKING:
    import polars as pl
    from markupsafe import Markup

    from sendworthy.report import Report

_LINES = 15
_TONES = {
    "error": ("#b3261e", "✖"),
    "warning": ("#8a5300", "▲"),
    "info": ("#1f5fae", "●"),
    "ready": ("#17703a", "✔"),
    "not ready": ("#b3261e", "✖"),
    "open": ("#8a5300", "●"),
}
_CELL = "padding:3px 14px 3px 0;text-align:left;border:0;border-top:1px solid #8886;background:none;color:inherit"
_RIGHT = _CELL.replace("left", "right")
_PAGE = """\
<div class="sendworthy-report" lang="en" style="font:14px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;\
max-width:860px;color:inherit;border-left:4px solid {tone};padding:2px 0 2px 14px">
<div style="font-size:16px;font-weight:600">{badge} {rest}</div>
<div style="display:flex;flex-wrap:wrap;gap:10px 28px;margin:10px 0">{meters}</div>
{table}
<div style="font-size:12px;margin-top:8px">{below}</div>
</div>"""
_BADGE = """<span style="padding:0 7px;border-radius:9px;font:600 12px/18px system-ui,sans-serif;display:inline-block;\
white-space:nowrap;background:{tone};color:#fff"><span aria-hidden="true">{mark}</span> {word}</span>"""
_METER = """<div style="flex:1 1 190px">{table}: <b>{share}</b> {good}, {bad} of {rows} {badly}{bar}</div>"""
_BAR = """<div aria-hidden="true" style="height:6px;margin-top:3px;border-radius:3px;overflow:hidden;\
background:{ground}"><div style="height:6px;width:{width}%;background:{tone}"></div></div>"""
_TABLE = """<table style="border-collapse:collapse;width:100%;font-size:13px;margin:0;border:0">
<thead><tr style="background:none">{heads}</tr></thead>
<tbody>{lines}</tbody></table>"""
_HEAD = """<th scope="col" style="{style};border-top:0;font-weight:600">{title}</th>"""
_LINE = """
<tr style="background:none"><td style="{cell}">{badge}</td>\
<th scope="row" style="{cell};font-weight:400;overflow-wrap:anywhere"><b>{code} {name}</b><br>{summary}</th>\
<td style="{right}">{rows} {table}</td><td style="{right}">{share}</td></tr>"""
_BELOW = """{more}{ran}, {skipped} (<code>report.skipped</code>). As of {as_of}, sendworthy {version}, {duration}. \
Next: {next}."""


def notebook(report: Report) -> str:
    """A piece of HTML of at most 25 kB, for which nothing is read again."""
    state, head, rest = _verdict(report)
    found = ordered(report.counts)
    return str(
        _fill(
            _PAGE,
            tone=_TONES[state][0],
            badge=_badge(state, head),
            rest=rest,
            meters=_meters(report),
            table=_table(found.head(_LINES).rows(), _said(report)),
            below=_below(report, found),
        )
    )


def _fill(template: str, **values: object) -> Markup:
    """The template with values, which are escaped unless they are markup."""
    from markupsafe import Markup

    return Markup(template).format(**values)  # noqa: S704  (the templates stand above)


def _verdict(report: Report) -> tuple[str, str, str]:
    """Whether the data is ready; with a baseline that was not looked at yet, only what was found."""
    if report.knows_pardons:
        head, _, rest = verdict(report).partition(": ")
        return ("ready" if report.ok else "not ready"), head, rest[:1].upper() + rest[1:]
    errors = int(report.counts.filter(severity="error")["rows"].sum())
    return "open", "Not compared with the baseline yet", f"{plural(errors, 'error')} in all; report.ok compares."


def _badge(kind: str, word: str) -> Markup:
    tone, mark = _TONES[kind]
    return _fill(_BADGE, tone=tone, mark=mark, word=word)


def _meters(report: Report) -> Markup:
    tables = report.describer.tables
    meters = []
    for name in SPLIT_TABLES:
        if name not in tables:
            continue
        rows, rejected = tables[name].rows, report.describer.rejected[name]
        good, badly = ("not blocked", "blocked") if name == "sends" else ("ready", "rejected")
        bar = _fill(_BAR, ground="#b3261e" if rejected else "none", width=width(rows - rejected, rows), tone="#2c9a57")
        share = percent(rows - rejected, rows)
        meters.append(
            _fill(
                _METER, table=name, share=share, good=good, bad=f"{rejected:,}", rows=f"{rows:,}", badly=badly, bar=bar
            )
        )
    return _joined(meters)


def _joined(parts: list[Markup]) -> Markup:
    from markupsafe import Markup

    return Markup("").join(parts)


def _said(report: Report) -> dict[str, str]:
    """What each rule finds, by code."""
    return {rule["code"]: rule["summary"] for rule in _core.rules()} | {
        rule.code: rule.message for rule in report.rules
    }


def _table(lines: list[tuple[str, str, str, str, int, int]], said: dict[str, str]) -> Markup | str:
    if not lines:
        return ""
    titles = {"severity": _CELL, "rule": _CELL, "records": _RIGHT, "share": _RIGHT}
    rows = [
        _fill(
            _LINE,
            cell=_CELL,
            right=_RIGHT,
            badge=_badge(severity, severity),
            code=code,
            name=name,
            rows=f"{rows:,}",
            table=table.replace("_", " "),
            share=percent(rows, checked),
            summary=cut(said[code].replace("`", "")),
        )
        for code, name, severity, table, rows, checked in lines
    ]
    heads = [_fill(_HEAD, style=style, title=title) for title, style in titles.items()]
    return _fill(_TABLE, heads=_joined(heads), lines=_joined(rows))


def _below(report: Report, found: pl.DataFrame) -> Markup:
    rest = found["severity"].slice(_LINES).to_list()
    kinds = listed([f"{rest.count(severity)} {severity}" for severity in SEVERITIES if severity in rest])
    code = found["code"].first()
    return _fill(
        _BELOW,
        more=f"And {plural(len(rest), 'more rule')} with findings ({kinds}): see report.counts. " if rest else "",
        ran=f"{plural(report.counts.height, 'check')} ran",
        skipped=f"{plural(report.skipped['code'].n_unique(), 'rule')} skipped",
        as_of=iso(report.as_of),
        version=report.version,
        duration=seconds(report.duration),
        next=_fill('<code>report.samples("{code}")</code>, <code>report.to_html("report.html")</code>', code=code)
        if code is not None
        else _fill('<code>report.to_html("report.html")</code>'),
    )
