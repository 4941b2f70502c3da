"""Words of the supplier's door."""

from __future__ import annotations

from django import template
from django.urls import reverse

from contracts.models import DoorCode

register = template.Library()


@register.filter
def half_name(name: str) -> str:
    """王**: whoever holds the link learns nothing that he does not know."""
    return f"{name[:1]}**"


@register.simple_tag
def door_url(page: str, token: str) -> str:
    return reverse(f"door:{page}", args=[token])


@register.filter
def door_way(way: str) -> str:
    return str(dict(DoorCode.Way.choices).get(way, way))
