"""The lateness of lines, computed from their dates and what was accepted (P1.5, P7c)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Sum

from contracts.models import Acceptance, OrderLine, Recount
from contracts.rules import lateness
from contracts.rules.lateness import Lateness


def lateness_of(lines: Iterable[OrderLine], today: date) -> dict[int, Lateness]:
    """line → how late it is, by two queries."""
    wanted = list(lines)
    ids = [line.pk for line in wanted]
    days: dict[tuple[int, date], int] = {}
    for model, pieces, sign in ((Acceptance, "accepted", 1), (Recount, "withdrawn", -1)):
        rows = model._default_manager.filter(arrived__line__in=ids, **{f"{pieces}__gt": 0})
        for line, day, many in rows.values_list("arrived__line", "arrived__arrival__arrived_on").annotate(
            Sum(pieces)
        ):
            days[line, day] = days.get((line, day), 0) + sign * many
    came: dict[int, list[tuple[date, int]]] = {}
    for (line, day), many in days.items():
        came.setdefault(line, []).append((day, many))
    return {line.pk: lateness.of(line.due_on, line.quantity, came.get(line.pk, []), today) for line in wanted}
