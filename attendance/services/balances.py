"""The verbs of balances: granted by the rule or by hand, reserved, given back, taken, expired. Only added to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import BalanceMovement, Leave, PriorService
from attendance.rules import leave as rules
from attendance.selectors import balances as selectors
from attendance.selectors.leave_kinds import AnnualRule, LeaveKind, annual_rule, kinds
from attendance.services.allowed import require, unless, words, wrong
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee

KEEP = "attendance.keep_leave"
Sort = BalanceMovement.Sort
MOST = Decimal(1000)


def reserve(leave: Leave, kind: LeaveKind, by: Employee, now: datetime) -> None:
    """Set aside what the leave needs, from what expires first. Part of asking. Raises Conflict (`balance`)."""
    if not kind.kept:
        return
    accounts = selectors.usable(leave.employee_id, kind.code, leave.first_day)
    parts = rules.allot(leave.amount, accounts)
    if parts is None:
        left = sum((max(has, Decimal(0)) for _year, has in accounts), Decimal(0))
        raise Conflict(
            _("{kind}: {asked} {measure} asked for, {left} left.").format(
                kind=kind.name,
                asked=plain(leave.amount),
                left=plain(left),
                measure=leave.get_measure_display(),
            ),
            code="balance",
            clause=kind.clause,
            left=plain(left),
        )
    _write(leave, ((Sort.RESERVE, year, -part) for year, part in parts), by, now, kind.clause)


def release(leave: Leave, by: Employee | None, now: datetime, clause: str) -> None:
    """Give back what is set aside for a leave that will not be."""
    held = selectors.held_for(leave.pk)
    _write(leave, ((Sort.RELEASE, year, part) for year, part in held.items()), by, now, clause)


def take(leave: Leave, amount: Decimal, by: Employee | None, now: datetime, clause: str) -> None:
    """In the place of what was set aside, what the leave came to: from the same years, what goes beyond from the
    last."""
    held = selectors.held_for(leave.pk)
    if not held:
        return
    release(leave, by, now, clause)
    parts: dict[int, Decimal] = {}
    left = amount
    for year, part in held.items():
        parts[year] = min(part, left)
        left -= parts[year]
    parts[max(parts)] += left
    _write(leave, ((Sort.TAKE, year, -part) for year, part in parts.items() if part), by, now, clause)


def give_back(leave: Leave, amount: Decimal, by: Employee, now: datetime, clause: str) -> None:
    """Of a leave that was taken already, what it did not come to after all: into the last of its years."""
    years = BalanceMovement.objects.filter(leave=leave, sort=Sort.TAKE).order_by("-year")
    last = years.values_list("year", flat=True).first()
    if last is not None and amount > 0:
        BalanceMovement.objects.create(
            employee_id=leave.employee_id,
            kind=leave.kind,
            year=last,
            sort=Sort.ADJUST,
            amount=amount,
            reason=str(_("Back early")),
            by=by,
            clause=clause,
            at=now,
        )


def _write(
    leave: Leave,
    parts: Iterable[tuple[str, int, Decimal]],
    by: Employee | None,
    now: datetime,
    clause: str,
) -> None:
    BalanceMovement.objects.bulk_create(
        BalanceMovement(
            employee_id=leave.employee_id,
            kind=leave.kind,
            year=year,
            sort=sort,
            amount=amount,
            leave=leave,
            by=by,
            clause=clause,
            at=now,
        )
        for sort, year, amount in parts
    )


@transaction.atomic
def grant_due(*, now: datetime, only: Employee | None = None) -> int:
    """Annual leave of this calendar year by years of service, once for each person (or for one); whoever joins or
    reaches the first year later gets it then. Answers how many were granted."""
    rule = annual_rule(now)
    if rule is None or "annual" not in kinds(now):
        return 0
    today = now.astimezone(ZONE).date()
    people = Employee.objects.filter(is_active=True).exclude(
        pk__in=BalanceMovement.objects.filter(
            kind="annual", year=today.year, sort=Sort.GRANT, by=None
        ).values("employee_id")
    )
    waiting = list((people.filter(pk=only.pk) if only else people).order_by("pk"))
    before = selectors.months_before([person.pk for person in waiting])
    made = []
    for person in waiting:
        joined = person.joined_at.astimezone(ZONE).date()
        days = _entitled(rule, today.year, joined, before.get(person.pk, 0), today)
        if days:
            made.append(
                BalanceMovement(
                    employee=person,
                    kind="annual",
                    year=today.year,
                    sort=Sort.GRANT,
                    amount=Decimal(days),
                    expires_on=_expiry(rule, today.year),
                    clause=rule.clause,
                    at=now,
                )
            )
    BalanceMovement.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def _entitled(rule: AnnualRule, year: int, joined: date, months_before: int, today: date) -> int:
    """Nothing before the day on which the first step is reached."""
    least = min(years for years, _days in rule.steps)
    begins = rules.months_later(joined, max(0, least * 12 - months_before))
    if max(joined, begins) > today:
        return 0
    return rules.annual_entitlement(year=year, joined=joined, months_before=months_before, steps=rule.steps)


def _expiry(rule: AnnualRule, year: int) -> date:
    return rules.months_later(date(year + 1, 1, 1), rule.carry_months) - timedelta(days=1)


@transaction.atomic
def expire_due(*, now: datetime) -> int:
    """What is left of accounts whose last day is over goes. Answers how many accounts."""
    today = now.astimezone(ZONE).date()
    over = (
        BalanceMovement.objects.filter(sort=Sort.GRANT, expires_on__lt=today)
        .values_list("employee_id", flat=True)
        .distinct()
    )
    made = []
    clause = rule.clause if (rule := annual_rule(now)) else ""
    for (person, kind), accounts in selectors.accounts_of(list(over)).items():
        for account in accounts:
            if account.left > 0 and not account.open_on(today):
                made.append(
                    BalanceMovement(
                        employee_id=person,
                        kind=kind,
                        year=account.year,
                        sort=Sort.EXPIRE,
                        amount=-account.left,
                        clause=clause,
                        at=now,
                    )
                )
    BalanceMovement.objects.bulk_create(made)
    return len(made)


@transaction.atomic
def change_balance(
    *, employee_id: int, kind: str, amount: Decimal, reason: str, by: Employee, now: datetime
) -> BalanceMovement:
    """Add to a balance (overtime to be taken off, a correction) or take from it, by a person, with the reason.

    Raises Forbidden, NotFound, Invalid, Conflict (`oneself`; `balance`: it would fall below nothing).
    """
    require(by, KEEP, now)
    known = kinds(now).get(kind)
    if known is None or not known.kept:
        raise wrong("kind", _("No balance is kept of this kind."), code="kind")
    if not amount or abs(amount) > MOST or amount % Decimal("0.5"):
        raise wrong("amount", _("Whole or half ones, not nothing."), code="amount")
    said = words(reason, path="reason", longest=200, missing=_("Please give the reason."))
    person = _person(employee_id, by)
    movement = BalanceMovement(
        employee=person,
        kind=kind,
        year=now.astimezone(ZONE).year,
        sort=Sort.ADJUST,
        amount=amount,
        reason=said,
        by=by,
        clause=known.clause,
        at=now,
    )

    def too_little() -> Conflict:
        told = _("The balance of this year would fall below nothing.")
        return Conflict(told, code="balance", clause=known.clause)

    with unless("fall below nothing", too_little):
        movement.save()
    audit.record(
        "attendance.change_balance",
        subject=staff.subject_of(person),
        by=by,
        now=now,
        clause=known.clause,
        data={"kind": kind, "amount": str(amount), "reason": said},
    )
    return movement


@transaction.atomic
def note_prior_service(
    *, employee_id: int, months: int, note: str, by: Employee, now: datetime
) -> PriorService:
    """How long the person had worked before, with what shows it; this year's annual leave follows.

    Raises Forbidden, NotFound, Invalid, Conflict.
    """
    require(by, KEEP, now)
    if not 0 <= months <= 720:
        raise wrong("months", _("Between 0 and 720 months."), code="months")
    shown = words(note, path="note", longest=200, missing=_("Say what shows it."))
    person = _person(employee_id, by)
    before = selectors.months_before([person.pk]).get(person.pk, 0)
    found = PriorService.objects.create(employee=person, months=months, note=shown, by=by, at=now)
    audit.record(
        "attendance.prior_service",
        subject=staff.subject_of(person),
        by=by,
        now=now,
        clause="S2a",
        data={"months": months, "note": shown},
    )
    if not grant_due(now=now, only=person):
        _follow(person, before, months, by, now)
    return found


def _follow(person: Employee, before: int, months: int, by: Employee, now: datetime) -> None:
    """What a longer or shorter service changes in what was granted this year; never below what is left."""
    rule = annual_rule(now)
    if rule is None:
        return
    today = now.astimezone(ZONE).date()
    joined = person.joined_at.astimezone(ZONE).date()
    accounts = selectors.accounts_of([person.pk], "annual")[person.pk, "annual"]
    account = next((each for each in accounts if each.year == today.year), None)
    if account is None:
        return
    was, entitled = (_entitled(rule, today.year, joined, each, today) for each in (before, months))
    difference = max(Decimal(entitled - was), -account.left)
    if difference:
        BalanceMovement.objects.create(
            employee=person,
            kind="annual",
            year=today.year,
            sort=Sort.ADJUST,
            amount=difference,
            reason=str(_("Years of service")),
            by=by,
            clause=rule.clause,
            at=now,
        )


def _person(employee_id: int, by: Employee) -> Employee:
    person = Employee.objects.select_for_update(no_key=True).filter(pk=employee_id).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    if person.pk == by.pk:
        raise Conflict(_("Nobody changes his own balance: ask a colleague who may."), code="oneself")
    return person


def plain(amount: Decimal) -> str:
    """A number without needless zeros: "2.5", "3"."""
    return f"{amount.normalize():f}"
