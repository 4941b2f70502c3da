"""Acts that wait for a second person: proposed by one, confirmed or refused by another (C13.2, C13.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound
from office.staff import second_person, wiring
from office.staff.models import Appointment, Employee, Proposal
from office.staff.second_person import CLAUSE
from office.staff.services import people
from office.staff.services.guards import locked, require
from office.staff.services.posts import Terms, appoint, checked, enter
from office.staff.subjects import subject_of

RESETS = (Proposal.Kind.PASSWORD, Proposal.Kind.SECOND_FACTOR)


@transaction.atomic
def propose_appointment(
    *,
    employee: Employee,
    position: str,
    start: datetime,
    by: Employee,
    now: datetime,
    end: datetime | None = None,
    acting: bool = False,
    reason: str = "",
) -> Appointment | Proposal:
    """Appoints to an ordinary post; an appointment to a sensitive one has no effect until a second person confirms it.

    Arguments and refusals as `posts.appoint`; Conflict (`proposed_already`) when the same waits already.
    """
    terms = Terms(position, start, end, acting, reason)
    person = checked(employee, terms, by=by, now=now)
    alone = second_person.never_existed(position, person, by, now)
    if alone or position not in second_person.sensitive_posts(now):
        return appoint(
            employee=person, position=position, start=start, end=end, acting=acting, reason=reason, by=by, now=now
        )  # fmt: skip
    return _propose(
        Proposal(
            kind=Proposal.Kind.APPOINT,
            employee=person,
            position=position,
            during=terms.during,
            acting=acting,
            reason=reason.strip()[:200],
        ),
        by=by,
        now=now,
        facts=terms.facts(),
    )


@transaction.atomic
def join(*, position: str, by: Employee | None, now: datetime, **particulars: Any) -> Employee:
    """A person joins and takes a post ("" for none yet) in one transaction; arguments as `people.add_employee`.

    A sensitive post waits for a second person, as in `propose_appointment`; by the system it counts at once."""
    employee = people.add_employee(by=by, now=now, **particulars)
    if position and by is None:
        appoint(employee=employee, position=position, start=now, by=None, now=now)
    elif position and by is not None:
        propose_appointment(employee=employee, position=position, start=now, by=by, now=now)
    return employee


@transaction.atomic
def propose_reset(*, employee: Employee, kind: str, by: Employee, now: datetime) -> str | Proposal:
    """A one-time password (`kind` "password", returned) or a new second factor ("second_factor", returns "").

    For who holds a sensitive post it is a proposal, and nothing happens until a second person confirms it. Raises
    Forbidden, NotFound, Conflict (oneself, `proposed_already`).
    """
    require(by, "staff.manage", now)
    if kind not in RESETS:
        raise NotFound(_("There is no such act."))
    people.guard_not_oneself(employee, by)
    person = locked(employee.pk)
    if people.takes_second(person, by, now):
        return _propose(Proposal(kind=kind, employee=person), by=by, now=now, facts={})
    if kind == Proposal.Kind.PASSWORD:
        return people.reset_password(employee=person, by=by, now=now)
    people.reset_second_factor(employee=person, by=by, now=now)
    return ""


def _propose(proposal: Proposal, *, by: Employee, now: datetime, facts: Mapping[str, object]) -> Proposal:
    person = proposal.employee
    same = Proposal.objects.filter(
        employee=person, kind=proposal.kind, position=proposal.position, state=Proposal.State.PROPOSED
    )
    if same.exists():
        raise Conflict(
            _("The same is proposed already and waits for a second person."), code="proposed_already"
        )
    proposal.proposed_by, proposal.proposed_at = by, now
    proposal.save()
    audit.record(
        "staff.propose",
        subject=subject_of(person),
        by=by,
        now=now,
        clause=CLAUSE,
        data={"proposal": proposal.pk, "kind": proposal.kind, **facts},
    )
    _tell(f"staff.proposed:{_what(proposal)}", second_person.deciders(proposal, now), proposal, now, by)
    return proposal


class Confirmed(NamedTuple):
    """What was confirmed; `password` is the one-time password for the second person to hand over, else ""."""

    proposal: Proposal
    password: str


@transaction.atomic
def confirm(*, proposal_id: int, by: Employee | None, now: datetime) -> Confirmed:
    """The second person agrees: the appointment counts from now (or its later start), or the reset is done.

    `by` None is the system: a command at a terminal, for a company in which nobody is left who could. Raises Forbidden,
    NotFound, Conflict (decided already; its time is over; what `appoint` refuses).
    """
    proposal = _waiting(proposal_id, by, now)
    person = locked(proposal.employee_id)
    _decide(proposal, Proposal.State.CONFIRMED, by=by, now=now, reason="")
    audit.record(
        "staff.confirm",
        subject=subject_of(person),
        by=by,
        now=now,
        clause=CLAUSE,
        data={"proposal": proposal.pk, "kind": proposal.kind, "proposed_by": proposal.proposed_by.name},
    )
    password = ""
    if proposal.kind == Proposal.Kind.APPOINT:
        enter(
            person=person,
            terms=_terms(proposal, now),
            by=by,
            now=now,
            also={"proposed_by": proposal.proposed_by.name},
        )
    elif proposal.kind == Proposal.Kind.PASSWORD:
        password = people.reset_confirmed(person, proposed_by=proposal.proposed_by, by=by, now=now)
    else:
        people.forget_factors_confirmed(person, proposed_by=proposal.proposed_by, by=by, now=now)
    told = [proposal.proposed_by]
    if proposal.kind == Proposal.Kind.APPOINT:
        told.append(person)
    _tell(f"staff.confirmed:{_what(proposal)}", told, proposal, now, by)
    return Confirmed(proposal, password)


@transaction.atomic
def refuse(*, proposal_id: int, by: Employee, now: datetime, reason: str = "") -> Proposal:
    """The second person says no; nothing changes. Raises Forbidden, NotFound, Conflict (decided already)."""
    proposal = _waiting(proposal_id, by, now)
    _decide(proposal, Proposal.State.REFUSED, by=by, now=now, reason=reason)
    audit.record(
        "staff.refuse",
        subject=subject_of(proposal.employee),
        by=by,
        now=now,
        clause=CLAUSE,
        data={"proposal": proposal.pk, "kind": proposal.kind, "reason": proposal.decided_reason},
    )
    _tell(f"staff.refused:{_what(proposal)}", [proposal.proposed_by], proposal, now, by)
    return proposal


@transaction.atomic
def withdraw(*, proposal_id: int, by: Employee, now: datetime) -> Proposal:
    """The proposer takes it back. Raises Forbidden (another's), NotFound, Conflict (decided already)."""
    proposal = _locked(proposal_id)
    if proposal.proposed_by_id != by.pk:
        raise Forbidden(_("Only who proposed it withdraws it."), clause=CLAUSE)
    _decide(proposal, Proposal.State.WITHDRAWN, by=by, now=now, reason="")
    audit.record(
        "staff.withdraw",
        subject=subject_of(proposal.employee),
        by=by,
        now=now,
        clause=CLAUSE,
        data={"proposal": proposal.pk, "kind": proposal.kind},
    )
    return proposal


def _locked(proposal_id: int) -> Proposal:
    proposal = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("employee", "proposed_by")
        .filter(pk=proposal_id)
        .first()
    )
    if proposal is None:
        raise NotFound(_("There is no such proposal."))
    if proposal.state != Proposal.State.PROPOSED:
        raise Conflict(
            _("This was decided already: {state}.").format(state=Proposal.State(proposal.state).label),
            code="decided",
        )
    return proposal


