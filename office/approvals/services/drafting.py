"""What people have begun to ask for: kept while they type, gone once it is handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.approvals import kinds, rules
from office.approvals.models import Draft, Run
from office.errors import Conflict, Invalid, NotFound
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee

#: Characters of one draft, and drafts of one person.
LONGEST, MOST = 200_000, 100
#: The subject of what has no subject yet.
NEW = "new"


def bytes_of(payload: Mapping[str, Any]) -> bytes:
    """The request's bytes. Raises Invalid for what cannot be kept exactly."""
    try:
        return rules.canonical(payload)
    except (TypeError, ValueError) as error:
        raise Invalid(_("The request holds a value that cannot be kept exactly."), code="payload") from error


@transaction.atomic
def save_draft(
    *,
    kind: str,
    subject: Subject,
    payload: Mapping[str, Any],
    by: Employee,
    now: datetime,
    comment: str = "",
) -> Draft:
    """What the person has typed so far; one for each kind and subject, replaced each time. Raises Invalid, Conflict
    (`too_many`)."""
    kinds.kind_of(kind)
    if len(bytes_of(payload)) > 4 * LONGEST:
        raise Invalid(_("This is too long to be kept as a draft."), code="too_long")
    mine = Draft.objects.filter(person=by)
    key: dict[str, Any] = {"kind": kind, "subject_type": subject.type, "subject_id": subject.id}
    if mine.count() >= MOST and not mine.filter(**key).exists():
        raise Conflict(
            _("You have {n} drafts already. Hand one in, or discard one.").format(n=MOST), code="too_many"
        )
    found, _made = Draft.objects.update_or_create(
        person=by,
        **key,
        defaults={
            "label": subject.label[:120],
            "payload": rules.plain(payload),
            "comment": comment[:500],
            "saved_at": now,
        },
    )
    return found


@transaction.atomic
def save_form(
    *,
    kind: str,
    subject_id: str,
    label: str,
    fields: Iterable[tuple[str, str]],
    by: Employee,
    now: datetime,
    opened_at: datetime | None = None,
    seen_at: datetime | None = None,
) -> Draft:
    """The fields of a half-filled form, in their order. `opened_at`: when the page was drawn; `seen_at`: the draft it
    knows of, None when it knew none. Without `opened_at` whatever was kept is replaced.

    Raises NotFound (no such kind), Invalid, Conflict: `handed_in` when the request has been made since, so that a late
    save brings nothing back, `elsewhere` when another page saved meanwhile.
    """
    known = kinds.find(kind)
    if known is None:
        raise NotFound(_("There is no such kind of request."))
    lines = [[name[:100], text.replace("\0", "")] for name, text in fields]
    if sum(len(text) for _name, text in lines) > LONGEST:
        raise Invalid(_("This is too long to be kept as a draft."), code="too_long")
    subject = Subject(known.subject_type, subject_id[:64], label.replace("\0", "").strip()[:120])
    if opened_at is not None:
        _require_fresh(kind, subject, by, opened_at, seen_at)
    return save_draft(kind=kind, subject=subject, payload={"form": lines}, by=by, now=now)


def _require_fresh(
    kind: str, subject: Subject, by: Employee, opened_at: datetime, seen_at: datetime | None
) -> None:
    asked = Run.objects.filter(requester=by, kind=kind, papers__at__gte=opened_at)
    if subject.id != NEW:
        asked = asked.filter(subject_type=subject.type, subject_id=subject.id)
    if asked.exists():
        raise Conflict(_("This has been handed in meanwhile."), code="handed_in")
    kept = (
        Draft.objects.select_for_update()
        .filter(person=by, kind=kind, subject_type=subject.type, subject_id=subject.id)
        .first()
    )
    if kept is not None and kept.saved_at != seen_at:
        raise Conflict(
            _("Another window of yours has saved this draft meanwhile."),
            code="elsewhere",
            saved_at=kept.saved_at.isoformat(),
        )


def drop_draft(*, kind: str, subject_ids: Iterable[str], by: Employee) -> None:
    """What was begun under one of these subjects has been handed in."""
    Draft.objects.filter(person=by, kind=kind, subject_id__in=set(subject_ids)).delete()


def forget_drafts(*, kind: str, subject_id: str) -> None:
    """Whatever anybody has begun about a subject that is forgotten, with what it said of people."""
    Draft.objects.filter(kind=kind, subject_id=subject_id).delete()


@transaction.atomic
def discard_draft(*, draft_id: int, by: Employee) -> Draft:
    """The person no longer wants it; answers what it was. Raises NotFound for a draft that is not his."""
    found = Draft.objects.defer("payload").filter(pk=draft_id, person=by).first()
    if found is None:
        raise NotFound(_("There is no such draft."))
    Draft.objects.filter(pk=draft_id).delete()
    return found
