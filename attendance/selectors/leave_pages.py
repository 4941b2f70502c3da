"""What the pages of leave show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from attendance.models import Leave, LeaveProof
from attendance.rules.facts import Period
from attendance.selectors.balances import Balance, accounts_of, balance_of, standing
from attendance.selectors.leave_access import CHAIN, access_leave, manages, may_see_reason, rules_on_proof
from attendance.selectors.leave_kinds import LeaveKind, kind_name, kinds
from attendance.selectors.returned import returned_run
from attendance.selectors.stand_ins import Coverage, coverage_of, gone_in, may_name_later
from attendance.selectors.teams import team_of
from office.approvals import api as approvals
from office.approvals.models import Run, Vote
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

State = Leave.State
LATE = "attendance.lapsed_slip"
PAGE = 50
#: "Now" shows what ended so recently too.
RECENT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class LeavePage:
    """Everything on the page of a leave. `acts`: what the reader may do now; `returned`: the reader's own request for a
    slip after its time that came back; `deputy_gone`: when the stand-in is not there himself."""

    leave: Leave
    kind: str
    kind_rule: LeaveKind | None
    proofs: list[LeaveProof]
    runs: list[Run]
    clocks: list[Deadline]
    rows: list[audit.TimelineRow]
    coverage: Coverage | None
    acts: frozenset[str]
    whole: bool
    returned: Run | None
    balance: Balance | None
    deputy_gone: tuple[Period, ...] = ()

    @property
    def mine(self) -> bool:
        return "own" in self.acts

    @property
    def idle(self) -> bool:
        """Nothing to do, and no clock runs."""
        return not self.acts - {"own"} and not self.clocks

    @property
    def wants_proof(self) -> bool:
        return bool(self.kind_rule and self.kind_rule.proof and not self.proofs and self.leave.held)


def leave_page(pk: int, person: Employee, now: datetime) -> LeavePage:
    """Raises NotFound."""
    leave = access_leave(leave_id=pk, person=person, now=now)
    whole = may_see_reason(leave, person, now)
    acts = acts_of(leave, person, now)
    return LeavePage(
        leave,
        kind_name(leave.kind, leave.asked_at) if whole else str(_("Leave")),
        kinds(leave.asked_at).get(leave.kind) if whole else None,
        list(leave.proofs.select_related("file")) if whole else [],
        approvals.runs_about(leave.subject, person, now),
        [clock for clock in deadlines.of(leave.subject) if clock.state != Deadline.State.CANCELLED],
        audit.timeline(leave.subject),
        coverage_of(leave, now) if acts & {"deputy", "name-deputy"} else None,
        acts,
        whole,
        returned_run(LATE, leave.subject, person) if "late-slip" in acts else None,
        _balance(leave) if whole and leave.held else None,
        tuple(gone_in(leave, now)) if leave.state == State.APPROVED else (),
    )


def _balance(leave: Leave) -> Balance | None:
    kind = kinds(leave.asked_at).get(leave.kind)
    return balance_of(leave, kind) if kind is not None and kind.kept else None


def acts_of(leave: Leave, person: Employee, now: datetime) -> frozenset[str]:
    """What the person may do with the leave now, as the verbs would say."""
    found = set()
    own = person.pk == leave.employee_id
    if own:
        found.add("own")
        if leave.state in (State.REQUESTED, State.PROVISIONAL):
            found.add("take-back")
            if not _agreed(leave):
                found.add("deputy")
            if returned_run(CHAIN, leave.subject, person) is not None:
                found.add("again")
        if leave.state == State.PROVISIONAL and leave.slip_at is None:
            found.add("slip")
        if leave.state == State.APPROVED and leave.starts_at > now:
            found.add("cancel")
        if leave.held:
            found.add("proof")
        if (
            leave.state == State.LAPSED
            and not leave.excused_late
            and not leave.unconfirmed
            and not _late_asked(leave)
        ):
            found.add("late-slip")
    if may_name_later(person, leave, now):
        found.add("name-deputy")
    if leave.stated_late and leave.told_to_id == person.pk and leave.call is None:
        found.add("confirm-call")
    if leave.proof_due_at is not None and leave.proof_due_at <= now and rules_on_proof(person, leave, now):
        found.add("rule-proof")
    running = leave.starts_at < now < leave.ends_at
    waits = leave.state == State.PROVISIONAL and leave.slip_at is None
    if (
        running
        and (leave.state == State.APPROVED or waits)
        and (own or manages(person, leave.employee_id, now))
    ):
        found.add("back")
    return frozenset(found)


def _late_asked(leave: Leave) -> bool:
    """Whether the deciders have the slip that came after its time."""
    return Run.objects.filter(
        kind=LATE, subject_type="leave", subject_id=str(leave.pk), state__in=("running", "agreed")
    ).exists()


def _agreed(leave: Leave) -> bool:
    return Vote.objects.filter(
        run__subject_type="leave",
        run__subject_id=str(leave.pk),
        run__state__in=("running", "returned"),
        run__round=F("round"),
        decision=Vote.Decision.APPROVE,
    ).exists()


def team_leaves(person: Employee, tab: str, now: datetime, *, before: int | None = None) -> list[Leave]:
    """The leaves of those whom the person manages, one page and one more: who is away ("now"), who will be ("coming"),
    what waits ("waiting"), or what is over ("past", the newest first)."""
    found: QuerySet[Leave] = Leave.objects.select_related("employee", "deputy", "late_slip")
    found = found.filter(employee__in=team_of(person, now).order_by().values("pk"))
    away = (State.APPROVED, State.PROVISIONAL)
    if tab == "waiting":
        found = found.filter(state__in=(State.REQUESTED, State.PROVISIONAL)).order_by("starts_at", "pk")
    elif tab == "coming":
        found = found.filter(state__in=away, starts_at__gt=now).order_by("starts_at", "pk")
    elif tab == "past":
        found = found.filter(ends_at__lte=now).order_by("-pk")
        if before is not None:
            found = found.filter(pk__lt=before)
    else:
        found = found.filter(state__in=away, starts_at__lte=now, ends_at__gt=now).order_by("ends_at", "pk")
    return list(found[: PAGE + 1])


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One person's balances, by kind, in the order of the kinds."""

    person: Employee
    lefts: tuple[Balance, ...]


def balance_lines(now: datetime, *, after: str = "") -> list[BalanceLine]:
    """Everybody who may sign in, with what is left and reserved; one page and one more, by number."""
    kept, today = [kind for kind in kinds(now).values() if kind.kept], now.astimezone(ZONE).date()
    people = list(Employee.objects.filter(is_active=True, number__gt=after).order_by("number")[: PAGE + 1])
    accounts = accounts_of([person.pk for person in people])
    lines = []
    for person in people:
        own = (standing(kind, accounts.get((person.pk, kind.code), ()), today) for kind in kept)
        lines.append(BalanceLine(person, tuple(own)))
    return lines
