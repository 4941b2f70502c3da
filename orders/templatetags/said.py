"""What shops and forms say, in people's words: where an order came from, and the entries of an event.

A shop's own column names ("订单状态") and fields that nobody named here stay letter for letter: they are evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.models import OrderEvent, OrderProgress, Shop
from orders.services.desk.reasons import AfterSales, CancelReason

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from orders.selectors.customers import EventData

register = template.Library()

SOURCES: dict[str, StrOrPromise] = {
    "api": gettext_lazy("Interface"),
    "csv": gettext_lazy("File (CSV)"),
    "xlsx": gettext_lazy("File (Excel)"),
    "generic": gettext_lazy("File"),
    "manual": gettext_lazy("Typed by hand"),
    "desk": gettext_lazy("Order desk"),
    "shopify": "Shopify",
    "woocommerce": "WooCommerce",
}
NAMES: dict[str, StrOrPromise] = {
    "address": gettext_lazy("Address"),
    "billing_name": gettext_lazy("Name on the bill"),
    "cancelled": gettext_lazy("Cancelled in the shop"),
    "company": gettext_lazy("Company"),
    "currency": gettext_lazy("Currency"),
    "customer": gettext_lazy("Customer"),
    "email": gettext_lazy("E-mail"),
    "financial_status": gettext_lazy("Payment state"),
    "fulfillment_status": gettext_lazy("Shipping state"),
    "lines": gettext_lazy("Goods"),
    "message": gettext_lazy("Buyer’s message"),
    "name": gettext_lazy("Full name"),
    "note": gettext_lazy("Note"),
    "number": gettext_lazy("Order number"),
    "paid": gettext_lazy("Paid"),
    "payment_method": gettext_lazy("Paid by"),
    "phone": gettext_lazy("Phone"),
    "placed_at": gettext_lazy("Ordered at"),
    "price": gettext_lazy("Price"),
    "amount": gettext_lazy("Amount"),
    "quantity": gettext_lazy("Quantity"),
    "reason": gettext_lazy("Reason"),
    "remark": gettext_lazy("Remark"),
    "sku": gettext_lazy("SKU"),
    "status": gettext_lazy("State in the shop"),
    "title": gettext_lazy("Title"),
    "total": gettext_lazy("Total"),
}
#: What the desk itself writes into an event: entry → (its name, the words of its codes). What a shop calls alike stays.
DESK: dict[str, tuple[StrOrPromise, dict[str, StrOrPromise]]] = {
    "reason": (gettext_lazy("Reason"), dict(CancelReason.choices)),
    "state": (gettext_lazy("Where it stood"), dict(OrderProgress.State.choices)),
    "what": (gettext_lazy("What came after the sale"), dict(AfterSales.choices)),
    "replaced_by": (gettext_lazy("In its place"), {}),
    "replaces": (gettext_lazy("In the place of"), {}),
}
#: Wrappers whose entries stand for themselves.
_OPENED = frozenset({"facts", "extra"})


@register.filter
def source_name(source: str) -> str:
    """The door that an order or event came through; a platform by its name, an unknown one as it is stored."""
    known = SOURCES.get(source)
    if known is None and source in Shop.Platform.values:
        known = Shop.Platform(source).label
    return str(known or source)


@register.filter
def fact_name(key: str) -> str:
    """The name of an entry that a shop or a form gave."""
    return str(NAMES.get(key, key))


@register.filter
def entries(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of everything in an event that says something; nested parts on one line each."""
    return list(_entries(content))


@register.filter
def event_title(found: EventData) -> str:
    """What kind of event it is; of two orders that name each other only one was replaced."""
    if found.event.kind == OrderEvent.Kind.REPLACEMENT and "replaces" in found.content:
        return _("In the place of another order")
    return str(found.event.get_kind_display())


@register.filter
def event_entries(found: EventData) -> list[tuple[str, str]]:
    """`entries` of an event; what the desk wrote in codes is said in words."""
    if found.event.source != "desk":
        return entries(found.content)
    return [
        (str(DESK[key][0]), str(DESK[key][1].get(value, value)))
        for key, value in found.content.items()
        if key in DESK
    ]


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if key in _OPENED and isinstance(value, Mapping):
            yield from _entries(value)
        elif text := _text(value):
            yield fact_name(key), text


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return _("yes")
    if isinstance(value, Mapping):
        return _("; ").join(f"{name} {text}" for name, text in _entries(value))
    if isinstance(value, list | tuple):
        return _(" / ").join(text for item in value if (text := _text(item)))
    return str(value)
