"""The lateness of lines, computed from their dates and what was accepted (P1.5, P7c)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from contracts.models import Acceptance, OrderLine
from contracts.rules import lateness
from contracts.rules.lateness import Lateness


def lateness_of(lines: Iterable[OrderLine], today: date) -> dict[int, Lateness]:
    """line → how late it is, by one query."""
    wanted = list(lines)
    came: dict[int, list[tuple[date, int]]] = {}
    rows = Acceptance.objects.filter(arrived__line__in=[line.pk for line in wanted], accepted__gt=0)
    for line, day, pieces in rows.values_list("arrived__line", "arrived__arrival__arrived_on", "accepted"):
        came.setdefault(line, []).append((day, pieces))
    return {line.pk: lateness.of(line.due_on, line.quantity, came.get(line.pk, []), today) for line in wanted}
