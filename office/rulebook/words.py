"""Rules in words, for people: what a page says about a deadline, a chain, a limit."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from office.rulebook.types import (
    ALWAYS,
    CALENDAR_DAYS,
    HOLDER,
    PROPOSERS_SUPERIOR,
    WORKING_DAYS,
    Book,
    ChainRule,
    DeadlineRule,
    HoursRule,
    LimitRule,
    Parameter,
    ParameterRule,
    PermissionRule,
    Rule,
    ScheduleRule,
    Span,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ENFORCEMENT_NAMES = {
    "timer": gettext_lazy("deadline"),
    "chain": gettext_lazy("approval chain"),
    "limit": gettext_lazy("limit"),
    "schedule": gettext_lazy("schedule"),
    "record": gettext_lazy("record"),
    "permission": gettext_lazy("permission"),
    "vault": gettext_lazy("vault"),
    "conduct": gettext_lazy("conduct"),
    "excluded": gettext_lazy("excluded"),
    "planned": gettext_lazy("not built yet"),
}
KIND_NAMES = {
    DeadlineRule: gettext_lazy("Deadline"),
    ChainRule: gettext_lazy("Approval chain"),
    LimitRule: gettext_lazy("Limit"),
    ScheduleRule: gettext_lazy("Schedule"),
    HoursRule: gettext_lazy("Hours"),
    PermissionRule: gettext_lazy("Permission"),
    ParameterRule: gettext_lazy("Value"),
}
UNIT_NAMES = {
    "orders": gettext_lazy("orders"),
    "days": gettext_lazy("days"),
    "points": gettext_lazy("points"),
    "copies": gettext_lazy("copies"),
    "pieces": gettext_lazy("pieces"),
    "score": gettext_lazy("of four"),
}
WEEKDAY_NAMES = (
    gettext_lazy("Mon"),
    gettext_lazy("Tue"),
    gettext_lazy("Wed"),
    gettext_lazy("Thu"),
    gettext_lazy("Fri"),
    gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)


RuleNames = Callable[[str], "StrOrPromise | None"]


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as a page shows it; `phrases` are complete short statements."""

    key: str
    name: str
    kind: str
    phrases: tuple[str, ...]
    default: bool
    note: str


def rule_line(book: Book, rule: Rule) -> Line:
    return Line(
        key=rule.key,
        name=rule_name(book, rule.key) if has_rule_name(book, rule.key) else "",
        kind=str(KIND_NAMES[type(rule)]),
        phrases=tuple(phrases(book, rule)),
        default=rule.default,
        note=str(rule.note or ""),
    )


def phrases(book: Book, rule: Rule) -> list[str]:
    """The rule's parameters, one statement each, in the active language."""
    match rule:
        case DeadlineRule():
            return _deadline(book, rule)
        case ChainRule():
            return _chain(book, rule)
        case LimitRule():
            return [_limit(rule)]
        case ScheduleRule():
            return [_schedule(rule)]
        case HoursRule():
            return _hours(rule)
        case PermissionRule():
            if rule.everybody:
                return [_("everybody")]
            return [_list(name_of(book, code) for code in book.positions if code in rule.positions)]
        case ParameterRule():
            return [_value(book, rule.value)]
        case _:
            assert_never(rule)


def span_text(span: timedelta) -> str:
    """ "10 min", "24 h", "3 days", "1 h 30 min"; whole hours up to two days stay hours, as the clauses write
    them.
    """
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    if minutes and not seconds and minutes % 1440 == 0 and minutes > 2880:
        return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(_("%(n)d h") % {"n": hours})
    if rest or not (hours or seconds):
        parts.append(_("%(n)d min") % {"n": rest})
    if seconds:
        parts.append(_("%(n)d s") % {"n": seconds})
    return " ".join(parts)


def days_text(span: timedelta) -> str:
    return ngettext("%(n)d day", "%(n)d days", span.days) % {"n": span.days}


def name_of(book: Book, code: str) -> str:
    """The title of a post, or how the book calls another code, in the active language; else the code itself."""
    found = book.positions.get(code) or book.names.get(code)
    return code if found is None else str(found)


_sources: list[RuleNames] = []


def register_rule_names(source: RuleNames) -> None:
    """`source(key)`: how an app above calls a rule of its own, None for others. Called in `apps.ready()`."""
    if source not in _sources:
        _sources.append(source)


