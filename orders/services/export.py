"""Lists of orders that leave the house: permissioned, in the trail, safe to open in a spreadsheet (C13.5).

A list goes without its customers. Who also takes them says why, and is written down for each of them, as if he had
looked at them one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from office.audit import api as audit
from office.audit.services import Act
from office.errors import Forbidden, Refused
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import Subject
from office.tables.marks import Mark, new_mark
from office.tables.writing import Cell, csv_pieces, workbook
from orders.keys import open_key
from orders.models import Batch, OrderProgress, Unmasking
from orders.selectors import desk as lists
from orders.selectors.customers import CustomerData, customer_data
from orders.selectors.order import VIEW_CUSTOMER, Viewer, may_unmask
from orders.services.desk.reasons import UnmaskReason
from orders.services.intake.batches import subject_of_batch
from orders.subjects import order_subject
from orders.wording import goods_said

if TYPE_CHECKING:
    from collections.abc import Iterable

PERMISSION = "orders.export"
#: Orders of one export, and of one that takes their customers along.
MOST, MOST_WITH_CUSTOMERS = 20_000, 2_000
_AT_ONCE = 1_000
FORMATS = ("xlsx", "csv")


def export_orders(
    *,
    who: Viewer,
    filters: lists.Filters,
    format: str,
    by: Employee,
    now: datetime,
    with_customers: bool = False,
    reason: str = "",
    batch: Batch | None = None,
) -> BinaryIO | Iterator[bytes]:
    """The list that `filters` ask for as `format` (xlsx: a file; csv: its pieces), in its order.

    Customers of orders that `by` may unmask are written out when asked for with an UnmaskReason; others are left
    empty. Raises Forbidden, Refused (`too_many`, `reason_needed`).
    """
    clause = rulebook.permission_rule(PERMISSION, at=now).clause
    if not rulebook.may(by, PERMISSION, now) or (with_customers and not who.may(VIEW_CUSTOMER)):
        raise Forbidden(_("Your post does not export orders."), clause=clause)
    if with_customers and (reason not in UnmaskReason.values or reason == UnmaskReason.HOLDER):
        raise Refused(_("Say why you need to see it."), code="reason_needed", clause=clause)
    with transaction.atomic():
        rows = _rows(who, filters, MOST_WITH_CUSTOMERS if with_customers else MOST, clause)
        customers = _customers(who, rows) if with_customers else {}
        mark = new_mark(by, now)
        _record(mark, who, filters, rows, customers, format, reason, batch, by, now, clause)
    table = _table(who, rows, customers, with_customers=with_customers)
    if format == "csv":
        return csv_pieces(table, mark)
    about: list[list[Cell]] = [
        [_("Orders"), len(rows)],
        [_("Taken by"), f"{by.name} ({by.number})"],
        [_("Taken at"), now],
    ]
    return workbook([(_("Orders"), table), (_("About"), about)], mark)


def _rows(who: Viewer, filters: lists.Filters, most: int, clause: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for chunk in lists.all_of(who, filters, _AT_ONCE):
        rows += chunk
        if len(rows) > most:
            raise Refused(
                _(
                    "These are more than %(most)s orders. Choose a shop, a state or fewer days, and take them in parts."
                )
                % {"most": f"{most:,}"},
                code="too_many",
                clause=clause,
            )
    return rows


def _customers(who: Viewer, rows: Sequence[dict[str, Any]]) -> dict[int, CustomerData]:
    """By order, where the viewer may unmask it and it is not erased."""
    found = {}
    for row in rows:
        progress = OrderProgress(
            order_id=row["order_id"], state=row["state"], holder_id=row["holder_id"], shop_id=row["shop_id"]
        )
        if row["wrapped"] is not None and may_unmask(who, progress):
            key = open_key(row["kek"], row["wrapped"])
            found[row["order_id"]] = customer_data(key.open_customer(row["order_id"], row["sealed"]))
    return found


def _record(
    mark: Mark,
    who: Viewer,
    filters: lists.Filters,
    rows: Sequence[dict[str, Any]],
    customers: dict[int, CustomerData],
    format: str,
    reason: str,
    batch: Batch | None,
    by: Employee,
    now: datetime,
    clause: str,
) -> None:
    """What was looked for stays out of the trail: it may be somebody's name."""
    kind = "batch" if batch else "search" if filters.query else filters.tab
    shop = who.shops.get(filters.shop or 0)
    asked = {
        "list": kind,
        "shop": shop.code if shop else "",
        "state": filters.state,
        "since": str(filters.since or ""),
        "until": str(filters.until or ""),
        "customers": len(customers),
        "reason": reason if customers else "",
    }
    subject = subject_of_batch(batch) if batch else Subject("orders_list", kind, str(_LISTS.get(kind, kind)))
    audit.record_export(
        "orders.list_exported", mark=mark, subject=subject, by=by, now=now, rows=len(rows), format=format,
        filters=asked, clause=clause,
    )  # fmt: skip
    acts = []
    for row in rows:
        if row["order_id"] in customers:
            code = who.shops[row["shop_id"]].code
            acts.append(
                Act(
                    "orders.unmask",
                    order_subject(row["order_id"], code, row["number"]),
                    {"reason": reason, "exported": True},
                    clause,
                )
            )
    audit.record_many(acts, by=by, now=now)
    Unmasking.objects.bulk_create(
        Unmasking(order_id=order_id, by=by, at=now, reason=reason) for order_id in customers
    )


