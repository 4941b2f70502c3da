"""The account a supplier is paid to: confirmed by a call to a number on file, then agreed to (P2.1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import BankDetails, CallBack
from contracts.selectors.records import account_of
from contracts.services import bank, suppliers
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit.models import Incident
from office.errors import Conflict, Forbidden, Invalid
from tests.accounts.access.stage import agree
from tests.contracts import world
from tests.contracts.world import DAY, HOUR, MINUTE, NOW
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P2.1")]
ACCOUNT = "4400 6666 7777 8888"


def ask(account: str = ACCOUNT, *, now: Any = NOW, confirmed: bool = True, **said: Any) -> Run | None:
    everybody("luo_buyer", "chen_manager", "fang_vice")
    of = world.supplier()
    called = of.contacts.first() or world.contact(of, now=NOW - HOUR)
    call = {"contact_id": called.pk, "called_at": now - HOUR, "spoke_with": "何总", "confirmed": confirmed}
    call |= said.pop("call", {})
    given = {
        "holder": "佛山市恒木家具有限公司",
        "bank": "中国农业银行佛山乐从支行",
        "by": person("luo_buyer"),
        **said,
    }
    return bank.ask_bank_details(supplier_id=of.pk, account=account, call=bank.Call(**call), now=now, **given)


def test_the_manager_agrees_and_only_then_it_counts() -> None:
    run = ask()
    assert run is not None
    assert (run.clause, account_of(world.supplier(), NOW + MINUTE)) == ("P2.1", None)
    assert agree(run, "chen_manager").state == Run.State.EXECUTED
    found = account_of(world.supplier(), NOW + MINUTE)
    assert found is not None
    assert (found.account, found.tail, found.run_id) == ("4400666677778888", "8888", run.pk)
    assert found.call_back.spoke_with == "何总"


def test_nobody_agrees_to_his_own_request() -> None:
    run = ask()
    assert run is not None
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("luo_buyer"), now=NOW)


def test_a_denied_account_is_not_asked_for_and_raises_an_alarm() -> None:
    assert ask(confirmed=False) is None
    assert not Run.objects.exists()
    assert CallBack.objects.get().confirmed is False
    assert Incident.objects.get(kind="bank_details").clause


def test_a_later_change_calls_a_number_that_was_on_file_for_long() -> None:
    run = ask()
    assert run is not None
    agree(run, "chen_manager")
    new = "6222 0000 1111 2222"
    with pytest.raises(Invalid) as refused:
        ask(new, now=NOW + 2 * DAY)
    assert refused.value.code == "new_number"
    assert ask(new, now=NOW + 31 * DAY) is not None


def test_a_number_that_came_with_the_letter_is_not_called() -> None:
    run = ask()
    assert run is not None
    agree(run, "chen_manager")
    known = world.supplier().contacts.get()
    suppliers.edit_contact(
        contact_id=known.pk, name=known.name, phone="13911112222", mail="", post="", active=True,
        by=person("luo_buyer"), now=NOW + 40 * DAY,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        ask("6222000011112222", now=NOW + 41 * DAY)
    assert refused.value.code == "new_number"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"account": "银行卡"}, "account"),
        ({"account": "1234567"}, "account"),
        ({"holder": ""}, "holder"),
        ({"bank": " "}, "bank"),
        ({"call": {"contact_id": 987654}}, "contact"),
        ({"call": {"called_at": NOW + HOUR}}, "called_at"),
        ({"call": {"called_at": NOW - 8 * DAY}}, "called_at"),
        ({"call": {"spoke_with": ""}}, "spoke_with"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(said: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(**said)
    assert refused.value.errors[0]["path"] == path
    assert not CallBack.objects.exists()


def test_the_account_we_have_is_not_asked_for_again() -> None:
    run = ask()
    assert run is not None
    agree(run, "chen_manager")
    with pytest.raises(Conflict) as refused:
        ask(now=NOW + 40 * DAY)
    assert refused.value.code == "same"


def test_who_only_looks_asks_for_nothing() -> None:
    with pytest.raises(Forbidden):
        ask(by=person("song_inspector"))


def test_the_database_knows_no_account_without_agreement_and_call() -> None:
    run = ask()
    assert run is not None
    call = CallBack.objects.get()
    row = {
        "supplier": world.supplier(),
        "holder": run.payload["holder"],
        "bank": run.payload["bank"],
        "account": run.payload["account"],
        "call_back": call,
        "run": run,
        "at": NOW,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        BankDetails.objects.create(**row)  # nobody has agreed yet
    agree(run, "chen_manager")
    at = Run.objects.get(pk=run.pk).executed_at
    with pytest.raises(IntegrityError, match="confirmed"), transaction.atomic():
        BankDetails.objects.create(**{**row, "account": "6222000011112222", "at": at})
    with pytest.raises(IntegrityError), transaction.atomic():
        BankDetails.objects.create(**{**row, "holder": "另一家", "at": at})
    with pytest.raises(IntegrityError, match="on file"), transaction.atomic():
        CallBack.objects.create(
            supplier=world.supplier(), contact=call.contact, phone="13900000000", account="1" * 10, called_at=NOW,
            spoke_with="谁", confirmed=True, by=person("luo_buyer"), at=NOW,
        )  # fmt: skip
