"""The ``sendworthy`` command, also ``python -m sendworthy``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and give its exit status."""
    if sys.argv[1:] == ["--version"]:  # answered before click, rich or polars are imported
        from sendworthy import __version__

        sys.stdout.write(f"sendworthy {__version__}\n")
        return 0

    try:
        import signal
        import warnings

        from sendworthy.cli import INTERRUPTED, run

        if not sys.warnoptions:  # meant for programmers, and libraries that are used here give some
            warnings.simplefilter("ignore")
            warnings.filterwarnings("always", "the rule .* is called", FutureWarning)
            warnings.formatwarning = lambda message, *_: f"sendworthy: {message}\n"

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules were imported
        status = 130
        sys.stderr.write("Stopped; nothing was written.\n")
    else:
        if status != INTERRUPTED:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: too late to stop anything
            return status
    return _leave(status)


def _leave(status: int) -> int:
    """End now: threads in the middle of something would be waited for."""
    import os

    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
