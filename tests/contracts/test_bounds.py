"""Bounds that suppliers seldom meet, and what an older book or an older row asks of today's verbs."""

from __future__ import annotations

import pytest

from contracts.models import Payment
from contracts.services import payments, recounting, reports, samples
from contracts.services.door import codes
from office.errors import Conflict, NotFound
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, TODAY, D
from tests.contracts.orders import arrange
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def test_a_sample_has_so_many_photographs_and_a_step_so_many_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "MOST_PHOTOS", 1)
    monkeypatch.setattr(reports, "MOST", 0)
    contact = arrange.the_contact()
    sample = samples.request_sample(
        supplier_id=contact.supplier_id, name="椅", demands="正面", by=person("luo_buyer"), now=NOW
    )
    sample = samples.photograph(sample=sample, file=arrange.photo(), contact=contact, now=NOW)
    with pytest.raises(Conflict) as many:
        samples.photograph(sample=sample, file=arrange.photo(), contact=contact, now=NOW)
    step = arrange.only_line(arrange.producing()).steps.earliest("n")
    with pytest.raises(Conflict) as full:
        reports.give_report(
            step_id=step.pk, mode="self", standard="national", passed=True, file=arrange.paper(), contact=contact,
            now=NOW,
        )  # fmt: skip
    assert (many.value.code, full.value.code) == ("many", "many")


def test_goods_that_are_not_there_are_not_counted_again() -> None:
    with pytest.raises(NotFound):
        recounting.recount(
            arrived_id=987_654, was=1, counted=2, reason="漏数", by=person("xu_warehouse"), now=NOW
        )


def test_a_book_without_a_bound_for_the_day_bounds_the_hour_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    crossing.sms()
    sent = crossing.send(crossing.contact())
    monkeypatch.setattr("office.rulebook.api.has_rule", lambda key, at: key != codes.DAY)
    visitor = crossing.outside(sent)
    assert visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code == 302


@pytest.mark.clause("P2.1")
def test_a_request_that_became_void_is_asked_again_with_what_is_open_and_the_new_account() -> None:
    later = NOW + 40 * DAY
    owed = stage.goods(stage.order(), 10)
    claim = stage.claim(owed.supplier, "20.00")
    run = stage.ask(owed, claims=[claim], now=later)
    new = stage.account(owed.supplier, "6222000011112222", now=later + DAY)
    run.refresh_from_db()
    assert run.state == "voided"
    again = payments.ask_again(run, person("luo_buyer"), later + 2 * DAY, "账户已变更")
    assert (again.payload["bank_details"], again.payload["total"], again.payload["set_off"]) == (
        new.pk, "680.00", "20.00",
    )  # fmt: skip


@pytest.mark.clause("P2.1")
def test_a_payment_of_before_accounts_were_named_counts_as_replaced_at_once() -> None:
    supplier = world.supplier()
    old = Payment(supplier=supplier, total=D("5.00"), at=NOW)
    assert payments.changed_on(old, NOW) is None  # nobody has an account: nothing was replaced
    stage.account(supplier)
    assert payments.changed_on(old, NOW + DAY) == TODAY
