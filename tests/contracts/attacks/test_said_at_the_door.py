"""As the application's login, by hand: nobody speaks for the supplier without having been at its door, or its paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from io import StringIO
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from contracts.models import DoorProof, OrderEvent, PurchaseOrder
from contracts.order_subjects import order_subject
from contracts.services import first_sample, proving, returning
from office import crypto
from office.audit.management.commands import rotate_keys
from office.audit.models import Incident
from office.audit.verify import verify
from office.deadlines import api as deadlines
from office.errors import Conflict
from office.notices.models import Notice
from tests.contracts import world
from tests.contracts.attacks.test_the_book_by_hand import at_the_end, by_hand
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, HOUR, NOW
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One process knows at once of another index key that it made."""
    crypto.forget_index_keys()
    monkeypatch.setattr(crypto, "INDEX_KEYS_TRUSTED", 0.0)
    monkeypatch.setattr(rotate_keys, "_MARGIN", 0.0)
    monkeypatch.setattr(
        rotate_keys.Command, "_ended", lambda self: None
    )  # a process of its own would end here
    yield
    crypto.forget_index_keys()


def forged(order: PurchaseOrder, word: str = "opened", at: datetime = NOW, **more: Any) -> OrderEvent:
    """With a proof that looks like one."""
    with transaction.atomic():
        made: OrderEvent = OrderEvent.objects.create(
            order=order, word=word, contact=arrange.the_contact(), at=at, **more
        )
        DoorProof.objects.create(event=made, mac="ab" * 32)
        at_the_end()
    return made


@pytest.mark.clause("P7b")
def test_a_word_of_the_supplier_without_a_proof_is_refused() -> None:
    order = arrange.sent()
    with pytest.raises(IntegrityError, match="said at the door"):
        by_hand(OrderEvent, order=order, word="opened", contact=arrange.the_contact(), at=NOW)
    returning.open_order(order=order, contact=arrange.the_contact(), now=NOW)
    at_the_end()
    assert not proving.unproven(order.events.all())


def opened_by_hand(order: PurchaseOrder) -> OrderEvent:
    """The opening and all that follows from one, as the desk would write it."""
    made = forged(order, data={"by": "何师傅"})
    PurchaseOrder.objects.filter(pk=order.pk).update(opened_at=NOW)
    deadlines.open(
        returning.DEEMED, subject=order_subject(order), started_at=NOW, now=NOW, holder_id=order.buyer_id,
        targets={"buyer": "holder"}, within=NOW.replace(hour=0) + 4 * DAY - NOW,
    )  # fmt: skip
    return made


@pytest.mark.clause("P7b")
def test_silence_after_an_opening_that_nobody_made_says_nothing() -> None:
    order = arrange.sent()
    opened_by_hand(order)
    deadlines.settle_due(NOW + 5 * DAY)
    order.refresh_from_db()
    assert (order.state, order.accepted_at) == ("sent", None)
    assert Incident.objects.filter(kind=returning.UNPROVEN, subject_id=str(order.pk)).exists()
    assert Notice.objects.filter(kind="contracts.opening_unproven", recipient=order.buyer_id).exists()
    shown = signed_in("luo_buyer").get(f"/contracts/orders/{order.pk}/").content.decode()
    assert "不是在供应商入口说的" in shown


@pytest.mark.clause("P1.4")
def test_nothing_is_produced_on_a_confirmation_that_nobody_made() -> None:
    order = arrange.returned()
    forged(order, "first_sample_theirs")
    first_sample.confirm(order=order, by=person("luo_buyer"), now=NOW)
    with pytest.raises(Conflict, match="供应商入口") as refused:
        first_sample.start_production(order=order, by=person("luo_buyer"), now=NOW)
    assert refused.value.code == "unproven"


@pytest.mark.clause("P2.2", "P7b")
def test_no_money_goes_on_a_return_that_nobody_made() -> None:
    """A deposit falls due by the return: it is not asked for, nor does an agreed payment go."""
    payment = stage.agreed(stage.deposit(arrange.returned()))
    forged(PurchaseOrder.objects.get(payables__lines__payment=payment))
    with pytest.raises(Conflict, match="供应商入口") as refused:
        stage.pay(payment)
    assert refused.value.code == "unproven"
    order = arrange.returned()
    forged(order)
    with pytest.raises(Conflict, match=order.number) as refused:
        stage.ask(stage.deposit(order))
    assert refused.value.code == "unproven"


