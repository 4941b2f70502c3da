"""What the engines below are told about content: its subject and the verbs of its trail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from office.subjects import register_subject


def register() -> None:
    """Called once at start."""
    register_subject("content", _("Content"))
    register_subject("column", _("Column"))
    register_subject("wordlist", _("Word list"))
