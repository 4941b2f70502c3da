"""Sources of punches and their signing secrets."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from attendance.models import PunchSource
from office import crypto
from office.errors import NotFound

SECRETS = "punch-source"


class Secret(NamedTuple):
    """One signing secret; an older one counts until `until`."""

    text: str
    until: datetime | None

    def counts(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@lru_cache(maxsize=64)
def _secrets(sealed: bytes) -> tuple[Secret, ...]:
    """Keyed by the ciphertext just read: a changed secret never meets a stale answer."""
    return tuple(
        Secret(row["text"], datetime.fromisoformat(row["until"]) if row["until"] else None)
        for row in json.loads(crypto.open_app(SECRETS, sealed))
    )


def secrets_of(source: PunchSource) -> tuple[Secret, ...]:
    """Newest first."""
    return () if source.sealed_secrets is None else _secrets(bytes(source.sealed_secrets))


def live_secrets(source: PunchSource, now: datetime) -> tuple[str, ...]:
    """Those that open the door now."""
    return tuple(secret.text for secret in secrets_of(source) if secret.counts(now))


def source_of(code: str) -> PunchSource | None:
    """An active source, or None."""
    return PunchSource.objects.filter(code=code, active=True).first()


def access_source(pk: int) -> PunchSource:
    """Raises NotFound."""
    found = PunchSource.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such source of punches."))
    return found
