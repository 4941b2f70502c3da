"""The headcount plan, vacancies and what they pay, job descriptions (C1, J1.7, J1.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Candidate, HeadcountFigure, JobDescription, PayScale, Vacancy
from attendance.selectors.headcount import figures
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, require, words, wrong
from office.staff.models import Employee, Position
from office.staff.selectors import position_label
from office.subjects import Subject

HEADCOUNT, VACANCY = "hiring.headcount", "hiring.vacancy"
CHANNELS, PAY, MANAGE, PAPERS = "hiring.channels", "hiring.pay", "hiring.manage", "hiring.exam_papers"
MOST = 500  # people of one post


def headcount_subject() -> Subject:
    return Subject("headcount", "plan", str(_("Headcount plan")))


def plan_headcount(
    *, planned: Mapping[str, int], by: Employee, now: datetime, comment: str = "", again: Run | None = None
) -> Run:
    """Ask that posts have so many people (J1.7): one row for each post whose figure changes, decided row by row.

    Raises Invalid (unknown post, a figure that cannot be, nothing changes), and what `submit` raises (`no_chain` where
    the book in force plans no headcount)."""
    present = figures()
    rows = []
    for position, count in planned.items():
        if position not in Position.values or not 0 <= count <= MOST:
            raise wrong(position, _("Between 0 and {most} people.").format(most=MOST))
        if present.get(position) != count:
            rows.append({"position": position, "planned": count, "before": present.get(position)})
    if not rows:
        raise Invalid(_("Nothing would change."), code="unchanged")
    payload = {"rows": rows}
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=HEADCOUNT, subject=headcount_subject(), payload=payload, by=by, now=now, comment=comment
    )


def headcount_agreed(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Called by the approvals engine: the rows that were agreed to become figures."""
    HeadcountFigure.objects.bulk_create(
        HeadcountFigure(position=row["position"], planned=row["planned"], run=run, at=now)
        for row in payload["rows"]
    )
    audit.record(
        "attendance.plan_headcount", subject=headcount_subject(), by=by, now=now, clause=run.clause,
        data={row["position"]: row["planned"] for row in payload["rows"]},
    )  # fmt: skip


@transaction.atomic
def ask_vacancy(
    *,
    position: str,
    count: int,
    channels: Sequence[str],
    special: bool,
    wanted: str,
    reason: str,
    by: Employee,
    now: datetime,
) -> Run:
    """The manager asks to look for people. Where the book plans headcount, the plan must have room for them.

    Raises Invalid, Refused (`no_plan`, `over_plan`), and what `submit` raises."""
    given = _given(position, count, channels, special, wanted, reason, now)
    _require_room(position, count, now)
    vacancy = Vacancy.objects.create(**given, manager=by, asked_at=now)
    audit.record(
        "attendance.ask_vacancy", subject=vacancy.subject, by=by, now=now, clause=clause_of(VACANCY, now),
        data={"position": position, "count": count},
    )  # fmt: skip
    return approvals.submit(
        kind=VACANCY, subject=vacancy.subject, payload=payload_of(vacancy), by=by, now=now, draft="new"
    )


@transaction.atomic
def change_vacancy(
    *,
    vacancy_id: int,
    position: str,
    count: int,
    channels: Sequence[str],
    special: bool,
    wanted: str,
    reason: str,
    by: Employee,
    now: datetime,
) -> Run:
    """Other words after it came back, and it is asked again; asked anew where it was refused or taken back.

    Raises as `ask_vacancy`, NotFound, Forbidden (another's), Conflict (`state`)."""
    given = _given(position, count, channels, special, wanted, reason, now)
    vacancy = _locked(vacancy_id)
    if vacancy.manager_id != by.pk:
        raise Forbidden(_("Only who asked for it changes it."), clause=clause_of(VACANCY, now))
    live = approvals.Run.objects.filter(
        subject_type="vacancy", subject_id=str(vacancy.pk), state__in=["running", "returned", "agreed"]
    ).first()
    if vacancy.state != Vacancy.State.ASKED or (live is not None and live.state != "returned"):
        raise Conflict(_("It is being decided or settled; it is not changed now."), code="state")
    _require_room(position, count, now)
    for name, value in given.items():
        setattr(vacancy, name, value)
    vacancy.save(update_fields=list(given))
    audit.record(
        "attendance.change_vacancy", subject=vacancy.subject, by=by, now=now, clause=clause_of(VACANCY, now)
    )
    if live is not None:
        return approvals.resubmit(run_id=live.pk, payload=payload_of(vacancy), by=by, now=now)
    return approvals.submit(
        kind=VACANCY, subject=vacancy.subject, payload=payload_of(vacancy), by=by, now=now
    )


def payload_of(vacancy: Vacancy) -> dict[str, Any]:
    return {
        "vacancy": vacancy.pk,
        "position": vacancy.position,
        "count": vacancy.count,
        "channels": list(vacancy.channels),
        "special": vacancy.special,
        "wanted": vacancy.wanted,
        "reason": vacancy.reason,
    }