_LISTS = {**lists.TAB_NAMES, "search": gettext_lazy("Search")}


def _table(
    who: Viewer, rows: Iterable[dict[str, Any]], customers: dict[int, CustomerData], *, with_customers: bool
) -> Iterator[list[Cell]]:
    states = dict(OrderProgress.State.choices)
    head: list[Cell] = [
        _("Shop"), _("Number"), _("State"), _("Holder"), _("Goods"), _("Amount"), _("Currency"), _("Received"),
        _("Accepted"), _("Confirmed"), _("Handed over"), _("Due"),
    ]  # fmt: skip
    if with_customers:
        head += [_("Customer"), _("Phone"), _("Address")]
    yield head
    for row in rows:
        shop = who.shops.get(row["shop_id"])
        cells: list[Cell] = [
            shop.name if shop else "", row["number"], str(states[row["state"]]), row["holder"] or "",
            goods_said(row["goods"]),
            row["total"], row["currency"], row["received_at"], row["accepted_at"], row["confirmed_at"],
            row["handed_over_at"], row["due_at"],
        ]  # fmt: skip
        if with_customers:
            customer = customers.get(row["order_id"])
            if row["wrapped"] is None:
                cells += [_("erased"), "", ""]
            else:
                cells += [customer.name, customer.phone, customer.address] if customer else ["", "", ""]
        yield cells


def export_batches(
    *, batches: Iterable[Batch], format: str, by: Employee, now: datetime
) -> BinaryIO | Iterator[bytes]:
    """The list of imports with their counts. Raises Forbidden."""
    clause = rulebook.permission_rule(PERMISSION, at=now).clause
    if not rulebook.may(by, PERMISSION, now):
        raise Forbidden(_("Your post does not export orders."), clause=clause)
    table: list[list[Cell]] = [
        [
            _("Import"), _("Shop"), _("File"), _("State"), _("Inserted"), _("Duplicates"), _("Rejected rows"),
            _("Conflicts"), _("When"), _("By"),
        ]
    ]  # fmt: skip
    for each in batches:
        table.append(
            [
                each.pk, each.shop.name, each.filename, str(each.get_state_display()), each.inserted, each.duplicates,
                each.rejected, each.conflicts, each.created_at, each.by.name if each.by else "",
            ]
        )  # fmt: skip
    mark = new_mark(by, now)
    audit.record_export(
        "orders.list_exported",
        mark=mark,
        subject=Subject("orders_list", "batches", _("Imports")),
        by=by,
        now=now,
        rows=len(table) - 1,
        format=format,
        filters={"list": "batches"},
        clause=clause,
    )
    return csv_pieces(table, mark) if format == "csv" else workbook([(_("Imports"), table)], mark)
