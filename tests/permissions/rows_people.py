"""Who may open what of coming and leaving (see table.py)."""

from __future__ import annotations

from tests.permissions.table import EVERYBODY, HR, MANAGER, SUPERVISOR, Row, get, post

LEAVINGS = MANAGER | HR | SUPERVISOR | frozenset({"zhou_general"})

ROWS: tuple[Row, ...] = (
    get("attendance:resign", EVERYBODY),
    get("attendance:leavings", LEAVINGS),
    # What concerns somebody else does not exist: 404.
    get("attendance:leaving", EVERYBODY, pk="'987654"),
    post("attendance:name_successor", EVERYBODY, pk="'987654"),
    post("attendance:leaving_look", EVERYBODY, pk="'987654"),
    post("attendance:leaving_call_off", HR, pk="'987654"),
    post("attendance:handover_item", EVERYBODY, pk="'987654", key="'take"),
)
