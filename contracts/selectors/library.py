"""The clause library: the newest wording of each clause."""

from __future__ import annotations

from contracts.models import ClauseText
from contracts.rules.wording import Wording, shipped


def library() -> list[Wording]:
    """Every clause of the paper in its order, as last revised, else as it ships."""
    revised = {
        row.clause_id: row for row in ClauseText.objects.order_by("clause_id", "-n").distinct("clause_id")
    }
    return [
        Wording(row.clause_id, row.title, row.text, row.n) if (row := revised.get(each.id)) else each
        for each in shipped()
    ]


def history(clause_id: str) -> list[ClauseText]:
    """Its revisions, newest first."""
    return list(ClauseText.objects.filter(clause_id=clause_id).select_related("by").order_by("-n"))
