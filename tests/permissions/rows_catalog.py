"""Who may open what at the catalog desk: rows of the permission matrix (see table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.permissions.table import Row

ROWS: tuple[Row, ...] = ()

#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = ()


def world(now: datetime) -> dict[str, int | str]:
    """What the rows' `args` name, made for the test: {name: key}."""
    return {}
