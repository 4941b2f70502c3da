"""What a rulebook is once it has been read: frozen, typed values.

A book is data. Nothing in here reads a file or a database; `parser` builds these values and
refuses what does not fit, `selectors` answers which book is in force at an instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from django.utils.translation import get_language

ENFORCEMENTS = (
    "timer",
    "chain",
    "limit",
    "schedule",
    "record",
    "permission",
    "vault",
    "conduct",
    "excluded",
    "planned",
)

ALWAYS = "always"
CALENDAR_DAYS = "calendar"
WORKING_DAYS = "working"
EVERYBODY = "*"
HOLDER = "holder"
PROPOSERS_SUPERIOR = "superior"
#: The deadline of a step for which the chain names no other; on a ladder "superior" is the decider's own superior.
STEP_RULE = "approvals.step"

Parameter: TypeAlias = "str | int | bool | tuple[Parameter, ...] | Mapping[str, Parameter]"


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and English; `str()` follows the active language, Chinese first."""

    zh: str
    en: str

    def __str__(self) -> str:
        language = get_language() or "zh-hans"
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered demand of the book.

    `enforcement` is a non-empty subset of ENFORCEMENTS; `planned` stands beside the others while the desk
    that will enforce the clause is not built. `reason` is there exactly when the clause is excluded.
    """

    id: str
    title: Text
    text: Text
    enforcement: tuple[str, ...]
    reason: Text | None = None
    note: Text | None = None
    replaces: tuple[str, ...] = ()
    chapter: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of an escalation: `delay` after the due instant, counted in the hours of its rule.

    `to` is "holder", "superior" (of the post whose turn it is), a position code, "<position>:on_duty", or a word of the
    book, such as "duty_service_manager": whom the roster names, else the holders of its posts.
    """

    delay: timedelta
    to: str


