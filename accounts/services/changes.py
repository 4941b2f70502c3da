"""Changes of the database (C13.6, M11): drafted with the sections' opinions, decided, carried out, told, felt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import ChangeFeedback, DatabaseChange, SectionOpinion
from accounts.selectors import changes as selectors
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, require, words, wrong
from office.staff import api as staff
from office.staff.models import Employee

KIND, DRAFT = "accounts.database_change", "accounts.draft_change"
State = DatabaseChange.State


@dataclass(frozen=True, slots=True)
class Content:
    """What a change is."""

    title: str
    why: str
    plan: str
    continuity: str
    rollback: str
    tested: str
    done_by: str
    how: str
    starts_at: datetime
    ends_at: datetime
    firm: str = ""


LONGEST = {"title": 120, "why": 2000, "plan": 4000, "continuity": 2000, "rollback": 2000, "tested": 2000}


@transaction.atomic
def draft_change(*, content: Content, by: Employee, now: datetime) -> DatabaseChange:
    """A draft; every section that has somebody is asked for its opinion. Raises Forbidden, Invalid."""
    clause = require(by, DRAFT, now)
    given = _clean(content, now)
    asked = selectors.sections(now)
    change = DatabaseChange.objects.create(**given, asked=asked, drafted_by=by, drafted_at=now)
    entry = audit.record(
        "accounts.draft_change", subject=change.subject, by=by, now=now, clause=clause, data={"asked": asked}
    )
    _ask_sections(change, entry, now, clause)
    return change


@transaction.atomic
def redraft_change(*, change_id: int, content: Content, by: Employee, now: datetime) -> DatabaseChange:
    """Another text of a draft, or of one that was returned; the opinions were about the earlier one, so the sections
    are asked again. Raises Forbidden, NotFound, Invalid, Conflict."""
    clause = require(by, DRAFT, now)
    change = _locked(change_id, State.DRAFTED)
    given = _clean(content, now)
    if all(getattr(change, name) == value for name, value in given.items()):
        return change
    for name, value in given.items():
        setattr(change, name, value)
    change.asked, change.drafted_at = selectors.sections(now), now
    change.save()
    entry = audit.record(
        "accounts.draft_change", subject=change.subject, by=by, now=now, clause=clause, data={"again": True}
    )
    _ask_sections(change, entry, now, clause)
    return change


def _ask_sections(change: DatabaseChange, entry: int, now: datetime, clause: str) -> None:
    told = {person.pk for post in change.asked for person in staff.holders(post, now)}
    notices.notify(
        "accounts.opinion_asked",
        told,
        source="db_change",
        source_id=entry,  # of the trail: each time they are asked is another
        subject=change.subject,
        now=now,
        clause=clause,
        params={},
    )


@transaction.atomic
def give_opinion(
    *, change_id: int, agrees: bool, text: str, by: Employee, now: datetime
) -> list[SectionOpinion]:
    """The word of a section, by a holder of its post; who holds several posts that are asked speaks for each. Raises
    NotFound, Invalid, Conflict."""
    change = _locked(change_id, State.DRAFTED)
    held = staff.positions_of(by, now)
    posts = [post for post in change.asked if post in held]
    if not posts:
        raise NotFound(_("Your section is not asked about this."))
    said = words(text, path="text", longest=2000, missing=_("Say what your section thinks of it."))
    opinions = [
        SectionOpinion.objects.create(change=change, position=post, agrees=agrees, text=said, by=by, at=now)
        for post in posts
    ]
    data = {"sections": posts, "agrees": agrees}
    audit.record(
        "accounts.opinion", subject=change.subject, by=by, now=now, clause=clause_of(DRAFT, now), data=data
    )
    return opinions


@transaction.atomic
def hand_in(*, change_id: int, by: Employee, now: datetime) -> Run:
    """Puts it before the chain, with the opinions of every section. Raises Forbidden, NotFound, Conflict (`opinions`:
    which sections have not spoken), Refused."""
    require(by, DRAFT, now)
    change = _locked(change_id, State.DRAFTED)
    missing = selectors.silent(change)
    if missing:
        raise Conflict(
            _("These sections have not given their opinion: {sections}.").format(
                sections=enumerated(staff.position_label(post) for post in missing)
            ),
            code="opinions",
            clause=clause_of(KIND, now),
            missing=missing,
        )
    if change.ends_at <= now:
        raise Conflict(_("The window is over. Choose another one."), code="window")
    payload = payload_of(change)
    again = Run.objects.filter(
        kind=KIND, subject_type="db_change", subject_id=str(change.pk), requester=by, state=Run.State.RETURNED
    ).first()
    change.state = State.ASKED
    change.save(update_fields=["state"])
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now)
    return approvals.submit(kind=KIND, subject=change.subject, payload=payload, by=by, now=now)


def payload_of(change: DatabaseChange) -> dict[str, Any]:
    opinions = [
        {"section": each.position, "agrees": each.agrees, "text": each.text, "by": each.by.name}
        for each in selectors.heard(change)
    ]
    return {
        "title": change.title,
        "why": change.why,
        "plan": change.plan,
        "rollback": change.rollback,
        "tested": change.tested,
        "by": change.done_by,
        "how": change.how,
        "firm": change.firm,
        "from": change.starts_at.isoformat(),
        "to": change.ends_at.isoformat(),
        "evidence": {"section_opinions": opinions, "continuity_plan": change.continuity},
    }


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    if not payload.get("plan") or not payload.get("rollback") or not payload.get("tested"):
        raise Invalid(_("The request is incomplete."), code="incomplete")


def agreed(*, run: Run, now: datetime) -> None:
    """The chain has agreed; part of executing."""
    DatabaseChange.objects.filter(pk=int(run.subject_id)).update(state=State.AGREED)


def given_up(run: Run, by: Employee | None, now: datetime) -> None:
    """Rejected, taken back or void."""
    DatabaseChange.objects.filter(pk=int(run.subject_id), state__in=(State.ASKED, State.DRAFTED)).update(
        state=State.DROPPED
    )


@transaction.atomic
def open_again(*, change_id: int, by: Employee, now: datetime) -> DatabaseChange:
    """What was returned becomes a draft again. Raises Forbidden, NotFound, Conflict."""
    require(by, DRAFT, now)
    change = _locked(change_id, State.ASKED)
    if not Run.objects.filter(
        kind=KIND, subject_type="db_change", subject_id=str(change.pk), state=Run.State.RETURNED
    ).exists():
        raise Conflict(_("It is being decided on."), code="asked")
    change.state = State.DRAFTED
    change.save(update_fields=["state"])
    return change


@transaction.atomic
def tell_outcome(
    *,
    change_id: int,
    ran_from: datetime,
    ran_to: datetime,
    worked: bool,
    outcome: str,
    by: Employee,
    now: datetime,
) -> DatabaseChange:
    """When it was carried out and what came of it: it stays, or was rolled back. The sections hear of it, and whoever
    agreed to its hours when it was done at others. Raises Forbidden, NotFound, Invalid, Conflict."""
    clause = require(by, DRAFT, now)
    change = _locked(change_id, State.AGREED)
    said = words(outcome, path="outcome", longest=2000, missing=_("Say what came of it."))
    if not ran_from <= ran_to <= now:
        raise wrong("ran_to", _("From – to, and not in the future."), code="hours")
    change.state = State.DONE if worked else State.ROLLED_BACK
    change.ran_from, change.ran_to, change.outcome, change.ended_by = ran_from, ran_to, said, by
    change.save()
    data = {"state": change.state, "within_window": not change.outside_window}
    audit.record("accounts.change_outcome", subject=change.subject, by=by, now=now, clause=clause, data=data)
    _tell(change, "accounts.change_told", _holders(change.asked, now) - {by.pk}, now, clause, {})
    if change.outside_window:
        steps = rulebook.chain_rule(KIND, now).steps
        deciders = _holders([post for step in steps for post in step.positions], now)
        hours = {"began_at": ran_from.isoformat(), "done_at": ran_to.isoformat()}
        _tell(change, "accounts.change_outside", deciders, now, clause, hours)
    return change


def _holders(posts: Iterable[str], now: datetime) -> set[int]:
    return {person.pk for post in posts for person in staff.holders(post, now)}


def _tell(
    change: DatabaseChange, kind: str, people: set[int], now: datetime, clause: str, params: Mapping[str, Any]
) -> None:
    notices.notify(
        kind,
        people,
        source="db_change",
        source_id=change.pk,
        subject=change.subject,
        now=now,
        clause=clause,
        params={"by": change.ended_by.name if change.ended_by else "", **params},
    )


@transaction.atomic
def complain(*, change_id: int, text: str, by: Employee, now: datetime) -> ChangeFeedback:
    """What is inconvenient since; IT is told. Raises NotFound, Invalid, Conflict."""
    change = DatabaseChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotFound(_("There is no such change."))
    if change.state not in (State.DONE, State.ROLLED_BACK):
        raise Conflict(_("It has not been carried out yet."), code="early")
    said = words(text, path="text", longest=2000, missing=_("Say what is inconvenient."))
    feedback = ChangeFeedback.objects.create(change=change, text=said, by=by, at=now)
    clause = clause_of(KIND, now)
    audit.record("accounts.change_feedback", subject=change.subject, by=by, now=now, clause=clause, data={})
    told = _holders(rulebook.positions_with(DRAFT, now), now)
    notices.notify(
        "accounts.change_feedback",
        told - {by.pk},
        source="change_feedback",
        source_id=feedback.pk,
        subject=change.subject,
        now=now,
        clause=clause,
        params={"by": by.name},
    )
    return feedback


def _locked(change_id: int, *states: str) -> DatabaseChange:
    change = DatabaseChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise NotFound(_("There is no such change."))
    if change.state not in states:
        raise Conflict(
            _("It has moved on: {state}.").format(state=change.get_state_display()), code="moved_on"
        )
    return change


def _clean(content: Content, now: datetime) -> dict[str, Any]:
    given = asdict(content)
    for name, longest in LONGEST.items():
        given[name] = words(given[name], path=name, longest=longest, missing=_("Please fill this in."))
    routes = rulebook.parameter_rule("accounts.database_routes", at=now)
    for name, word in (("done_by", "by"), ("how", "how")):
        if given[name] not in routes.texts(word):
            raise wrong(name, _("Choose one."), code="choice")
    given["firm"] = words(given["firm"], path="firm", longest=120)
    if (given["done_by"] == "outside") != bool(given["firm"]):
        raise wrong("firm", _("Name the firm when it is done outside, and only then."), code="firm")
    if given["ends_at"] <= given["starts_at"]:
        raise wrong("ends_at", _("The end is before the beginning."), code="order")
    if given["ends_at"] <= now:
        raise wrong("ends_at", _("That time is over."), code="past")
    return given