def rule_name(book: Book, key: str) -> str:
    """How people call a rule: by the book's own names, else by whoever registered one; in a book of before, that has
    no name for it, by its clause."""
    if key in book.names:
        return str(book.names[key])
    found = next((name for source in _sources if (name := source(key))), None)
    rule = book.rules.get(key)
    if found is None and rule is not None:
        return str(book.clauses[rule.clause].title)
    return key if found is None else str(found)


def has_rule_name(book: Book, key: str) -> bool:
    """Whether the rule has a name of its own."""
    return key in book.names or any(source(key) for source in _sources)


def recipient_name(book: Book, to: str) -> str:
    """Whom a step of a ladder tells."""
    if to == HOLDER:
        return _("the person who holds it")
    if to == PROPOSERS_SUPERIOR:
        return _("the superior")
    code, _colon, duty = to.partition(":")
    name = name_of(book, code)
    return _("%(position)s on duty") % {"position": name} if duty else name


def _deadline(book: Book, rule: DeadlineRule) -> list[str]:
    whole_days = rule.hours in (CALENDAR_DAYS, WORKING_DAYS)

    def length_of(span: timedelta) -> str:
        return days_text(span) if whole_days and not span % timedelta(days=1) else span_text(span)

    if whole_days and not rule.duration and not rule.months:
        said = [_("by the end of the day")]
    else:
        length = _length(rule, whole_days=whole_days)
        said = [_("within %(length)s") % {"length": length}]
        if rule.hours == WORKING_DAYS:
            said.append(_("counted in working days"))
        elif rule.hours == CALENDAR_DAYS:
            said.append(_("counted in calendar days"))
        elif rule.hours == ALWAYS:
            said.append(_("counted day and night"))
        else:
            hours = book.rules[rule.hours]
            if isinstance(hours, HoursRule):
                said.append(_("counted in the hours %(hours)s") % {"hours": _weekly(hours)})
    if rule.warn_before is not None:
        said.append(
            _("warning to %(who)s %(length)s before")
            % {"who": recipient_name(book, rule.warn_to), "length": length_of(rule.warn_before)}
        )
    for step in rule.ladder:
        who = recipient_name(book, step.to)
        if step.delay:
            said.append(_("%(length)s late: %(who)s") % {"who": who, "length": length_of(step.delay)})
        else:
            said.append(_("when it is late: %(who)s") % {"who": who})
    return said


def _length(rule: DeadlineRule, *, whole_days: bool) -> str:
    parts = []
    if rule.months:
        parts.append(ngettext("%(n)d month", "%(n)d months", rule.months) % {"n": rule.months})
    if rule.duration:
        parts.append(days_text(rule.duration) if whole_days else span_text(rule.duration))
    return " ".join(parts)


def _chain(book: Book, rule: ChainRule) -> list[str]:
    said = []
    if rule.proposer:
        said.append(_("proposed by %(who)s") % {"who": _either(book, rule.proposer)})
    if rule.after is not None:
        said.append(_("only after %(chain)s has passed") % {"chain": rule_name(book, rule.after)})
    steps = []
    for step in rule.steps:
        names = [
            _("the superior") if code == PROPOSERS_SUPERIOR else name_of(book, code)
            for code in step.positions
        ]
        steps.append((_(" and ") if step.mode == "all" else _(" or ")).join(names))
    said.append(_("agreed by %(steps)s") % {"steps": " → ".join(steps)})
    if rule.executor is not None:
        who = name_of(book, rule.executor)
        if rule.execute_within is None:
            said.append(_("carried out by %(who)s") % {"who": who})
        else:
            said.append(
                _("carried out by %(who)s within %(length)s")
                % {"who": who, "length": span_text(rule.execute_within)}
            )
    if rule.when:
        said.append(
            _("in place of %(chains)s for what is marked %(flags)s")
            % {
                "chains": _list(rule_name(book, key) for key in rule.instead_of),
                "flags": _(" or ").join(name_of(book, f) for f in rule.when),
            }
        )
    if rule.check_by:
        said.append(_("checked afterwards by %(who)s") % {"who": _either(book, rule.check_by)})
    if rule.requires:
        said.append(
            _("with the evidence %(names)s") % {"names": _list(name_of(book, name) for name in rule.requires)}
        )
    return said


