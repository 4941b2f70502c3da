"""A complaint about goods of a supplier stands beside the customer's order: the two desks do not know each other, this
knows both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.sales import Sale, SoldLine, register_sales
from contracts.selectors import complaints
from office.errors import NotFound
from orders.beside import Beside, Line, register_beside
from orders.selectors.customers import customer_of
from orders.selectors.order import access_order, viewer

if TYPE_CHECKING:
    from office.staff.models import Employee
    from orders.selectors.order import Viewer

PERMISSION = "contracts.complaints"
#: How columns and fields are called that hold a message of the customer.
MESSAGES = ("留言", "备注", "message", "note")


def connect() -> None:
    """Called in `apps.ready()`."""
    register_sales(_sale)
    register_beside(_beside)


def _sale(by: Employee, sale_id: int, now: datetime) -> Sale | None:
    """The order as the contracts desk may know it; None for what he may not see at the order desk."""
    try:
        progress = access_order(viewer(by, now), sale_id)
    except NotFound:
        return None
    order = progress.order
    customer = customer_of(order)
    return Sale(
        id=order.pk,
        label=f"{order.shop.code}/{order.number}",
        lines=tuple(
            SoldLine(line.sku, line.title, max(int(line.quantity), 1))
            for line in order.lines.order_by("position")
        ),
        never=tuple(
            filter(None, (customer.name, customer.phone, customer.address, *_secrets(customer.extra)))
        ),
        url=reverse("orders:order", args=[order.pk]),
    )


def _secrets(extra: Mapping[str, str]) -> Iterator[str]:
    """His accounts, firm, invoice title; what he wrote in his message is about the goods as often as not."""
    for name, value in extra.items():
        if not any(word in name.casefold() for word in MESSAGES):
            yield value


def _beside(who: Viewer, order_id: int) -> Beside | None:
    if not who.may(PERMISSION):
        return None
    lines = tuple(
        Line(
            f"{each.number} {each.form.goods}",
            reverse("contracts:complaint", args=[each.pk]),
            each.get_state_display(),
        )
        for each in complaints.of_sale(order_id)
    )
    return Beside(
        _("Complaint forms"),
        lines,
        add_url=f"{reverse('contracts:complaint_new')}?sale={order_id}",
        add_label=_("Fill in a complaint form"),
    )
