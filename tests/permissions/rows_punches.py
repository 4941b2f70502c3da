"""Who may open what of attendance, punches and months (see table.py). Hidden is 404."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attendance.services.sources import add_source
from tests.permissions.table import EVERYBODY, GENERAL, HR, MANAGER, SUPERVISOR, Row, get, post

TEAM = HR | MANAGER | SUPERVISOR | GENERAL | frozenset({"qian_it"})
DAY = "'2026-11-04"

ROWS: tuple[Row, ...] = (
    get("attendance:my_month", EVERYBODY),
    post("attendance:clock", EVERYBODY),
    get("attendance:team_month", TEAM),
    get("attendance:person_month", EVERYBODY, pk="agent"),
    get("attendance:day", EVERYBODY, pk="agent", day=DAY),
    get("attendance:proof", EVERYBODY, run="'987654", pk="'987654"),
    get("attendance:imports", HR),
    get("attendance:batch", HR, pk="'987654"),
    post("attendance:batch_columns", HR, pk="'987654"),
    post("attendance:batch_rejected", HR, pk="'987654"),
    get("attendance:sources", HR),
    get("attendance:source", HR, pk="punch_source"),
    post("attendance:source_secret", HR, pk="punch_source"),
    post("attendance:source_terminal", HR, pk="punch_source"),
    post("attendance:source_number", HR, pk="punch_source"),
    post("attendance:number_free", HR, pk="'987654"),
    get("attendance:months", HR),
    get("attendance:month", HR, month="'2026-11"),
    post("attendance:month_close", HR, month="'2026-11"),
    post("attendance:month_sheet", TEAM, month="'2026-11"),
    post("attendance:lines_act", HR, month="'2026-11"),
    post("attendance:line_act", HR, pk="'987654", act="'confirm"),
    get("attendance:wages", HR),
)

#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = (
    ("punch_hooks:punch_hook", "POST", {"code": "'door"}, {401}),
    *(
        (f"punch_hooks:iclock_{name}", "GET", {"token": "'unknown"}, {401})
        for name in (
            *("cdata", "cdata_aspx", "getrequest", "getrequest_aspx", "devicecmd", "devicecmd_aspx", "ping"),
        )
    ),
)


def world(now: datetime) -> dict[str, int | str]:
    """A time clock."""
    made = add_source(code="door", name="前台", format="attlog", own_numbers=True, by=None, now=now)
    return {"punch_source": made.pk}
