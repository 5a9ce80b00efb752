"""Everything that can be written, by a process that dies or runs out of room at a chosen moment.

Run as a script: folder of the output, when to die (JSON), then Python to execute and its arguments.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from faults import AS_OF, digest, digest_of
from order_cases import digest as lasting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: A baseline that was there keeps its salt, so that two runs write the same.
_SALTED = (
    b'{"sendworthy_baseline": 1, "version": "0.1.0", "created": "2026-11-22", "expires": null, "salt": "00ff", '
    b'"accepted": []}\n'
)
_CLI = "from sendworthy.__main__ import main; sys.exit(main())"
_REPORT = f"""
import sendworthy as sw
users, sessions, channels, out = sys.argv[1:]
report = sw.check(users=users, sessions=sessions, channels=channels, as_of="{AS_OF}")
"""


class Output(NamedTuple):
    """Something that is written.

    Attributes:
        code: What writes it, in Python.
        arguments: For that; IN and OUT are the folders of data and results.
        names: The files, the one last that must never stand beside files of another run.
        before: Files that are complete before these are begun.
        earlier: What stands there before, where that is not any bytes.
    """

    code: str
    arguments: tuple[str, ...]
    names: tuple[str, ...]
    before: tuple[str, ...] = ()
    earlier: bytes = b"of an earlier run\n"


_TABLES = tuple(f"IN/{name}.csv" for name in ("users", "sessions", "channels"))
_CHECK = ("check", "--isolated", "--quiet", "--exit-zero", "--as-of", AS_OF)
_CHECK += tuple(f"--{name}=IN/{name}.csv" for name in ("users", "sessions", "channels"))


def _rendered(form: str) -> Output:
    return Output(_CLI, (*_CHECK, "--format", form, "--output", f"OUT/report.{form}"), (f"report.{form}",))


_FIXED = ("users.fixed.csv", "sessions.fixed.csv", "changes.csv", "withheld.csv")
_WRITTEN = ("users.ready.csv", "users.rejected.csv", "sessions.ready.csv", "sessions.rejected.csv", "summary.json")
_MADE = ("channels.csv", "users.csv", "sessions.csv", "truth.parquet")
_GENERATE = ("generate", "OUT", "--users", "500", "--sessions", "500", "--seed", "3")

OUTPUTS: Mapping[str, Output] = {
    **{form: _rendered(form) for form in ("parquet", "jsonl", "csv", "json", "html", "sarif", "junit", "markdown")},
    "eligibility": Output(
        _CLI,
        ("eligibility", *_CHECK[4:], "--no-progress", "--format", "csv", "--output", "OUT/eligibility.csv"),
        ("eligibility.csv",),
    ),
    "baseline": Output(_CLI, (*_CHECK, "--write-baseline", "OUT/baseline.json"), ("baseline.json",), earlier=_SALTED),
    "page": Output(f"{_REPORT}report.to_html(out + '/report.html')", (*_TABLES, "OUT"), ("report.html",)),
    "fix": Output(_CLI, (*_CHECK, "--write", "OUT", "--fix"), _FIXED, _WRITTEN),
    "report.fix": Output(f"{_REPORT}report.fix(out)", (*_TABLES, "OUT"), _FIXED),
    "report.write": Output(f"{_REPORT}report.write(out)", (*_TABLES, "OUT"), _WRITTEN),
    "generate": Output(_CLI, _GENERATE, _MADE),
}


class Moment(NamedTuple):
    """When something happens to the process.

    Attributes:
        step: It is killed before it takes the step of this number: before it begins, renames or removes something.
        room: No file can become larger than this.
        dies: To need more room kills it; else it is told, as a full disk does.
    """

    step: int = 0
    room: int | None = None
    dies: bool = False


NEVER = Moment()


def command(output: Output, data: Path, out: Path, moment: Moment = NEVER) -> list[str]:
    """What writes an output of data into a folder."""
    words = [word.replace("IN/", f"{data}/").replace("OUT", str(out)) for word in output.arguments]
    return [sys.executable, __file__, str(out), json.dumps(moment), f"import sys\n{output.code}", *words]


def run(output: Output, data: Path, out: Path, moment: Moment = NEVER) -> subprocess.CompletedProcess[str]:
    """Write it, and wait."""
    path = os.pathsep.join(part for part in sys.path if part)
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    given = command(output, data, out, moment)
    return subprocess.run(given, env=environment, capture_output=True, text=True, check=False)


class Place(NamedTuple):
    """Where an output is written, over an earlier one."""

    output: Output
    out: Path

    def reset(self) -> None:
        """Put what an earlier run left there, under the names that this one writes."""
        self.out.mkdir(exist_ok=True)
        for name in (*self.output.before, *self.output.names):
            (self.out / name).write_bytes(self.output.earlier)

    def found(self) -> dict[str, str]:
        """What anybody would see: equal when only how long it took differs."""
        return {name: self._look(self.out / name) for name in self.output.names if (self.out / name).exists()}

    def _look(self, path: Path) -> str:
        return digest(path) if path.read_bytes() == self.output.earlier else lasting(path, self.out)

    def left(self) -> list[str]:
        """Files that have no business there."""
        known = {*self.output.before, *self.output.names}
        return sorted(path.name for path in self.out.iterdir() if path.name not in known)

    def torn(self, new: Mapping[str, str]) -> str:
        """What is wrong after a run that was killed; nothing when files are those of this run or the earlier one."""
        found, earlier = self.found(), digest_of(self.output.earlier)
        if torn := [name for name in found if found[name] not in (earlier, new[name])]:
            return f"neither new nor as before: {torn}"
        if self.output.names[-1] in found and found != new and {*found.values()} != {earlier}:
            return f"{self.output.names[-1]} stands beside files of another run"
        return ""


def _die_at(out: str, number: int) -> None:
    """Have the process killed before a step that Python's auditing tells of."""
    left = [number]

    def told(event: str, arguments: tuple[Any, ...]) -> None:
        begins = event == "open" and isinstance(arguments[1], str) and arguments[1][:1] in "wax"
        if not (begins or event in {"os.rename", "os.mkdir", "shutil.rmtree"}):
            return
        if os.fspath(arguments[0]).startswith(out):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(told)


def _main() -> None:
    out, moment, code, *arguments = sys.argv[1:]
    step, room, dies = Moment(*json.loads(moment))
    if step:
        _die_at(out, step)
    if room is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if dies else signal.SIG_IGN)
    sys.argv = ["sendworthy", *arguments]
    exec(compile(code, "written", "exec"), {"__name__": "written"})  # noqa: S102


if __name__ == "__main__":
    _main()
