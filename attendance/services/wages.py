"""Monthly wages as HR keeps them, and the lines for absence that HR decides (S2d)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import MonthClose, WageBase, WageLine
from attendance.rules.wages import Deduction
from attendance.selectors.terms import book_of
from attendance.services.months_lock import hold_months
from attendance.subjects import day_subject
from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.rulebook import api as rulebook
from office.rulebook.allowed import require
from office.rulebook.types import ParameterRule
from office.staff import api as staff
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CLOSE = "attendance.close_month"
WAGES, ABSENCE = "attendance.wages", "attendance.absence"
PURPOSE = "wages"
MOST = Decimal(10_000_000)
REASON = 200
#: Lines that are decided at once.
MOST_LINES = 500
VERBS = {
    "attendance.wage_set": _("Wage base entered"),
    "attendance.wage_confirmed": _("Deduction for absence confirmed"),
    "attendance.wage_waived": _("Deduction for absence left out"),
    "attendance.wage_reopened": _("Deduction for absence to be decided again"),
}
State = WageLine.State


@transaction.atomic
def set_wage(*, employee_id: int, amount: Decimal, starts_on: date, by: Employee, now: datetime) -> WageBase:
    """A person's monthly wage from a day on. The trail says that it was entered, never how much. Raises Forbidden (also
    for one's own), NotFound, Invalid."""
    clause = require(by, CLOSE, now)
    person = Employee.objects.filter(pk=employee_id).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    if person.pk == by.pk:
        raise Forbidden(_("Somebody else of HR enters your wage."), clause=clause)
    if not 0 < amount < MOST or amount != amount.quantize(Decimal("0.01")):
        raise _wrong("amount", _("An amount above zero with at most two decimals, please."))
    base = WageBase.objects.create(
        employee=person, starts_on=starts_on, sealed=_seal({"base": str(amount)}), by=by, at=now
    )
    audit.record(
        "attendance.wage_set",
        subject=staff.subject_of(person),
        by=by,
        now=now,
        clause=clause,
        data={"from": starts_on.isoformat()},
    )
    return base


def wage_on(employee_id: int, day: date) -> Decimal | None:
    """The monthly wage that holds on the day, None when none was entered."""
    held = (
        WageBase.objects.filter(employee_id=employee_id, starts_on__lte=day)
        .order_by("-starts_on", "-pk")
        .first()
    )
    return None if held is None else Decimal(_open(bytes(held.sealed))["base"])


def reckon(line: WageLine) -> Deduction | None:
    """The arithmetic of a line: as it was confirmed, else as it would be now. None while no wage was entered."""
    if line.sealed is not None:
        kept = _open(bytes(line.sealed))
        return Deduction(
            Decimal(kept["base"]), Decimal(kept["divisor"]), Decimal(kept["share"]), int(kept["times"])
        )
    base = wage_on(line.employee_id, line.day)
    if base is None:
        return None
    book = book_of(line.day)
    divisor = Decimal(rulebook.rule_in(book, WAGES, ParameterRule).text("paid_days_of_a_month"))
    times = rulebook.rule_in(book, ABSENCE, ParameterRule).integer("wage_days_per_day")
    return Deduction(base, divisor, line.share, times)


@transaction.atomic
def confirm_line(*, line_id: int, turn: int, by: Employee, now: datetime) -> WageLine:
    """The deduction is as the arithmetic says. `turn` as the page showed it. Raises Forbidden (also for one's own),
    NotFound, Conflict (`decided`, `moved_on`, `no_wage`)."""
    line, clause = _begin(line_id, by, now, turn)
    found = reckon(line)
    if found is None:
        raise Conflict(
            _("No wage was entered for {name}. Enter it first; the deduction is reckoned from it.").format(
                name=line.employee.name
            ),
            code="no_wage",
        )
    line.sealed = _seal(
        {
            "base": str(found.base),
            "divisor": str(found.divisor),
            "share": str(found.share),
            "times": found.times,
            "amount": str(found.amount),
        }
    )
    return _decide(line, State.CONFIRMED, "attendance.wage_confirmed", clause, by, now, "")


@transaction.atomic
def waive_line(
    *, line_id: int, reason: str, by: Employee, now: datetime, turn: int | None = None
) -> WageLine:
    """Nothing is deducted, with the reason. `turn` as the page showed it, when it did. Raises Forbidden, NotFound,
    Conflict (`decided`, `moved_on`), Invalid."""
    line, clause = _begin(line_id, by, now, turn)
    reason = _reason(reason)
    return _decide(line, State.WAIVED, "attendance.wage_waived", clause, by, now, reason)


@dataclass(frozen=True, slots=True)
class Many:
    """What became of many lines: the ids of those decided, and why the others were not."""

    done: tuple[int, ...]
    refused: dict[int, StrOrPromise]


