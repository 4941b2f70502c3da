"""What other apps tell the backups, which know none of them. `ecdept` wires it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Apart:
    """A table with keys whose erasure forgets people. Its rows go into a file of their own that is kept for days only.

    `without`: SQL of the columns that take another value where that file is gone; `{made_at}` is the instant of the
    backup. `gone`: then its rows are not there at all. `kept`: False for rows that no backup takes along.
    """

    table: str
    without: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Erasure:
    """That somebody was forgotten: no name, no words."""

    kind: str
    id: int
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Eraser:
    """One kind of erasure on demand. `made`: all there are. `again`: erases in a restored database what is not yet
    erased there; True when something was left to erase."""

    kind: str
    made: Callable[[], Sequence[Erasure]]
    again: Callable[[Erasure, datetime], bool]


@dataclass(frozen=True, slots=True)
class Check:
    """What a drill looks at in the restored database beside counts and ledger: (how many were looked at, findings)."""

    name: str
    run: Callable[[int], tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that lies beside the database and is named by a row: its name under the home."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Period:
    """One record of orders that is to be backed up; `ref` is the provider's own id of it."""

    ref: int
    start: datetime
    end: datetime
    clause: str
    orders: int


@dataclass(frozen=True, slots=True)
class OrderBooks:
    """Who provides orders by period: `since` lists periods that ended after an instant, `rows` gives the orders of one,
    customers still sealed, `sheet` how people read one row, under `head`."""

    since: Callable[[datetime | None], Sequence[Period]]
    rows: Callable[[int], Iterator[dict[str, Any]]]
    head: Callable[[], Sequence[str]]
    sheet: Callable[[dict[str, Any]], Sequence[object]]


_apart: dict[str, Apart] = {}
_erasers: dict[str, Eraser] = {}
_checks: dict[str, Check] = {}
_expiries: list[Callable[[datetime], object]] = []
_books: list[OrderBooks] = []
_beside: list[Callable[[], Iterator[Beside]]] = []


def register_apart(*tables: Apart) -> None:
    _apart.update({each.table: each for each in tables})


def register_eraser(eraser: Eraser) -> None:
    _erasers[eraser.kind] = eraser


def register_check(check: Check) -> None:
    _checks[check.name] = check


def register_expiry(*verbs: Callable[[datetime], object]) -> None:
    """What is erased because its time is over; called on a restored database before it opens."""
    _expiries.extend(verbs)


def register_orders(books: OrderBooks) -> None:
    _books[:] = [books]


def register_beside(*named: Callable[[], Iterator[Beside]]) -> None:
    """Who knows which files belong to this database: written once, never changed."""
    _beside.extend(named)


def beside() -> Iterator[Beside]:
    for each in _beside:
        yield from each()


def apart() -> list[Apart]:
    return list(_apart.values())


def erasers() -> dict[str, Eraser]:
    return dict(_erasers)


def checks() -> list[Check]:
    return list(_checks.values())


def expiries() -> list[Callable[[datetime], object]]:
    return list(_expiries)


def orders() -> OrderBooks | None:
    return _books[0] if _books else None
