"""Sendworthy: is this Salesforce Messaging data fit to load, and may each customer be written to now?

Names are imported when first used, so that ``import sendworthy`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

from sendworthy import forks  # noqa: F401  (sees every fork from here on)
from sendworthy.hook import install

TYPE_CHECKING = False  # typing itself is half of the start-up
if TYPE_CHECKING:
    from sendworthy._core import __version__ as __version__
    from sendworthy.api import check
    from sendworthy.custom import Rule
    from sendworthy.difference import Diff, diff
    from sendworthy.errors import ColumnError, ConfigError, FindingsError, InputError, SendworthyError
    from sendworthy.policy import Policy
    from sendworthy.progress import Progress
    from sendworthy.report import Report
    from sendworthy.rulebook import explain, rules, ruleset
    from sendworthy.synthetic import SyntheticData, generate

__all__ = [
    "ColumnError",
    "ConfigError",
    "Diff",
    "FindingsError",
    "InputError",
    "Policy",
    "Progress",
    "Report",
    "Rule",
    "SendworthyError",
    "SyntheticData",
    "__version__",
    "check",
    "diff",
    "explain",
    "generate",
    "rules",
    "ruleset",
]

_HOME = {
    "ColumnError": "errors",
    "ConfigError": "errors",
    "Diff": "difference",
    "FindingsError": "errors",
    "InputError": "errors",
    "Policy": "policy",
    "Progress": "progress",
    "Report": "report",
    "Rule": "custom",
    "SendworthyError": "errors",
    "SyntheticData": "synthetic",
    "__version__": "_core",
    "check": "api",
    "diff": "difference",
    "explain": "rulebook",
    "generate": "synthetic",
    "rules": "rulebook",
    "ruleset": "rulebook",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


# pl.col("phone").sendworthy works whichever of the two is imported first.
install()
