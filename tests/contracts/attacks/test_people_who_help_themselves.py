"""A buyer, an inspector, an accountant, somebody of IT, each with a way to help himself: shut."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import (
    DoorCode,
    DoorEnd,
    DoorVisit,
    Payable,
    RectificationEvent,
    SetOff,
    SupplierContact,
)
from contracts.services import credit_notes, inspecting, reports, suppliers
from office.errors import Conflict
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import HOUR, NOW
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def test_an_inspector_who_writes_the_answer_does_not_find_it_right() -> None:
    everybody()
    order = arrange.producing()
    seen = inspecting.inspect(
        line_id=arrange.only_line(order).pk, stage="finished", by=person("song_inspector"), now=NOW
    )
    inspecting.report(
        inspection_id=seen.pk,
        checked=seen.sample,
        bad=seen.sample,
        text="开裂",
        by=person("song_inspector"),
        now=NOW,
    )
    [made] = inspecting.open_rectifications(order.pk)
    inspecting.answer(rectification_id=made.pk, text="已更换", by=person("song_inspector"), now=NOW + HOUR)
    with pytest.raises(Conflict) as refused:
        inspecting.judge(rectification_id=made.pk, good=True, by=person("song_inspector"), now=NOW + HOUR)
    assert refused.value.code == "own_answer"
    with pytest.raises(IntegrityError, match="judge"), transaction.atomic():
        RectificationEvent.objects.create(
            rectification=made, word="done", by=person("song_inspector"), at=NOW + HOUR
        )
    assert inspecting.judge(rectification_id=made.pk, good=True, by=person("luo_buyer"), now=NOW + HOUR)


def test_one_report_counts_once_however_often_it_is_sent() -> None:
    everybody()
    order = arrange.producing()
    step = arrange.only_line(order).steps.first()
    assert step is not None
    given = {"step_id": step.pk, "mode": "self", "standard": "national", "passed": True, "now": NOW}
    reports.give_report(**given, file=arrange.paper(), contact=arrange.the_contact())  # type: ignore[arg-type]
    with pytest.raises(Conflict) as refused:
        reports.give_report(**given, file=arrange.paper("又一份.pdf"), contact=arrange.the_contact())  # type: ignore[arg-type]
    assert refused.value.code == "twice"


def test_a_contact_who_is_reached_elsewhere_gets_new_links() -> None:
    contact = crossing.contact()
    visitor = crossing.inside(crossing.send(contact))
    suppliers.edit_contact(
        contact_id=contact.pk, name=contact.name, phone="13999998888", mail=contact.mail, post="", active=True,
        by=person("luo_buyer"), now=crossing.now(),
    )  # fmt: skip
    assert DoorEnd.objects.get().why == "revoked"
    assert visitor.client.get(visitor.at("papers")).status_code == 302


def test_a_number_is_recorded_once_however_it_is_written() -> None:
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)), "PZ-1")
    owed = stage.goods(order, 4)
    with pytest.raises(Conflict) as refused:
        stage.pay(stage.agreed(owed), " ｐｚ－1 ".replace("－", "-"))
    assert refused.value.code == "voucher_taken"
    note = credit_notes.Note("hz-1", NOW.date(), stage.D("10.00"), text="降价")
    credit_notes.record(supplier_id=order.supplier_id, note=note, by=person("luo_buyer"), now=NOW)
    with pytest.raises(Conflict):
        credit_notes.record(
            supplier_id=order.supplier_id, note=credit_notes.Note("ＨＺ-1", NOW.date(), stage.D("10.00"), text="降价"),
            by=person("luo_buyer"), now=NOW,
        )  # fmt: skip


def test_a_login_to_the_database_opens_no_door() -> None:
    """Rows of a visit are made by hand, for a key of one's own: the application knows that it never made them."""
    sent = crossing.send(crossing.contact())
    now = crossing.now()
    code = DoorCode.objects.create(
        link=sent.link, way="sms", digest="0" * 64, at=now, expires_at=now + dt.timedelta(minutes=9)
    )
    DoorCode.objects.filter(pk=code.pk).update(used_at=now)
    key = secrets.token_urlsafe(32)
    DoorVisit.objects.create(
        link=sent.link, code=code, digest=hashlib.sha256(key.encode()).hexdigest(), at=now,
        expires_at=now + dt.timedelta(hours=1),
    )  # fmt: skip
    stranger = crossing.outside(sent)
    stranger.client.cookies["door"] = key
    assert stranger.client.get(stranger.at("papers")).status_code == 302


def test_no_money_is_owed_out_of_nothing() -> None:
    order = stage.order()
    other = stage.order(of=world.supplier("ZX02", "另一家家具有限公司"))
    booked = {"at": NOW, "on": NOW.date(), "due_on": NOW.date(), "about": NOW.date(), "clause": "P2.2"}
    delivery = stage.ship(order, 2)
    for name, row in {
        "payable_of_order": {"supplier": other.supplier, "order": order, "kind": "balance", "delivery": delivery,
                             "goods": "10.00", "amount": "10.00"},
        "payable_worth": {"supplier": order.supplier, "order": order, "kind": "balance", "delivery": delivery,
                          "goods": "200.01", "amount": "200.01"},
    }.items():  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Payable.objects.create(**row, **booked)
    with pytest.raises(IntegrityError, match="setoff_of_order"), transaction.atomic():
        SetOff.objects.create(
            supplier=other.supplier, order=order, kind="late", amount="5.00", text="x", paper_type="a", paper_id="1",
            paper_label="1", authority_clause="P1.5", at=NOW, on=NOW.date(),
        )  # fmt: skip


def test_a_number_is_not_made_old_by_hand() -> None:
    contact = crossing.contact()
    for change in (
        "phone = '13900000000'", "reached_since = now() - interval '9 years'",
        "phone = '13900000000', reached_since = created_at",
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE contracts_suppliercontact SET {change} WHERE id = %s", [contact.pk])
    assert SupplierContact.objects.get(pk=contact.pk).phone == contact.phone