def _waiting(proposal_id: int, by: Employee | None, now: datetime) -> Proposal:
    """The proposal, locked, for somebody who may decide on it."""
    proposal = _locked(proposal_id)
    if by is None:
        return proposal
    if by.pk in (proposal.proposed_by_id, proposal.employee_id):
        raise Forbidden(
            _("Neither who proposed it nor whom it concerns decides."), clause=CLAUSE, code="not_second"
        )
    if by.pk not in {person.pk for person in second_person.deciders(proposal, now)}:
        raise Forbidden(_("This waits for somebody else: the superior post decides."), clause=CLAUSE)
    return proposal


def _decide(proposal: Proposal, state: str, *, by: Employee | None, now: datetime, reason: str) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, now
    proposal.decided_reason = reason.strip()[:200]
    proposal.save(update_fields=["state", "decided_by", "decided_at", "decided_reason"])


def _terms(proposal: Proposal, now: datetime) -> Terms:
    """What was proposed, from now at the earliest: nobody held the post while it waited."""
    during = proposal.during
    wanted = (during.lower, during.upper) if during is not None else (None, None)
    start, end = max(wanted[0] or now, now), wanted[1]
    if end is not None and end <= start:
        raise Conflict(_("The time of this appointment is over; propose it anew."), code="over")
    return Terms(proposal.position, start, end, proposal.acting, proposal.reason)


def _what(proposal: Proposal) -> str:
    return proposal.position or proposal.kind


def _tell(
    kind: str, recipients: list[Employee], proposal: Proposal, now: datetime, by: Employee | None
) -> None:
    ids = {person.pk for person in recipients} - ({by.pk} if by else set())
    source = kind.partition(":")[0].replace("staff.", "staff_")
    params = {"by": by.name if by else "", "proposed_by": proposal.proposed_by.name}
    wiring.tell(
        kind, ids, about=proposal.employee, source=source, source_id=proposal.pk, now=now, params=params
    )
