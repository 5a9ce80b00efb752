"""Finding and reading a configuration file."""

from __future__ import annotations

import tomllib
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sendworthy.config.kinds import Where
from sendworthy.config.options import options
from sendworthy.config.settings import Settings, resolve
from sendworthy.errors import ConfigError

if TYPE_CHECKING:
    from os import PathLike

_PROJECT, _OWN = "pyproject.toml", "sendworthy.toml"


def load(path: str | PathLike[str]) -> Settings:
    """Read a file that was asked for.

    Args:
        path: A pyproject.toml, or a file with the options at its top level.

    Raises:
        ConfigError: When it is no TOML, has no options, or has wrong ones.
        FileNotFoundError: When it is not there.
    """
    file = Path(path)
    data = _read(file)
    if file.name == _PROJECT or ("tool" in data and len(data) == 1):
        table = _section(data)
        if table is None:
            message = f"{file}: has no table [tool.sendworthy]; add one, or name another file"
            raise ConfigError(message)
        return _settings(file, f"{file} [tool.sendworthy]", table)
    return _settings(file, str(file), data)


def discover(folder: str | PathLike[str] = ".") -> Settings | None:
    """The options of a directory: of its sendworthy.toml or the table in its pyproject.toml; None without either.

    Raises:
        ConfigError: When both are there, or one is wrong.
    """
    own, project = Path(folder) / _OWN, Path(folder) / _PROJECT
    table = _section(_read(project)) if project.is_file() else None
    if own.is_file():
        if table is not None:
            message = (
                f"{own} and [tool.sendworthy] in {project} are both there; keep one, or use --config or --isolated"
            )
            raise ConfigError(message)
        return load(own)
    return None if table is None else _settings(project, f"{project} [tool.sendworthy]", table)


def parse(data: object, source: str) -> dict[str, Any]:
    """Parse options; what they mean together is not looked at.

    Args:
        data: What TOML made of them.
        source: What they are called in messages.

    Raises:
        ConfigError: For an unknown option or a value of a wrong kind.
    """
    return options().parse(data, Where(source, ""))


def _settings(file: Path, source: str, table: object) -> Settings:
    return resolve(file, source, parse(table, source))


def _section(data: dict[str, Any]) -> Any:
    tool = data.get("tool")
    return tool.get("sendworthy") if isinstance(tool, dict) else None


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        raise FileNotFoundError(ENOENT, "there is no such configuration file", str(file))
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except tomllib.TOMLDecodeError as error:
        message = f"{file}: is not valid TOML: {error}"
        raise ConfigError(message) from None
    except UnicodeDecodeError as error:
        message = f"{file}: is not UTF-8 (byte {error.start}), so it is no TOML; save it as UTF-8"
        raise ConfigError(message) from None
    except RecursionError:
        message = f"{file}: is nested too deeply to be read"
        raise ConfigError(message) from None
