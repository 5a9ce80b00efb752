"""Every output, killed at its steps and in the middle of a file, and without room: the new file or the earlier one."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest
from faults import digest, make
from output_faults import OUTPUTS, Moment, Place, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes as POSIX systems do")

#: One of each way to write; `tests/soak/faults.py` tries the others, too.
KILLED = ("parquet", "html", "eligibility", "baseline", "fix", "report.write", "generate")
_MOST_STEPS = 60
#: Bytes of a file that is hardly begun; with none at all there would be no folder for temporary files, either.
_SMALL = 64


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("data"), 300)


def _told(place: Place, data: Path) -> dict[str, str]:
    """What a run writes that nothing happens to."""
    place.reset()
    done = run(place.output, data, place.out)
    assert done.returncode == 0, done.stderr
    assert place.left() == []
    return place.found()


def _half(place: Place) -> list[int]:
    """Sizes within the files that were just written; a report that tells its duration may be some bytes shorter."""
    largest = max((place.out / name).stat().st_size for name in place.output.names)
    return [_SMALL, largest // 2, largest * 9 // 10]


@pytest.mark.parametrize("name", KILLED)
def test_killed_at_any_moment_an_output_is_the_new_one_or_the_earlier(name: str, data: Path, tmp_path: Path) -> None:
    place = Place(OUTPUTS[name], tmp_path / "out")
    new = _told(place, data)
    sizes = _half(place)
    assert new.keys() == {*place.output.names}
    killed = 0
    steps = (Moment(step=number) for number in range(1, _MOST_STEPS))
    for moment in (*(Moment(room=size, dies=True) for size in sizes), *steps):
        place.reset()
        done = run(place.output, data, place.out, moment)
        if done.returncode == 0:
            assert moment.step, "a file was larger than there was room for"
            break
        assert done.returncode in {-signal.SIGKILL, -signal.SIGXFSZ}, done.stderr
        killed += 1
        assert place.torn(new) == "", moment
    assert len(sizes) + 3 <= killed < _MOST_STEPS
    assert place.found() == new
    assert place.left() == [], "a run takes away what killed ones left"


@pytest.mark.parametrize("name", OUTPUTS)
def test_without_room_an_output_is_the_earlier_one_and_the_error_says_why(
    name: str, data: Path, tmp_path: Path
) -> None:
    place = Place(OUTPUTS[name], tmp_path / "out")
    _told(place, data)
    sizes = _half(place)
    inputs = {path.name: digest(path) for path in data.iterdir()}
    place.reset()
    earlier = place.found()
    for size in sizes:
        done = run(place.output, data, place.out, Moment(room=size))
        assert done.returncode == (2 if "main()" in place.output.code else 1), (size, done.stderr)
        assert "File too large" in done.stderr
        assert "fault in sendworthy" not in done.stderr
        assert place.left() == []
        assert place.found() == earlier
    assert {path.name: digest(path) for path in data.iterdir()} == inputs
