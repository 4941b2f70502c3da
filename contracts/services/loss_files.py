"""Papers of a loss claim that were sent one by one while the claim was still being written: photographs of a phone are
too large to go all at once. Each is kept, and named by a token that only who sent it can use, for that order."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core import signing
from django.utils.translation import gettext_lazy as _

from contracts.limits import upload_limits
from contracts.services.booking import Upload
from contracts.services.sides import ORDER, ours
from office.files import api as files
from office.files.models import StoredFile
from office.rulebook.allowed import wrong
from office.staff.models import Employee

SALT = "contracts.loss_file"
#: A claim is written in a day.
GOOD_FOR = timedelta(days=1)


def keep(*, upload: Upload, order_id: int, by: Employee, now: datetime) -> tuple[StoredFile, str]:
    """The file, a large picture made smaller, and the token that names it. Raises Forbidden, FileRefused."""
    ours(by, ORDER, now)
    stored = files.keep_file(
        content=upload.content, name=upload.name, by=by, now=now, limits=upload_limits(now), shrink=True
    )
    return stored, signing.dumps([stored.pk, order_id, by.pk], salt=SALT)


def named(token: str, *, order_id: int, by: Employee) -> StoredFile:
    """Raises Invalid for a token that is none, too old, or another's."""
    try:
        pk, order, person = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        pk, order, person = 0, 0, 0
    found: StoredFile | None = (
        StoredFile.objects.filter(pk=pk).first() if (order, person) == (order_id, by.pk) else None
    )
    if found is None:
        raise wrong("file", _("This file is not at hand any more: choose it again."), code="gone")
    return found
