"""The numbers behind the rules, and a few switches. Every default is the published guidance; change one knowingly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

from sendworthy.errors import ConfigError

_STATUSES = ("New", "Active", "Consent", "Waiting", "Paused", "Inactive", "Ended", "Error")
_CAPACITY_MODELS = ("StatusBased", "TabBased")
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Limits and switches of a check.

    A limit is not crossed by a record of exactly that age.

    Attributes:
        whatsapp_window: How long after the customer's last message free text may be sent on WhatsApp.
        messenger_window: The same for anything at all on Facebook Messenger.
        stale_new_after: A session still New after this time should have ended.
        stale_inactive_after: The same for a session that is Inactive.
        user_available_after: A messaging user younger than this cannot be picked yet.
        window_closing_within: W104 reports windows that close within this time.
        clock_tolerance: How far in the future a timestamp may lie before it is called wrong.
        ended_statuses: Session statuses that do not block another rep.
        sessions_complete: The sessions given are all there are, so that they may prove a window closed.
        day_first: Slash dates such as 03/04/2026 give the day first.
        capacity_model: StatusBased or TabBased: how service channels measure capacity, where a channel's CapacityModel
            does not tell.
    """

    whatsapp_window: timedelta = timedelta(hours=24)
    messenger_window: timedelta = timedelta(days=7)
    stale_new_after: timedelta = timedelta(hours=48)
    stale_inactive_after: timedelta = timedelta(hours=30)
    user_available_after: timedelta = timedelta(minutes=10)
    window_closing_within: timedelta = timedelta(hours=2)
    clock_tolerance: timedelta = timedelta(minutes=5)
    ended_statuses: tuple[str, ...] = ("Ended", "Error")
    sessions_complete: bool = False
    day_first: bool = False
    capacity_model: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, timedelta):
                _require_duration(field.name, value)
            elif isinstance(field.default, bool) and not isinstance(value, bool):
                message = f"policy.{field.name} must be True or False, not {value!r}"
                raise ConfigError(message)
        if isinstance(self.ended_statuses, str):
            message = f"policy.ended_statuses must be a list of statuses, not the text {self.ended_statuses!r}"
            raise ConfigError(message)
        object.__setattr__(self, "ended_statuses", tuple(self.ended_statuses))
        if self.capacity_model is not None and self.capacity_model not in _CAPACITY_MODELS:
            known = " or ".join(_CAPACITY_MODELS)
            message = f"policy.capacity_model must be {known}, not {self.capacity_model!r}"
            raise ConfigError(message)
        unknown = [status for status in self.ended_statuses if status not in _STATUSES]
        if unknown:
            message = f"policy.ended_statuses: {unknown[0]!r} is no session status; known are {', '.join(_STATUSES)}"
            raise ConfigError(message)

    def to_core(self) -> dict[str, object]:
        """The same for the compiled core: durations as whole milliseconds, tuples as lists."""
        values: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, timedelta):
                value = value // _MILLISECOND
            elif isinstance(value, tuple):
                value = list(value)
            values[field.name] = value
        return values


def _require_duration(name: str, value: object) -> None:
    if not isinstance(value, timedelta):
        message = f"policy.{name} must be a datetime.timedelta, not {value!r}"
        raise ConfigError(message)
    if value < _MILLISECOND and not (name == "clock_tolerance" and value == timedelta(0)):
        message = f"policy.{name} must be a positive length of time, not {value}"
        raise ConfigError(message)
