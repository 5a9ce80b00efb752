"""Many checks at once: in threads, in forked and spawned processes, in asyncio; and how many threads a check has."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sendworthy as sw
from sendworthy import _core
from sendworthy.cli import run
from slow_source import SlowUsers

from tables import AS_OF, channel_rows, user_rows, write_csv

ROOT = Path(__file__).parents[2]
#: A process that hangs is found out after so many seconds; a sound one needs two.
PATIENCE = 120
VARIABLE = "SENDWORTHY_THREADS"


def users(size: int) -> list[dict[str, Any]]:
    """`size` users, the first `size // 10` without a plus sign, and as many with the Id of the one before."""
    rows = user_rows(size)
    for row in rows[: size // 10]:
        row["MessagingPlatformKey"] = row["MessagingPlatformKey"][2:]
    for at in range(size // 2, size // 2 + size // 10):
        rows[at]["Id"] = rows[size // 10 + 1]["Id"]
    return rows


def expected(size: int) -> dict[str, int]:
    """What a check of them must count, from the data alone."""
    return {"U101": size // 10, "U205": size // 10, "rows": size}


def counted(size: int, threads: int | None = None) -> dict[str, int]:
    """Check them; also used by workers in other processes."""
    report = sw.check(users=users(size), channels=channel_rows(), as_of=AS_OF, select="U101,U205", threads=threads)
    counts = dict(report.counts.select("code", "rows").iter_rows())
    assert report.findings.height == sum(counts.values())
    assert report.users is not None
    assert report.users.rejected.height == 2 * (size // 10)
    return {**counts, "rows": report.inputs[-1]["rows"]}


def test_checks_in_threads_keep_their_data_apart(tmp_path: Path) -> None:
    sizes = [20 + 10 * at for at in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(counted, sizes)) == [expected(size) for size in sizes]

    def written(size: int) -> tuple[int, int]:
        report = sw.check(users=users(size), as_of=AS_OF, select="U101,U205")
        report.write(tmp_path / str(size))
        summary = json.loads((tmp_path / str(size) / "summary.json").read_text())
        files = {file["name"]: file["rows"] for file in summary["files"]}
        return sum(rows for name, rows in files.items() if "ready" in name), sum(files.values())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(written, sizes[:8])) == [(size - 2 * (size // 10), size) for size in sizes[:8]]


def test_one_report_is_read_by_many_threads() -> None:
    report = sw.check(users=users(400), channels=channel_rows(), as_of=AS_OF)
    alone = sw.check(users=users(400), channels=channel_rows(), as_of=AS_OF)
    wanted = [alone.to_json(), alone.to_markdown(), alone.to_jsonl(), str(alone.samples("U101")), alone.to_sarif()]
    calls = [report.to_json, report.to_markdown, report.to_jsonl, lambda: str(report.samples("U101")), report.to_sarif]
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(call) for _ in range(6) for call in calls]
        assert [one.result() for one in found] == wanted * 6


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_of_their_own_count_right(method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"{method} is not on this system")
    counted(20)  # the parent has used it already
    sizes = [30, 50, 70, 90]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(counted, sizes, timeout=PATIENCE)) == [expected(size) for size in sizes]


_BEFORE = """
import os, sys
import sendworthy as sw
from test_concurrency import counted, expected, users
from tables import AS_OF
"""
#: In a process that forks: what is done before, and what is done in the child.
FORKS = {
    "nothing before": (_BEFORE, "assert counted(40) == expected(40)", "worked"),
    "polars only imported": (_BEFORE + "import polars as pl; pl.DataFrame({'a': [1]})", "counted(40)", "worked"),
    "a check before": (_BEFORE + "counted(40)", "counted(40)", "refused"),
    "polars used before": (
        _BEFORE + "import polars as pl; pl.DataFrame({'a': [2, 1]}).sort('a')\n"
        "import sendworthy.forks; sendworthy.forks._PATIENCE_SECONDS = 3.0",
        "counted(40)",
        "refused",
    ),
    "polars used before, sendworthy not imported": (
        "import os, sys\nimport polars as pl; pl.DataFrame({'a': [2, 1]}).sort('a')",
        "import sendworthy.forks, test_concurrency as test; sendworthy.forks._PATIENCE_SECONDS = 3.0; test.counted(40)",
        "refused",
    ),
    "forked twice": (
        _BEFORE + "counted(40)\nif (pid := os.fork()): sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))",
        "counted(40)",
        "refused",
    ),
    **{
        f"a report from before: {call}": (
            _BEFORE + "report = sw.check(users=users(40), as_of=AS_OF); report.counts; report.ok",
            f"report.{call}",
            "refused",
        )
        for call in ("findings", "ok", "counts.height and report.users.ready", "to_text()", "to_json()", "eligibility")
    },
    "writing": (_BEFORE + "report = sw.check(users=users(40), as_of=AS_OF)", "report.write('/nonexistent')", "refused"),
    "made-up data": (_BEFORE + "counted(40)", "sw.generate(10, 10, seed=1)", "refused"),
}
_FORK = """
{before}
pid = os.fork()
if pid == 0:
    import traceback
    try:
        try:
            exec({child!r})
        except sw.SendworthyError if "sw" in globals() else Exception as error:
            assert "get_context('spawn') or 'forkserver'" in str(error), error
            os.write(1, b"refused"); os._exit(0)
        os.write(1, b"worked"); os._exit(0)
    except BaseException:
        traceback.print_exc(); os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("name", FORKS)
