"""Reading the rulebook: everybody, each version."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Acknowledgement
from office.audit import api as audit
from office.errors import Conflict
from office.rulebook.models import Version
from office.staff.models import Employee
from office.subjects import Subject


@transaction.atomic
def acknowledge(*, version_id: int, by: Employee, now: datetime) -> Acknowledgement:
    """The person has read the version in force. Raises Conflict when another one is in force meanwhile (`moved_on`)."""
    version = Version.objects.filter(effective__contains=now).first()
    if version is None or version.pk != version_id:
        raise Conflict(
            _("Another version of the rulebook is in force meanwhile: please read that one."), code="moved_on"
        )
    found, made = Acknowledgement.objects.get_or_create(
        employee=by, book_version=version, defaults={"sha256": version.sha256, "at": now}
    )
    if made:
        audit.record(
            "attendance.acknowledge",
            subject=Subject("rulebook", version.book, f"{version.book} #{version.pk}"),
            by=by,
            now=now,
            clause="C14",
            data={"version": version.pk, "sha256": version.sha256},
        )
    return found
