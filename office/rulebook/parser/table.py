"""Typed reading of one TOML table: every getter reports a wrong value with its place and goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_noop as _

from office.rulebook.parser.problems import Report
from office.rulebook.types import Parameter, Text

_UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "day": timedelta(days=1),
    "days": timedelta(days=1),
    "week": timedelta(weeks=1),
    "weeks": timedelta(weeks=1),
}
_PART = re.compile(r"(\d+)\s*([a-z]+)")
_TIME = re.compile(r"(\d{2}):(\d{2})")
_MONTH_UNITS = ("month", "months", "year", "years")
_LONGEST = timedelta(days=36_500)


class BadValue(ValueError):
    """A value that cannot be read: the reason shown to its author, with what stands in its {places}."""

    def __init__(self, text: str, **params: Any) -> None:
        super().__init__(text)
        self.text, self.params = text, params


def read_span(raw: str) -> tuple[int, timedelta]:
    """`"1 month 2 days"` → (1, 2 days). Units: s, min, h, day(s), week(s), month(s), year(s)."""
    text = raw.strip()
    if text.startswith("-"):
        raise BadValue(_("a duration cannot be negative: {raw!r}"), raw=raw)
    months, total, at = 0, timedelta(), 0
    for part in _PART.finditer(text):
        if text[at : part.start()].strip():
            raise BadValue(_("not a duration: {raw!r}"), raw=raw)
        at = part.end()
        if len(part[1]) > 6:
            raise BadValue(_("a duration may not be longer than a hundred years: {raw!r}"), raw=raw)
        number, unit = int(part[1]), part[2]
        if unit in _MONTH_UNITS:
            months += number * (12 if unit.startswith("year") else 1)
        elif unit in _UNITS:
            total += number * _UNITS[unit]
        else:
            raise BadValue(_("unknown unit {unit!r} in duration {raw!r}"), unit=unit, raw=raw)
    if at == 0 or text[at:].strip():
        raise BadValue(
            _('not a duration: {raw!r} (write it as "10 min", "24 h", "2 days", "1 month")'), raw=raw
        )
    if months > 1200 or total > _LONGEST:
        raise BadValue(_("a duration may not be longer than a hundred years: {raw!r}"), raw=raw)
    return months, total


def read_clock(raw: str) -> time | None:
    """`"08:30"` → 08:30; `"24:00"` → None, the midnight that ends the day."""
    found = _TIME.fullmatch(raw.strip())
    if found is None:
        raise BadValue(_('not a time of day: {raw!r} (write it as "08:30")'), raw=raw)
    hour, minute = int(found[1]), int(found[2])
    if (hour, minute) == (24, 0):
        return None
    if hour > 23 or minute > 59:
        raise BadValue(_("not a time of day: {raw!r}"), raw=raw)
    return time(hour, minute)


def freeze(value: object) -> Parameter:
    """A TOML value as an immutable parameter; refuses floats and dates, which rules never need."""
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    if isinstance(value, dict):
        return {str(key): freeze(item) for key, item in value.items()}
    raise BadValue(
        _("a parameter may be a text, a whole number, true, false, a list or a table, not {value!r}"),
        value=value,
    )


class Table:
    """One TOML table being read. `finish()` reports the keys that nobody asked for."""

    def __init__(self, data: Mapping[str, object], *, file: str, name: str, report: Report) -> None:
        self.data, self.file, self.name, self.report = data, file, name, report
        self._asked: set[str] = set()

    def problem(self, text: str, key: str = "", /, **params: Any) -> None:
        table = f"{self.name}.{key}" if key and self.name else key or self.name
        self.report.add(self.file, table, text, **params)

    def bad(self, wrong: BadValue, key: str) -> None:
        self.problem(wrong.text, key, **wrong.params)

    def has(self, key: str) -> bool:
        return key in self.data

    def finish(self) -> None:
        for key in self.data:
            if key not in self._asked:
                self.problem(_("unknown key"), key)

    def raw(self, key: str) -> object:
        self._asked.add(key)
        return self.data.get(key)

    def string(self, key: str, *, required: bool = True) -> str:
        value = self.raw(key)
        if value is None:
            if required:
                self.problem(_("is missing"), key)
            return ""
        if not isinstance(value, str) or not value.strip():
            self.problem(_("must be a text that is not empty"), key)
            return ""
        return value.strip()

    def choice(self, key: str, options: Sequence[str], *, fallback: str | None = None) -> str:
        value = self.string(key, required=fallback is None) or (fallback or "")
        if value and value not in options:
            self.problem(
                _("must be one of {options}, not {value!r}"), key, options=", ".join(options), value=value
            )
            return options[0]
        return value or options[0]

    def flag(self, key: str) -> bool:
        value = self.raw(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            self.problem(_("must be true or false"), key)
            return False
        return value

    def integer(self, key: str, *, low: int, high: int, fallback: int | None = None) -> int | None:
        value = self.raw(key)
        if value is None:
            return fallback
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(_("must be a whole number from {low} to {high}"), key, low=low, high=high)
            return fallback
        return value

    def decimal(self, key: str) -> Decimal:
        value = self.raw(key)
        try:
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise InvalidOperation
            amount = Decimal(str(value))
            if not amount.is_finite() or amount < 0:
                raise InvalidOperation
        except InvalidOperation:
            self.problem(_("must be an amount that is not negative, written in quotes"), key)
            return Decimal(0)
        return amount

    def strings(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        value = self.raw(key)
        if value is None:
            if required:
                self.problem(_("is missing"), key)
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.problem(_("must be a list of texts"), key)
            return ()
        if len(set(value)) != len(value):
            self.problem(_("names something twice"), key)
        return tuple(value)

    def span(self, key: str) -> tuple[int, timedelta] | None:
        """(months, rest), or None when the key is not there."""
        value = self.raw(key)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise BadValue(_('a duration is written in quotes, such as "10 min"'))
            return read_span(value)
        except BadValue as wrong:
            self.bad(wrong, key)
            return 0, timedelta()

    def duration(self, key: str, *, required: bool = False) -> timedelta | None:
        """Like `span`, for places where months make no sense."""
        found = self.span(key)
        if found is None:
            if required:
                self.problem(_("is missing"), key)
            return timedelta() if required else None
        months, rest = found
        if months:
            self.problem(_("cannot be given in months or years here"), key)
        return rest

    def clock(self, key: str) -> time:
        value = self.string(key)
        try:
            found = read_clock(value) if value else time(0)
        except BadValue as wrong:
            self.bad(wrong, key)
            return time(0)
        return found or time(0)

    def day(self, key: str, fallback: date) -> date:
        value = self.raw(key)
        if value is None:
            return fallback
        if isinstance(value, datetime) or not isinstance(value, date):
            self.problem(_("must be a date, such as 2026-01-05 without quotes"), key)
            return fallback
        return value

    def text(self, key: str, *, required: bool = True) -> Text | None:
        """A text in both languages; either one missing is a problem."""
        value = self.raw(key)
        if value is None:
            if required:
                self.problem(_("is missing"), key)
            return None
        if not isinstance(value, dict):
            self.problem(_("must have zh and en"), key)
            return None
        inner = self.child(key, value)
        found = Text(zh=inner.string("zh"), en=inner.string("en"))
        inner.finish()
        return found

    def tables(self, key: str) -> list[Table]:
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.problem(_("must be a list of tables"), key)
            return []
        return [self.child(f"{key}[{index}]", item) for index, item in enumerate(value)]

    def named(self, key: str) -> dict[str, object]:
        value = self.raw(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(_("must be a table"), key)
            return {}
        return value

    def child(self, key: str, data: Mapping[str, object], *, name: str | None = None) -> Table:
        full = name if name is not None else (f"{self.name}.{key}" if self.name else key)
        return Table(data, file=self.file, name=full, report=self.report)
