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
    get("attendance:leave_again", EVERYBODY, pk="'987654"),
    post("attendance:late_slip", EVERYBODY, pk="'987654"),
    post("attendance:leave_act", EVERYBODY, pk="'987654", key="'slip"),
    post("attendance:leave_deputy", EVERYBODY, pk="'987654"),
    post("attendance:leave_add_proof", EVERYBODY, pk="'987654"),
    get("attendance:leave_proof", EVERYBODY, pk="'987654", file="'1"),
    get("attendance:cases", EVERYBODY),
    get("attendance:case_open", SEE),
    get("attendance:case", EVERYBODY, pk="'987654"),
    post("attendance:case_act", EVERYBODY, pk="'987654", key="'answer"),
    post("attendance:case_add_file", EVERYBODY, pk="'987654"),
    get("attendance:case_file", EVERYBODY, pk="'987654", file="'1"),
    get("attendance:read_rules", EVERYBODY),
    get("attendance:rule_readers", SEE | frozenset({"zhou_general", "fang_vice"})),
)
