"""Who may open what of access (see table.py)."""

from __future__ import annotations

from tests.permissions.table import EVERYBODY, MANAGER, Row, get, post

SEE = MANAGER | frozenset({"zhou_general", "qian_it", "sun_admin"})

ROWS: tuple[Row, ...] = (
    get("accounts:access", EVERYBODY),
    get("accounts:access_ask", EVERYBODY),
    # What concerns somebody else does not exist: 404.
    get("accounts:access_person", EVERYBODY, pk="stranger"),
    get("accounts:access_keys", SEE),
    get("accounts:access_key", SEE, key="'orders.export"),
    get("accounts:grants", EVERYBODY),
    get("accounts:grant", EVERYBODY, pk="'987654"),
    get("accounts:exports", EVERYBODY),
    post("accounts:grant_end", EVERYBODY, pk="'987654"),
)
