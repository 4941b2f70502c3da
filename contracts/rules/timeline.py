"""The picture of a plan: where its bars, its months and today stand, as whole numbers of an SVG's own units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

#: The height of the head; how wide a date is.
HEAD, DATE = 26, 36
#: Days that a plan shows at least.
SHORTEST = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a picture is drawn on: its width, where the days begin, the height of a row, how far down in it the name and
    the bar stand, how many days may carry a date, how long a name may be."""

    width: int
    left: int
    row: int
    text: int
    bar: int
    ticks: int
    letters: int


#: Names beside the bars; and, for a telephone, above them, so that nobody has to push the days aside to read.
WIDE, NARROW = Sheet(1000, 210, 30, 18, 6, 12, 15), Sheet(340, 10, 44, 16, 22, 5, 24)


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
    text_y: int
    bar_y: int
    title: str

    @property
    def diamond(self) -> str:
        """The corners of a point."""
        x, y = self.x, self.bar_y + 8
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
    width: int
    head: int = HEAD


def picture(bars: Sequence[Bar], today: date, sheet: Sheet = WIDE) -> Picture:
    """All rows from the first day to the last; today's line only where it falls among them."""
    if not bars:
        return Picture(HEAD, (), (), None, sheet.width)
    first = min(bar.starts_on for bar in bars)
    last = max(max(bar.due_on for bar in bars), first + timedelta(days=SHORTEST - 1))
    days = (last - first).days + 1

    def at(day: date) -> int:
        return sheet.left + round((day - first).days * (sheet.width - sheet.left - 14) / days)

    drawn = [
        Drawn(
            _short(bar.name, sheet.letters),
            bar.tone,
            bar.point,
            at(bar.due_on) if bar.point else at(bar.starts_on),
            max(6, at(bar.due_on + timedelta(days=1)) - at(bar.starts_on)),
            HEAD + place * sheet.row + sheet.text,
            HEAD + place * sheet.row + sheet.bar,
            f"{bar.name} {bar.starts_on:%m-%d} – {bar.due_on:%m-%d}",
        )
        for place, bar in enumerate(bars)
    ]
    step = next(length for length in (1, 2, 7, 14, 28, 91, 182, days) if days / length <= sheet.ticks)
    marked = (first + timedelta(days=n) for n in range(0, days, step))
    # A date that begins right at the edge would be cut in two.
    ticks = [Tick(at(day), f"{day:%m-%d}") for day in marked if at(day) <= sheet.width - DATE]
    height = HEAD + len(bars) * sheet.row + 6
    return Picture(height, drawn, ticks, at(today) if first <= today <= last else None, sheet.width)


def _short(name: str, letters: int) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "…"
