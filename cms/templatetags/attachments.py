"""Attachments where templates show a text."""

from __future__ import annotations

from django import template

from cms.models import Publication, Version
from cms.selectors import attachments

register = template.Library()


@register.filter
def attached(version: Version) -> list[attachments.Attached]:
    """For staff."""
    return attachments.of_version(version)


@register.filter
def public_files(row: Publication) -> list[attachments.Attached]:
    """For the public page."""
    return attachments.of_publication(row)
