"""Whether a file is a backup of ours, and not one that somebody sealed to our public key."""

from __future__ import annotations

from collections.abc import Collection

from django.db import DatabaseError

from backups.container import Reader
from backups.errors import Failed
from backups.models import Copy


def shown_by(reader: Reader, sha256: str, given: Collection[str] = ()) -> str:
    """By what it is shown: "stamp" (the application's key), "record" (ours has this very SHA-256), "sha256" (whoever
    asks has given it, as the certificate or the page says), or "". Broken when the stamp is of another file."""
    if reader.genuine():
        return "stamp"
    if sha256 in {each.strip().lower() for each in given}:
        return "sha256"
    try:
        return "record" if Copy.objects.filter(sha256=sha256).exists() else ""
    except DatabaseError:  # none that answers: a new machine
        return ""


def must_be(reader: Reader, sha256: str, given: Collection[str] = ()) -> None:
    """Failed unless it is shown."""
    if not shown_by(reader, sha256, given):
        raise Failed(
            f"Nothing shows that {reader.path.name} was written here: it bears no stamp under a key of ECDEPT_KEYS. "
            f"Put the old ECDEPT_KEYS back, or compare its SHA-256 with the printed certificate or the backup’s page "
            f"and give it: --sha256 {sha256}",
            code="unproven",
        )