def _either(book: Book, codes: Iterable[str]) -> str:
    return _(" or ").join(name_of(book, code) for code in codes)


def _limit(rule: LimitRule) -> str:
    amount = quantity(rule)
    if rule.bound == "exact":
        return amount
    return (_("at least %(amount)s") if rule.bound == "min" else _("at most %(amount)s")) % {"amount": amount}


def quantity(rule: LimitRule) -> str:
    """The bound itself: "10 orders", "10 min", "¥200.00", "500 KB"."""
    value = rule.value
    if isinstance(value, timedelta):
        return days_text(value) if value and not value % timedelta(days=1) else span_text(value)
    if isinstance(value, Decimal):
        return f"¥{value:,.2f}" if rule.unit == "CNY" else f"{value.normalize():f} %"
    if rule.unit == "bytes":
        return f"{value / 1048576:.0f} MB" if value >= 1048576 else f"{value / 1024:.0f} KB"
    return f"{value} {UNIT_NAMES.get(rule.unit, rule.unit)}"


def _schedule(rule: ScheduleRule) -> str:
    n, clock, once = rule.interval, f"{rule.at:%H:%M}", rule.interval == 1
    match rule.every:
        case "minute":
            return _("every %(length)s") % {"length": span_text(timedelta(minutes=n))}
        case "day":
            said = _("every day at %(clock)s") if once else _("every %(n)d days at %(clock)s")
            return said % {"n": n, "clock": clock}
        case "week":
            said = _("every week, %(day)s %(clock)s") if once else _("every %(n)d weeks, %(day)s %(clock)s")
            return said % {"n": n, "clock": clock, "day": WEEKDAY_NAMES[(rule.weekday or 1) - 1]}
        case "month":
            said = _("every month on day %(day)d at %(clock)s")
            if not once:
                said = _("every %(n)d months on day %(day)d at %(clock)s")
            return said % {"n": n, "clock": clock, "day": rule.day}
        case "year":
            month = rule.month or 1
            day = date(2024, month, min(rule.day or 1, monthrange(2024, month)[1]))  # a leap year
            said = _("every year on %(day)s") if once else _("every %(n)d years on %(day)s")
            return said % {"n": n, "day": date_format(day, _("F j"))}
        case _:
            assert_never(rule.every)


def _hours(rule: HoursRule) -> list[str]:
    said = [_weekly(rule)]
    said.append(
        _("also on public holidays") if rule.on_holidays == "open" else _("closed on public holidays")
    )
    if rule.follow_makeup:
        said.append(_("make-up working days count as working days"))
    if rule.meal is not None:
        said.append(_("of which %(length)s for a meal") % {"length": span_text(rule.meal)})
    return said


def _weekly(rule: HoursRule) -> str:
    """ "Mon–Fri 08:30–11:00, 12:30–18:30"; days with the same hours are taken together."""
    groups: list[tuple[int, int, tuple[Span, ...]]] = []
    for day, spans in enumerate(rule.weekly):
        if groups and groups[-1][1] == day - 1 and groups[-1][2] == spans:
            groups[-1] = (groups[-1][0], day, spans)
        else:
            groups.append((day, day, spans))
    said = []
    for first, last, spans in groups:
        if not spans:
            continue
        times = ", ".join(f"{span.start:%H:%M}–{_end(span)}" for span in spans)
        if (first, last) == (0, 6):
            said.append(_("daily %(times)s") % {"times": times})
        elif first == last:
            said.append(f"{WEEKDAY_NAMES[first]} {times}")
        else:
            said.append(f"{WEEKDAY_NAMES[first]}–{WEEKDAY_NAMES[last]} {times}")
    return "; ".join(said)


def _end(span: Span) -> str:
    if span.end is None:
        return "24:00"
    return (_("next day %(time)s") if span.overnight else "%(time)s") % {"time": f"{span.end:%H:%M}"}


def _value(book: Book, value: Parameter) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return rule_name(book, value) if "." in value else name_of(book, value)
    if isinstance(value, tuple):
        return _list(_value(book, item) for item in value)
    if isinstance(value, Mapping):
        return _("; ").join(
            _("%(name)s: %(value)s") % {"name": name_of(book, key), "value": _value(book, item)}
            for key, item in value.items()
        )
    return str(value)


def _list(names: Iterable[str]) -> str:
    return _(", ").join(names)