def test_a_fork_works_or_is_refused_and_never_hangs(name: str) -> None:
    before, child, outcome = FORKS[name]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    code = _FORK.format(before=before, child=child)
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, outcome), done.stderr


def test_a_process_that_was_not_forked_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from sendworthy import forks

    state = forks._State()  # noqa: SLF001
    assert state.doubtful  # polars is imported here
    monkeypatch.setattr(forks, "_state", state)
    forks.require_polars()
    assert state.works
    monkeypatch.setattr(forks, "_starts", lambda: pytest.fail("asked again"))
    forks.require_polars()
    state.forked()
    with pytest.raises(sw.SendworthyError, match="forkserver"):
        forks.require_polars()
    assert state.lost


def test_checks_in_asyncio_run_beside_each_other_and_one_can_be_given_up() -> None:
    beaten = threading.Event()

    async def heartbeat() -> None:
        for _ in range(5):
            await asyncio.sleep(0.01)
        beaten.set()

    async def main() -> list[dict[str, int]]:
        # Its records do not come before the loop has turned: a check that stood in its way would never end.
        slow = SlowUsers(20, until=beaten)
        given_up = asyncio.create_task(asyncio.to_thread(sw.check, users=slow.query, as_of=AS_OF))
        beating = asyncio.create_task(heartbeat())
        others = [asyncio.create_task(asyncio.to_thread(counted, size)) for size in (40, 60, 80, 100)]
        while not slow.given:  # noqa: ASYNC110  (it is counted in another thread)
            await asyncio.sleep(0.005)
        given_up.cancel()
        found = await asyncio.gather(*others)
        with pytest.raises(asyncio.CancelledError):
            await given_up
        await beating
        return found

    assert asyncio.run(asyncio.wait_for(main(), PATIENCE)) == [expected(size) for size in (40, 60, 80, 100)]


class GiveUpError(BaseException):
    """What a caller stops its own check with."""


def test_one_of_several_checks_is_stopped_and_the_others_go_on() -> None:
    slow = SlowUsers(2_000)

    def stop(_: sw.Progress) -> None:
        if slow.given > 2:
            raise GiveUpError

    def give_up() -> str:
        with pytest.raises(GiveUpError):
            sw.check(users=slow.query, as_of=AS_OF, progress=stop)
        return "stopped"

    with ThreadPoolExecutor(5) as pool:
        stopped = pool.submit(give_up)
        others = list(pool.map(counted, (50, 70, 90, 110)))
        assert stopped.result(PATIENCE) == "stopped"
    assert others == [expected(size) for size in (50, 70, 90, 110)]
    assert slow.given < 2_000
    for thread in threading.enumerate():
        if thread.name == "sendworthy":
            thread.join(PATIENCE)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("sendworthy-")]


