"""What is held about people, for how long, and what was erased: the retention page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from orders.models import CustomerKey

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50


@dataclass(frozen=True, slots=True)
class Held:
    """One kind of personal data: how much, the oldest, under which key, and until when."""

    what: StrOrPromise
    count: int
    oldest: dt.datetime | None
    key: StrOrPromise
    until: StrOrPromise


_COUNTS = """
SELECT (SELECT count(*) FROM orders_customerkey WHERE erased_at IS NULL),
       (SELECT min(created_at) FROM orders_customerkey WHERE erased_at IS NULL),
       (SELECT count(*) FROM orders_customerindex),
       (SELECT count(*) FROM orders_batch WHERE erased_at IS NULL),
       (SELECT min(created_at) FROM orders_batch WHERE erased_at IS NULL),
       (SELECT count(*) FROM orders_webhookreceipt WHERE sealed_body IS NOT NULL),
       (SELECT min(received_at) FROM orders_webhookreceipt WHERE sealed_body IS NOT NULL),
       (SELECT count(*) FROM orders_orderrecord),
       (SELECT min(made_at) FROM orders_orderrecord)
"""


def held(raw_days: int) -> list[Held]:
    """`raw_days`: how long refused rows and raw bodies are kept by the rulebook."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        customers, oldest, indexes, batches, first_batch, bodies, first_body, records, first_record = (
            cursor.fetchone()
        )
    own, batch_key, application = (
        _("the customer’s own"),
        _("one per import or message"),
        _("the application’s"),
    )
    raw = _("%(days)d days, then erased by night") % {"days": raw_days}
    erased = _("until the manager erases the customer")
    return [
        Held(
            _("Customers: name, phone, address, messages, notes, updates from the shop"),
            customers,
            oldest,
            own,
            erased,
        ),
        Held(_("Keyed indexes by which customers are found"), indexes, oldest, application, erased),
        Held(_("Imports: uploaded files until read, refused rows"), batches, first_batch, batch_key, raw),
        Held(_("Raw messages of shops"), bodies, first_body, batch_key, raw),
        Held(
            _("Records of orders: what is personal in them is under the customers’ keys"),
            records,
            first_record,
            batch_key,
            _("for good; an erased customer is unreadable in them too"),
        ),
    ]


def erased_customers(before: int | None) -> list[CustomerKey]:
    """The latest first, one page and one more."""
    rows = CustomerKey.objects.filter(erased_at__isnull=False).order_by("-id")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows[: PAGE + 1])


def counts_of_erased() -> tuple[int, int]:
    """(customers, imports) erased so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM orders_customerkey WHERE erased_at IS NOT NULL),"
            " (SELECT count(*) FROM orders_batch WHERE erased_at IS NOT NULL)"
        )
        customers, batches = cursor.fetchone()
    return customers, batches
