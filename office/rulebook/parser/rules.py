"""One `[rules."key"]` table → one typed rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Literal, TypedDict

from django.utils.translation import gettext_noop as _

from office.rulebook.parser.table import BadValue, Table, freeze, read_clock
from office.rulebook.types import (
    ALWAYS,
    CALENDAR_DAYS,
    EVERYBODY,
    HOLDER,
    PROPOSERS_SUPERIOR,
    STEP_RULE,
    WORKING_DAYS,
    ChainRule,
    ChainStep,
    DeadlineRule,
    HoursRule,
    LimitRule,
    ParameterRule,
    PermissionRule,
    Rule,
    ScheduleRule,
    Span,
    Step,
    Text,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ON_DUTY = ":on_duty"
_WHOLE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Posts:
    """The positions of the book and the words that stand for them."""

    positions: frozenset[str]
    words: Mapping[str, tuple[str, ...]]

    def resolve(
        self, names: tuple[str, ...], table: Table, key: str, *, also: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """Codes of the positions named, words replaced; an unknown name is a problem."""
        found: list[str] = []
        for name in names:
            if name in self.words:
                found.extend(self.words[name])
            elif name in self.positions or name in also:
                found.append(name)
            else:
                table.problem(_("unknown position {name!r}"), key, name=name)
        return tuple(dict.fromkeys(found))


class _Common(TypedDict):
    key: str
    clause: str
    also: tuple[str, ...]
    default: bool
    note: Text | None


def read_rule(key: str, table: Table, posts: Posts) -> Rule | None:
    """The rule, or None after reporting an unknown kind."""
    kind = table.string("kind")
    common: _Common = {
        "key": key,
        "clause": table.string("clause"),
        "also": table.strings("also", required=False),
        "default": table.flag("default"),
        "note": table.text("note", required=False),
    }
    reader = _READERS.get(kind)
    if reader is None:
        if kind:
            table.problem(
                _("unknown kind {kind!r} (known: {known})"),
                "kind",
                kind=kind,
                known=", ".join(sorted(_READERS)),
            )
        return None
    rule = reader(table, common, posts)
    table.finish()
    return rule


def _deadline(table: Table, common: _Common, posts: Posts) -> DeadlineRule:
    months, duration = table.span("after") or (0, timedelta())
    if not table.has("after"):
        table.problem(_("is missing"), "after")
    hours = table.string("hours", required=False) or ALWAYS
    warn_before = table.duration("warn_before")
    ladder = []
    for step in table.tables("ladder"):
        to = step.string("to")
        ladder.append(
            Step(delay=step.duration("after", required=True) or timedelta(), to=_recipient(to, step, posts))
        )
        step.finish()
    if [step.delay for step in ladder] != sorted(step.delay for step in ladder):
        table.problem(_("steps must be given in the order of their delays"), "ladder")
    if (
        warn_before is not None
        and not months
        and hours not in (CALENDAR_DAYS, WORKING_DAYS)
        and warn_before >= duration
    ):
        table.problem(
            _("the warning must come after the start: it must be shorter than the time itself"), "warn_before"
        )
    if hours in (CALENDAR_DAYS, WORKING_DAYS) and duration % _WHOLE_DAY:
        table.problem(_("hours = {hours!r} counts whole days"), "after", hours=hours)
    if hours not in (CALENDAR_DAYS, WORKING_DAYS) and not duration and not months:
        table.problem(_("must be longer than nothing"), "after")
    return DeadlineRule(
        **common,
        duration=duration,
        months=months,
        hours=hours,
        warn_before=warn_before,
        warn_to=_recipient(table.string("warn_to", required=False) or HOLDER, table, posts),
        ladder=tuple(ladder),
    )


def _recipient(to: str, table: Table, posts: Posts) -> str:
    position = to.removesuffix(ON_DUTY)
    if (
        to
        and to not in (HOLDER, PROPOSERS_SUPERIOR)
        and position not in posts.positions
        and to not in posts.words
    ):
        table.problem(_("unknown position {name!r}"), "to", name=position)
    return to


def _chain(table: Table, common: _Common, posts: Posts) -> ChainRule:
    steps = []
    for step in table.tables("steps"):
        mode = step.choice("mode", ("any", "all"), fallback="any")
        named = step.strings("positions")
        positions = posts.resolve(named, step, "positions", also=(PROPOSERS_SUPERIOR,))
        if not named:
            step.problem(_("a step needs at least one position"), "positions")
        steps.append(ChainStep(mode="all" if mode == "all" else "any", positions=positions, named=named))
        step.finish()
    if not steps:
        table.problem(_("a chain needs at least one step"), "steps")
    executor = table.string("executor", required=False) or None
    if executor is not None and executor not in posts.positions:
        table.problem(_("unknown position {name!r}"), "executor", name=executor)
    within = table.duration("execute_within")
    if within is not None and executor is None:
        table.problem(_("needs an executor"), "execute_within")
    instead_of, when = table.strings("instead_of", required=False), table.strings("when", required=False)
    if bool(instead_of) != bool(when):
        table.problem(_("instead_of and when belong together: which chains, and at which flags"), "when")
    return ChainRule(
        **common,
        steps=tuple(steps),
        executor=executor,
        proposer=posts.resolve(table.strings("proposer", required=False), table, "proposer"),
        execute_within=within,
        after=table.string("follows", required=False) or None,
        requires=table.strings("requires", required=False),
        instead_of=instead_of,
        when=when,
        check_by=posts.resolve(table.strings("check_by", required=False), table, "check_by"),
        step_rule=table.string("step_rule", required=False) or STEP_RULE,
    )


def _limit(table: Table, common: _Common, posts: Posts) -> LimitRule:
    unit = table.string("unit")
    value: Decimal | int | timedelta
    if unit == "duration":
        value = table.duration("value", required=True) or timedelta()
    elif unit in ("CNY", "percent"):
        value = table.decimal("value")
    else:
        value = table.integer("value", low=0, high=10**12, fallback=0) or 0
        if not table.has("value"):
            table.problem(_("is missing"), "value")
    bound: Literal["max", "min", "exact"]
    match table.choice("bound", ("max", "min", "exact"), fallback="max"):
        case "min":
            bound = "min"
        case "exact":
            bound = "exact"
        case _:
            bound = "max"
    return LimitRule(**common, value=value, unit=unit, bound=bound)


def _schedule(table: Table, common: _Common, posts: Posts) -> ScheduleRule:
    every = table.choice("every", ("minute", "day", "week", "month", "year"))
    weekday = table.integer("weekday", low=1, high=7)
    day = table.integer("day", low=1, high=31)
    month = table.integer("month", low=1, high=12)
    for key, value, wanted in (
        ("weekday", weekday, every == "week"),
        ("day", day, every in ("month", "year")),
        ("month", month, every == "year"),
    ):
        if (value is not None) != wanted and not (table.has(key) and value is None):
            table.problem(
                _("is missing when every = {every!r}")
                if wanted
                else _("is out of place when every = {every!r}"),
                key,
                every=every,
            )
    return ScheduleRule(
        **common,
        every=every,  # type: ignore[arg-type]  # `choice` returned one of the literals
        at=time(0) if every == "minute" and not table.has("at") else table.clock("at"),
        interval=table.integer("interval", low=1, high=366, fallback=1) or 1,
        weekday=weekday,
        day=day,
        month=month,
        anchor=table.day("anchor", date(2026, 1, 5)),
    )


def _hours(table: Table, common: _Common, posts: Posts) -> HoursRule:
    weekly_raw = table.named("weekly")
    inner = table.child("weekly", weekly_raw)
    overnight = table.flag("overnight")
    everyday = _spans(inner, "daily", overnight) if inner.has("daily") else ()
    weekly = tuple(_spans(inner, day, overnight) if inner.has(day) else everyday for day in WEEKDAYS)
    inner.finish()
    if overnight and not any(spans and spans[-1].overnight for spans in weekly):
        table.problem(_("no interval ends on the next day"), "overnight")
    if not any(weekly):
        table.problem(_("is never open: give daily, or mon to sun"), "weekly")
    holidays = table.choice("on_holidays", ("open", "closed"))
    return HoursRule(
        **common,
        weekly=weekly,
        on_holidays="open" if holidays == "open" else "closed",
        follow_makeup=table.flag("follow_makeup"),
        meal=table.duration("meal"),
    )


def _spans(table: Table, day: str, overnight: bool) -> tuple[Span, ...]:
    """`overnight`: the day's last interval may end at a time of the next day, "22:00-06:00"."""
    spans: list[Span] = []
    for written in table.strings(day):
        first, dash, last = written.partition("-")
        try:
            if not dash:
                raise BadValue(_('not an interval: {raw!r} (write it as "08:30-11:00")'), raw=written)
            start, end = read_clock(first), read_clock(last)
            reaches_over = start is not None and end is not None and overnight and end < start
            if start is None or (end is not None and end <= start and not reaches_over):
                raise BadValue(_("an interval must end after it starts: {raw!r}"), raw=written)
            if spans and (spans[-1].end is None or spans[-1].overnight or spans[-1].end > start):
                raise BadValue(_("intervals must be in order and apart: {raw!r}"), raw=written)
            spans.append(Span(start, end, reaches_over))
        except BadValue as wrong:
            table.bad(wrong, day)
    return tuple(spans)


def _permission(table: Table, common: _Common, posts: Posts) -> PermissionRule:
    named = table.strings("positions")
    if not named:
        table.problem(_("a permission that nobody has must say so by leaving the rule out"), "positions")
    return PermissionRule(
        **common, positions=frozenset(posts.resolve(named, table, "positions", also=(EVERYBODY,)))
    )


def _parameter(table: Table, common: _Common, posts: Posts) -> ParameterRule:
    if not table.has("value"):
        table.problem(_("is missing"), "value")
    try:
        value = freeze(table.raw("value") if table.has("value") else "")
    except BadValue as wrong:
        table.problem(str(wrong), "value")
        value = ""
    return ParameterRule(**common, value=value)


_READERS: dict[str, Callable[[Table, Any, Posts], Rule]] = {
    "deadline": _deadline,
    "chain": _chain,
    "limit": _limit,
    "schedule": _schedule,
    "hours": _hours,
    "permission": _permission,
    "parameter": _parameter,
}
