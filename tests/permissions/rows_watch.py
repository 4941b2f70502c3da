"""Who may open what of watched sites, incidents, takedowns and recurring looks (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cms.models import WatchedSite
from tests.cms.messages import message
from tests.cms.sites import incident
from tests.permissions.table import (
    AGENTS,
    BACK_OFFICE,
    EVERYBODY,
    GENERAL,
    IT,
    MANAGER,
    SUPERVISOR,
    Row,
    get,
    post,
)

EDITORS = frozenset({"lin_editor", "gao_section"})
WATCH = IT | MANAGER | GENERAL | SUPERVISOR | EDITORS
UPKEEP = frozenset({"wei_webmaster", "sun_admin", "qian_it"})
EXPORT = IT | MANAGER | SUPERVISOR

ANSWER = AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER
BOARD = ANSWER | GENERAL | frozenset({"lin_editor", "wei_webmaster"})
FRESH = MANAGER | GENERAL | EDITORS | frozenset({"he_planner", "tang_writer", "wei_webmaster"})

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
    get("cms:board", BOARD),
    get("cms:message", BOARD, pk="message"),
    post("cms:message_act", BOARD, pk="message", key="'note"),
    post("cms:message_act", ANSWER, pk="message", key="'reopen"),
    post("cms:message_act", ANSWER, pk="message", key="'release"),
    post("cms:message_act", ANSWER, pk="message", key="'resend"),
    get("cms:senders", UPKEEP),
    get("cms:rounds", ANSWER | EDITORS | frozenset({"wei_webmaster"})),
    get("cms:round", EVERYBODY, pk="'987654"),
    post("cms:round_act", EVERYBODY, pk="'987654"),
    get("cms:freshness", FRESH),
    post("cms:freshness_workbook", EXPORT),
    get("cms:take_down", frozenset({"wei_webmaster"}), pk="'987654"),
    get("cms:take_down_entry", frozenset({"wei_webmaster"}), pk="'987654"),
    get("cms:takedowns", MANAGER | GENERAL | frozenset({"wei_webmaster"})),
    get("cms:takedown", EVERYBODY, pk="'987654"),
    post("cms:takedown_act", EVERYBODY, pk="'987654", key="'hear"),
    post("cms:sender_act", UPKEEP, pk="'987654", key="'on"),
)
#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = (
    ("board:entries", "GET", {}, {200}),
    ("board:ask", "GET", {}, {200}),
    ("board_hooks:message_hook", "POST", {"code": "'www"}, {401}),
)


def world(now: datetime) -> dict[str, int | str]:
    """A site with an incident, a message."""
    watched = WatchedSite.objects.create(
        name="官网", url="https://www.example.com/", created_at=now, next_at=now
    )
    return {"site": watched.pk, "incident": incident(watched=watched).pk, "message": message().pk}
