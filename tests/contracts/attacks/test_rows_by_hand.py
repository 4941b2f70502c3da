"""Whoever has the application's login to the database changes nothing by hand that the desk goes by.

A world with a row of nearly every table is built through the verbs; then each row is deleted, and each column changed
to another value of its type, in plain SQL. What may change is listed here, table by table; everything else is refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from contracts.models import Sample, SupplierReview, SupplierScore
from contracts.services import bank, breaches, demand, losses, plans, ready, samples
from contracts.services.complaints import disputes
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.world import NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

#: Columns that verbs change. Moves of a state, and times that come once, have tests of their own.
MUTABLE = {
    "supplier": {"name", "credit_code", "address", "active", "words"},
    "suppliercontact": {"name", "post", "mail", "active"},
    "contract": {"title", "ended_at", "not_renewed_at"},
    "purchaseorder": {"ended_at", "opened_at", "accepted_at", "sent_at", "issued_at", "contact_id", "note"},
    "orderline": {"sample_id"},
    "productionstep": set(),
    "sample": {"wanted_on", "signed_at", "requested_by_id"},
    "complaint": {"version"},
    "dispute": {"title", "version"},
    "demandplan": {"title", "closed_at"},
    "demandline": {"sku", "name", "spec", "quantity", "needed_on"},
    "supplierreview": {"due_at", "decision", "reason", "decided_by_id", "decided_at"},
    "workplan": {"title", "aim", "starts_on", "closed_at", "closed_why"},
    "milestone": {"title", "owner_id", "starts_on", "due_on", "done_at", "done_by_id", "note", "dropped_at"},
    "plandocument": {"kind", "name", "owner_id", "due_on", "dropped_at", "note"},
    "doorcode": {"tries", "used_at"},
    "doorvisit": {"ended_at"},
    "doorletter": {"sealed", "state", "attempts", "next_at", "last_error", "sent_at"},
}
#: What somebody has typed and not sent yet.
FREE = {"doordraft"}
#: What a column of a type is changed to.
OTHER = {
    "bigint": "{c} + 1", "integer": "{c} + 1", "smallint": "{c} + 1", "numeric": "{c} + 1", "boolean": "NOT {c}",
    "text": "{c} || 'x'", "character varying": "left('x' || {c}, 18)", "date": "{c} + 1",
    "timestamp with time zone": "{c} - interval '1 hour'", "jsonb": "'[1]'::jsonb", "ARRAY": "'{{zz}}'",
    "uuid": "gen_random_uuid()", "bytea": "'x'::bytea", "json": "'[1]'::json",
}  # fmt: skip


def query(statement: str, *given: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall()) if cursor.description else []


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.rowcount == 0:
                return True
            raise LookupError  # undoes what went through
    except DatabaseError:
        return True
    except LookupError:
        return False


def tables() -> list[str]:
    return [
        name
        for (name,) in query(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'contracts\\_%%'"
        )
    ]


def rich_world() -> None:
    buyer, manager = person("luo_buyer"), person("chen_manager")
    order = stage.order()
    supplier = order.supplier
    payment = stage.agreed(stage.deposit(order))
    stage.pay(payment)
    owed = stage.goods(order, 4)
    claim = stage.claim(supplier, "50.00")
    stage.agreed(owed, claims=[claim])
    bank.ask_bank_details(
        supplier_id=supplier.pk, holder=supplier.name, bank="某银行", account="6217000099998888", by=buyer, now=NOW,
        call=bank.Call(
            world.contact(supplier, now=NOW - 60 * world.DAY).pk, NOW, "何总", False
        ),
    )  # fmt: skip
    breaches.record_breach(
        supplier_id=supplier.pk, kind="design", happened_on=NOW.date(), text="外观外流", by=buyer, now=NOW
    )
    complaint = stories.decided()
    stories.answer(complaint, "object", "运输所致")
    disputes.open_dispute(supplier_id=supplier.pk, title="分歧", text="各执一词", by=buyer, now=NOW)
    plan = demand.begin_plan(title="春季", by=buyer, now=NOW)
    demand.add_need(
        plan_id=plan.pk, name="餐椅", quantity=3, needed_on=NOW.date() + world.DAY, by=buyer, now=NOW
    )
    plans.make_plan(
        title="开店",
        aim="",
        template="open_shop",
        starts_on=NOW.date(),
        owner_id=manager.pk,
        by=manager,
        now=NOW,
    )
    made = losses.claim_loss(
        order_id=order.pk, clause="P3.1", text="换料", losses=[losses.Loss("direct", "返工", Decimal("9.00"))],
        by=buyer, now=NOW,
    )  # fmt: skip
    losses.let_stand(
        order_id=order.pk, claim_id=made.pk, reason="有检测报告", by=manager, now=NOW + 6 * world.DAY
    )
    prepaid = stage.order(of=world.supplier("FS02", "佛山市另一家具厂"), settlement="on_shipment")
    ready.take_back(notice_id=stage.ready(prepaid, 2).ready_id or 0, reason="误", by=buyer, now=NOW)
    samples.request_sample(supplier_id=supplier.pk, name="床", demands="榫卯", by=buyer, now=NOW)
    score = SupplierScore.objects.create(
        supplier=supplier, month=NOW.date().replace(day=1), facts={}, at=timezone.now()
    )
    SupplierReview.objects.create(
        supplier=supplier,
        score=score,
        conditions=["quality"],
        clause="P0",
        opened_at=NOW,
        due_at=NOW + world.DAY,
    )
    crossing.mail()
    sent = crossing.send(world.contact(supplier, name="小何"), way="mail")
    crossing.inside(sent)
    assert Sample.objects.exists()


def test_no_row_is_changed_or_deleted_by_hand() -> None:
    rich_world()
    wrong, empty = [], []
    for table in tables():
        short = table.removeprefix("contracts_")
        if short in FREE:
            continue
        laws = {
            name for (name,) in query("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", table)
        }
        if query(f'SELECT NOT EXISTS (SELECT FROM "{table}")')[0][0]:
            empty.append(short)
            if not laws & {"law_insert_only", "law_stays", "law_move", "law_moves"}:
                wrong.append(f"{short} has no law, and no row to try it on")
            continue
        if not refused(f'DELETE FROM "{table}"'):
            wrong.append(f"{short} rows are deleted")
        columns = query(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", table
        )
        for column, kind in columns:
            if column in MUTABLE.get(short, set()) | {"id"} or column == "state":
                continue
            other = OTHER[kind].format(c=f'"{column}"')
            some = f'WHERE "{column}" IS NOT NULL' if kind not in ("jsonb", "ARRAY") else ""
            if not refused(f'UPDATE "{table}" SET "{column}" = {other} {some}'):
                wrong.append(f"{short}.{column} is changed")
    assert wrong == []
    assert len(empty) < 30, empty


def test_no_state_moves_without_its_word() -> None:
    rich_world()
    moves = {
        "purchaseorder": ("cancelled", "closed", "returned", "draft"),
        "sample": ("signed_off", "made", "given_up"),
        "complaint": ("closed", "withdrawn", "filed"),
        "dispute": ("court", "settled"),
    }
    column = {"dispute": "stage"}
    wrong = [
        f"{table} → {state}"
        for table, states in moves.items()
        for state in states
        if not refused(
            f"UPDATE contracts_{table} SET {column.get(table, 'state')} = '{state}'"
            f" WHERE {column.get(table, 'state')} <> '{state}'"
        )
    ]
    assert wrong == []
