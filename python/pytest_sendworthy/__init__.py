"""The pytest plugin of sendworthy: a fixture that fails a test whose data is not ready to load.

pytest imports this module in every run, so it imports neither polars nor sendworthy; ``gate`` does when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_sendworthy.gate import Gate

__all__ = ["sendworthy"]

_GATE = pytest.StashKey["Gate"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--sendworthy-html``."""
    parser.getgroup("sendworthy").addoption(
        "--sendworthy-html",
        metavar="DIR",
        help="write the report of each test that sendworthy.assert_ready fails to this directory",
    )


@pytest.fixture
def sendworthy(request: pytest.FixtureRequest) -> Gate:
    """Checks of Salesforce Messaging data: ``sendworthy.assert_ready(users=..., allow={"W101": 100})``."""
    from pytest_sendworthy.gate import Gate

    directory = request.config.getoption("sendworthy_html")
    gate = Gate(directory and request.config.invocation_params.dir / directory)
    request.node.stash[_GATE] = gate
    return gate


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save the page of a check that failed, only if the test failed, too."""
    report = yield
    gate = item.stash.get(_GATE, None)
    if report.failed and gate is not None and (path := gate.save(item.nodeid)):
        report.sections.append(("sendworthy report", str(path)))
    return report
