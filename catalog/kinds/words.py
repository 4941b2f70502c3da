"""Amounts, percents and instants as deciders read them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Fields of a fingerprint as people call them.
FIELDS: dict[str, StrOrPromise] = {
    "cost": gettext_lazy("cost"),
    "price": gettext_lazy("price"),
    "spec": gettext_lazy("specification"),
    "on sale": gettext_lazy("on sale or not"),
    "text": gettext_lazy("product text"),
    "pictures": gettext_lazy("pictures"),
    "title": gettext_lazy("Name"),
    "plan": gettext_lazy("Plan"),
    "begins": gettext_lazy("Begins"),
    "ends": gettext_lazy("Ends"),
    "channels": gettext_lazy("Sales channels"),
    "overlap": gettext_lazy("Overlap"),
}


def field_name(field: str) -> StrOrPromise:
    """ "SF-2301 cost" as people call it."""
    if field in FIELDS:
        return FIELDS[field]
    for word, name in FIELDS.items():
        if field.endswith(f" {word}"):
            return format_lazy("{} {}", field.removesuffix(f" {word}"), name)
    return field


def yuan(amount: Decimal | str | None) -> str:
    """¥1,280.00; "—" for none."""
    return "—" if amount is None or amount == "" else f"¥{Decimal(amount):,.2f}"


def percent(value: Decimal | None) -> str:
    """32.1 %; "—" for none."""
    return "—" if value is None else f"{value:.1f} %"


def signed(value: Decimal | None) -> str:
    """(+5.0 %), or nothing."""
    return "" if value is None else f" ({value:+.1f} %)"


def local(at: datetime | str | None) -> str:
    """2026-11-23 10:00; "—" for none."""
    if not at:
        return "—"
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return timezone.localtime(instant).strftime("%Y-%m-%d %H:%M")


def period(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """11-11 00:00 – 11-12 00:00."""
    ends = [timezone.localtime(at).strftime("%m-%d %H:%M") if at else "" for at in (starts_at, ends_at)]
    return " – ".join(ends)


def every_channel(name: str) -> str:
    """The channel's name; the words for all of them."""
    return name or _("all channels")
