"""Doors of suppliers, contracts and work plans. A plan is found by who keeps plans and by whoever owns something in it:
404 for the others, which counts as let in; tests/contracts/plans/test_plan_pages.py looks at that."""

from __future__ import annotations

from tests.permissions.table import AGENTS, BACK_OFFICE, EVERYBODY, GENERAL, MANAGER, SUPERVISOR, get, post

BUYER = frozenset({"luo_buyer"})
KEEP = BUYER | MANAGER
VIEW = KEEP | GENERAL | frozenset({"song_inspector", "xu_warehouse", "ma_product"})
#: Who fills in complaint forms chooses the supplier, too.
COMPLAINTS = AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER | BUYER
PLANS = MANAGER | frozenset({"shen_operations", "he_planner", "zhao_operations"})
NONE = "'987654"

ROWS = (
    get("contracts:suppliers", VIEW),
    get("contracts:supplier_choices", VIEW | COMPLAINTS),
    get("contracts:supplier_new", KEEP),
    get("contracts:supplier", VIEW, pk=NONE),
    post("contracts:supplier_act", KEEP, pk=NONE, key="'contact"),
    get("contracts:bank_ask", KEEP, pk=NONE),
    get("contracts:contact", KEEP, pk=NONE),
    get("contracts:certificate_file", VIEW, pk=NONE),
    get("contracts:certificate_end", KEEP, pk=NONE),
    get("contracts:contracts", VIEW),
    get("contracts:contract_new", KEEP),
    get("contracts:contract", VIEW, pk=NONE),
    post("contracts:contract_act", KEEP, pk=NONE, key="'end"),
    get("contracts:version_new", KEEP, pk=NONE),
    get("contracts:version_pdf", VIEW, pk=NONE),
    get("contracts:compare", VIEW, pk=NONE),
    get("contracts:signature_file", VIEW, pk=NONE),
    get("contracts:clauses", VIEW),
    get("contracts:clause", VIEW, clause_id="'P6"),
    get("contracts:plans", EVERYBODY),
    get("contracts:plan_new", PLANS),
    get("contracts:plan", EVERYBODY, pk=NONE),
    post("contracts:plan_act", PLANS, pk=NONE, key="'step"),
    get("contracts:plan_step", EVERYBODY, pk=NONE, key="'finish"),
    get("contracts:plan_document", EVERYBODY, pk=NONE, key="'hand-in"),
    get("contracts:plan_paper", EVERYBODY, pk=NONE),
)
