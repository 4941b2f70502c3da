"""The verbs of recurring looks (W3, W4, W5): opened by the book's schedule, ticked by a person with notes, finished."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import FreshnessReport, Round, Tick
from cms.selectors import rounds as selectors
from cms.services.allowed import acting_for, clause_of, people_with, require, words
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE, intervals
from office.staff.models import Employee
from office.subjects import Subject

SCHEDULES = {Round.Kind.SITE: "work.site_check", Round.Kind.BOARD: "work.board_check"}
SHIFTS = "work.presence_shifts"
REPORT = "work.freshness_report"
FAR_BACK = timedelta(days=32)


def latest_run(key: str, now: datetime) -> datetime | None:
    """The last time the schedule fell due within a month; None when it has not."""
    rule = rulebook.schedule_rule(key, at=now)
    found, following = None, rulebook.next_run(rule, now - FAR_BACK)
    while following <= now:
        found, following = following, rulebook.next_run(rule, following)
    return found


class Due(NamedTuple):
    """A round that ought to be open: its kind, local day, shift, points, and the rule that asks for it."""

    kind: Round.Kind
    day: date
    shift: str
    points: list[str]
    key: str


def open_due(*, now: datetime) -> list[Round]:
    """Open what the schedules and the shifts ask for, once each; what was missed while nothing ran is opened late, the
    latest only, and of the shifts those that still run."""
    opened = []
    for due in [*_scheduled(now), *_by_shift(now)]:
        with transaction.atomic():
            found, new = Round.objects.get_or_create(
                kind=due.kind,
                period=due.day,
                shift=due.shift,
                defaults={"points": due.points, "opened_at": now},
            )
            if not new:
                continue
            clause = clause_of(due.key, now)
            deadlines.open(selectors.CLOCKS[due.kind], subject=found.subject, started_at=now, now=now)
            audit.record("cms.round_open", subject=found.subject, by=None, now=now, clause=clause, data={})
            notices.notify(
                "cms.round",
                people_with(selectors.MAY[due.kind], now),
                source="site_round",
                source_id=found.pk,
                subject=found.subject,
                now=now,
                clause=clause,
            )
        opened.append(found)
    return opened


def _scheduled(now: datetime) -> Iterator[Due]:
    for kind, key in SCHEDULES.items():
        due = latest_run(key, now)
        if due is None:
            continue
        site = kind == Round.Kind.SITE
        points = list(rulebook.parameter_rule("work.site_check_items", at=now).texts()) if site else []
        yield Due(kind, due.astimezone(ZONE).date(), "", points, key)


def _by_shift(now: datetime) -> Iterator[Due]:
    """Who is present in the chats (W4): once for each shift of the book, from its beginning on."""
    points = list(rulebook.parameter_rule("work.chats", at=now).texts())
    today = now.astimezone(ZONE).date()
    for shift in rulebook.parameter_rule(SHIFTS, at=now).texts():
        for begins, ends in intervals(rulebook.hours_rule(shift, at=now), rulebook.day_table(), today):
            if begins <= now < ends:
                yield Due(Round.Kind.CHAT, today, shift, points, SHIFTS)


def tick(*, round_id: int, point: str, well: bool, note: str, by: Employee, now: datetime) -> Tick:
    """A point was looked at; what is not well says what. Raises Forbidden, NotFound, Conflict, Invalid."""
    with transaction.atomic():
        found = _locked(round_id, by, now)
        if point not in found.points:
            raise _wrong("point", "choice", _("This is no point of this round."))
        missing = "" if well else _("Say what is not well.")
        note = words(note, path="note", longest=300, missing=missing)
        made = Tick.objects.create(round=found, point=point, well=well, note=note, by=by, at=now)
        _record("cms.round_tick", found, by, now, point=point, well=well, note=note)
        return made


def finish(*, round_id: int, note: str, by: Employee, now: datetime) -> Round:
    """Everything was looked at. Raises Forbidden, NotFound, Conflict (`points`: some were not), Invalid."""
    note = words(note, path="note", longest=500)
    with transaction.atomic():
        found = _locked(round_id, by, now)
        left = set(found.points) - set(found.ticks.values_list("point", flat=True))
        if left:
            raise Conflict(
                _("%(n)d points have not been looked at yet.") % {"n": len(left)},
                code="points",
                clause=clause_of(selectors.CLOCKS[Round.Kind(found.kind)], now),
            )
        found.done_at, found.done_by, found.note = now, by, note
        found.save(update_fields=["done_at", "done_by", "note"])
        deadlines.meet(selectors.CLOCKS[Round.Kind(found.kind)], subject=found.subject, at=now)
        _record("cms.round_done", found, by, now, note=note)
        return found


def report_freshness(*, now: datetime) -> FreshnessReport | None:
    """The scheduled report, once for each day of the schedule; those concerned are told which columns are stale."""
    due = latest_run(REPORT, now)
    if due is None or FreshnessReport.objects.filter(period=due.astimezone(ZONE).date()).exists():
        return None
    found = selectors.freshness(now)
    stale = [each for each in found if each.stale]
    rows = [
        {
            "column": each.column.pk,
            "name": each.column.name,
            "days": each.days,
            "target": each.target,
            "stale": each.stale,
        }
        for each in found
    ]
    with transaction.atomic():
        report = FreshnessReport.objects.create(
            period=due.astimezone(ZONE).date(), at=now, rows=rows, stale=len(stale)
        )
        subject = Subject("freshness", f"{report.period:%Y%m%d}", f"{report.period:%Y-%m-%d}")
        audit.record(
            "cms.freshness_report", subject=subject, by=None, now=now, clause=clause_of(REPORT, now),
            data={"columns": len(rows), "stale": len(stale)},
        )  # fmt: skip
        if stale:
            officers = {each.column.officer_id for each in stale if each.column.officer_id}
            notices.notify(
                "cms.stale_columns",
                people_with("cms.freshness", now) | officers,
                source="freshness",
                source_id=report.pk,
                subject=subject,
                now=now,
                clause=clause_of(REPORT, now),
                params={"columns": [each.column.name for each in stale[:20]]},
            )
        return report


def _locked(round_id: int, by: Employee, now: datetime) -> Round:
    found = Round.objects.select_for_update().filter(pk=round_id).first()
    if found is None:
        raise NotFound(_("There is no such round."))
    require(by, selectors.MAY[Round.Kind(found.kind)], now)
    if found.done_at is not None:
        raise Conflict(_("This round is finished."), code="done")
    return found


def _record(verb: str, found: Round, by: Employee, now: datetime, **data: object) -> None:
    key = selectors.MAY[Round.Kind(found.kind)]
    audit.record(
        verb,
        subject=found.subject,
        by=by,
        now=now,
        clause=clause_of(selectors.CLOCKS[Round.Kind(found.kind)], now),
        acting_for=acting_for(by, key, now),
        data=data,
    )


def _wrong(path: str, code: str, message: object) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": code, "message": str(message)}])
