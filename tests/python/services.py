"""Real servers for tests: PostgreSQL in a folder of its own, and an S3-compatible store."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "not-a-secret"  # noqa: S105  (of a server that lives as long as the tests)


@dataclass(frozen=True)
class Postgres:
    """A running cluster that can be reached over its socket only."""

    folder: Path
    programs: Path

    @property
    def uri(self) -> str:
        """Where it is, for libpq."""
        return f"postgresql://loader:{PASSWORD}@/postgres?host={self.folder}"

    def control(self, *arguments: str) -> None:
        """Run pg_ctl."""
        _run([str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), *arguments])


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the PATH, or where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)


needs_postgres = pytest.mark.skipif(
    postgres_programs() is None and not os.environ.get("CI"), reason="PostgreSQL is not installed (Debian: postgresql)"
)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A new cluster, gone afterwards."""
    programs = postgres_programs()
    assert programs is not None, "continuous integration must have PostgreSQL: apt-get install postgresql"
    # A socket's path may have about a hundred characters, fewer than pytest's folders have.
    with tempfile.TemporaryDirectory(prefix="sendworthy-pg-") as name:
        server = Postgres(Path(name), programs)
        password = server.folder / "password"
        password.write_text(PASSWORD)
        if os.geteuid() == 0:  # root may not run a server
            shutil.chown(server.folder, "postgres")
            shutil.chown(password, "postgres")
        _run([str(programs / "initdb"), "-D", f"{name}/data", "-A", "scram-sha-256", "-U", "loader", "--no-sync",
              "--pwfile", str(password)])  # fmt: skip
        server.control("-w", "-l", f"{name}/log", "-o", f"-k {name} -c listen_addresses= -c fsync=off", "start")
        try:
            yield server
        finally:
            if (server.folder / "data" / "postmaster.pid").exists():
                server.control("-m", "immediate", "stop")


def _run(command: list[str]) -> None:
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*user, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603
