"""Digests and subjects on pages."""

from django import template
from django.utils.translation import gettext_lazy as _

from office.audit.registry import incident_name
from office.subjects import subject_said

register = template.Library()


#: The ways in which an act came.
CHANNELS = {
    "page": _("a page"),
    "admin": _("the administration"),
    "api": _("the API"),
    "shell": _("a shell on the server"),
    "command": _("a command on the server"),
    "worker": _("a task of the system"),
    "sealer": _("the task that seals"),
}

register.filter("incident_name", incident_name)
register.filter("channel_name", lambda word: CHANNELS.get(word, word))
register.filter("said", lambda label, type_: subject_said(type_, label))


@register.filter(name="hex")
def as_hex(value: bytes | memoryview) -> str:
    return bytes(value).hex()
