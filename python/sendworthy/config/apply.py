"""A configuration file meets the arguments of ``sw.check``: whoever is nearer to the run wins."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sendworthy.errors import ConfigError
from sendworthy.names import CHECK_ORDER
from sendworthy.threads import from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sendworthy.config.settings import Settings

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")
_PLAIN = ("as_of", "operation", "policy", "select", "ignore", "threads", "baseline", "default_region")
_MERGED = ("severity", "max")


def configured(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Let a function that takes ``config`` have the arguments it was not given from that file."""
    of = signature(function)

    @wraps(function)
    def call(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        given = of.bind(*args, **kwargs).arguments
        path = given.get("config")
        if path is None:
            return function(*args, **kwargs)
        from sendworthy.config.load import load

        return function(**merge(load(path), given))  # type: ignore[call-arg]

    return call


def merge(settings: Settings, given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a check, filled up from a file.

    A given argument replaces the file's, except that severities, limits and columns are put together key by key.
    """
    arguments = {name: value for name, value in given.items() if value is not None}
    for name in CHECK_ORDER:
        if name not in arguments and (paths := settings.tables.get(name)):
            arguments[name] = paths
    for name in _PLAIN:
        if name not in arguments and name in settings.values:
            arguments[name] = settings.values[name]
    if given.get("threads") is None and (threads := from_environment()) is not None:
        arguments["threads"] = threads
    for name in _MERGED:
        if name in settings.values:
            arguments[name] = settings.values[name] | dict(arguments.get(name, {}))
    if "rules" not in arguments and "rules_module" in settings.values:
        from sendworthy.custom import load_rules

        arguments["rules"] = load_rules(settings.values["rules_module"])
    columns = dict(arguments.get("columns", {}))
    filed = {name: settings.columns(name) for name in CHECK_ORDER if name in arguments}
    columns |= {name: own | _mapping(columns.get(name, {})) for name, own in filed.items() if own}
    if columns:
        arguments["columns"] = columns
    arguments["channels"] = hinted(settings, arguments.get("channels"), columns.get("channels", {}))
    return arguments


def hinted(settings: Settings, channels: Any, columns: Any) -> Any:
    """Channels with what the file knows of them.

    Raises:
        ConfigError: When there are hints but no channels, or the two contradict each other.
    """
    hints = settings.values.get("channel")
    if not hints:
        return channels
    if channels is None:
        message = f"{settings.source}: channel: there are entries, but no channels are given that they belong to"
        raise ConfigError(message)
    from sendworthy.sources import open_source
    from sendworthy.sources.overlay import overlay

    return overlay(open_source("channels", channels), hints, _mapping(columns), settings.source)


def _mapping(columns: Any) -> dict[str, str]:
    from collections.abc import Mapping

    from sendworthy.sdl import SdlMapping, read_sdl

    if isinstance(columns, SdlMapping):
        return columns
    return dict(columns) if isinstance(columns, Mapping) else read_sdl(columns)
