"""A buyer who speaks for the supplier by himself, or has it paid to a friend: whoever decides reads so."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contracts.services import bank, first_sample, returning
from office.approvals import api as approvals
from office.approvals.models import Run
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import NOW
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def shown(run: Run) -> str:
    return signed_in("chen_manager").get(reverse("approvals:run", args=[run.pk])).content.decode()


@pytest.mark.clause("P1.3", "P1.4")
def test_words_that_one_of_us_wrote_down_for_it_stand_in_the_request_for_payment() -> None:
    everybody()
    buyer = person("luo_buyer")
    told = returning.return_order(order=arrange.sent(), by=buyer, file=arrange.paper(), now=NOW)
    first_sample.confirm(
        order=told, by=buyer, for_supplier=True, file=arrange.paper(), text="何师傅来函", now=NOW
    )
    page = shown(stage.ask(stage.deposit(told)))
    assert page.count(f"由{buyer.name}代为登记") == 2
    stage.agree(Run.objects.get(kind="contracts.payment"))
    own = arrange.returned()
    first_sample.confirm(order=own, contact=arrange.the_contact(), now=NOW)
    asked = stage.ask(stage.deposit(own))
    assert "代为登记" not in shown(asked)


@pytest.mark.clause("P2.1")
def test_an_account_in_another_name_says_so_when_it_is_agreed_to_and_when_money_goes_there() -> None:
    everybody()
    order = arrange.returned()
    run = bank.ask_bank_details(
        supplier_id=order.supplier_id, holder="罗某某", bank="某银行", account="6217000099998888",
        call=bank.Call(arrange.the_contact().pk, NOW, "何总", True), by=person("luo_buyer"), now=NOW,
    )  # fmt: skip
    assert run is not None
    assert "户名为罗某某" in shown(run)
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    assert "户名为罗某某" in shown(stage.ask(stage.deposit(order)))


def test_an_account_in_its_own_name_says_nothing() -> None:
    everybody()
    order = arrange.returned()
    stage.account(order.supplier)
    for run in (Run.objects.get(kind="contracts.bank_details"), stage.ask(stage.deposit(order))):
        assert "户名为" not in shown(run)
