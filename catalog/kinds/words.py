"""Amounts, percents and instants as deciders read them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _


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
