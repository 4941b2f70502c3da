"""Who may open what of leave, cases and reading the rules (see table.py)."""

from __future__ import annotations

from tests.permissions.table import EVERYBODY, HR, MANAGER, SUPERVISOR, Row, get, post

SEE = MANAGER | SUPERVISOR | HR

ROWS: tuple[Row, ...] = (
    get("attendance:leaves", EVERYBODY),
    get("attendance:leave_ask", EVERYBODY),
    get("attendance:leave_tell", EVERYBODY),
    get("attendance:team_leaves", SEE),
    get("attendance:balances", HR),
    get("attendance:balance", HR, pk="agent"),
    # What concerns somebody else does not exist: 404.
    get("attendance:leave", EVERYBODY, pk="'987654"),
    post("attendance:leave_act", EVERYBODY, pk="'987654", key="'slip"),
    post("attendance:leave_deputy", EVERYBODY, pk="'987654"),
    post("attendance:leave_add_proof", EVERYBODY, pk="'987654"),
    get("attendance:leave_proof", EVERYBODY, pk="'987654", file="'1"),
)
