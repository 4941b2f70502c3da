"""Amounts as people read them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def yuan(amount: Decimal | int | None) -> str:
    """1,234.50 in every language; nothing for nothing."""
    return "" if amount is None else f"{Decimal(amount):,.2f}".replace("-", "−")


@register.filter
def percent(number: Decimal | None) -> str:
    """ "50", "33.3"."""
    return "" if number is None else f"{number.normalize():f}"


@register.simple_tag
def ticked(
    pk: int, sent: Collection[str] | None, due_on: date | None = None, today: date | None = None
) -> str:
    """Whether the box stands ticked: as it was sent, else what is due within a week, and every claim."""
    if sent is not None:
        chosen = str(pk) in sent
    else:
        chosen = due_on is None or today is None or due_on <= today + timedelta(days=7)
    return " checked" if chosen else ""
