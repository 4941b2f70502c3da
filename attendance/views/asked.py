"""What addresses and forms of the roster ask for."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from office.errors import Invalid

FAR = timedelta(days=3660)


def day(text: str | None, fallback: date) -> date:
    """A day out of an address; the fallback for what is none, or lies too far away."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return fallback
    return found if abs(found - timezone.localdate()) < FAR else fallback


def needed_day(data: QueryDict, name: str) -> date:
    """Raises Invalid, which names the field, for what is no day within ten years."""
    try:
        found = date.fromisoformat(data.get(name, ""))
    except ValueError:
        found = None
    if found is None or abs(found - timezone.localdate()) >= FAR:
        message = _("Please give a day.")
        raise Invalid(message, errors=[{"path": name, "code": "date", "message": str(message)}])
    return found


def number(text: str | None) -> int | None:
    """A key; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
