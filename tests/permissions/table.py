"""Who may open what: one row per URL, written out by names and independent of the rulebook that decides it.

`let_in` are the members of the cast whom the door lets through; whoever is not named gets 403, a visitor is sent to
sign in. A row of everybody says EVERYBODY. Let through means: anything but 403, the sign-in and a fault; a POST without
its fields may well answer 422, and an object that does not exist 404.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.people import CAST

EVERYBODY = frozenset(CAST)
AGENTS = frozenset({"li_lei", "han_meimei"})
BACK_OFFICE = frozenset({"wu_clerk"})
SUPERVISOR = frozenset({"wang_supervisor", "jiang_head"})
MANAGER = frozenset({"chen_manager"})
OPERATIONS = frozenset({"zhao_operations"})
IT = frozenset({"sun_admin", "qian_it", "wei_webmaster", "cai_support"})
GENERAL = frozenset(
    {"zhou_general", "fang_vice", "deng_marketing", "shen_operations"}
)  # 周总 and the directors
HR = frozenset({"du_hr"})
ADMIN = IT - {"cai_support"}  # who enters the admin site
PLATFORM = frozenset({"sun_admin", "qian_it"})  # IT that decides about people and channels

DESK = AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER | OPERATIONS | GENERAL | IT
IMPORT = BACK_OFFICE | SUPERVISOR | MANAGER
SHOPS = MANAGER | IT
FIGURES = SUPERVISOR | MANAGER | OPERATIONS | GENERAL
EXPORT = SUPERVISOR | MANAGER
RETENTION = MANAGER | GENERAL | IT
AUDIT = MANAGER | GENERAL | PLATFORM
STAFF_VIEW = SUPERVISOR | MANAGER | GENERAL | IT | HR
STAFF_MANAGE = MANAGER | frozenset({"zhou_general"}) | HR | PLATFORM


@dataclass(frozen=True)
class Row:
    """`args` are filled from the world of the test: {"pk": "order"} takes the order's id."""

    name: str
    let_in: frozenset[str]
    method: str = "GET"
    args: dict[str, Any] = field(default_factory=dict)


def get(name: str, let_in: frozenset[str], **args: Any) -> Row:
    return Row(name, let_in, "GET", args)


def post(name: str, let_in: frozenset[str], **args: Any) -> Row:
    return Row(name, let_in, "POST", args)


