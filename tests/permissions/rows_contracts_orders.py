"""Who may open what of purchase orders, samples, inspections and arrivals: rows of the permission matrix (table.py)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.services import demand, ordering, samples, suppliers
from tests.people import person
from tests.permissions.table import GENERAL, MANAGER, Row, get, post

BUYER = frozenset({"luo_buyer"})
INSPECT = BUYER | {"song_inspector"}
RECEIVE = frozenset({"xu_warehouse"})
VIEW = INSPECT | RECEIVE | MANAGER | GENERAL | {"ma_product"}

ROWS: tuple[Row, ...] = (
    get("contracts:orders", VIEW),
    get("contracts:order", VIEW, pk="purchase"),
    post("contracts:order_act", BUYER, pk="purchase", act="'issue"),
    post("contracts:order_accept", INSPECT, pk="purchase"),
    post("contracts:order_inspect", INSPECT, pk="purchase"),
    get("contracts:loss_new", BUYER, pk="purchase"),
    post("contracts:order_claim_file", BUYER, pk="purchase"),
    post("contracts:loss_stand", BUYER | MANAGER, pk="purchase", claim_id="'987654"),
    get("contracts:line_new", BUYER, pk="purchase"),
    get("contracts:line", BUYER, pk="purchase", line_id="'987654"),
    get("contracts:order_paper", VIEW, pk="purchase", file_id="'987654"),
    post("contracts:design", BUYER, pk="'987654"),
    get("contracts:samples", VIEW),
    get("contracts:sample", VIEW, pk="supplier_sample"),
    post("contracts:sample_act", BUYER, pk="supplier_sample", act="'sign"),
    get("contracts:sample_photo", VIEW, pk="supplier_sample", file_id="'987654"),
    get("contracts:inspections", VIEW),
    post("contracts:draw_now", INSPECT),
    get("contracts:draw", VIEW, pk="'987654"),
    get("contracts:inspection", VIEW, pk="'987654"),
    post("contracts:inspection_act", INSPECT, pk="'987654", act="'report"),
    get("contracts:inspection_file", VIEW, pk="'987654", file_id="'987654"),
    get("contracts:arrivals", VIEW),
    get("contracts:count_in", RECEIVE, pk="'987654"),
    get("contracts:count_again", RECEIVE, pk="'987654"),
    get("contracts:demand_plans", VIEW),
    get("contracts:demand_plan", VIEW, pk="demand"),
    post("contracts:demand_act", BUYER, pk="demand", act="'need"),
    get("contracts:order_need", BUYER, pk="'987654", order_id="purchase"),
)

OPEN: tuple[tuple[str, str, dict[str, Any], set[int]], ...] = ()


def world(now: datetime) -> dict[str, int | str]:
    """A draft, a sample and a plan of what is needed."""
    buyer = person("luo_buyer")
    supplier = suppliers.add_supplier(code="PM01", name="佛山市木上家具厂", by=buyer, now=now)
    order = ordering.draft_order(supplier_id=supplier.pk, by=buyer, now=now)
    sample = samples.request_sample(
        supplier_id=supplier.pk, name="餐椅", demands="正面、背面", by=buyer, now=now
    )
    plan = demand.begin_plan(title="冬季备货", by=buyer, now=now)
    return {"purchase": order.pk, "supplier_sample": sample.pk, "demand": plan.pk}
