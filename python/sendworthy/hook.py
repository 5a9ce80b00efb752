"""Gives polars its expressions as soon as polars is there, without importing it: that takes 200 ms.

A finder waits for the import of polars and registers the expressions once polars was executed.
"""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # typing itself is half of the start-up
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _Finder:
    """Finds polars as the other finders do, and adds a step to its loading.

    It stays until polars was executed: asking whether polars could be imported is no import.
    """

    _asking = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find polars; nothing else."""
        del path, target
        if name != "polars" or self._asking:
            return None
        from importlib.util import find_spec

        self._asking = True
        try:
            spec = find_spec(name)
        finally:
            self._asking = False
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            import_module("sendworthy.expr")

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def install() -> None:
    """Register the expressions now if polars is there, otherwise when it is."""
    if "polars" in sys.modules:
        import_module("sendworthy.expr")
    else:
        sys.meta_path.insert(0, _Finder())