@transaction.atomic
def decide_lines(
    *, lines: Collection[tuple[int, int]], deduct: bool, reason: str, by: Employee, now: datetime
) -> Many:
    """Confirm many deductions, or leave them out for one reason: (id, turn) of each as the page showed it. Each is
    decided on its own and in the trail on its own; one that is refused (settled again meanwhile, decided already, one's
    own, without a wage) stays as it is and stops no other. Raises Forbidden, Invalid (`lines`, `reason`)."""
    require(by, CLOSE, now)
    if not lines:
        raise _wrong("lines", _("Please tick the lines first."))
    if len(lines) > MOST_LINES:
        raise _wrong("lines", _("At most %(n)d lines at once.") % {"n": MOST_LINES})
    said = "" if deduct else _reason(reason)
    done: list[int] = []
    refused: dict[int, StrOrPromise] = {}
    for pk, turn in sorted(set(lines)):
        try:
            if deduct:
                confirm_line(line_id=pk, turn=turn, by=by, now=now)
            else:
                waive_line(line_id=pk, turn=turn, reason=said, by=by, now=now)
            done.append(pk)
        except Refused as why:
            refused[pk] = str(why.message)
    return Many(tuple(done), refused)


def _reason(text: str) -> str:
    """Raises Invalid."""
    said = text.strip().replace("\x00", "")
    if not 0 < len(said) <= REASON:
        raise _wrong("reason", _("Please say why, in up to 200 characters."))
    return said


@transaction.atomic
def reopen_line(*, line_id: int, by: Employee, now: datetime) -> WageLine:
    """To be decided again, while the month is open. Raises Forbidden, NotFound, Conflict (`not_decided`)."""
    line, clause = _locked(line_id, by, now)
    if line.state not in (State.CONFIRMED, State.WAIVED):
        raise Conflict(_("This line is not decided."), code="not_decided")
    line.state, line.decided_by, line.decided_at, line.reason, line.sealed = (
        State.PROPOSED,
        None,
        None,
        "",
        None,
    )
    line.save(update_fields=["state", "decided_by", "decided_at", "reason", "sealed"])
    _record("attendance.wage_reopened", line, clause, by, now)
    return line


def reseal_wages(limit: int) -> int:
    """A step of a key rotation: the same amounts under the new key, those of closed months too."""
    done = 0
    with transaction.atomic():
        for model in (WageBase, WageLine):
            for row in model._default_manager.exclude(sealed=None).select_for_update().order_by("pk"):
                blob = crypto.reseal_app(PURPOSE, bytes(row.sealed or b""))
                if blob is not None and done < limit:
                    model._default_manager.filter(pk=row.pk).update(sealed=blob)
                    done += 1
    return done


def _begin(line_id: int, by: Employee, now: datetime, turn: int | None) -> tuple[WageLine, str]:
    line, clause = _locked(line_id, by, now)
    if line.state != State.PROPOSED:
        raise Conflict(_("This line is decided already."), code="decided")
    if turn is not None and line.turn != turn:
        raise Conflict(_("The day was settled again meanwhile. Please look at it anew."), code="moved_on")
    return line, clause


def _locked(line_id: int, by: Employee, now: datetime) -> tuple[WageLine, str]:
    clause = require(by, CLOSE, now)
    hold_months(shared=True)
    line = (
        WageLine.objects.select_related("employee").select_for_update(of=("self",)).filter(pk=line_id).first()
    )
    if line is None:
        raise NotFound(_("There is no such line."))
    if line.employee_id == by.pk:
        raise Forbidden(_("Somebody else of HR decides on your own line."), clause=clause)
    require_open(line.month)
    return line, clause


def month_of_line(line_id: int) -> date:
    """Raises NotFound."""
    month = WageLine.objects.filter(pk=line_id).values_list("month", flat=True).first()
    if month is None:
        raise NotFound(_("There is no such line."))
    return month


def require_open(month: date) -> None:
    """Raises Conflict (`closed`)."""
    if MonthClose.objects.filter(month=month).exists():
        raise Conflict(
            _(
                "{month} is closed and stays as it is. What became known later is entered in an open month."
            ).format(month=f"{month:%Y-%m}"),
            code="closed",
        )


def _decide(
    line: WageLine, state: str, verb: str, clause: str, by: Employee, now: datetime, reason: str
) -> WageLine:
    line.state, line.decided_by, line.decided_at, line.reason = state, by, now, reason
    line.save(update_fields=["state", "decided_by", "decided_at", "reason", "sealed"])
    _record(verb, line, clause, by, now)
    return line


def _record(verb: str, line: WageLine, clause: str, by: Employee, now: datetime) -> None:
    audit.record(
        verb,
        subject=day_subject(line.employee, line.day),
        by=by,
        now=now,
        clause=clause,
        data={
            "share": str(line.share),
            "month": f"{line.month:%Y-%m}",
            **({"reason": line.reason} if line.reason else {}),
        },
    )


def _seal(content: dict[str, object]) -> bytes:
    return crypto.seal_app(PURPOSE, json.dumps(content).encode())


def _open(blob: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(crypto.open_app(PURPOSE, blob))
    return found


def _wrong(path: str, message: StrOrPromise) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": path, "message": str(message)}])
