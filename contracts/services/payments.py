"""Paying suppliers: asked for with what is set off, agreed by the chain, made with voucher and invoices, or dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    BankDetails,
    Invoice,
    Payable,
    Payment,
    PaymentDrop,
    PaymentLine,
    PaymentVoucher,
    PurchaseOrder,
    SetOffUse,
    Supplier,
)
from contracts.rules.money import ZERO
from contracts.rules.schedule import payable_while_withheld
from contracts.rules.settling import Open, Plan, plan
from contracts.selectors import account, asked, records
from contracts.services import booking, invoices, payables, proving, whole
from contracts.services.door import news
from contracts.subjects import supplier_subject
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, require, unless, words, wrong
from office.staff.models import Employee
from office.subjects import Subject

KIND = asked.KIND
WITHHOLD, INVOICES = "contracts.withhold", "contracts.invoices"
FROZEN = "payment_frozen"
#: What the book calls the kinds of payables.
NEEDS_INVOICE = {Payable.Kind.DEPOSIT: "deposit", Payable.Kind.BALANCE: "rest_of_price"}


def subject_of(supplier: Supplier, first: int) -> Subject:
    """A request about a supplier's payables, called by the first of them."""
    return Subject("payment_request", f"{supplier.pk}-{first}", supplier.name)


@transaction.atomic
def ask(
    *,
    supplier_id: int,
    payable_ids: Collection[int],
    set_off_ids: Collection[int],
    by: Employee,
    now: datetime,
    comment: str = "",
) -> Run:
    """Asks that what is open of these payables be paid, less these claims, which come first, the oldest before others.

    The request names the version of the supplier's account that the money goes to.

    Raises NotFound, Forbidden, Invalid (nothing chosen), Conflict (`frozen`, `settled`, `asked`, `no_account`,
    `unproven`).
    """
    clause = require(by, booking.SETTLE, now)
    supplier = booking.access_supplier(supplier_id)
    booking.lock_account(supplier.pk)
    owed = account.open_payables(supplier, ids=payable_ids)
    claims = account.open_set_offs(supplier, ids=set_off_ids)
    if not payable_ids:
        raise wrong("payables", _("Choose what is to be paid."), code="required", clause=clause)
    if len(owed) != len(set(payable_ids)) or len(claims) != len(set(set_off_ids)):
        raise Conflict(
            _("Some of it has been paid, set off or cancelled meanwhile. The page shows what is open now."),
            code="settled",
            clause=clause,
        )
    proving.require_proven(*{each.order for each, _left in owed}, clause=clause)
    subject = subject_of(supplier, owed[0][0].pk)
    again = _returned(subject, by)
    _require_not_asked(payable_ids, set_off_ids, again, clause)
    found = plan([Open(each.pk, left) for each, left in owed], [Open(each.pk, left) for each, left in claims])
    _require_not_withheld(supplier, found, {each.pk: each for each, _left in owed}, now)
    payload = payload_of(supplier, found, _account_for(supplier, found, clause, now))
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(kind=KIND, subject=subject, payload=payload, by=by, now=now, comment=comment)