@pytest.mark.clause("P1.4")
@pytest.mark.parametrize(
    "lacking",
    [
        {"text": "何师傅来函"},
        {"file": True},
        {"file": True, "text": "  "},
        {"file": True, "text": "\t\n\u3000"},
    ],
)
def test_a_buyer_does_not_speak_for_the_supplier_without_its_paper(lacking: dict[str, Any]) -> None:
    order = arrange.returned()
    row = {"order": order, "word": "first_sample_theirs", "by": person("luo_buyer"), "at": NOW}
    given = {**lacking, **({"file": arrange.paper()} if "file" in lacking else {})}
    with pytest.raises(IntegrityError, match="or by a paper"):
        by_hand(OrderEvent, **row, **given)
    by_hand(OrderEvent, **row, text="何师傅来函", file=arrange.paper())


@pytest.mark.clause("P7b")
def test_the_ledger_names_what_nobody_said_at_the_door() -> None:
    arrange.producing()
    assert not verify().findings
    order = arrange.sent()
    made = forged(order)
    report = verify()
    assert report.findings == [
        f"purchase order {order.number}: 'opened' (event {made.pk}) was not said at the door"
    ]
    assert report.counts["door"] == OrderEvent.objects.filter(contact__isnull=False).count()


@pytest.mark.parametrize("changed", ["word", "contact", "at", "text", "data", "order"])
def test_a_proof_is_of_one_row_and_no_other(changed: str) -> None:
    order = arrange.returned()
    event = order.events.get(word="returned")
    assert not proving.unproven([event])
    other: dict[str, Any] = {
        "word": "opened", "contact": world.contact(name="外人"), "at": NOW + HOUR, "text": "x", "data": {},
        "order": arrange.sent(),
    }  # fmt: skip
    setattr(event, changed, other[changed])
    assert proving.unproven([event]) == {event.pk}


def test_what_was_said_stays_proven_under_another_index_key() -> None:
    order = arrange.producing()
    said = list(order.events.filter(contact__isnull=False))
    made = forged(arrange.sent())
    call_command("rotate_keys", reindex=True, stdout=StringIO(), stderr=StringIO())
    assert not proving.unproven(said)
    assert proving.unproven([made]) == {made.pk}
    assert DoorProof.objects.filter(event__in=said).count() == 2 * len(said)


def test_words_of_before_are_proven_by_the_migration() -> None:
    order = arrange.producing()
    known = {(each.event_id, each.mac) for each in DoorProof.objects.all()}
    steps = import_module("contracts.migrations.0039_proofs_of_before")
    written: list[tuple[int, str]] = []

    class Proofs:
        objects = SimpleNamespace(create=lambda event, mac: written.append((event.pk, mac)))

    models = {"OrderEvent": OrderEvent, "DoorProof": Proofs}
    steps.prove(SimpleNamespace(get_model=lambda _app, name: models[name]), None)
    assert order.events.filter(contact__isnull=False).count() == len(written)
    assert set(written) == known


@pytest.mark.django_db(transaction=True)
def test_the_ledger_is_read_beside_in_a_thread_of_its_own(site: None) -> None:
    """As `verify_ledger` does it, which leaves no connection open behind it."""
    order = arrange.sent()
    forged(order)
    found: list[str] = []

    def beside() -> None:
        with connection.cursor() as cursor:
            found.extend(proving.findings(cursor))
        assert connection.connection is None

    reader = Thread(target=beside)
    reader.start()
    reader.join()
    assert len(found) == 1


def test_under_another_installations_key_nothing_is_proven_and_the_ledger_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrange.returned()

    def locked(_purpose: str, _data: bytes) -> list[bytes]:
        raise crypto.Unreadable("another key")

    monkeypatch.setattr(crypto, "macs", locked)
    assert verify().findings == ["what suppliers said at the door is not proven: another key"]
