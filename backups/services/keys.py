"""The backup key: made once, its private half printed and not kept here."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backups.container import Recipient, fingerprint
from backups.models import BackupKey
from office import boxes
from office.audit import api as audit
from office.audit.context import machine_user
from office.errors import Conflict


def current_key() -> BackupKey | None:
    """The key to which backups are sealed now."""
    return BackupKey.objects.order_by("-pk").first()


def recipients() -> list[Recipient]:
    """To whom a backup made now is sealed; none before there is a key."""
    key = current_key()
    return [Recipient(key.fingerprint, bytes(key.public))] if key else []


@transaction.atomic
def make_key(*, now: datetime, replace: bool = False, demo: bool = False) -> tuple[BackupKey, str]:
    """A new pair: (its public half as it is kept, the text of the private half, which is kept nowhere).

    Conflict while there is a key and `replace` was not asked for: what was sealed to the old one needs the old one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('backups.key'))")
    old = current_key()
    if old is not None and not replace:
        raise Conflict(
            _(
                "There is a backup key already (%(key)s). Give --replace to make another for backups from now on."
            )
            % {"key": old.fingerprint},
            code="key_exists",
        )
    pair = boxes.new_pair()
    key = BackupKey(
        public=pair.public,
        fingerprint=fingerprint(pair.public),
        made_at=now,
        made_by=machine_user(),
        demo=demo,
    )
    key.save()
    audit.record(
        "backups.key_made",
        subject=key.subject,
        by=None,
        now=now,
        data={
            "fingerprint": key.fingerprint,
            "replaces": old.fingerprint if old else "",
            "login": key.made_by,
        },
    )
    return key, boxes.key_text(pair.private)