def ask_again(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    """What an earlier request asked for, with the account and the rest as they are now."""
    paper = run.payload
    owed = {line["payable"] for line in paper["lines"]} | {use["payable"] for use in paper["uses"]}
    return ask(
        supplier_id=paper["supplier"],
        payable_ids=owed,
        set_off_ids={use["set_off"] for use in paper["uses"]},
        by=by,
        now=now,
        comment=comment,
    )


def _account_for(supplier: Supplier, found: Plan, clause: str, now: datetime) -> BankDetails | None:
    """The account that the money of the plan goes to; none where no money goes."""
    if not found.total:
        return None
    details = records.account_of(supplier, now)
    if details is None:
        raise Conflict(
            _(
                "No account of {supplier} is on file. It is entered with a call back and agreed to first."
            ).format(supplier=supplier),
            code="no_account",
            clause=clause,
        )
    return details


def _returned(subject: Subject, by: Employee) -> Run | None:
    """The person's own request about the same that came back to him."""
    return Run.objects.filter(
        kind=KIND, subject_id=subject.id, requester=by, state=Run.State.RETURNED
    ).first()


def payload_of(supplier: Supplier, found: Plan, details: BankDetails | None) -> dict[str, Any]:
    return {
        "supplier": supplier.pk,
        "bank_details": details.pk if details else None,
        "total": str(found.total),
        "set_off": str(found.set_off),
        "lines": [{"payable": pk, "money": str(money)} for pk, money in found.money],
        "uses": [
            {"set_off": use.set_off, "payable": use.payable, "amount": str(use.amount)} for use in found.uses
        ],
    }


def _require_not_asked(owed: Collection[int], claims: Collection[int], but: Run | None, clause: str) -> None:
    found = asked.named(owed, claims, but=but.pk if but else 0)
    runs = {*found.payables.values(), *found.set_offs.values()}
    if runs:
        raise Conflict(
            _("Some of it is in a request already that waits for agreement."),
            code="asked",
            clause=clause,
            run=min(runs),
        )


def frozen(supplier: Supplier, now: datetime) -> Conflict:
    """The refusal of a payment while payments to the supplier are withheld."""
    freeze = next(iter(account.freezes(supplier)), None)
    since = booking.day_of(freeze.at).isoformat() if freeze else ""
    return Conflict(
        _(
            "Payments to {supplier} are withheld since {day} because of a breach (P1.6). They go on when a release "
            "has been agreed to."
        ).format(supplier=supplier, day=since),
        code="frozen",
        clause=freeze.clause if freeze else clause_of(WITHHOLD, now),
    )


def _require_not_withheld(
    supplier: Supplier, found: Plan, rows: Mapping[int, Payable], now: datetime
) -> None:
    percent = account.withheld(supplier.pk)
    if not percent:
        return
    paid = account.money_for(rows)
    for pk, money in found.money:
        if paid[pk] + money > payable_while_withheld(rows[pk].amount, percent):
            raise frozen(supplier, now)


def check(payload: Mapping[str, Any]) -> None:
    """What any paper of this kind holds. Raises Invalid."""
    if not isinstance(payload.get("supplier"), int) or not (payload.get("lines") or payload.get("uses")):
        raise Invalid(_("The request is incomplete."), code="incomplete")


def carry_out(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> Payment:
    """Everybody has agreed: the payment is there to be made, to the account that they read. Raises Conflict
    (`settled`, `frozen`, `account_changed`)."""
    supplier = booking.access_supplier(payload["supplier"])
    booking.lock_account(supplier.pk)
    settled = Conflict(
        _("Some of it has been paid, set off or cancelled meanwhile. Ask again for what is open."),
        code="settled",
        clause=run.clause,
    )
    with (
        unless("_over", lambda: settled),
        unless(FROZEN, lambda: frozen(supplier, now)),
        unless("payment_account", lambda: _account_changed(run.clause)),
    ):
        found = Payment.objects.create(
            supplier=supplier,
            total=Decimal(payload["total"]),
            set_off=Decimal(payload["set_off"]),
            bank_details_id=payload.get("bank_details"),
            run=run,
            at=now,
        )
        for use in payload["uses"]:
            SetOffUse.objects.create(
                payment=found,
                set_off_id=use["set_off"],
                payable_id=use["payable"],
                amount=Decimal(use["amount"]),
            )
        for line in payload["lines"]:
            PaymentLine.objects.create(
                payment=found, payable_id=line["payable"], amount=Decimal(line["money"])
            )
    data = {"payment": found.pk, "total": payload["total"], "set_off": payload["set_off"], "run": run.pk}
    for subject in (found.subject, supplier_subject(supplier)):
        audit.record(
            "contracts.agree_payment",
            subject=subject,
            by=run.requester,
            now=now,
            clause=run.clause,
            data=data,
        )
    if not found.total:  # no voucher will come
        news.paid(payment=found, by=run.requester, now=now, clause=run.clause)
    _meet_settled(found, now)
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """What shows that the money has gone. `invoices`: numbers of tax invoices as typed."""

    voucher: str
    paid_on: date
    invoices: str = ""
    upload: booking.Upload | None = None


@transaction.atomic
def record(*, payment_id: int, made: Made, by: Employee, now: datetime) -> PaymentVoucher:
    """The money has gone, to the account that was agreed to; an order that waited for this closes. Raises NotFound,
    Forbidden, Invalid, Conflict (`frozen`, `ended`, `voucher_taken`, `account_changed`, `unproven`); Invalid for
    invoices that are not recorded, used up, or too small."""
    clause = require(by, booking.SETTLE, now)
    found, orders = _held(payment_id)
    _require_open(found, clause)
    proving.require_proven(
        *PurchaseOrder.objects.filter(payables__lines__payment=found).distinct(), clause=clause
    )
    number = words(
        booking.one_number(made.voucher), path="voucher", longest=40,
        missing=_("Which number does the voucher bear?"),
    )  # fmt: skip
    booking.not_ahead(made.paid_on, now, path="paid_on", clause=clause)
    if made.paid_on < booking.day_of(found.at):
        raise wrong(
            "paid_on", _("Nothing is paid before it was agreed to."), code="before_agreed", clause=clause
        )
    numbers = booking.read_invoices(made.invoices, clause=clause)
    parts = _against(found, numbers, now)
    _require_account(found, made, clause, now)
    taken = Conflict(_("Voucher {number} is recorded already.").format(number=number), code="voucher_taken")
    with (
        unless("contracts_paymentvoucher_number", lambda: taken),
        unless(FROZEN, lambda: frozen(found.supplier, now)),
        unless("voucher_account", lambda: _account_changed(clause)),
    ):
        voucher = PaymentVoucher.objects.create(
            payment=found,
            number=number,
            invoices=numbers,
            paid_on=made.paid_on,
            file=booking.kept(made.upload, by, now),
            by=by,
            at=now,
            on=booking.day_of(now),
        )
    invoices.take(voucher, parts)
    found.voucher = voucher
    data = {"payment": found.pk, "voucher": number, "invoices": numbers, "total": str(found.total)}
    for subject in (found.subject, supplier_subject(found.supplier)):
        audit.record("contracts.pay", subject=subject, by=by, now=now, clause=clause, data=data)
    news.paid(payment=found, by=by, now=now, clause=clause)
    _meet_settled(found, now)
    whole.payment_over(orders, by=by, now=now)
    return voucher


@transaction.atomic
def drop(*, payment_id: int, reason: str, by: Employee, now: datetime) -> PaymentDrop:
    """An agreed payment is not made; what it was for is open again, and an order that waited for this closes. Raises
    NotFound, Forbidden, Invalid, Conflict."""
    clause = require(by, booking.SETTLE, now)
    found, orders = _held(payment_id)
    said = words(reason, path="reason", longest=500, missing=_("Say why it is not paid."))
    _require_open(found, clause)
    dropped = PaymentDrop.objects.create(payment=found, reason=said, by=by, at=now)
    data = {"payment": found.pk, "total": str(found.total)}
    for subject in (found.subject, supplier_subject(found.supplier)):
        audit.record("contracts.drop_payment", subject=subject, by=by, now=now, clause=clause, data=data)
    whole.payment_over(orders, by=by, now=now)
    return dropped


def of_run(run: Run) -> Payment:
    """The payment that a run has agreed to. Raises NotFound."""
    return access(Payment.objects.filter(run=run).values_list("pk", flat=True).first() or 0)


def access(payment_id: int) -> Payment:
    """Raises NotFound."""
    found: Payment | None = (
        Payment.objects.select_related("supplier", "run", "voucher__by", "drop__by", "bank_details")
        .filter(pk=payment_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such payment."))
    return found


def _held(payment_id: int) -> tuple[Payment, list[PurchaseOrder]]:
    """As it is once its account is locked: another may have ended it meanwhile; and the orders that may wait for it.
    Raises NotFound."""
    found = access(payment_id)
    orders = whole.hold_orders(found)
    booking.lock_account(found.supplier_id)
    return access(payment_id), orders


def _require_open(found: Payment, clause: str) -> None:
    if not found.total:
        raise Conflict(
            _("Set-offs cover this payment wholly: no money goes."), code="without_money", clause=clause
        )
    if hasattr(found, "voucher") or hasattr(found, "drop"):
        raise Conflict(_("This payment was made, or dropped, already."), code="ended", clause=clause)


def _against(found: Payment, numbers: list[str], now: datetime) -> list[tuple[Invoice, Decimal]]:
    """What the payment takes of the invoices named. By the book, one is there for goods before they are paid."""
    rule = rulebook.parameter_rule(INVOICES, at=now)
    needed = sum(
        (
            amount
            for kind, amount in found.lines.values_list("payable__kind", "amount")
            if rule.flag(NEEDS_INVOICE[Payable.Kind(kind)])
        ),
        ZERO,
    )
    if not numbers and needed:
        raise wrong(
            "invoices", _("Goods are paid against a tax invoice: enter its number."), code="required",
            clause=rule.clause,
        )  # fmt: skip
    return invoices.shares(found, numbers, needed=needed, clause=rule.clause)


def changed_on(found: Payment, now: datetime) -> date | None:
    """The day on which the account that a payment goes to was replaced; none while it is the supplier's account.
    Payments of before accounts were named in them count as replaced at once."""
    if not found.total or records.same_account(found.bank_details, records.account_of(found.supplier, now)):
        return None
    later = found.supplier.bank_details.order_by("at", "pk")
    if found.bank_details is not None:
        later = later.filter(pk__gt=found.bank_details_id)
    first = later.first()
    return booking.day_of(first.at if first and found.bank_details else found.at)


def _require_account(found: Payment, made: Made, clause: str, now: datetime) -> None:
    """Once the supplier has another account, only what had gone to the agreed one before is recorded, and the bank's
    slip shows it; everything else is dropped and asked for anew."""
    day = changed_on(found, now)
    if day is None:
        return
    if found.bank_details is None or made.paid_on > day:
        raise _account_changed(clause)
    if made.upload is None:
        raise wrong(
            "file",
            _(
                "The account was changed on {day}. Add the bank’s slip that shows the money had gone before."
            ).format(day=day.isoformat()),
            code="slip",
            clause=clause,
        )


def _account_changed(clause: str) -> Conflict:
    return Conflict(
        _(
            "The supplier’s account has changed since this was agreed to. Drop the payment and ask again: then "
            "everybody sees the new account."
        ),
        code="account_changed",
        clause=clause,
    )


def _meet_settled(found: Payment, now: datetime) -> None:
    """Clocks end of what is wholly settled, by money that has gone and by claims."""
    rows = list(Payable.objects.filter(lines__payment=found) | Payable.objects.filter(uses__payment=found))
    waiting = set(
        PaymentLine.objects.filter(payable__in=rows, payment__voucher=None, payment__drop=None).values_list(
            "payable_id", flat=True
        )
    )
    left = account.payable_left(rows)
    for each in {each.pk: each for each in rows}.values():
        if left[each.pk] == ZERO and each.pk not in waiting:
            deadlines.meet(payables.rule_of(each), subject=each.subject, at=now)
