"""Digests and subjects on pages."""

from django import template

from office.subjects import subject_said

register = template.Library()


register.filter("said", lambda label, type_: subject_said(type_, label))


@register.filter(name="hex")
def as_hex(value: bytes | memoryview) -> str:
    return bytes(value).hex()
