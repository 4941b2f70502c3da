"""The timeline of a subject with one line of what each act said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from office.audit import api as audit
from office.subjects import Subject

#: What people wrote, in the order in which it reads well.
WORDS = (
    "partner",
    "whom",
    "title",
    "note",
    "text",
    "resolution",
    "reason",
    "cause",
    "prevention",
    "decision",
)


def timeline(subject: Subject, points: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Rows of `_timeline.html`, oldest first. `points`: how people call what was looked at."""
    return [
        {
            "at": row.at,
            "verb_label": row.verb_label,
            "actor_name": row.actor_name,
            "acting_for": row.acting_for,
            "clause": row.clause,
            "sealed": row.sealed,
            "entry_id": row.entry_id,
            "summary": _summary(row.data, points or {}),
        }
        for row in audit.timeline(subject)
    ]


def _summary(data: Mapping[str, Any], points: Mapping[str, str]) -> str:
    said = [points.get(str(data.get("point")), ""), *(str(data[name]) for name in WORDS if data.get(name))]
    return " · ".join(part for part in said if part)
