"""The verbs of a takedown (C6.7, M4.7): hidden at once, evidence kept, the author heard, decided by a named person.

What was taken down is never shown or edited again. Where the case is closed as unfounded, the same content may be asked
for anew and comes back with that approval; the evidence stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import BoardMessage, LiabilityCase, Takedown
from cms.rules import evidence
from cms.selectors import access, live
from cms.selectors import takedowns as selectors
from cms.services.allowed import acting_for, clause_of, people_with, require, words
from cms.services.writing import locked
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import api as notices
from office.staff.models import Employee
from office.subjects import Subject

HIDE, DEADLINE = "cms.takedown", "cms.liability_case"
State = LiabilityCase.State


def take_down(*, item_id: int, category: str, reason: str, by: Employee, now: datetime) -> Takedown:
    """Hide content at once, whatever its state: the public pages and feeds no longer have it from this transaction on.
    Requests about it become void. Raises Forbidden, NotFound, Invalid, Conflict (`taken_down`)."""
    reason = _checked(category, reason, by, now)
    with transaction.atomic():
        item = locked(item_id)
        if not access.may_see(by, str(item.pk), now):
            raise NotFound(_("There is no such content."))
        if live.kept_hidden(item):
            raise _taken_already(now)
        facts, author = selectors.facts_of(item, by, now), selectors.author_of(item, now)
        takedown = _hide(facts, author, category, reason, by, now, item=item)
        approvals.subject_changed(subject=item.subject, by=by, now=now)
        _open_case(takedown, item.subject, by, now)
        return takedown


def take_down_entry(*, entry_id: int, category: str, reason: str, by: Employee, now: datetime) -> Takedown:
    """Hide what the public reads of a message at once. Raises Forbidden, NotFound, Invalid, Conflict
    (`taken_down`)."""
    reason = _checked(category, reason, by, now)
    with transaction.atomic():
        message = BoardMessage.objects.select_for_update(of=("self",)).filter(entries__pk=entry_id).first()
        if message is None:
            raise NotFound(_("There is no such public message."))
        entry = selectors.entry_of(entry_id)
        if hasattr(entry, "takedown"):
            raise _taken_already(now)
        facts = selectors.facts_of_entry(entry, by, now)
        author = entry.run.requester if entry.run else by
        takedown = _hide(facts, author, category, reason, by, now, entry=entry)
        _open_case(takedown, message.subject, by, now)
        return takedown


def _checked(category: str, reason: str, by: Employee, now: datetime) -> str:
    require(by, HIDE, now)
    reason = words(reason, path="reason", longest=500)
    if category not in dict(selectors.categories(now)):
        raise _wrong("category", "choice", _("Choose what is wrong with it."))
    return reason


def _taken_already(now: datetime) -> Conflict:
    return Conflict(_("This was taken down already."), code="taken_down", clause=clause_of(HIDE, now))


def _hide(
    facts: dict[str, Any],
    author: Employee,
    category: str,
    reason: str,
    by: Employee,
    now: datetime,
    **what: Any,
) -> Takedown:
    kept = evidence.evidence_bytes(facts)
    return Takedown.objects.create(
        **what,
        category=category,
        reason=reason,
        evidence=kept,
        digest=evidence.digest(kept),
        author=author,
        by=by,
        at=now,
    )


def _open_case(takedown: Takedown, hidden: Subject, by: Employee, now: datetime) -> None:
    LiabilityCase.objects.create(takedown=takedown, opened_at=now)
    deadlines.open(DEADLINE, subject=takedown.subject, started_at=now, now=now)
    post = acting_for(by, HIDE, now)
    for subject in (hidden, takedown.subject):
        audit.record(
            "cms.take_down",
            subject=subject,
            by=by,
            now=now,
            clause=clause_of(HIDE, now),
            acting_for=post,
            data={
                "takedown": takedown.pk,
                "category": takedown.category,
                "reason": takedown.reason,
                "digest": takedown.digest,
            },
        )
    _tell("cms.taken_down", takedown, {takedown.author_id} | people_with(selectors.DECIDE, now), by, now)


def hear(
    *, takedown_id: int, statement: str, by: Employee, now: datetime, seen: int | None = None
) -> LiabilityCase:
    """What the author says: written by himself, or taken down by who decides. Raises Forbidden, NotFound, Conflict,
    Invalid."""
    statement = words(statement, path="statement", longest=2000, missing=_("Write what the author says."))
    with transaction.atomic():
        case = _locked(takedown_id, by, now, seen)
        author_id = case.takedown.author_id
        if by.pk != author_id and not selectors.may_decide(by, author_id, now):
            raise Forbidden(
                _("The author speaks, or who decides writes it down."), clause=clause_of(HIDE, now)
            )
        _require_state(case, State.OPEN)
        case.state, case.statement, case.heard_at, case.heard_by = State.HEARD, statement, now, by
        _write(case, "state", "statement", "heard_at", "heard_by")
        _record("cms.case_hear", case, by, now, text=statement)
        _tell("cms.case_heard", case.takedown, people_with(selectors.DECIDE, now), by, now)
        return case


def decide(
    *, takedown_id: int, liability: str, decision: str, by: Employee, now: datetime, seen: int | None = None
) -> LiabilityCase:
    """Who answers and why, or that it was taken down without ground (`liability` UNFOUNDED): then the same content may
    be asked for again. Nothing follows by itself. Raises Forbidden, NotFound, Conflict, Invalid."""
    decision = words(
        decision, path="decision", longest=2000, missing=_("Write the decision and its grounds.")
    )
    if liability not in dict(selectors.liabilities(now)):
        raise _wrong("liability", "choice", _("Choose what the author answers for."))
    with transaction.atomic():
        case = _locked(takedown_id, by, now, seen)
        if not selectors.may_decide(by, case.takedown.author_id, now):
            raise Forbidden(
                _("Who decides is named by the rulebook, and never decides about an own text."),
                clause=clause_of(selectors.DECIDE, now),
            )
        _require_state(case, State.HEARD)
        case.state, case.decision = State.DECIDED, decision
        case.unfounded = liability == selectors.UNFOUNDED
        case.liability = "" if case.unfounded else liability
        case.decided_at, case.decided_by = now, by
        _write(case, "state", "liability", "unfounded", "decision", "decided_at", "decided_by")
        deadlines.meet(DEADLINE, subject=case.takedown.subject, at=now)
        _record("cms.case_decide", case, by, now, liability=liability, decision=decision)
        _tell("cms.case_decided", case.takedown, {case.takedown.author_id}, by, now)
        return case


def _locked(takedown_id: int, by: Employee, now: datetime, seen: int | None) -> LiabilityCase:
    case = (
        LiabilityCase.objects.select_for_update(of=("self",))
        .select_related("takedown")
        .filter(pk=takedown_id)
        .first()
    )
    if case is None:
        raise NotFound(_("There is no such takedown."))
    if seen is not None and seen != case.version:
        raise _moved_on(case)
    return case


def _require_state(case: LiabilityCase, wanted: str) -> None:
    if case.state != wanted:
        raise _moved_on(case)


def _moved_on(case: LiabilityCase) -> Conflict:
    return Conflict(
        _("This case has moved on: “%(state)s”.") % {"state": case.get_state_display()}, code="state"
    )


def _write(case: LiabilityCase, *fields: str) -> None:
    case.version += 1
    case.save(update_fields=[*fields, "version"])


def _record(verb: str, case: LiabilityCase, by: Employee, now: datetime, **data: Any) -> None:
    audit.record(
        verb,
        subject=case.takedown.subject,
        by=by,
        now=now,
        clause=clause_of(selectors.DECIDE, now),
        data=data,
    )


def _tell(kind: str, takedown: Takedown, whom: set[int], by: Employee, now: datetime) -> None:
    notices.notify(
        kind,
        whom - {by.pk},
        source=kind,
        source_id=takedown.pk,
        subject=takedown.subject,
        now=now,
        clause=clause_of(HIDE, now),
        params={"by": by.name},
        urgent=kind == "cms.taken_down",
    )


def _wrong(path: str, code: str, message: object) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": code, "message": str(message)}])