@dataclass(frozen=True, slots=True)
class ChainStep:
    """`positions` are codes (words of the book already resolved) or "superior", the proposer's own superior.

    `named` keeps what the book says, so that a page can show "leader" beside the post it means.
    """

    mode: Literal["any", "all"]
    positions: tuple[str, ...]
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `start` to `end` of one local day; `end` None is midnight at the end of that day. `overnight`: `end` is
    a time of the day after; the span belongs to the day it begins on."""

    start: time
    end: time | None
    overnight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleBase:
    """What every rule has. `also` are further clauses that the same rule enforces.

    `default` marks a value on which the written regulations are silent and which the shipped book fills in.
    """

    key: str
    clause: str
    also: tuple[str, ...] = ()
    default: bool = False
    note: Text | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        return (self.clause, *self.also)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRule(RuleBase):
    """Something must happen within a time.

    `hours` says how the time is counted: "always" (elapsed time), the key of an HoursRule (open time only),
    "calendar" (whole days; due at the end of the last day) or "working" (whole working days, likewise).
    `months` are calendar months added before `duration`, clamped to the month's last day.
    """

    duration: timedelta
    hours: str = ALWAYS
    months: int = 0
    warn_before: timedelta | None = None
    warn_to: str = HOLDER
    ladder: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRule(RuleBase):
    """Who must agree before something happens, and who then does it.

    `proposer`: positions that may propose (empty: anybody). `after`: key of the chain that must have passed
    before. `requires`: names of the evidence that must be attached. `instead_of` and `when`: this chain takes the
    place of those chains for a subject that carries one of the flags. `check_by`: positions whose holders look at
    the result once it is carried out. `step_rule`: key of the deadline that every step has.
    """

    steps: tuple[ChainStep, ...]
    executor: str | None = None
    proposer: tuple[str, ...] = ()
    execute_within: timedelta | None = None
    after: str | None = None
    requires: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    check_by: tuple[str, ...] = ()
    step_rule: str = STEP_RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule(RuleBase):
    """A bound. `unit`: "CNY" and "percent" hold a Decimal, "duration" a timedelta, any other an int."""

    value: Decimal | int | timedelta
    unit: str
    bound: Literal["max", "min", "exact"] = "max"

    @property
    def count(self) -> int:
        if not isinstance(self.value, int):
            raise TypeError(f"{self.key} is counted in {self.unit}, not a number of things")
        return self.value

    @property
    def span(self) -> timedelta:
        if not isinstance(self.value, timedelta):
            raise TypeError(f"{self.key} is counted in {self.unit}, not a duration")
        return self.value

    @property
    def amount(self) -> Decimal:
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.key} is counted in {self.unit}, not an amount")
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRule(RuleBase):
    """A recurring act: every `interval` minutes, or every `interval` days, weeks, months or years at `at`
    local time.

    `weekday` 1 (Monday) to 7; `day` of the month, clamped to its last day; `month` 1 to 12. Intervals above
    one count from `anchor`.
    """

    every: Literal["minute", "day", "week", "month", "year"]
    at: time = time(0)
    interval: int = 1
    weekday: int | None = None
    day: int | None = None
    month: int | None = None
    anchor: date = date(2026, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRule(RuleBase):
    """Opening or working hours, Monday (0) to Sunday (6).

    `on_holidays` "open": the weekly pattern also holds on public holidays. `follow_makeup`: a weekend day
    that is a make-up working day (调休) follows Monday's pattern. `meal` is the unpaid break somewhere
    inside.
    """

    weekly: tuple[tuple[Span, ...], ...]
    on_holidays: Literal["open", "closed"]
    follow_makeup: bool = False
    meal: timedelta | None = None

    @property
    def overnight(self) -> bool:
        """Whether a day's hours may reach into the next."""
        return any(spans and spans[-1].overnight for spans in self.weekly)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRule(RuleBase):
    """Only holders of these positions may; the single member "*" stands for everybody."""

    positions: frozenset[str]

    @property
    def everybody(self) -> bool:
        return EVERYBODY in self.positions


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRule(RuleBase):
    """A choice, a list or a table that code reads by name; the accessors refuse the wrong shape."""

    value: Parameter

    def integer(self, name: str | None = None) -> int:
        found = self._at(name)
        if isinstance(found, bool) or not isinstance(found, int):
            raise TypeError(f"{self._name(name)} is not a whole number")
        return found

    def flag(self, name: str | None = None) -> bool:
        found = self._at(name)
        if not isinstance(found, bool):
            raise TypeError(f"{self._name(name)} is not true or false")
        return found

    def text(self, name: str | None = None) -> str:
        found = self._at(name)
        if not isinstance(found, str):
            raise TypeError(f"{self._name(name)} is not a text")
        return found

    def texts(self, name: str | None = None) -> tuple[str, ...]:
        found = self._at(name)
        if not isinstance(found, tuple):
            raise TypeError(f"{self._name(name)} is not a list")
        return tuple(str(item) for item in found)

    def table(self, name: str | None = None) -> Mapping[str, Parameter]:
        found = self._at(name)
        if not isinstance(found, Mapping):
            raise TypeError(f"{self._name(name)} is not a table")
        return found

    def _at(self, name: str | None) -> Parameter:
        if name is None:
            return self.value
        if not isinstance(self.value, Mapping) or name not in self.value:
            raise KeyError(f"{self.key} has no parameter {name}")
        return self.value[name]

    def _name(self, name: str | None) -> str:
        return self.key if name is None else f"{self.key}.{name}"


Rule = DeadlineRule | ChainRule | LimitRule | ScheduleRule | HoursRule | PermissionRule | ParameterRule


@dataclass(frozen=True, slots=True)
class Book:
    """A complete, validated rulebook.

    `version_id` is None for a file that is not activated. `superiors`: position → its superior's position,
    None at the top. `words`: the chain's words → the positions they mean in this book. `names`: codes that
    parameters use → how pages call them.
    """

    code: str
    title: Text
    version_id: int | None
    clauses: Mapping[str, Clause]
    rules: Mapping[str, Rule]
    superiors: Mapping[str, str | None]
    words: Mapping[str, tuple[str, ...]]
    positions: Mapping[str, Text] = field(default_factory=dict)
    chapters: Mapping[str, Text] = field(default_factory=dict)
    names: Mapping[str, Text] = field(default_factory=dict)
    include: str | None = None
    _allowed: dict[frozenset[str], frozenset[str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def allowed(self, posts: frozenset[str]) -> frozenset[str]:
        """The permission keys that these posts give. Worked out once: every page asks, and a book never changes."""
        known = self._allowed.get(posts)
        if known is None:
            known = self._allowed[posts] = frozenset(
                key
                for key, found in self.rules.items()
                if isinstance(found, PermissionRule) and (found.everybody or found.positions & posts)
            )
        return known

    def rules_of(self, clause_id: str) -> Iterator[Rule]:
        """Every rule that enforces the clause, in the book's order."""
        return (rule for rule in self.rules.values() if clause_id in rule.clauses)


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One instant in the life of a deadline; `to` as in Step."""

    at: datetime
    kind: Literal["warn", "breach", "escalate"]
    to: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How a clause fared in a period."""

    kept: int = 0
    late: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.kept + self.late + self.open
