"""What is looked at in a restored database: the ledger, a sample of orders. What is found stops the rest."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from backups import hooks
from backups.management.commands import look_at_restored
from backups.services import erasures
from ecdept.backing_up import APART
from office.audit.models import Entry
from office.audit.verify import Report
from orders.models import CustomerKey
from orders.services.erasure import erase_customer
from tests.backups.rows import NOW
from tests.backups.tools import command
from tests.orders.ledger.arrange import booked
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.8")]


def look(**options: Any) -> dict[str, Any]:
    return dict(json.loads(command("look_at_restored", **options)))


def test_orders_are_opened_and_nothing_is_found() -> None:
    booked()
    found = look(sample=200)
    assert (found["findings"], found["sampled"], found["erased"]) == ([], 1, 0)
    assert found["counts"]["orders"] == 1


def test_a_customer_that_does_not_open_is_found(settings: Any) -> None:
    order = booked()
    settings.ECDEPT_KEYS = "other:" + base64.b64encode(b"9" * 32).decode()
    [finding] = look(sample=200)["findings"]
    assert finding.startswith(f"order {order.shop.code}/{order.number}: its customer does not open")


def test_where_the_ledger_does_not_verify_nobody_is_erased_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = booked()
    erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    erasures.publish(now=NOW)
    called: list[str] = []
    monkeypatch.setattr(hooks, "expiries", lambda: [lambda _now: called.append("expired")])
    wrong = Report(findings=["seal 3: it was changed"])
    monkeypatch.setattr(look_at_restored, "verify", lambda: wrong)
    found = look(erasures=erasures.path(), restored="b1")
    assert found["findings"] == ["seal 3: it was changed"]
    assert called == []
    assert not Entry.objects.filter(verb="backups.restored").exists()
    monkeypatch.setattr(look_at_restored, "verify", Report)
    assert look(erasures=erasures.path(), restored="b1")["findings"] == []
    assert called == ["expired"]
    assert Entry.objects.filter(verb="backups.restored").count() == 1


def test_every_table_that_forgets_people_is_told_to_the_backups_as_it_is() -> None:
    """A renamed table or column would silently lie in the main file, which is kept for years."""
    for each in APART:
        assert set(each.without) <= {field.column for field in _model(each.table)._meta.concrete_fields}
    assert CustomerKey._meta.db_table in {each.table for each in APART}


def _model(table: str) -> Any:
    from django.apps import apps

    return next(model for model in apps.get_models() if model._meta.db_table == table)
