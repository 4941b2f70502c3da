"""Sizes as people say them."""

from __future__ import annotations

from django import template

from office.files.names import readable_size

register = template.Library()


@register.filter
def readable(size: int) -> str:
    """512000 → "500 KB"."""
    return readable_size(int(size or 0))
