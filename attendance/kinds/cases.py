"""Decisions about cases as something that is agreed to (S2e, S4b, S4c)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import Case
from attendance.selectors.cases import decides
from attendance.selectors.measures import clauses, measure_name
from attendance.services import cases
from office.approvals import api as approvals
from office.approvals.models import Run
from office.staff.models import Employee

NAMES = {
    "attendance.discipline": _("Measure in a case"),
    "attendance.dismissal": _("Dismissal"),
    "attendance.absence_case": _("Absence case"),
}


def fields(subject_id: str) -> Mapping[str, str]:
    """The evidence by settled days, what the person answered, and whether he is still here."""
    case = Case.objects.select_related("employee").get(pk=int(subject_id))
    return {
        "days": " ".join(day.isoformat() for day in case.days),
        "stands": str(case.stands),
        "answer": case.statement,
        "active": str(case.employee.is_active),
    }


def changes(run: Run) -> list[approvals.Change]:
    asked = run.payload
    case = Case.objects.select_related("employee").get(pk=asked["case"])
    found = [
        approvals.Change("person", _("Person"), "", f"{case.employee.name} ({case.employee.number})"),
        approvals.Change("clause", _("Clause"), "", asked["clause"]),
        approvals.Change("measure", _("Measure"), "", measure_name(asked["measure"], run.submitted_at)),
    ]
    if asked["measure"] == "fine":
        found.append(approvals.Change("fine", _("Fine"), "", f"¥{asked['fine']}"))
    if asked.get("last_day"):
        found.append(approvals.Change("last_day", _("Last day"), "", asked["last_day"]))
    found.append(approvals.Change("grounds", _("Grounds"), "", asked["grounds"]))
    return found


def exhibits(run: Run, person: Employee, now: datetime) -> list[approvals.Exhibit]:
    """The matter, the person's answer, the legal note of the clause."""
    case = Case.objects.select_related("employee", "opened_by").get(pk=int(run.subject_id))
    return [
        approvals.Exhibit(
            _("The case"),
            "attendance/_case_matter.html",
            {
                "case": case,
                "clause": clauses(case.opened_at).get(case.clause),
                "evidence": case.evidence.order_by("-turn").first(),
                "said_before": list(case.answers.order_by("-turn")[1:20]),
            },
        )
    ]


def visible(person: Employee, subject_id: str) -> bool:
    """Whoever decides on cases sees the request at once, the person concerned never does."""
    case = Case.objects.filter(pk=int(subject_id)).first() if subject_id.isdecimal() else None
    return case is not None and decides(person, case, timezone.now())


_FIELDS = {"days": _("Days"), "stands": _("Evidence"), "answer": _("Answer"), "active": _("May sign in")}


def kind(code: str) -> approvals.Kind:
    return approvals.Kind(
        code=code,
        name=NAMES[code],
        subject_type="case",
        fields=fields,
        changes=changes,
        apply=cases.apply,
        ended=cases.ended,
        check=cases.check,
        visible=visible,
        closed=True,
        exhibits=exhibits,
        field_name=lambda field: _FIELDS.get(field, field),
    )
