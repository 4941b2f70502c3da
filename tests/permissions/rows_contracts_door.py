"""Who may open what of the supplier's door, and what of it answers a visitor (see table.py)."""

from __future__ import annotations

from typing import Any

from tests.permissions.table import AGENTS, BACK_OFFICE, GENERAL, MANAGER, SUPERVISOR, Row, get, post

BUYER = frozenset({"luo_buyer"})
SEE = (
    BUYER | MANAGER | GENERAL | frozenset({"song_inspector", "xu_warehouse", "ma_product", "shen_operations"})
)
#: Who fills in and handles complaint forms; who answers for purchasing.
COMPLAINTS = AGENTS | BACK_OFFICE | SUPERVISOR | MANAGER | BUYER
SETTLE = BUYER | MANAGER
#: A link that leads nowhere: for everybody, whoever he is in the house.
NOWHERE = {"token": "'" + "x" * 43}

ROWS: tuple[Row, ...] = (
    get("contracts:door_links", SEE, pk="'987654"),
    get("contracts:door_link", SEE, pk="'987654"),
    post("contracts:door_revoke", SEE, pk="'987654"),
    post("contracts:door_read_out", BUYER, pk="'987654"),
    get("contracts:complaints", COMPLAINTS),
    get("contracts:complaint_new", COMPLAINTS),
    get("contracts:complaint", COMPLAINTS, pk="'987654"),
    post("contracts:complaint_act", COMPLAINTS, pk="'987654", key="'decide"),
    post("contracts:complaint_add_file", COMPLAINTS, pk="'987654"),
    get("contracts:complaint_file", COMPLAINTS, pk="'987654", file="'1"),
    get("contracts:disputes", SETTLE),
    get("contracts:dispute_new", SETTLE),
    get("contracts:dispute", SETTLE, pk="'987654"),
    get("contracts:dispute_file", SETTLE, pk="'987654", step="'1"),
)
OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = (
    ("door:enter", "GET", NOWHERE, {404}),
    ("door:code", "POST", NOWHERE, {404}),
    ("door:come_in", "POST", NOWHERE, {404}),
    ("door:again", "POST", NOWHERE, {404}),
    ("door:leave", "POST", NOWHERE, {404}),
    ("door:papers", "GET", NOWHERE, {404}),
    ("door:draft", "POST", NOWHERE, {404}),
    ("door:discard_draft", "POST", NOWHERE, {404}),
    ("door:order", "GET", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:order_finding", "GET", {**NOWHERE, "pk": "'1", "made": "'1"}, {404}),
    ("door:order_act", "POST", {**NOWHERE, "pk": "'1", "key": "'return"}, {404}),
    ("door:complaint", "GET", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:complaint_answer", "POST", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:complaint_add_file", "POST", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:complaint_file", "GET", {**NOWHERE, "pk": "'1", "file": "'1"}, {404}),
    ("door:design", "GET", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:sample", "GET", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:sample_photograph", "POST", {**NOWHERE, "pk": "'1"}, {404}),
    ("door:sample_photo", "GET", {**NOWHERE, "pk": "'1", "event": "'1"}, {404}),
)
