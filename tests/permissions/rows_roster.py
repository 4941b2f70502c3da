"""Who may open what of the roster (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.people import person
from tests.permissions.table import EVERYBODY, GENERAL, HR, MANAGER, SUPERVISOR, Row, get, post

PLAN = MANAGER | SUPERVISOR
VIEW = PLAN | HR | GENERAL

ROWS: tuple[Row, ...] = (
    get("attendance:roster", EVERYBODY),
    get("attendance:cell", PLAN),
    post("attendance:lay_out", PLAN),
    post("attendance:publish", PLAN),
    # A colleague of another post is none: 404.
    get("attendance:person", EVERYBODY, pk="rostered"),
    get("attendance:why_shift", EVERYBODY, pk="'987654"),
    get("attendance:why_night", EVERYBODY, pk="'987654"),
    post("attendance:pattern", PLAN, pk="rostered"),
    post("attendance:end_pattern", PLAN, pk="'987654"),
    get("attendance:waivers", VIEW),
    post("attendance:restore_rest", MANAGER, pk="'987654"),
    get("attendance:hotline", EVERYBODY),
    get("attendance:hotline_now", EVERYBODY),
    post("attendance:hotline_key", PLAN),
    get("attendance:rotas", PLAN),
    get("attendance:rota", PLAN, pk="'987654"),
    get("attendance:rota_state", PLAN, pk="'987654"),
    post("attendance:rota_seat", PLAN, pk="'987654"),
    get("attendance:rota_why", PLAN, pk="'987654"),
    post("attendance:rota_adopt", PLAN, pk="'987654"),
    post("attendance:rota_drop", PLAN, pk="'987654"),
    get("attendance:mine", EVERYBODY),
    post("attendance:calendar_key", EVERYBODY),
    post("attendance:wish", EVERYBODY),
    get("attendance:swaps", EVERYBODY),
    get("attendance:swap_again", EVERYBODY, pk="'987654"),
    post("attendance:swap_act", EVERYBODY, pk="'987654", act="'agree"),
)

#: (name, method, args, what a visitor gets)
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = (
    ("attendance:hotline_switch", "GET", {"secret": "'unknown"}, {404}),
    ("api:hotline", "GET", {}, {401}),
    ("attendance:feed", "GET", {"secret": "'unknown"}, {404}),
)


def world(now: datetime) -> dict[str, int | str]:
    return {"rostered": person("li_lei").pk}
