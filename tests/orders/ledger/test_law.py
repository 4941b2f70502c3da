"""The order is law (C7.5): whoever tries to change or delete it is refused, and named."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from office.audit.context import Acting, ActingMiddleware, _acting
from office.audit.lawful import LawRefused
from office.audit.models import Entry, Incident
from orders.models import Order, OrderEvent, OrderLine
from tests.orders.ledger.arrange import booked, incoming
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("C7.5")]


def change_order(order: Order) -> None:
    order.total = 1
    order.save()


def change_line(order: Order) -> None:
    line = order.lines.get()
    line.quantity = 9
    line.save(update_fields=["quantity"])


ATTEMPTS: list[Callable[[Order], Any]] = [
    change_order,
    change_line,
    lambda order: order.delete(),
    lambda order: order.lines.get().delete(),
    lambda order: Order.objects.filter(pk=order.pk).update(total=1),
    lambda order: Order.objects.all().delete(),
    lambda order: OrderLine.objects.filter(order=order).update(quantity=1),
    lambda order: Order.objects.bulk_update([order], ["total"]),
    lambda order: Order.objects.update_or_create({"total": 1}, pk=order.pk),
    lambda order: OrderEvent.objects.filter(order=order).delete(),
    lambda order: Entry.objects.filter(pk=order.entry_id).delete(),
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_orm_refuses_and_the_attempt_is_recorded(attempt: Callable[[Order], Any]) -> None:
    order = booked(facts={"a": "b"})
    digest = bytes(order.digest)
    with pytest.raises(LawRefused) as refused:
        attempt(order)
    assert (refused.value.status, refused.value.clause) == (403, "C7.5")
    fresh = Order.objects.get(pk=order.pk)
    assert (fresh.total, bytes(fresh.digest), fresh.lines.count()) == (Decimal(100), digest, 1)
    incident = Incident.objects.get()
    assert (incident.kind, incident.clause) == ("law", "C7.5")
    assert Entry.objects.filter(verb="audit.incident").count() == 1


STATEMENTS = [
    "UPDATE orders_order SET total = 0",
    "UPDATE orders_order SET sealed = ''",
    "DELETE FROM orders_orderline",
    "TRUNCATE orders_order CASCADE",
    "UPDATE audit_entry SET actor_name = 'x'",
    "DELETE FROM audit_seal",
    "DELETE FROM audit_incident",
    "ALTER TABLE orders_order DISABLE TRIGGER ALL",
    "DROP TABLE orders_orderline",
    "SET session_replication_role = replica",
    "/* harmless */ delete from orders_orderevent",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_raw_sql_through_the_application_is_refused_and_recorded_after_the_rollback(statement: str) -> None:
    order = booked(facts={"a": "b"})
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Order.objects.get(pk=order.pk).total == 100
    incident = Incident.objects.get()
    assert incident.actor_name.startswith(("shell: ", "command: "))
    assert "refused by the database" in incident.detail


def test_a_refused_statement_names_the_signed_in_person_and_the_door() -> None:
    booked()
    request = RequestFactory().get("/admin/orders/")
    request.user = person("sun_admin")

    def view(_request: object) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders_order")

    with pytest.raises(DatabaseError):
        ActingMiddleware(view)(request)
    incident = Incident.objects.get()
    assert (incident.actor_id, incident.actor_name, incident.channel) == (request.user.pk, "孙工", "admin")
    assert _acting.get() is None


def test_a_visitor_is_not_named_by_the_login_of_the_machine() -> None:
    assert Acting("page", RequestFactory().get("/")).who() == (None, "")


def test_statements_that_only_fail_are_no_incident() -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM orders_order")
    assert not Incident.objects.exists()


def test_even_the_owner_of_the_tables_meets_the_trigger() -> None:
    import psycopg2

    from conftest import _admin_dsn

    booked()
    owner = psycopg2.connect(**_admin_dsn(connection.settings_dict["NAME"]))
    try:
        for statement in (
            "UPDATE orders_order SET total = 0",
            "DELETE FROM orders_orderline",
            "TRUNCATE orders_order CASCADE",
        ):
            with pytest.raises(psycopg2.IntegrityError, match="law"), owner.cursor() as cursor:
                cursor.execute(statement)
            owner.rollback()
    finally:
        owner.close()


@pytest.mark.parametrize("model", [Order, OrderLine, OrderEvent, Entry])
def test_the_admin_site_shows_and_never_writes(model: Any) -> None:
    order = booked(facts={"a": "b"})
    rows: dict[Any, Any] = {Order: order, OrderLine: order.lines.get(), OrderEvent: order.events.get()}
    row: Any = rows.get(model) or Entry.objects.first()
    request = RequestFactory().post("/admin/", {"total": "1"})
    request.user = person("sun_admin")
    admin = site._registry[model]
    attempts: list[Callable[[], Any]] = [
        lambda: admin.changeform_view(request, str(row.pk)),
        lambda: admin.changeform_view(request),
        lambda: admin.delete_view(request, str(row.pk)),
        lambda: admin.changelist_view(request),
    ]
    for forged in attempts:
        with pytest.raises(PermissionDenied):
            forged()
    assert Incident.objects.count() == 4
    assert not {"sealed", "terms", "digest", "canonical"} & set(admin.get_fields(request, row))
    assert not admin.has_add_permission(request)


@pytest.mark.parametrize(
    "forged", ["", "add/", "abc/change/", "%20/delete/", f"{'9' * 300}/change/", "1%00/change/"]
)
def test_a_forged_form_about_no_order_is_kept_and_leaves_the_trail_readable(forged: str) -> None:
    it = signed_in("sun_admin")
    assert it.post(f"/admin/orders/order/{forged}", {"action": "delete_selected"}).status_code in (400, 403)
    assert Incident.objects.count() <= 1
    for page in ("/trail/", "/trail/incidents/", "/"):
        assert it.get(page).status_code == 200, page


def test_an_order_with_a_taken_id_is_not_written_over() -> None:
    order = booked()
    forged = Order(**{field.attname: getattr(order, field.attname) for field in Order._meta.concrete_fields})
    with pytest.raises(DatabaseError), transaction.atomic():
        forged.save()
    assert Order.objects.get().received_at < timezone.now()
    assert incoming().number == order.number
