"""Who may see which case, and what its page shows. For others there is none (404)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from attendance.models import Case, CaseAnswer, CaseDecision, CaseEvidence, CaseFile
from attendance.selectors import teams
from attendance.selectors.measures import (
    ClauseMeasures,
    FineLimit,
    clauses,
    fine_limit,
    measure_name,
    measures_of,
)
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with
from office.staff import api as staff
from office.staff.models import Employee

DECIDE, OPEN = "attendance.decide_case", "attendance.open_case"
KINDS = ("attendance.discipline", "attendance.dismissal", "attendance.absence_case")
PAGE = 50
EVERY = Q(pk__isnull=False)


def visible_to(person: Employee, now: datetime) -> QuerySet[Case]:
    """The own ones, those he opened, and for the posts that decide those of the people whose attendance they see."""
    return Case.objects.filter(Q(employee=person) | Q(opened_by=person) | _overseen(person, now))


def _overseen(person: Employee, now: datetime) -> Q:
    """The cases of the people whom the person oversees. Where nobody else would oversee somebody, because he alone
    sees everybody, every post that decides does."""
    if not rulebook.may(person, DECIDE, now):
        return Q(pk__in=())
    if teams.sees_all(person, now):
        return EVERY
    everywhere = people_with(teams.ALL, now) & people_with(DECIDE, now)
    left = everywhere if len(everywhere) == 1 else ()
    team = teams.team_of(person, now).order_by().values("pk")
    return Q(employee_id__in=team) | Q(employee_id__in=left) if everywhere else EVERY


def oversees(person: Employee, case: Case, now: datetime) -> bool:
    return Case.objects.filter(_overseen(person, now), pk=case.pk).exists()


def overseers(case: Case, now: datetime) -> set[int]:
    """Who decides on the case and sees it, without the person concerned."""
    people = Employee.objects.filter(pk__in=people_with(DECIDE, now) - {case.employee_id})
    return {person.pk for person in people if oversees(person, case, now)}


def access_case(*, case_id: int, person: Employee, now: datetime) -> Case:
    """Also for who takes part in the approval. Raises NotFound."""
    case = Case.objects.select_related("employee", "opened_by", "closed_by").filter(pk=case_id).first()
    if case is not None and (
        visible_to(person, now).filter(pk=case_id).exists()
        or approvals.may_read_about(case.subject, person, now)
    ):
        return case
    raise NotFound(_("There is no such case."))


def heard(case: Case, now: datetime) -> bool:
    """Whether the person has answered, or his time is over."""
    return case.statement_at is not None or case.reply_due_at <= now


def decides(person: Employee, case: Case, now: datetime) -> bool:
    """Whether the person may propose or close: by his post, never on his own case."""
    return person.pk != case.employee_id and oversees(person, case, now)


def proposes(person: Employee, case: Case, now: datetime) -> bool:
    """The chains name who proposes, of a case that he sees."""
    if person.pk == case.employee_id or not visible_to(person, now).filter(pk=case.pk).exists():
        return False
    key = "attendance.absence_case" if case.sort != Case.Sort.CONDUCT else "attendance.discipline"
    chain = rulebook.chain_rule(key, now)
    return bool(set(chain.proposer) & staff.positions_of(person, now))


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on the page of a case. `acts`: what the reader may do now. `said_before`: what the person
    answered before his last answer. `former`: the cases before it that he may look at; `later`: those after it that go
    on from its days."""

    case: Case
    clause: ClauseMeasures | None
    files: list[CaseFile]
    evidence: list[CaseEvidence]
    decision: CaseDecision | None
    measure: str
    runs: list[Run]
    clocks: list[Deadline]
    rows: list[audit.TimelineRow]
    acts: frozenset[str]
    heard: bool
    limit: FineLimit | None
    said_before: list[CaseAnswer]
    former: frozenset[int]
    later: list[Case]

    @property
    def mine(self) -> bool:
        return "own" in self.acts


