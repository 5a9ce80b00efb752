"""What stays from one release to the next: codes, names that rules once had, and the ruleset."""

from __future__ import annotations

import subprocess
import sys

import pytest
import sendworthy as sw
from sendworthy import _core, rulebook

from tables import AS_OF, damaged_users

_OLD = {"u901": "U101", "phone-without-plus": "U101"}


@pytest.fixture
def _renamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, "RENAMED", _OLD)


def _counts(**options: object) -> list[tuple[object, ...]]:
    return sw.check(users=damaged_users(), as_of=AS_OF, **options).counts.rows()  # type: ignore[arg-type]


@pytest.mark.usefixtures("_renamed")
@pytest.mark.parametrize("old", ["U901", "phone-without-plus", "Phone-Without-Plus"])
def test_an_old_name_works_everywhere_and_says_so(old: str) -> None:
    told = "is called U101 now; the old name works until the next major release"
    for option in ("select", "ignore"):
        with pytest.warns(FutureWarning, match=told):
            assert _counts(**{option: old}) == _counts(**{option: "U101"})
    with pytest.warns(FutureWarning, match=told):
        assert _counts(severity={old: "info"}) == _counts(severity={"U101": "info"})
    with pytest.warns(FutureWarning, match=told):
        assert _counts(select="U101", max={old: 5}) == _counts(select="U101", max={"U101": 5})
    with pytest.warns(FutureWarning, match=told):
        assert sw.explain(old) == sw.explain("U101")


@pytest.mark.usefixtures("_renamed")
def test_an_old_name_is_known_in_files() -> None:
    rulebook.known_selector("U901")
    with pytest.raises(sw.ConfigError):
        rulebook.known_selector("U902")


def test_no_old_name_is_given_to_another_rule() -> None:
    taken = {text.lower() for rule in _core.rules() for text in (rule["code"], rule["name"])}
    assert taken.isdisjoint(rulebook.RENAMED)
    assert set(rulebook.RENAMED.values()) <= {rule["code"] for rule in _core.rules()}
    assert all(name == name.lower() for name in rulebook.RENAMED)


def test_the_ruleset_is_told_and_follows_the_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-m", "sendworthy", "rules"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  (ours)
    assert done.stderr == f"{sw.rules().height} rules, ruleset {sw.ruleset()}\n"
    before, known = sw.ruleset(), _core.rules()
    monkeypatch.setattr(_core, "rules", lambda: known[1:])
    assert sw.ruleset() != before
