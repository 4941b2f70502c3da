"""Who may open what of access (see table.py)."""

from __future__ import annotations

from tests.permissions.table import EVERYBODY, MANAGER, Row, get, post

SEE = MANAGER | frozenset({"zhou_general", "qian_it", "sun_admin"})
ADMINISTRATOR = frozenset({"sun_admin"})
KEEPERS = frozenset({"sun_admin", "qian_it"})

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
    get("accounts:reviews", EVERYBODY),
    get("accounts:review", EVERYBODY, pk="'987654"),
    post("accounts:review_say", EVERYBODY, pk="'987654", grant="'987654"),
    # the machine room, changes of the database, records
    get("accounts:room", EVERYBODY),
    get("accounts:room_ask", EVERYBODY),
    # A form without a name: asked to fill it in. Whom one may note, the verb says.
    post("accounts:room_enter", EVERYBODY),
    post("accounts:room_leave", EVERYBODY, pk="'987654"),
    get("accounts:changes", EVERYBODY),
    get("accounts:change_new", ADMINISTRATOR),
    get("accounts:change", EVERYBODY, pk="'987654"),
    get("accounts:change_edit", ADMINISTRATOR, pk="'987654"),
    post("accounts:change_act", EVERYBODY, pk="'987654", key="'feedback"),
    get("accounts:security", KEEPERS),
    get("accounts:security_report", KEEPERS, pk="'987654"),
    post("accounts:security_upload", KEEPERS),
    get("accounts:security_file", KEEPERS, pk="'987654"),
    get("accounts:security_file_content", KEEPERS, pk="'987654"),
    get("accounts:procedures", EVERYBODY),
    get("accounts:procedure", EVERYBODY, code="'database_users"),
    get("accounts:procedure_write", KEEPERS, code="'database_users"),
    post("accounts:grant_end", EVERYBODY, pk="'987654"),
)
