"""The picture of a plan: where its bars, its months and today stand, as whole numbers of an SVG's own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: Room for the names, the width of the picture, the height of a row and of the head.
NAMES, WIDTH, ROW, HEAD = 210, 1000, 30, 26
#: Days that a plan shows at least.
SHORTEST = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing with its days. `tone`: open, done, late or dropped; `point`: a document, due on one day."""

    name: str
    starts_on: date
    due_on: date
    tone: str
    point: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar in its place."""

    name: str
    tone: str
    point: bool
    x: int
    width: int
    y: int
    title: str

    @property
    def text_y(self) -> int:
        return self.y + 18

    @property
    def bar_y(self) -> int:
        return self.y + 6

    @property
    def diamond(self) -> str:
        """The corners of a point."""
        x, y = self.x, self.y + 14
        return f"{x},{y - 8} {x + 8},{y} {x},{y + 8} {x - 8},{y}"


@dataclass(frozen=True, slots=True)
class Tick:
    x: int
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    height: int
    bars: Sequence[Drawn]
    ticks: Sequence[Tick]
    today: int | None
    width: int = WIDTH
    head: int = HEAD


def picture(bars: Sequence[Bar], today: date) -> Picture:
    """All rows from the first day to the last; today's line only where it falls among them."""
    if not bars:
        return Picture(HEAD, (), (), None)
    first = min(bar.starts_on for bar in bars)
    last = max(max(bar.due_on for bar in bars), first + timedelta(days=SHORTEST - 1))
    days = (last - first).days + 1

    def at(day: date) -> int:
        return NAMES + round((day - first).days * (WIDTH - NAMES - 14) / days)

    drawn = [
        Drawn(
            _short(bar.name),
            bar.tone,
            bar.point,
            at(bar.due_on) if bar.point else at(bar.starts_on),
            max(6, at(bar.due_on + timedelta(days=1)) - at(bar.starts_on)),
            HEAD + place * ROW,
            f"{bar.name} {bar.starts_on:%m-%d} – {bar.due_on:%m-%d}",
        )
        for place, bar in enumerate(bars)
    ]
    step = next(length for length in (1, 2, 7, 14, 28, 91, 182, days) if days / length <= 12)
    ticks = [
        Tick(at(day), f"{day:%m-%d}") for day in (first + timedelta(days=n) for n in range(0, days, step))
    ]
    return Picture(HEAD + len(bars) * ROW + 6, drawn, ticks, at(today) if first <= today <= last else None)


def _short(name: str) -> str:
    return name if len(name) <= 15 else name[:14] + "…"