def _threads_of_the_core(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    asked: list[int | None] = []
    made = _core.Engine

    def engine(**options: Any) -> _core.Engine:
        asked.append(options["threads"])
        return made(**options)

    monkeypatch.setattr(_core, "Engine", engine)
    return asked


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "users.csv", user_rows(5))
    write_csv(tmp_path / "sends.csv", [{"MessagingChannelId": "x", "Phone": "+14155550100", "OwnerId": "y"}])
    (tmp_path / "c.toml").write_text('threads = 3\nusers = "users.csv"\n')
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def test_an_argument_goes_before_the_environment_and_that_before_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = _threads_of_the_core(monkeypatch)
    tables = {"users": user_rows(3), "as_of": AS_OF}
    sw.check(**tables)
    sw.check(**tables, config=folder / "c.toml")
    monkeypatch.setenv(VARIABLE, "2")
    sw.check(**tables)
    sw.check(**tables, config=folder / "c.toml")
    sw.check(**tables, config=folder / "c.toml", threads=7)
    monkeypatch.setenv(VARIABLE, " ")
    sw.check(**tables)
    assert asked == [None, 3, 2, 2, 7, None]


def test_the_commands_do_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _threads_of_the_core(monkeypatch)
    data = {"check": "--users", "eligibility": "--users", "sends": "--sends"}
    for command, option in data.items():
        words = [command, option, str(folder / f"{option[2:]}.csv"), "--as-of", AS_OF, "--config", "c.toml"]
        (folder / "c.toml").write_text("threads = 3\n")
        monkeypatch.delenv(VARIABLE, raising=False)
        assert run(words) in {0, 1}
        monkeypatch.setenv(VARIABLE, "2")
        assert run(words) in {0, 1}
        assert run([*words, "--threads", "5"]) in {0, 1}
    assert asked == [3, 2, 5] * 3


def test_config_show_says_how_many_and_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def shown() -> list[str]:
        assert run(["config", "show", "--config", str(folder / "c.toml")]) == 0
        return next(line.split() for line in capfd.readouterr().out.splitlines() if line.startswith("threads"))

    assert shown()[1] == "3"
    monkeypatch.setenv(VARIABLE, "2")
    assert shown()[1:] == ["2", "environment", f"({VARIABLE})"]
    monkeypatch.setenv(VARIABLE, "none")
    assert run(["config", "show"]) == 2
    assert VARIABLE in capfd.readouterr().err


@pytest.mark.parametrize("threads", [0, -1, 1025, 10**30, True, 2.5, "2"])
def test_what_is_no_number_of_threads_is_refused(threads: Any) -> None:
    with pytest.raises(sw.ConfigError, match="threads must be"):
        sw.check(users=user_rows(1), threads=threads)


@pytest.mark.parametrize("text", ["0", "-1", "1025", "9" * 5000, "two", "2.5", "\u0663"])
def test_so_is_what_the_environment_says(
    text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(sw.ConfigError, match=VARIABLE):
        sw.check(users=user_rows(1))
    for command in (["check", "--users", "users.csv"], ["sends", "--sends", "sends.csv"]):
        assert run([*command, "--as-of", AS_OF]) == 2
        assert VARIABLE in capfd.readouterr().err
    assert folder.is_dir()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads are counted in /proc")
@pytest.mark.parametrize("threads", [1, 3])
def test_a_check_has_as_many_threads_as_it_was_given(threads: int) -> None:
    """Counted while it runs, and when its findings are described."""
    slow = SlowUsers(6, pause=0.05)
    tasks = Path("/proc/self/task")
    others = set(tasks.iterdir())  # threads of checks before, which end by and by

    def running() -> int:
        mine = [path / "comm" for path in tasks.iterdir() if path not in others]
        return sum(path.read_text().startswith("sendworthy-") for path in mine if path.exists())

    seen: set[int] = set()
    report = sw.check(users=slow.query, as_of=AS_OF, threads=threads, progress=lambda _: seen.add(running()))
    assert max(seen) == threads
    assert report.findings.columns  # described by threads of their own
    assert running() <= threads


def test_nothing_of_ours_is_unsafe() -> None:
    """The compiler refuses it, and no file of ours says otherwise; the numbers of threads are decided in one place."""
    sources = [path.read_text() for folder in ("src", "build") for path in sorted((ROOT / folder).rglob("*.rs"))]
    sources.append((ROOT / "build.rs").read_text())
    assert len(sources) > 150
    assert 'unsafe_code = "forbid"' in (ROOT / "Cargo.toml").read_text()
    code = "\n".join(line.split("//")[0] for text in sources for line in text.splitlines())
    for word in ("allow(unsafe_code", "expect(unsafe_code", "unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"):
        assert word not in code, word
    assert code.count("available_parallelism()") == 1
    assert code.count("ThreadPoolBuilder::new()") == 1
