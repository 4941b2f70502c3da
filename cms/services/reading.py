"""Reading attached documents once, when they are first attached: what they say is searched like the text (C6.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cms.models import FileText
from cms.rules import reading
from office.errors import NotFound
from office.files import api as files
from office.files.models import StoredFile


def read_files(sha256s: Iterable[str], now: datetime) -> None:
    """Keep the words of each document that has not been read yet, or that they cannot be read. Pictures and films have
    none; a file that is gone is unreadable."""
    wanted = set(sha256s)
    if not wanted:
        return
    wanted -= set(FileText.objects.filter(sha256__in=wanted).values_list("sha256", flat=True))
    found = []
    for stored in StoredFile.objects.filter(sha256__in=wanted, family="document"):
        text = reading.text_of(_content(stored), stored.mime)
        found.append(FileText(sha256=stored.sha256, readable=text is not None, text=text or "", at=now))
    FileText.objects.bulk_create(found, ignore_conflicts=True)


def _content(stored: StoredFile) -> bytes:
    try:
        return files.content_of(stored)
    except NotFound:
        return b""
