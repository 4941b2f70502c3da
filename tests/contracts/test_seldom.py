"""What happens seldom at this desk: limits reached, acts that come too late, what another has done first."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from contracts.models import DoorEnd, DoorLetter, Draw, SupplierScore
from contracts.selectors import complaints as complaint_pages
from contracts.services import (
    agreements,
    bank,
    demand,
    drawing,
    ending,
    ordering,
    payments,
    plan_documents,
    plans,
    returning,
    samples,
    scores,
    suppliers,
)
from contracts.services.complaints import filing
from contracts.services.door import codes, letters, links
from office import crypto
from office.approvals import api as approvals
from office.deadlines.models import Deadline
from office.errors import Conflict, Invalid, NotFound
from office.rulebook import api as rulebook
from tests.contracts import world
from tests.contracts.agreements import test_bank_details as accounts
from tests.contracts.complaints import stories
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, HOUR, MINUTE, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def test_a_contract_needs_a_supplier_that_works_for_us_days_to_come_and_a_place() -> None:
    contract = world.contract()
    with pytest.raises(Invalid) as past:
        world.version(contract, starts_on=TODAY - 9 * DAY, ends_on=TODAY - DAY)
    with pytest.raises(Invalid) as nowhere:
        agreements.put_version(
            contract_id=contract.pk,
            starts_on=TODAY,
            ends_on=TODAY + DAY,
            terms={},
            by=person("luo_buyer"),
            now=NOW,
        )
    assert [each.value.errors[0]["path"] for each in (past, nowhere)] == ["ends_on", "warehouse"]
    version = world.version(contract, ends_on=TODAY + DAY)
    world.signed(version, now=NOW + 5 * DAY)
    assert not Deadline.objects.filter(subject_type="contract").exists()
    of = world.supplier()
    suppliers.edit_supplier(
        supplier_id=of.pk,
        name=of.name,
        credit_code="",
        address="",
        active=False,
        by=person("luo_buyer"),
        now=NOW,
    )
    with pytest.raises(Conflict) as refused:
        agreements.open_contract(supplier_id=of.pk, title="加工", by=person("luo_buyer"), now=NOW)
    assert refused.value.code == "inactive"


def test_a_contact_that_stays_the_same_is_not_changed() -> None:
    contact = world.contact()
    same = suppliers.edit_contact(
        contact_id=contact.pk, name=contact.name, phone=contact.phone, mail=contact.mail, post=contact.post,
        active=True, by=person("luo_buyer"), now=NOW + DAY,
    )  # fmt: skip
    assert same.phone_since == contact.phone_since


@pytest.mark.clause("P2.1")
def test_an_account_that_came_back_is_asked_again_and_none_goes_without_its_call() -> None:
    run = accounts.ask()
    assert run is not None
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + MINUTE, reason="请附开户证明")
    again = accounts.ask(now=NOW + HOUR)
    assert again is not None
    assert again.pk == run.pk
    with pytest.raises(Invalid) as refused:
        bank.check({"call_back": "987654", "supplier": str(world.supplier().pk), "account": "1"})
    assert refused.value.code == "not_confirmed"


def test_a_complaint_has_so_many_files_a_line_and_no_clock_where_the_book_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = arrange.only_line(arrange.returned())
    with monkeypatch.context() as patched:
        patched.setattr(rulebook, "has_rule", lambda _rule, _now: False)
        complaint = stories.filed(line_id=line.pk)
    assert complaint.line == line
    assert complaint_pages.page(complaint.pk).due_at is None
    monkeypatch.setattr(filing, "MOST_FILES", 1)
    given: dict[str, Any] = {
        "complaint_id": complaint.pk, "content": small_picture(), "name": "a.png", "shared": True,
        "by": person("li_lei"), "now": NOW,
    }  # fmt: skip
    filing.add_file(**given)
    with pytest.raises(Conflict) as refused:
        filing.add_file(**given)
    assert refused.value.code == "many"


def test_plans_and_orders_have_so_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demand, "MOST_LINES", 0)
    monkeypatch.setattr(ordering, "MOST_LINES", 1)
    plan = demand.begin_plan(title="备货", by=person("luo_buyer"), now=NOW)
    need: dict[str, Any] = {"name": "椅", "sku": "", "spec": "", "quantity": 1, "needed_on": TODAY + 9 * DAY}
    with pytest.raises(Conflict):
        demand.add_need(plan_id=plan.pk, **need, by=person("luo_buyer"), now=NOW)
    order = arrange.drafted()
    with pytest.raises(Conflict):
        ordering.put_line(order_id=order.pk, wish=arrange.wish(), by=person("luo_buyer"), now=NOW)


def test_a_code_has_digits_and_a_link_that_was_shut_takes_none() -> None:
    link = crossing.send(crossing.contact()).link
    codes.read_out(link_id=link.pk, by=person("luo_buyer"), now=crossing.now())
    with pytest.raises(Invalid):
        codes.enter(link=link, typed="abc", now=crossing.now())
    for _twice in range(2):
        links.end_guessed(link, crossing.now())
    assert DoorEnd.objects.get(link=link).why == "guessed"
    with pytest.raises(Conflict) as refused:
        codes.enter(link=link, typed="123456", now=crossing.now())
    assert refused.value.code == "shut"


def test_a_letter_waits_without_a_channel_and_without_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = crossing.mail()
    crossing.send(crossing.contact(), way="mail")
    letter, now = DoorLetter.objects.get(), crossing.now()

    def unreadable(*_given: object) -> bytes:
        raise crypto.Unreadable

    monkeypatch.setattr(crypto, "open_app", unreadable)
    assert "cannot be read" in letters._hand_over(letter, now)
    type(channel).objects.update(enabled=False)
    assert letters._hand_over(letter, now) == "no channel is switched on"


@pytest.mark.clause("P3.2")
def test_the_lottery_is_drawn_once_by_many(monkeypatch: pytest.MonkeyPatch) -> None:
    arrange.producing()

    with monkeypatch.context() as patched:
        patched.setattr(rulebook, "has_rule", lambda _rule, _now: False)
        assert drawing.draw_due(now=NOW) is None

    draw = drawing._draw

    def beaten(*given: Any) -> None:
        draw(*given)
        raise IntegrityError

    with monkeypatch.context() as patched:
        patched.setattr(drawing, "_draw", beaten)
        assert drawing.draw_due(now=NOW) is None
    assert Draw.objects.count() == 1

    def broken(*_given: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(drawing, "_draw", broken)
    with pytest.raises(IntegrityError):
        drawing.draw_due(now=NOW + 400 * DAY)


def test_what_is_not_there_is_not_ended_judged_or_settled() -> None:
    with pytest.raises(NotFound):
        ending.check({"order": 987_654, "mode": "end", "ground": "agreed"})
    order = arrange.returned()
    with pytest.raises(NotFound):
        ending.judge_delay(
            order_id=order.pk, line_id=987_654, cause="supplier", reason="x", by=person("luo_buyer"), now=NOW
        )
    with pytest.raises(NotFound):
        returning.on_silence(Deadline(subject_id="987654"), NOW)
    assert returning._within(arrange.drafted(), returning.RETURN, NOW) is None


def test_a_payment_is_found_by_what_agreed_to_it() -> None:
    owed = stage.deposit(stage.order())
    payment = stage.agreed(owed)
    assert payment.run is not None
    assert payments.of_run(payment.run) == payment


def test_a_paper_may_run_out_never_and_a_second_photo_tells_nobody_again() -> None:
    everybody("chen_manager")
    plan = plans.make_plan(
        title="开店", aim="", template="", starts_on=TODAY, owner_id=person("chen_manager").pk,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    document = plan_documents.add_document(
        plan_id=plan.pk, name="授权书", owner_id=person("chen_manager").pk, due_on=TODAY + DAY,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    plan_documents.hand_in_document(
        document_id=document.pk, content=small_picture(), name_of_file="a.png", expires_on=None,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    assert not Deadline.objects.filter(rule="work.document").exists()
    sample = samples.request_sample(
        supplier_id=world.supplier().pk, name="椅", demands="正面", by=person("luo_buyer"), now=NOW
    )
    for _n in range(2):
        sample = samples.photograph(sample=sample, file=arrange.photo(), by=person("luo_buyer"), now=NOW)
    assert sample.events.filter(word="photographed").count() == 2


@pytest.mark.clause("P0")
def test_of_many_rounds_at_once_one_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    world.supplier()

    class Busy:
        def __enter__(self) -> Busy:
            return self

        def __exit__(self, *_given: object) -> None: ...

        def execute(self, _statement: str) -> None: ...

        def fetchone(self) -> tuple[bool]:
            return (False,)

        def cursor(self) -> Busy:
            return self

    monkeypatch.setattr(scores, "connection", Busy())
    assert scores.score_month(now=NOW) == 0
    assert not SupplierScore.objects.exists()


@pytest.mark.clause("P7a")
def test_an_order_that_comes_whole_by_contract_is_not_shipped_in_parts() -> None:
    order = stage.order(partial_delivery=False)
    with pytest.raises(Invalid) as refused:
        stage.ship(order, 4)
    assert refused.value.code == "in_parts"
    assert stage.ship(order, 10).lines.get().quantity == 10
