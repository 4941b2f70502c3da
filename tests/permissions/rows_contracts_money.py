"""Who may open what of the money of suppliers (see table.py). What nobody has is 404 for whom the door lets in."""

from __future__ import annotations

from tests.permissions.table import GENERAL, MANAGER, Row, get, post

SETTLE = MANAGER | frozenset({"luo_buyer"})
SEE = SETTLE | GENERAL
VIEW = SEE | frozenset({"song_inspector", "xu_warehouse", "ma_product"})

ROWS: tuple[Row, ...] = (
    get("contracts:money", SEE),
    get("contracts:claims", SEE),
    get("contracts:breaches", SEE),
    get("contracts:account", SEE, pk="'987654"),
    post("contracts:account_ask", SETTLE, pk="'987654"),
    get("contracts:credit_note", SETTLE, pk="'987654"),
    get("contracts:breach_new", SETTLE, pk="'987654"),
    get("contracts:consent_new", SETTLE, pk="'987654"),
    get("contracts:invoices", SEE, pk="'987654"),
    post("contracts:invoices", SETTLE, pk="'987654"),
    post("contracts:invoice_strike_out", SETTLE, pk="'987654"),
    post("contracts:invoice_scan", SETTLE, pk="'987654"),
    get("contracts:statement", SEE, pk="'987654", month="'2026-05"),
    post("contracts:statement_pdf", SEE, pk="'987654", month="'2026-05"),
    post("contracts:statement_xlsx", SEE, pk="'987654", month="'2026-05"),
    get("contracts:payable", SEE, pk="'987654"),
    get("contracts:payment", SEE, pk="'987654"),
    post("contracts:payment_record", SETTLE, pk="'987654"),
    post("contracts:payment_drop", SETTLE, pk="'987654"),
    get("contracts:set_off", SEE, pk="'987654"),
    post("contracts:set_off_take_back", SETTLE, pk="'987654"),
    post("contracts:set_off_note", SETTLE, pk="'987654"),
    get("contracts:breach", SEE, pk="'987654"),
    post("contracts:breach_release", SETTLE, pk="'987654"),
    post("contracts:breach_penalty", SETTLE, pk="'987654"),
    get("contracts:money_file", SEE, kind="'voucher", pk="'987654"),
    get("contracts:scores", VIEW),
    get("contracts:supplier_review", VIEW, pk="'987654"),
    post("contracts:supplier_review_decide", SETTLE, pk="'987654"),
)
