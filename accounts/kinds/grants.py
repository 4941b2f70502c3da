"""A grant or its end as something that is agreed to (C13.2, M4.2, M10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant
from accounts.rules.names import name_of
from accounts.selectors import access
from accounts.services import grants
from office.approvals import api as approvals
from office.approvals.models import Run
from office.enumerating import enumerated
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee

NAMES = {
    grants.LEVEL_CHANGE: _("Change of access"),
    grants.SECTION: _("Permission of a section"),
}
FIELDS = {"active": _("may sign in")}


def fields(subject_id: str) -> Mapping[str, str]:
    """Somebody who may no longer sign in gets nothing."""
    active = Employee.objects.filter(pk=person_of(subject_id)).values_list("is_active", flat=True).first()
    return {"active": str(active)}


def person_of(subject_id: str) -> int:
    number = subject_id.partition(":")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0


def changes(run: Run) -> list[approvals.Change]:
    """Whose, what, from when to when, what for, and what he may do of it today."""
    asked, book = run.payload, rulebook.book(run.submitted_at)
    person = Employee.objects.get(pk=asked["person"])
    posts = enumerated(staff.posts_text(person, run.submitted_at).split(" · ")) or "—"
    rows = [
        approvals.Change("person", _("Person"), "", f"{person.name} ({person.number}) · {posts}"),
        approvals.Change("word", _("Permission"), "", name_of(asked["word"], book)),
    ]
    if asked["act"] == grants.END:
        grant = Grant.objects.get(pk=asked["grant"])
        rows.append(approvals.Change("to", _("Ends"), _last_day(grant.ends_at.isoformat()), _("at once")))
    else:
        rows.append(approvals.Change("from", _("First day"), "", asked["from"][:10]))
        rows.append(approvals.Change("to", _("Last day"), "", _last_day(asked["to"])))
    rows.append(approvals.Change("reason", _("Needed for"), "", asked["reason"]))
    return rows


def _last_day(instant: str) -> str:
    """The last whole day before a midnight."""
    return f"{datetime.fromisoformat(instant).astimezone(ZONE) - timedelta(seconds=1):%Y-%m-%d}"


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    grants.carry_out(run=run, payload=payload, by=by, now=now)


def visible(person: Employee, subject_id: str) -> bool:
    """The person concerned, those above him, and whoever sees all access."""
    found = Employee.objects.filter(pk=person_of(subject_id)).first()
    return found is not None and access.may_see(person, found, timezone.now())


def ask(subject_id: str) -> str:
    if subject_id == "new":
        return reverse("accounts:access_ask")
    person, _colon, word = subject_id.partition(":")
    return f"{reverse('accounts:access_ask')}?person={person}&word={word}"


def kind(code: str) -> approvals.Kind:
    return approvals.Kind(
        code=code,
        name=NAMES[code],
        subject_type="access",
        fields=fields,
        changes=changes,
        apply=apply,
        check=grants.check,
        visible=visible,
        similar=lambda run: f"{run.payload['act']}:{run.payload['word']}",
        ask=ask,
        field_name=lambda field: FIELDS.get(field, field),
        fresh=True,
    )
