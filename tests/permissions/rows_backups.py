"""Who may open what of the backups (see table.py)."""

from __future__ import annotations

from datetime import datetime

from tests.backups.rows import done, proven
from tests.permissions.table import IT, PLATFORM, Row, get, post

SEE = IT | frozenset({"zhou_general"})

ROWS: tuple[Row, ...] = (
    get("backups:list", SEE),
    get("backups:run", SEE, pk="backup"),
    get("backups:certificate", SEE, pk="drill"),
    post("backups:ask", PLATFORM),
    post("backups:prove", PLATFORM),
    post("backups:ask_restore", PLATFORM, pk="backup"),
)


def world(now: datetime) -> dict[str, int | str]:
    """A backup and its certificate."""
    run = done(now, files=False)
    return {"backup": run.pk, "drill": proven(run).pk}