def case_page(pk: int, person: Employee, now: datetime) -> CasePage:
    """Raises NotFound."""
    case = access_case(case_id=pk, person=person, now=now)
    own = person.pk == case.employee_id
    acts = {"own"} if own else set()
    is_heard = heard(case, now)
    if own and case.live:
        acts.add("answer")
    if case.state == Case.State.OPEN:
        if is_heard and proposes(person, case, now):
            acts.add("propose")
        if decides(person, case, now):
            acts.add("close")
    if case.live and (own or person.pk == case.opened_by_id):
        acts.add("file")
    decision = CaseDecision.objects.filter(case=case).first()
    return CasePage(
        case,
        clauses(case.opened_at).get(case.clause),
        list(case.files.select_related("file", "by").order_by("pk")),
        list(case.evidence.order_by("-turn")[:10]),
        decision,
        measure_name(decision.measure, case.opened_at) if decision else "",
        [] if own else approvals.runs_about(case.subject, person, now),
        [clock for clock in deadlines.of(case.subject) if clock.state != Deadline.State.CANCELLED],
        audit.timeline(case.subject),
        frozenset(acts),
        is_heard,
        fine_limit(case.opened_at),
        list(case.answers.order_by("-turn")[1:20]),
        *_around(case, person, now),
    )


def _around(case: Case, person: Employee, now: datetime) -> tuple[frozenset[int], list[Case]]:
    """The person's other absence cases, as far as the reader may look at them."""
    if case.sort == Case.Sort.CONDUCT:
        return frozenset(), []
    others = visible_to(person, now).filter(employee_id=case.employee_id).exclude(pk=case.pk)
    later = others.filter(evidence__days__contains=[{"earlier": case.pk}]).distinct().order_by("pk")
    return frozenset(others.filter(sort__in=("row", "month")).values_list("pk", flat=True)), list(later)


def choices(case: Case, now: datetime) -> list[tuple[str, str]]:
    """The measures that the clause knows; no fine where the book of the case names no bound."""
    bound = fine_limit(case.opened_at)
    return [each for each in measures_of(case.clause, now) if each[0] != "fine" or bound is not None]


def listed(person: Employee, *, ended: bool, now: datetime, before: int | None = None) -> list[Case]:
    """One page and one more, the newest first."""
    found = visible_to(person, now).select_related("employee", "opened_by")
    found = found.filter(state__in=("decided", "closed") if ended else ("open", "proposed"))
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[: PAGE + 1])


def waiting_for(person: Employee, now: datetime) -> list[Case]:
    """Cases in which it is this person's turn: to answer, or to propose once the person was heard."""
    own = Q(employee=person, statement_at=None, state="open", reply_due_at__gt=now)
    found = Case.objects.select_related("employee").filter(own)
    if rulebook.may(person, DECIDE, now):
        heard_ = Q(state="open") & (Q(statement_at__isnull=False) | Q(reply_due_at__lte=now))
        found = Case.objects.select_related("employee").filter(
            own | heard_ & ~Q(employee=person) & _overseen(person, now)
        )
    return list(found.order_by("reply_due_at")[:20])


class Day(NamedTuple):
    """A settled day as it stands: the newest turn, and the correcting entry of a closed month."""

    employee_id: int
    day: date
    turn: int
    verdict: str
    planned: timedelta
    share: Decimal


_DAYS = """
WITH people AS (
    SELECT employee_id FROM attendance_settledday WHERE day >= %(since)s AND absent_share > 0
    UNION SELECT employee_id FROM attendance_adjustment WHERE day >= %(since)s AND absent_share > 0
    UNION SELECT employee_id FROM attendance_case WHERE state IN ('open', 'proposed') AND sort <> 'conduct'
)
SELECT DISTINCT ON (s.employee_id, s.day)
       s.employee_id, s.day, s.turn + coalesce(a.turn, 0), coalesce(a.verdict, s.verdict), s.planned,
       coalesce(a.absent_share, s.absent_share)
FROM attendance_settledday s
LEFT JOIN LATERAL (
    SELECT turn, verdict, absent_share FROM attendance_adjustment a
    WHERE a.employee_id = s.employee_id AND a.day = s.day ORDER BY a.turn DESC LIMIT 1
) a ON true
WHERE s.day >= %(since)s AND s.employee_id IN (SELECT employee_id FROM people)
ORDER BY s.employee_id, s.day, s.turn DESC
"""


def days_since(since: date) -> list[Day]:
    """The settled days of whoever was absent on one, and of whoever has an absence case open, as they stand: what
    became known after a month was closed counts by its correcting entry. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"since": since})
        return [Day(*row) for row in cursor.fetchall()]
