"""The two documents, who is concerned by each, and who has not read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Procedure, ProcedureRead
from office.rulebook import api as rulebook
from office.staff.models import Appointment, Employee

LIST, READERS = "accounts.procedures", "accounts.procedure_readers"


def codes(at: datetime) -> tuple[str, ...]:
    return rulebook.parameter_rule(LIST, at=at).texts()


def name_of(code: str, at: datetime) -> str:
    return str(rulebook.book(at).names.get(code, code))


def latest(code: str) -> Procedure | None:
    return Procedure.objects.filter(code=code).select_related("by").order_by("-number").first()


def concerned(code: str, at: datetime) -> set[int]:
    """Ids of those whose posts the book names for the document."""
    posts = rulebook.parameter_rule(READERS, at=at).texts(code)
    held = Appointment.objects.filter(position__in=posts, during__contains=at, employee__is_active=True)
    return set(held.values_list("employee_id", flat=True))


@dataclass(frozen=True, slots=True)
class Document:
    """A document as one person sees it. `owed`: it concerns him and he has not read this version."""

    code: str
    name: str
    last: Procedure | None
    owed: bool
    read_at: datetime | None
    readers: int
    total: int
    missing: list[Employee]


def documents(viewer: Employee, at: datetime, *, names: bool) -> list[Document]:
    """Both documents; with `names` also who has not read them."""
    found = []
    for code in codes(at):
        last, people = latest(code), concerned(code, at)
        read = (
            dict(ProcedureRead.objects.filter(procedure=last).values_list("employee_id", "at"))
            if last
            else {}
        )
        missing = people - read.keys() if last else set()
        found.append(
            Document(
                code=code,
                name=name_of(code, at),
                last=last,
                owed=last is not None and viewer.pk in missing,
                read_at=read.get(viewer.pk),
                readers=len(people & read.keys()),
                total=len(people),
                missing=list(Employee.objects.filter(pk__in=missing).order_by("name_key", "number")[:100])
                if names
                else [],
            )
        )
    return found
