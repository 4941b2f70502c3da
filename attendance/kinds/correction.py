"""What the approvals engine asks about a missing punch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import SettledDay
from attendance.selectors.teams import may_see
from attendance.services import corrections
from attendance.subjects import read_day_key
from office.approvals import api as approvals
from office.files import api as files
from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """Nothing that an edit could change: punches are added, never edited."""
    return {}


def changes(run: approvals.Run) -> list[approvals.Change]:
    """What the day came to so far, and the punches that are to be added."""
    key = read_day_key(run.subject_id)
    day = SettledDay.objects.filter(employee_id=key[0], day=key[1]).order_by("-turn").first() if key else None
    so_far = str(day.get_verdict_display()) if day else _("not settled yet")
    found = []
    for index, row in enumerate(run.payload["rows"]):
        at = timezone.localtime(datetime.fromisoformat(row["at"]))
        label = _("Came") if row["direction"] == "in" else _("Left work")
        found.append(
            approvals.Change(row["direction"], label, so_far, f"{at:%Y-%m-%d %H:%M}", row=label, index=index)
        )
    return found


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """What was agreed to becomes a fact."""
    corrections.enter(run=run, payload=payload, by=by, now=now)


def evidence(run: approvals.Run) -> list[approvals.Evidence]:
    """Why, and the proof."""
    found = [approvals.Evidence(_("Reason"), run.payload["reason"])]
    kept = files.StoredFile.objects.filter(pk__in=run.payload["evidence"]["proof"])
    for file in kept:
        address = reverse("attendance:proof", args=[run.pk, file.pk])
        found.append(
            approvals.Evidence(_("Proof"), file.name, image=address)
            if file.is_picture
            else approvals.Evidence(_("Proof"), file.name, url=address)
        )
    return found


def visible(person: Employee, subject_id: str) -> bool:
    """Whoever may see the person's attendance."""
    key = read_day_key(subject_id)
    return key is not None and may_see(person, key[0], timezone.now())


def url(subject_id: str) -> str:
    """The page of the day."""
    key = read_day_key(subject_id)
    return reverse("attendance:day", args=[key[0], key[1].isoformat()]) if key else ""
