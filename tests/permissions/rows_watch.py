"""Who may open what of watched sites, incidents, takedowns and recurring looks (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cms.models import WatchedSite
from tests.cms.sites import incident
from tests.permissions.table import GENERAL, IT, MANAGER, SUPERVISOR, Row, get, post

EDITORS = frozenset({"lin_editor", "gao_section"})
WATCH = IT | MANAGER | GENERAL | SUPERVISOR | EDITORS
UPKEEP = frozenset({"wei_webmaster", "sun_admin", "qian_it"})
EXPORT = IT | MANAGER | SUPERVISOR

ROWS: tuple[Row, ...] = (
    get("cms:watch", WATCH),
    get("cms:watched", WATCH, pk="site"),
    get("cms:watched_new", UPKEEP),
    get("cms:watched_edit", UPKEEP, pk="site"),
    post("cms:watched_approve", UPKEEP, pk="site"),
    post("cms:watch_workbook", EXPORT),
    get("cms:incidents", WATCH),
    get("cms:incident_new", WATCH),
    get("cms:incident", WATCH, pk="incident"),
    post("cms:incident_act", WATCH, pk="incident", key="'note"),
    post("cms:incident_act", IT, pk="incident", key="'acknowledge"),
    get("cms:contacts", UPKEEP),
    get("cms:contact", UPKEEP, pk="'987654"),
)
#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = ()


def world(now: datetime) -> dict[str, int | str]:
    """A site with an incident."""
    watched = WatchedSite.objects.create(
        name="官网", url="https://www.example.com/", created_at=now, next_at=now
    )
    return {"site": watched.pk, "incident": incident(watched=watched).pk}
