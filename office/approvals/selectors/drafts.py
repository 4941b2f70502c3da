"""What a person has begun to ask for, for the page that asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from office.approvals import kinds
from office.approvals.models import Draft

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class FormDraft:
    """A form that saves itself: of which kind, about what, and as it was left (`pk`, `saved_at`, `data`: None when
    nothing is kept). `data` takes the place of request.POST."""

    kind: str
    subject_id: str
    label: str
    pk: int | None = None
    saved_at: datetime | None = None
    data: QueryDict | None = None

    @property
    def initial(self) -> dict[str, Any]:
        """For `Form(initial=…)`, which does not complain of what is still missing; a field with several values has
        them in a list. Empty when nothing is kept."""
        found = self.data.lists() if self.data is not None else ()
        return {name: values[0] if len(values) == 1 else values for name, values in found}


def form_draft(person: Employee, kind: str, subject_id: object, label: str = "") -> FormDraft:
    """What the person has begun on this subject, which `label` names. One query."""
    subject = str(subject_id)
    found = Draft.objects.filter(person=person, kind=kind, subject_id=subject).first()
    lines = found.payload.get("form") if found else None
    if found is None or not isinstance(lines, list):
        return FormDraft(kind, subject, label)
    data = QueryDict(mutable=True)
    for name, text in lines:
        data.appendlist(name, text)
    data._mutable = False
    return FormDraft(kind, subject, label, found.pk, found.saved_at, data)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft of the list; `url`: where to go on, "" when the kind names no page."""

    draft: Draft
    kind_name: StrOrPromise
    url: str


def drafts_of(person: Employee) -> list[DraftLine]:
    """What the person has begun to ask for, the latest first; without what was typed."""
    found = Draft.objects.filter(person=person).defer("payload").order_by("-saved_at")
    return [DraftLine(each, kinds.name_of(each.kind), ask_url(each.kind, each.subject_id)) for each in found]


def ask_url(kind: str, subject_id: str) -> str:
    """The page where a kind is asked for, "" when it names none."""
    known = kinds.find(kind)
    return known.ask(subject_id) if known and known.ask else ""
