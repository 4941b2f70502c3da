"""A request for leave that came back (S2b): changed, and asked again. The papers keep what was asked before."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.dateparse import parse_datetime

from attendance.models import Leave
from attendance.rules import leave as rules
from attendance.rules.facts import Period
from attendance.selectors.returned import returned_run
from attendance.selectors.stand_ins import candidates
from attendance.services import balances
from attendance.services.asking import (
    Asked,
    LaidOut,
    lay_out,
    overlap,
    paper_of,
    reason_of,
    too_late,
)
from attendance.services.leave_rows import CHAIN, mark, moved_on, own, record, write
from office.approvals import api as approvals
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, unless
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

NOTICE = "attendance.leave_notice"


@transaction.atomic
def change_leave(
    *,
    leave_id: int,
    asked: Asked,
    reason: str,
    by: Employee,
    now: datetime,
    comment: str = "",
    seen: int | None = None,
) -> Leave:
    """The person changes what the deciders gave back to him, and asks the chain anew: kind, days, reason. Days that
    were not asked for before are asked for one day ahead like any (S2a); those that were, were in time. Of a leave told
    by telephone the call stands, and it ends no later than the person came back.

    Raises NotFound, Invalid, NotAhead, Conflict (`state`: it is not with the person; `overlap`, `balance`)."""
    said = reason_of(reason, now)
    leave = own(leave_id, by, seen)
    run = returned_run(CHAIN, leave.subject, by)
    if run is None:
        raise moved_on(leave)
    laid_out = lay_out(
        asked, by, now, book_at=leave.asked_at, until=leave.ends_at if leave.asked_until else None
    )
    _require_notice(run, laid_out, now)
    before = {
        "kind_before": leave.kind,
        "from_before": leave.starts_at.isoformat(),
        "until_before": leave.ends_at.isoformat(),
    }
    mark(leave, now)  # the days as they were
    balances.release(leave, by, now, clause_of(CHAIN, now))
    _take_over(leave, asked, laid_out, said)
    balances.reserve(leave, laid_out.kind, by, now)
    mark(leave, now)
    _keep_deputy(leave, now)
    record(
        verb="attendance.change_leave",
        leave=leave,
        by=by,
        now=now,
        clause=clause_of(CHAIN, now),
        **before,
    )
    approvals.resubmit(run_id=run.pk, payload=paper_of(leave), by=by, now=now, comment=comment)
    return leave


def _require_notice(run: approvals.Run, laid_out: LaidOut, now: datetime) -> None:
    """Raises NotAhead for time that is new and too near: another day, or more of the same one. What one of the papers
    asked for was in time."""
    notice = rulebook.limit_rule(NOTICE, now)
    today = now.astimezone(ZONE).date()
    late = ""
    for paper in run.papers.order_by("-round"):
        asked = json.loads(bytes(paper.payload))
        late = _too_near(laid_out.period, asked["from"], asked["until"], today, notice.span)
        if not late:
            return
    raise too_late(late, notice.clause)


def _too_near(period: Period, asked_from: str, asked_until: str, today: date, ahead: timedelta) -> str:
    """The field that asks for more than the paper did, at a time that is too near; "" for none."""
    (begins, ends), first, last = period, parse_datetime(asked_from), parse_datetime(asked_until)
    for path, is_new, at in (
        ("first_day", first is None or begins < first, begins),
        ("last_day", last is None or ends > last, max(begins, last or begins)),
    ):
        if is_new and not rules.in_time(today, at.astimezone(ZONE).date(), ahead):
            return path
    return ""


def _take_over(leave: Leave, asked: Asked, laid_out: LaidOut, reason: str) -> None:
    """Raises Conflict when another leave has the days."""
    leave.kind, leave.portion, leave.reason = laid_out.kind.code, asked.portion, reason
    leave.first_day, leave.last_day = asked.first_day, asked.last_day
    leave.starts_at, leave.ends_at = laid_out.period
    leave.amount, leave.measure, leave.paid = laid_out.amount, laid_out.kind.measure, laid_out.kind.paid
    fields = [
        "kind",
        "portion",
        "reason",
        "first_day",
        "last_day",
        "starts_at",
        "ends_at",
        "amount",
        "measure",
        "paid",
    ]
    with unless("leave_one_at_a_time", lambda: overlap(leave)):
        write(leave, *fields)


def _keep_deputy(leave: Leave, now: datetime) -> None:
    """Who was to stand in stays, unless he cannot in the days as they are now."""
    if leave.deputy_id is None:
        return
    found = {each.person.pk: each for each in candidates(leave, now)}.get(leave.deputy_id)
    if found is None or found.away:
        leave.deputy = leave.deputy_by = None
        write(leave, "deputy", "deputy_by")