ROWS: tuple[Row, ...] = (
    get("home", EVERYBODY),
    # Nobody has an offer here: 404, as for somebody else's.
    get("files:offer_picture", EVERYBODY, pk="'987654", which="'smaller"),
    # the desk
    get("orders:desk", DESK),
    get("orders:desk_live", DESK),
    post("orders:accept_next", AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER),
    post("orders:search", DESK),
    post("orders:desk_watch", DESK),
    post("orders:desk_export", EXPORT),
    get("orders:order", DESK, pk="order"),
    get("orders:print", DESK, pk="order"),
    # Product operations do not see the pool: for them the order of this test is none (404).
    post("orders:act", AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER | OPERATIONS, pk="order", key="'accept"),
    post("orders:callback_done", DESK, pk="'987654"),
    # orders in
    get("orders:imports", IMPORT),
    get("orders:new", IMPORT),
    post("orders:imports_export", EXPORT),
    post("orders:batch_export", EXPORT, pk="'987654"),
    get("orders:batch", IMPORT, pk="'987654"),
    get("orders:batch_state", IMPORT, pk="'987654"),
    get("orders:batch_orders", IMPORT, pk="'987654", kind="'inserted"),
    post("orders:batch_columns", IMPORT, pk="'987654"),
    post("orders:batch_forget_columns", IMPORT, pk="'987654"),
    post("orders:batch_retry", IMPORT, pk="'987654"),
    post("orders:batch_rejected", IMPORT, pk="'987654", part="'list"),
    # shops
    get("orders:shops", SHOPS),
    get("orders:shop_new", SHOPS),
    get("orders:shop", SHOPS, pk="shop"),
    post("orders:shop_secret", SHOPS, pk="shop"),
    post("orders:shop_new_secret", SHOPS, pk="shop"),
    post("orders:shop_end_overlap", SHOPS, pk="shop"),
    post("orders:shop_grant", SHOPS, pk="shop"),
    post("orders:shop_revoke", SHOPS, pk="shop", employee_id="agent"),
    # the ledger, figures, records
    get("orders:retention", RETENTION),
    get("orders:erase_customer", MANAGER, pk="customer"),
    get("orders:figures", FIGURES),
    get("orders:figure_rows", FIGURES),
    post("orders:figures_workbook", EXPORT),
    get("orders:records", DESK),
    post("orders:record_confirm", BACK_OFFICE, pk="'987654"),
    # approvals
    get("approvals:queue", EVERYBODY),
    get("approvals:run", EVERYBODY, pk="'987654"),
    post("approvals:act", EVERYBODY, pk="'987654", act="'approve"),
    post("approvals:decide", EVERYBODY),
    get("approvals:deputy", EVERYBODY),
    post("approvals:end_deputy", EVERYBODY, pk="'987654"),
    post("approvals:draft", EVERYBODY, kind="'toy.price", subject_id="'1"),
    post("approvals:discard_draft", EVERYBODY, pk="'987654"),
    get("approvals:activation", MANAGER | HR | frozenset({"sun_admin", "qian_it"})),
    get("approvals:own_text", MANAGER | HR | frozenset({"sun_admin", "qian_it"})),
    get("approvals:figures", MANAGER | GENERAL),
    get("approvals:figure_rows", MANAGER | GENERAL),
    post("approvals:figures_workbook", MANAGER | GENERAL),
    # the rulebook
    get("rulebook:list", EVERYBODY),
    get("rulebook:clause", EVERYBODY, clause_id="'C7.2"),
    get("rulebook:brief", EVERYBODY, clause_id="'C7.2"),
    get("rulebook:calendar", EVERYBODY),
    # notices
    get("notices:inbox", EVERYBODY),
    get("notices:unread", EVERYBODY),
    post("notices:read", EVERYBODY),
    post("notices:read_all", EVERYBODY),
    post("notices:mute", EVERYBODY),
    get("notices:channels", IT),
    get("notices:new_channel", IT),
    get("notices:channel", IT, pk="'987654"),
    post("notices:enable_channel", IT, pk="'987654"),
    post("notices:test_channel", IT, pk="'987654"),
    post("notices:retry_channel", IT, pk="'987654"),
    get("notices:outbox", IT),
    post("notices:retry_message", IT, pk="'987654"),
    # deadlines and the trail
    get("deadlines:overview", AUDIT),
    post("deadlines:retry", ADMIN, pk="'987654"),
    get("audit:trail", AUDIT),
    get("audit:seals", AUDIT),
    get("audit:incidents", AUDIT),
    # staff
    get("staff:people", STAFF_VIEW),
    get("staff:posts", STAFF_VIEW),
    get("staff:person", STAFF_VIEW, pk="agent"),
    get("staff:add", STAFF_MANAGE),
    get("staff:edit", STAFF_MANAGE, pk="agent"),
    post("staff:appoint", STAFF_MANAGE, pk="agent"),
    post("staff:set_active", STAFF_MANAGE, pk="stranger"),
    post("staff:reset_password", STAFF_MANAGE, pk="stranger"),
    post("staff:reset_second_factor", STAFF_MANAGE, pk="stranger"),
    post("staff:decide", EVERYBODY, pk="'987654"),
    post("staff:end_appointment", STAFF_MANAGE, pk="'987654"),
    get("staff:me", EVERYBODY),
    post("staff:end_sessions", EVERYBODY),
    post("staff:end_session", EVERYBODY, pk="'987654"),
    post("staff:start_duty", EVERYBODY),
    post("staff:end_duty", EVERYBODY),
    post("staff:seen", EVERYBODY),
    # one's own account
    get("account_change_password", EVERYBODY),
    get("account_reauthenticate", EVERYBODY),
    get("mfa_index", EVERYBODY),
    get("mfa_reauthenticate", EVERYBODY),
    get("mfa_activate_totp", EVERYBODY),
    get("mfa_deactivate_totp", EVERYBODY),
    get("mfa_view_recovery_codes", EVERYBODY),
    get("mfa_generate_recovery_codes", EVERYBODY),
    get("mfa_download_recovery_codes", EVERYBODY),
    get("mfa_list_webauthn", EVERYBODY),
    get("mfa_add_webauthn", EVERYBODY),
    get("mfa_reauthenticate_webauthn", EVERYBODY),
    get("mfa_remove_webauthn", EVERYBODY, pk="'987654"),
    get("mfa_edit_webauthn", EVERYBODY, pk="'987654"),
)

#: Open to visitors: (name, method, args, what a visitor gets).
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = (
    ("account_login", "GET", {}, {200}),
    ("account_logout", "GET", {}, {302}),
    ("account_inactive", "GET", {}, {200}),
    ("mfa_authenticate", "GET", {}, {302}),
    ("mfa_login_webauthn", "GET", {}, {200, 302}),
    ("staff:language", "POST", {}, {302}),
    ("healthz", "GET", {}, {200}),
    ("readyz", "GET", {}, {200, 503}),
    ("metrics", "GET", {}, {401, 403, 404}),
    ("hooks:shopify_hook", "POST", {}, {401}),
    ("hooks:woocommerce_hook", "POST", {"code": "'TM01"}, {400, 401, 404}),
    ("api:orders", "POST", {}, {401}),
    ("api:order_is_law", "POST", {"number": "'TB1"}, {405}),
    ("api:openapi-json", "GET", {}, {200, 404}),
    ("api:api-root", "GET", {}, {404, 405}),
)
