"""The ``sendworthy`` command, also ``python -m sendworthy``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and give its exit status."""
    if sys.argv[1:] == ["--version"]:  # answered before click, rich or polars are imported
        from sendworthy import __version__

        sys.stdout.write(f"sendworthy {__version__}\n")
        return 0

    import warnings

    from sendworthy.cli import run

    if not sys.warnoptions:  # meant for programmers, and libraries that are used here give some
        warnings.simplefilter("ignore")

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
