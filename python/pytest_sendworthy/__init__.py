"""The pytest plugin of sendworthy: a fixture that fails a test whose data is not ready to load.

pytest imports this module in every run, so it imports neither polars nor sendworthy; ``gate`` does when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_sendworthy.gate import Gate as Gate

__all__ = ["sendworthy"]

_GATE = pytest.StashKey["Gate"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--sendworthy-html``."""
    parser.getgroup("sendworthy").addoption(
        "--sendworthy-html",
        metavar="DIR",
        help="write the report of each test that sendworthy.assert_ready fails to this directory",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a directory that is none before the tests run, not after."""
    given = config.getoption("sendworthy_html")
    if given is not None:
        try:
            (config.invocation_params.dir / given).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"--sendworthy-html={given}: {error.strerror or error}; give a directory that can be written to"
            raise pytest.UsageError(message) from None


@pytest.fixture
def sendworthy(request: pytest.FixtureRequest) -> Gate:
    """Checks of Salesforce Messaging data: ``sendworthy.assert_ready(users=..., allow={"W101": 100})``."""
    from pytest_sendworthy.gate import Gate

    directory = request.config.getoption("sendworthy_html")
    gate = Gate(directory and request.config.invocation_params.dir / directory)
    request.node.stash[_GATE] = gate
    return gate


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a gate says and no more, and save the page of a check that failed, only if the test failed, too."""
    report = yield
    gate = item.stash.get(_GATE, None)
    if report.failed and gate is not None:
        if call.excinfo is not None and (told := gate.told(call.excinfo)):
            report.longrepr = told
        if page := gate.save(item.nodeid):
            report.sections.append(("sendworthy report", page))
    return report
