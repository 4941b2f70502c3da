"""The verbs of balances: granted by the rule or by hand, reserved, given back, taken, expired. Only added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import BalanceMovement, Leave, PriorService
from attendance.rules import leave as rules
from attendance.selectors import balances as selectors
from attendance.selectors.balances import Slot
from attendance.selectors.leave_kinds import AnnualRule, LeaveKind, annual_rule, kinds
from attendance.selectors.work_days import work_of
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook.allowed import require, unless, words, wrong
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee

KEEP = "attendance.keep_leave"
Sort = BalanceMovement.Sort
MOST = Decimal(1000)
DAY = timedelta(days=1)
#: Kinds of which the book itself says how much there is.
OF_THE_BOOK = ("by_year", "by_event")


def reserve(leave: Leave, kind: LeaveKind, by: Employee, now: datetime) -> None:
    """Set aside what the leave needs: from what expires first; of a kind that is counted by the year or by the event
    from the years or the event it belongs to. Part of asking. Raises Conflict (`balance`)."""
    if not kind.kept:
        return
    if kind.balance in OF_THE_BOOK:
        parts = []
        for slot, amount in _belongs_to(leave, kind):
            _entitle(leave.employee_id, kind, slot, now)
            parts += _allotted(leave, kind, amount, _left_in(leave.employee_id, kind, slot), slot)
    else:
        accounts = selectors.usable(leave.employee_id, kind.code, leave.first_day)
        parts = _allotted(leave, kind, leave.amount, accounts)
    _write(leave, ((Sort.RESERVE, slot, -part) for slot, part in parts), by, now, kind.clause)


def _allotted(
    leave: Leave,
    kind: LeaveKind,
    amount: Decimal,
    accounts: Sequence[tuple[Slot, Decimal]],
    slot: Slot | None = None,
) -> list[tuple[Slot, Decimal]]:
    parts = rules.allot(amount, accounts)
    if parts is not None:
        return parts
    left = sum((max(has, Decimal(0)) for _slot, has in accounts), Decimal(0))
    told = _("{kind}: {asked} {measure} asked for, {left} left.")
    if slot is not None and slot.event_on is not None and slot.event_on != leave.first_day:
        told = _("{kind}, counted together since {since}: {asked} {measure} asked for, {left} left.")
    raise Conflict(
        told.format(
            kind=kind.name,
            asked=plain(amount),
            left=plain(left),
            measure=leave.get_measure_display(),
            since=slot.event_on if slot else "",
        ),
        code="balance",
        clause=kind.clause,
        left=plain(left),
    )


def _left_in(employee_id: int, kind: LeaveKind, slot: Slot) -> list[tuple[Slot, Decimal]]:
    accounts = selectors.accounts_of([employee_id], kind.code)[employee_id, kind.code]
    return [(each.slot, each.left) for each in accounts if each.slot == slot]


def _belongs_to(leave: Leave, kind: LeaveKind) -> list[tuple[Slot, Decimal]]:
    """The accounts that the leave is counted in, with what it costs there: its days of each year, or its event."""
    if kind.balance == "by_event":
        return [(selectors.slot_of(leave.employee_id, kind, leave.first_day), leave.amount)]
    if leave.first_day.year == leave.last_day.year:
        return [(Slot(leave.first_day.year), leave.amount)]
    border = date(leave.last_day.year, 1, 1)
    work = work_of(leave.employee_id, leave.first_day - DAY, leave.last_day, leave.asked_at)
    after = rules.cost(
        unit=kind.unit,
        counted=kind.counted,
        first=border,
        last=leave.last_day,
        period=(leave.starts_at, leave.ends_at),
        work=list(work.values()),
    )
    parts = [(Slot(leave.first_day.year), leave.amount - after), (Slot(border.year), after)]
    return [(slot, amount) for slot, amount in parts if amount > 0]


def _entitle(employee_id: int, kind: LeaveKind, slot: Slot, now: datetime) -> None:
    """What the book gives for the year or the event, once."""
    BalanceMovement.objects.bulk_create(
        [
            BalanceMovement(
                employee_id=employee_id,
                kind=kind.code,
                year=slot.year,
                event_on=slot.event_on,
                sort=Sort.GRANT,
                amount=Decimal(kind.most_days),
                expires_on=None if slot.event_on else date(slot.year, 12, 31),
                clause=kind.clause,
                at=now,
            )
        ],
        ignore_conflicts=True,
    )


def release(leave: Leave, by: Employee | None, now: datetime, clause: str) -> None:
    """Give back what is set aside for a leave that will not be."""
    held = selectors.held_for(leave.pk)
    _write(leave, ((Sort.RELEASE, slot, part) for slot, part in held.items()), by, now, clause)


def take(leave: Leave, amount: Decimal, by: Employee | None, now: datetime, clause: str) -> None:
    """In the place of what was set aside, what the leave came to: from the same accounts, what goes beyond from the
    last."""
    held = selectors.held_for(leave.pk)
    if not held:
        return
    release(leave, by, now, clause)
    parts: dict[Slot, Decimal] = {}
    left = amount
    for slot, part in held.items():
        parts[slot] = min(part, left)
        left -= parts[slot]
    parts[list(held)[-1]] += left
    _write(leave, ((Sort.TAKE, slot, -part) for slot, part in parts.items() if part), by, now, clause)


def give_back(leave: Leave, amount: Decimal, by: Employee, now: datetime, clause: str) -> None:
    """Of a leave that was taken already, what it did not come to after all: into the last of its accounts."""
    accounts = BalanceMovement.objects.filter(leave=leave, sort=Sort.TAKE).order_by("-year", "-event_on")
    last = accounts.values_list("year", "event_on").first()
    if last is not None and amount > 0:
        BalanceMovement.objects.create(
            employee_id=leave.employee_id,
            kind=leave.kind,
            year=last[0],
            event_on=last[1],
            sort=Sort.ADJUST,
            amount=amount,
            reason=str(_("Back early")),
            by=by,
            clause=clause,
            at=now,
        )


def _write(
    leave: Leave,
    parts: Iterable[tuple[str, Slot, Decimal]],
    by: Employee | None,
    now: datetime,
    clause: str,
) -> None:
    BalanceMovement.objects.bulk_create(
        BalanceMovement(
            employee_id=leave.employee_id,
            kind=leave.kind,
            year=slot.year,
            event_on=slot.event_on,
            sort=sort,
            amount=amount,
            leave=leave,
            by=by,
            clause=clause,
            at=now,
        )
        for sort, slot, amount in parts
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
    known = kinds(now)
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
                        clause=known[kind].clause if kind in known else "",
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

    Of a kind that is counted by the event, to or from the event that runs now.

    Raises Forbidden, NotFound, Invalid, Conflict (`oneself`; `no_event`; `balance`: it would fall below nothing).
    """
    require(by, KEEP, now)
    known = kinds(now).get(kind)
    if known is None or not known.kept:
        raise wrong("kind", _("No balance is kept of this kind."), code="kind")
    if not amount or abs(amount) > MOST or amount % Decimal("0.5"):
        raise wrong("amount", _("Whole or half ones, not nothing."), code="amount")
    said = words(reason, path="reason", longest=200, missing=_("Please give the reason."))
    person = _person(employee_id, by)
    slot = _slot_now(person, known, now)
    movement = BalanceMovement(
        employee=person,
        kind=kind,
        year=slot.year,
        event_on=slot.event_on,
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


def _slot_now(person: Employee, kind: LeaveKind, now: datetime) -> Slot:
    """The account that is changed by hand now. Raises Conflict."""
    today = now.astimezone(ZONE).date()
    if kind.balance not in OF_THE_BOOK:
        return Slot(today.year)
    accounts = selectors.accounts_of([person.pk], kind.code)[person.pk, kind.code]
    if kind.balance == "by_event" and selectors.standing(kind, accounts, today).event_on is None:
        raise Conflict(
            _("{kind}: nothing was asked for that could be added to.").format(kind=kind.name),
            code="no_event",
            clause=kind.clause,
        )
    slot = selectors.slot_of(person.pk, kind, today)
    _entitle(person.pk, kind, slot, now)
    return slot


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
