"""Half-open periods, cut and measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from attendance.rules.facts import Period

ZERO = timedelta()


def overlap(one: Period, other: Period) -> Period | None:
    """What both have in common, None when that is nothing."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def common(pieces: Iterable[Period], others: Sequence[Period]) -> list[Period]:
    """What of the pieces lies in one of the others; both in order and apart."""
    return [both for piece in pieces for other in others if (both := overlap(piece, other))]


def without(pieces: Iterable[Period], taken: Sequence[Period]) -> list[Period]:
    """The pieces less what is taken, in order."""
    left = list(pieces)
    for start, end in taken:
        kept: list[Period] = []
        for piece in left:
            if piece[1] <= start or end <= piece[0]:
                kept.append(piece)
                continue
            if piece[0] < start:
                kept.append((piece[0], start))
            if end < piece[1]:
                kept.append((end, piece[1]))
        left = kept
    return left


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same time, in order and apart."""
    found: list[Period] = []
    for start, end in sorted(periods):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def length(pieces: Iterable[Period]) -> timedelta:
    return sum((end - start for start, end in pieces), ZERO)
