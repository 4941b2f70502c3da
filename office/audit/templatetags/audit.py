"""Digests on pages."""

from django import template

register = template.Library()


@register.filter(name="hex")
def as_hex(value: bytes | memoryview) -> str:
    return bytes(value).hex()