@transaction.atomic
def vacancy_agreed(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Called by the approvals engine: people are looked for from now on."""
    vacancy = _locked(payload["vacancy"])
    vacancy.state, vacancy.opened_at = Vacancy.State.OPEN, now
    vacancy.save(update_fields=["state", "opened_at"])
    audit.record(
        "attendance.open_vacancy",
        subject=vacancy.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk},
    )


@transaction.atomic
def close_vacancy(*, vacancy_id: int, reason: str, by: Employee, now: datetime) -> Vacancy:
    """Nobody is looked for any more: filled, or given up. By its manager or human resources.

    Raises Forbidden, NotFound, Invalid, Conflict (`state`; `candidates`: somebody is still on the way)."""
    said = words(reason, path="reason", longest=300, missing=_("Please give the reason."))
    vacancy = _locked(vacancy_id)
    if vacancy.manager_id != by.pk:
        require(by, MANAGE, now)
    if vacancy.state != Vacancy.State.OPEN:
        raise Conflict(_("This vacancy is not open."), code="state")
    waiting = vacancy.candidates.exclude(stage__in=Candidate.ENDS).count()
    if waiting:
        raise Conflict(
            _("{count} candidates are still on the way: finish with them first.").format(count=waiting),
            code="candidates",
        )
    vacancy.state, vacancy.closed_at, vacancy.closed_reason = Vacancy.State.CLOSED, now, said
    vacancy.save(update_fields=["state", "closed_at", "closed_reason"])
    audit.record(
        "attendance.close_vacancy", subject=vacancy.subject, by=by, now=now, clause=clause_of(VACANCY, now),
        data={"reason": said},
    )  # fmt: skip
    return vacancy


@transaction.atomic
def set_pay(
    *, vacancy_id: int, low: Decimal, high: Decimal, basis: str, by: Employee, now: datetime
) -> PayScale:
    """What the vacancy pays by the month, and on which standard of the industry that rests (C1); the one before stays
    readable. The trail keeps that it was set, not the figures. Raises Forbidden, NotFound, Invalid."""
    clause = require(by, PAY, now)
    said = words(basis, path="basis", longest=300, missing=_("Name the standard of the industry it follows."))
    if not (low.is_finite() and high.is_finite() and 0 < low <= high < 10**8):
        raise wrong("low", _("The lower figure comes first, both above zero."), clause=clause)
    vacancy = _locked(vacancy_id)
    scale = PayScale.objects.create(vacancy=vacancy, low=low, high=high, basis=said, by=by, at=now)
    audit.record("attendance.set_pay", subject=vacancy.subject, by=by, now=now, clause=clause)
    return scale


@transaction.atomic
def describe_job(*, position: str, text: str, by: Employee, now: datetime) -> JobDescription:
    """What the post is for, from now on (岗位说明书). Raises Forbidden, Invalid."""
    clause = require(by, PAPERS, now)
    if position not in Position.values:
        raise wrong("position", _("There is no such post."))
    said = words(text, path="text", longest=5000, missing=_("Write down what the post is for."))
    found = JobDescription.objects.create(position=position, text=said, by=by, at=now)
    audit.record(
        "attendance.describe_job", subject=Subject("job_description", position, position_label(position)), by=by,
        now=now, clause=clause,
    )  # fmt: skip
    return found


def _given(
    position: str, count: int, channels: Sequence[str], special: bool, wanted: str, reason: str, now: datetime
) -> dict[str, Any]:
    known = rulebook.parameter_rule(CHANNELS, at=now).texts()
    if position not in Position.values:
        raise wrong("position", _("There is no such post."))
    if not 1 <= count <= 99:
        raise wrong("count", _("Between 1 and 99 people."))
    if not channels or not set(channels) <= set(known):
        raise wrong("channels", _("Choose where people are looked for."), clause=clause_of(CHANNELS, now))
    return {
        "position": position,
        "count": count,
        "channels": [each for each in known if each in channels],
        "special": special,
        "wanted": words(
            wanted, path="wanted", longest=2000, missing=_("Write down what is asked of people.")
        ),
        "reason": words(reason, path="reason", longest=500, missing=_("Please give the reason.")),
    }


def _require_room(position: str, count: int, now: datetime) -> None:
    """The plan must say that there may be so many more people of the post (J1.7)."""
    if not rulebook.has_rule(HEADCOUNT, now):
        return
    clause = clause_of(HEADCOUNT, now)
    line = figures(position=position, at=now)
    if position not in line:
        raise Refused(
            _("The headcount plan says nothing about this post: plan it first."),
            code="no_plan",
            clause=clause,
        )
    room = line["room"]
    if count > room:
        raise Refused(
            _("The plan has room for {room} more of this post, {planned} in all.").format(
                room=max(room, 0), planned=line[position]
            ),
            code="over_plan",
            clause=clause,
            room=room,
        )


def _locked(vacancy_id: int) -> Vacancy:
    found = (
        Vacancy.objects.select_for_update(of=("self",))
        .select_related("manager")
        .filter(pk=vacancy_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such vacancy."))
    return found
