"""Consents, breaches, and what follows from them: payments withheld (P1.6), the month's penalty (P2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import Consent, Freeze, FreezeRelease, Payable, SetOff, Supplier, Violation
from contracts.rules import schedule
from contracts.rules.money import ZERO
from contracts.selectors import account, asked, settlement
from contracts.services import booking, payables, payments, setoffs
from contracts.subjects import supplier_subject
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require, unless, words, wrong
from office.staff.models import Employee
from office.subjects import Subject

COMMISSION, RELEASE = "contracts.commission", "contracts.release_freeze"
PENALTY = "contracts.commission_penalty"
Kind = Violation.Kind


@transaction.atomic
def give_consent(
    *,
    supplier_id: int,
    design: str,
    third_party: str,
    starts_on: date,
    ends_on: date,
    upload: booking.Upload,
    by: Employee,
    now: datetime,
) -> Consent:
    """Our written consent is on record (P1.6). Raises NotFound, Forbidden, Invalid."""
    require(by, booking.SETTLE, now)
    supplier = booking.access_supplier(supplier_id)
    clause = rulebook.limit_rule(payments.WITHHOLD, now).clause
    what = words(design, path="design", longest=200, missing=_("Say which design."))
    whom = words(third_party, path="third_party", longest=120, missing=_("Say to whom it may be given."))
    if ends_on < starts_on:
        raise wrong("ends_on", _("The last day is before the first."), code="order", clause=clause)
    found = Consent.objects.create(
        supplier=supplier, design=what, third_party=whom, starts_on=starts_on, ends_on=ends_on,
        file=booking.keep(upload, by, now),
        by=by, at=now,
    )  # fmt: skip
    data = {"consent": found.pk, "from": starts_on.isoformat(), "to": ends_on.isoformat()}
    audit.record(
        "contracts.give_consent", subject=supplier_subject(supplier), by=by, now=now, clause=clause, data=data
    )
    return found


@transaction.atomic
def record_breach(
    *,
    supplier_id: int,
    kind: str,
    happened_on: date,
    text: str,
    by: Employee,
    now: datetime,
    upload: booking.Upload | None = None,
) -> Violation:
    """A breach is on record. A design given away withholds payments at once (P1.6): requests become void
    and clocks stop. A commission (P2.3) does nothing by itself: `ask_penalty` does.

    Raises NotFound, Forbidden, Invalid.
    """
    require(by, booking.SETTLE, now)
    supplier = booking.access_supplier(supplier_id)
    if kind not in Kind.values:
        raise wrong("kind", _("Choose what kind of breach it is."), code="choice")
    rule = (
        rulebook.limit_rule(payments.WITHHOLD, now)
        if kind == Kind.DESIGN
        else rulebook.parameter_rule(PENALTY, at=now)
    )
    said = words(text, path="text", longest=2000, missing=_("Say what happened and how it is known."))
    booking.not_ahead(happened_on, now, path="happened_on", clause=rule.clause)
    runs = list(asked.on_their_way(supplier.pk)) if kind == Kind.DESIGN else []
    waiting = [Subject(run.subject_type, run.subject_id, run.label) for run in runs]
    for subject in waiting:
        approvals.hold(subject)
    booking.lock_account(supplier.pk)
    found = Violation.objects.create(
        supplier=supplier, kind=kind, happened_on=happened_on, text=said,
        file=booking.kept(upload, by, now), clause=rule.clause,
        by=by, at=now,
    )  # fmt: skip
    data = {"violation": found.pk, "kind": kind, "on": happened_on.isoformat()}
    for subject in (found.subject, supplier_subject(supplier)):
        audit.record(
            "contracts.record_breach", subject=subject, by=by, now=now, clause=rule.clause, data=data
        )
    if kind == Kind.DESIGN:
        _freeze(found, rule.clause, by, now)
        for subject in waiting:
            approvals.subject_changed(subject=subject, by=by, now=now)
    return found


def _freeze(found: Violation, clause: str, by: Employee, now: datetime) -> None:
    percent = settlement.in_force(found.supplier, now).withhold_percent
    if not percent:
        return  # the contract says so
    freeze = Freeze.objects.create(
        supplier=found.supplier, violation=found, percent=percent, clause=clause, by=by, at=now
    )
    payables.stop_clocks([each for each, _left in account.open_payables(found.supplier)], now)
    data = {"freeze": freeze.pk, "percent": str(percent), "violation": found.pk}
    for subject in (freeze.subject, found.subject, supplier_subject(found.supplier)):
        audit.record("contracts.freeze", subject=subject, by=by, now=now, clause=clause, data=data)
    notices.notify(
        "contracts.frozen",
        people_with(booking.SETTLE, now) - {by.pk},
        source="freeze",
        source_id=freeze.pk,
        subject=found.subject,
        now=now,
        clause=clause,
        params={"supplier": found.supplier.name, "percent": f"{percent:f}"},
    )


def access(violation_id: int) -> Violation:
    """Raises NotFound."""
    found: Violation | None = (
        Violation.objects.select_related("supplier", "by", "file", "freeze__release__run")
        .filter(pk=violation_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such breach."))
    return found


@transaction.atomic
def ask_release(*, violation_id: int, reason: str, by: Employee, now: datetime) -> Run:
    """Asks that payments go on. Raises NotFound, Forbidden, Invalid, Conflict (`released`, `running`)."""
    clause = require(by, booking.SETTLE, now)
    found = access(violation_id)
    said = words(reason, path="reason", longest=500, missing=_("Say why payments may go on."))
    freeze = getattr(found, "freeze", None)
    if freeze is None or hasattr(freeze, "release"):
        raise Conflict(_("Nothing is withheld because of this breach."), code="released", clause=clause)
    return approvals.submit(
        kind=RELEASE,
        subject=Subject("freeze", str(freeze.pk), found.supplier.name),
        payload={"freeze": freeze.pk, "supplier": found.supplier_id, "violation": found.pk, "reason": said},
        by=by,
        now=now,
    )


def carry_out_release(
    *, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> FreezeRelease:
    """As agreed, payments go on; what fell due meanwhile gets a few days. Raises Conflict (`released`)."""
    freeze = Freeze.objects.select_related("supplier", "violation").get(pk=payload["freeze"])
    booking.lock_account(freeze.supplier_id)
    released = Conflict(_("Nothing is withheld because of this breach."), code="released", clause=run.clause)
    with unless("freeze_id", lambda: released):
        found = FreezeRelease.objects.create(freeze=freeze, reason=payload["reason"], run=run, at=now)
    data = {"freeze": freeze.pk, "run": run.pk}
    for subject in (freeze.subject, freeze.violation.subject, supplier_subject(freeze.supplier)):
        audit.record("contracts.release", subject=subject, by=by, now=now, clause=run.clause, data=data)
    if not account.withheld(freeze.supplier_id):
        for each, _left in account.open_payables(freeze.supplier):
            payables.open_clock(each, now)
    return found


@dataclass(frozen=True, slots=True)
class Reckoned:
    """The penalty of a commission: what falls due in the months, and the sum."""

    first: date
    last: date
    rows: list[tuple[Payable, Decimal]]
    penalty: Decimal
    over: bool


def reckon(found: Violation, now: datetime) -> Reckoned:
    """P2.3: the payments of the month in which it happened, as the contract says how many."""
    months = settlement.in_force(found.supplier, now).penalty_months
    first, last = schedule.penalty_months(found.happened_on, months)
    due = found.supplier.payables.filter(due_on__range=(first, last)).select_related("order")
    rows = []
    for each in due.prefetch_related("voids").order_by("due_on", "pk"):
        owed = each.amount - sum((void.amount for void in each.voids.all()), ZERO)
        if owed > 0:
            rows.append((each, owed))
    penalty = schedule.penalty(((each.due_on, owed) for each, owed in rows), found.happened_on, months)
    return Reckoned(first, last, rows, penalty, booking.day_of(now) > last)


@transaction.atomic
def ask_penalty(*, violation_id: int, reason: str, by: Employee, now: datetime) -> Run:
    """Asks that the month's payments be claimed as the penalty of a commission, once the month is over and known.

    Raises NotFound, Forbidden, Invalid, Conflict (`other_kind`, `not_over`, `nothing_due`, `claimed`, `running`).
    """
    require(by, booking.SETTLE, now)
    found = access(violation_id)
    said = words(reason, path="reason", longest=500, missing=_("Say what shows the commission."))
    if found.kind != Kind.COMMISSION:
        raise Conflict(_("The penalty is for a commission."), code="other_kind", clause=found.clause)
    if penalty_of(found) is not None:
        raise Conflict(_("The penalty is claimed already."), code="claimed", clause=found.clause)
    booking.lock_account(found.supplier_id)
    reckoned = reckon(found, now)
    if not reckoned.over:
        raise Conflict(
            _(
                "The month ends on {day}. Until then more may fall due; the penalty is known the day after."
            ).format(day=reckoned.last.isoformat()),
            code="not_over",
            clause=found.clause,
        )
    if reckoned.penalty <= 0:
        raise Conflict(
            _("Nothing fell due to {supplier} in that month.").format(supplier=found.supplier),
            code="nothing_due",
            clause=found.clause,
        )
    return approvals.submit(
        kind=COMMISSION,
        subject=Subject("violation", str(found.pk), found.supplier.name),
        payload={
            "supplier": found.supplier_id,
            "violation": found.pk,
            "penalty": str(reckoned.penalty),
            "from": reckoned.first.isoformat(),
            "to": reckoned.last.isoformat(),
            "payables": [each.pk for each, _owed in reckoned.rows],
            "reason": said,
        },
        by=by,
        now=now,
    )


def penalty_of(found: Violation) -> SetOff | None:
    return SetOff.objects.filter(
        kind=SetOff.Kind.PENALTY, paper_type="violation", paper_id=str(found.pk)
    ).first()


def check_reason(payload: Mapping[str, Any]) -> None:
    """What papers of both kinds hold. Raises Invalid."""
    if not str(payload.get("reason", "")).strip() or not isinstance(payload.get("violation"), int):
        raise Invalid(_("The request is incomplete."), code="incomplete")


def carry_out_penalty(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> SetOff:
    """As agreed, the penalty is claimed and set off. Raises Conflict (`claimed`)."""
    supplier: Supplier = booking.access_supplier(payload["supplier"])
    found = access(payload["violation"])
    claimed = Conflict(_("The penalty is claimed already."), code="claimed", clause=run.clause)
    with unless("setoff_once_by_paper", lambda: claimed):
        claim = SetOff.objects.create(
            supplier=supplier,
            kind=SetOff.Kind.PENALTY,
            amount=Decimal(payload["penalty"]),
            text=payload["reason"],
            paper_type="violation",
            paper_id=str(found.pk),
            paper_label=found.subject.label,
            file=found.file,
            run=run,
            by=run.requester,
            at=now,
            on=booking.day_of(now),
        )
    setoffs.record_claim(found=claim, clause=run.clause, by=run.requester, now=now)
    return claim
