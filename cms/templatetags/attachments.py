"""Attachments where templates show a text."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from cms.models import Publication, Version
from cms.rules import html
from cms.selectors import attachments

register = template.Library()


@register.filter
def attached(version: Version) -> list[attachments.Attached]:
    """For staff."""
    return attachments.of_version(version)


@register.filter
def public_files(row: Publication) -> list[attachments.Attached]:
    """For the public page: what does not stand in the text already."""
    placed = set(html.pictures(row.version.body))
    return [each for each in attachments.of_publication(row) if each.sha256 not in placed]


@register.filter
def body_of(version: Version) -> SafeString:
    """The text for staff, cleaned once more, with its pictures."""
    body = html.clean(version.body)
    files = attachments.of_version(version) if html.pictures(body) else []
    return SafeString(html.with_pictures(body, {each.sha256: each.url for each in files}))


@register.filter
def public_body(row: Publication) -> SafeString:
    """The text for everybody, cleaned once more, with its pictures."""
    body = html.clean(row.version.body)
    files = attachments.of_publication(row) if html.pictures(body) else []
    return SafeString(html.with_pictures(body, {each.sha256: each.url for each in files}))
