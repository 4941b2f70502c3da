"""An order of ten chairs at 100 under a contract in force, what arrives of it, and payments by whoever's turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from contracts.models import (
    ArrivalLine,
    BankDetails,
    Complaint,
    ComplaintCharge,
    ComplaintDecision,
    Delivery,
    Invoice,
    Payable,
    Payment,
    ProductionStep,
    PurchaseOrder,
    SetOff,
    Supplier,
    SupplierContact,
)
from contracts.selectors import account as account_of
from contracts.selectors import agreements, records
from contracts.services import (
    accepting,
    arriving,
    bank,
    first_sample,
    invoices,
    ordering,
    payments,
    reports,
    returning,
    samples,
    setoffs,
    shipping,
)
from contracts.services import ready as standing
from office.approvals import api as approvals
from office.approvals.models import Run
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, MINUTE, NOW, TODAY
from tests.people import everybody, person

D = Decimal


def contact(of: Supplier) -> SupplierContact:
    known: SupplierContact | None = of.contacts.first()
    return known or world.contact(of, name=f"{of.code} 跟单")


def order(
    *rows: tuple[int, str],
    of: Supplier | None = None,
    due: date | None = None,
    now: datetime = NOW,
    **terms: Any,
) -> PurchaseOrder:
    """Returned by the supplier, in production, with its reports: from here goods come. `terms`: the contract's own."""
    everybody()
    supplier, buyer = of or world.supplier(), person("luo_buyer")
    theirs = contact(supplier)
    if terms or agreements.for_supplier(supplier, now) is None:
        world.active(supplier, now=now, **terms)
    sample = samples.request_sample(supplier_id=supplier.pk, name="餐椅", demands="胡桃木", by=buyer, now=now)
    samples.photograph(sample=sample, file=arrange.photo(), contact=theirs, now=now)
    samples.sign_off(sample_id=sample.pk, by=buyer, now=now)
    found = ordering.draft_order(supplier_id=supplier.pk, by=buyer, now=now)
    for n, (pieces, price) in enumerate(rows or [(10, "100.00")], 1):
        wish = arrange.wish(
            name="餐椅",
            sku=f"CH-{n}",
            quantity=pieces,
            unit_price=D(price),
            due_on=due or now.date() + 20 * DAY,
        )
        line = ordering.put_line(order_id=found.pk, wish=wish, by=buyer, now=now)
        samples.name_sample(order_id=found.pk, line_id=line.pk, sample_id=sample.pk, by=buyer, now=now)
    ordering.issue_order(order_id=found.pk, by=buyer, now=now)
    found = ordering.send_order(order_id=found.pk, contact_id=theirs.pk, by=buyer, now=now)
    found = returning.return_order(order=found, contact=theirs, signature="何厂长", now=now)
    first_sample.confirm(order=found, contact=theirs, now=now)
    first_sample.confirm(order=found, by=buyer, now=now)
    found = first_sample.start_production(order=found, contact=theirs, now=now)
    for step in ProductionStep.objects.filter(line__order=found):
        reports.give_report(
            step_id=step.pk, mode="self", standard="national", passed=True, file=arrange.paper("自检.pdf"),
            contact=theirs, now=now,
        )  # fmt: skip
    return found


def deposit(found: PurchaseOrder) -> Payable:
    return Payable.objects.get(order=found, kind="deposit")


def ship(found: PurchaseOrder, *pieces: int, number: str = "D-1", now: datetime = NOW) -> Delivery:
    lines = dict(zip(found.lines.order_by("n").values_list("pk", flat=True), pieces, strict=True))
    return shipping.ship(order=found, lines=lines, number=number, by=person("luo_buyer"), now=now)


def ready(found: PurchaseOrder, *pieces: int, now: datetime = NOW, **who: Any) -> Payable:
    """So many pieces of each line stand ready: what falls due for them."""
    lines = dict(zip(found.lines.order_by("n").values_list("pk", flat=True), pieces, strict=True))
    given = who or {"by": person("luo_buyer")}
    return Payable.objects.get(ready=standing.state_ready(order=found, lines=lines, now=now, **given))


def settle(found: PurchaseOrder, now: datetime = NOW) -> None:
    """Whatever the order owes now is paid."""
    owed = [
        each for each, left in account_of.open_payables(found.supplier) if each.order_id == found.pk and left
    ]
    if owed:
        pay(agreed(*owed, now=now), f"PZ-{owed[0].pk}", now=now + 2 * MINUTE)


def ship_paid(found: PurchaseOrder, *pieces: int, number: str = "D-1", now: datetime = NOW) -> Delivery:
    """Stated ready, paid for, shipped: under a contract that is paid before shipping."""
    ready(found, *pieces, now=now)
    settle(found, now)
    return ship(found, *pieces, number=number, now=now + 3 * MINUTE)


def arrive(
    delivery: Delivery, *counted: int, on: date | None = None, now: datetime = NOW
) -> list[ArrivalLine]:
    lines = delivery.order.lines.order_by("n").values_list("pk", flat=True)
    arrival = arriving.receive(
        delivery_id=delivery.pk,
        counts=dict(zip(lines, counted, strict=True)),
        warehouse=world.WAREHOUSE,
        arrived_on=on,
        by=person("xu_warehouse"),
        now=now,
    )
    return list(arrival.lines.order_by("line__n"))


def judge(
    arrived: ArrivalLine, good: int, bad: int = 0, remedy: str = "", cut: str = "0", now: datetime = NOW
) -> Booked:
    """What the decision booked: what is owed, what is set off."""
    made = accepting.accept(
        arrived_id=arrived.pk, accepted=good, refused=bad, remedy=remedy, cut=D(cut),
        reason="划伤" if remedy else "", by=person("song_inspector"), now=now,
    )  # fmt: skip
    owed = Payable.objects.filter(parts__acceptance=made).first()
    return Booked(owed, list(SetOff.objects.filter(paper_type="acceptance", paper_id=str(made.pk))))


@dataclass(frozen=True)
class Booked:
    owed: Payable | None
    claims: list[SetOff]


def goods(found: PurchaseOrder, pieces: int, number: str = "D-1", now: datetime = NOW) -> Payable:
    """So many pieces of the first line shipped, counted and accepted, all on one day."""
    delivery = ship(found, pieces, number=number, now=now)
    [line] = arrive(delivery, pieces, now=now)
    owed = judge(line, pieces, now=now).owed or delivery.payables.first()
    assert owed is not None
    return owed


def claim(
    supplier: Supplier, amount: str, *, about: str = "1", by: str = "luo_buyer", now: datetime = NOW
) -> SetOff:
    """What the supplier owes by a complaint, TS-`about`: decided, and charged by that person."""
    complaint, _made = Complaint.objects.get_or_create(
        number=f"TS-{about}",
        defaults={"supplier": supplier, "created_by": person("li_lei"), "created_at": now},
    )
    found = setoffs.claim(
        supplier=supplier,
        kind=SetOff.Kind.COMPLAINT,
        amount=D(amount),
        paper=complaint.subject,
        clause="P5",
        text="客户退货运费",
        by=person(by),
        now=now,
    )
    decision = ComplaintDecision.objects.create(
        complaint=complaint, n=1, liable="supplier", percent=100, cost=found.amount, charge=found.amount,
        by=person(by), at=now,
    )  # fmt: skip
    ComplaintCharge.objects.create(
        complaint=complaint,
        decision=decision,
        amount=found.amount,
        claim=str(found.pk),
        by=person(by),
        at=now,
    )
    Complaint.objects.filter(pk=complaint.pk).update(state="decided")
    return found


def account(of: Supplier, number: str = "4400666677778888", now: datetime = NOW) -> BankDetails:
    """The supplier confirmed it in a call and the manager agreed."""
    theirs = contact(of)
    run = bank.ask_bank_details(
        supplier_id=of.pk, holder=of.name, bank="中国农业银行佛山乐从支行", account=number, by=person("luo_buyer"),
        call=bank.Call(theirs.pk, now, "何总", True), now=now,
    )  # fmt: skip
    assert run is not None
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=now)
    found: BankDetails = of.bank_details.get(run=run)
    return found


def ask(
    *owed: Payable, claims: Sequence[SetOff] = (), by: str = "luo_buyer", now: datetime = NOW, of: int = 0
) -> Run:
    """To the supplier's account, which is there from now on."""
    paid = Supplier.objects.filter(pk=of or owed[0].supplier_id).first()
    if paid is not None and records.account_of(paid, now) is None:
        account(paid, now=now)
    return payments.ask(
        supplier_id=of or owed[0].supplier_id,
        payable_ids=[each.pk for each in owed],
        set_off_ids=[each.pk for each in claims],
        by=person(by),
        now=now,
    )


def agree(run: Run, *who: str, now: datetime = NOW + MINUTE) -> Run:
    for each in who or ("chen_manager",):
        approvals.approve(run_id=run.pk, by=person(each), now=now, comment="同意")
    run.refresh_from_db()
    return run


def agreed(
    *owed: Payable, claims: Sequence[SetOff] = (), now: datetime = NOW, by: str = "luo_buyer"
) -> Payment:
    return Payment.objects.get(run=agree(ask(*owed, claims=claims, now=now, by=by), now=now + MINUTE))


def paper(number: str = "12345678", amount: str = "700.00", **more: Any) -> invoices.Paper:
    """An invoice of 恒木家具 as it stands on the paper."""
    facts: dict[str, Any] = {
        "number": number,
        "code": "" if len(number) == 20 else "044031900104",
        "seller": "佛山市恒木家具有限公司",
        "tax_id": world.CREDIT_CODES[0],
        "issued_on": TODAY,
        "amount": D(amount),
    }
    return invoices.Paper(**{**facts, **more})


def invoice(
    of: Supplier, number: str = "12345678", amount: str = "99999.00", now: datetime = NOW, **more: Any
) -> Invoice:
    facts = {"seller": of.name, "issued_on": min(TODAY, now.date()), **more}
    return invoices.record(
        supplier_id=of.pk, paper=paper(number, amount, **facts), by=person("luo_buyer"), now=now
    )


def pay(found: Payment, voucher: str = "PZ-1", now: datetime = NOW + 2 * MINUTE, **more: Any) -> Any:
    """Against an invoice that is large enough, recorded on the first call in a test."""
    given: dict[str, Any] = {"paid_on": now.date(), "invoices": "12345678", **more}
    for number in given["invoices"].split():
        if (
            len(number) in (8, 20)
            and not Invoice.objects.filter(number=number, supplier=found.supplier).exists()
        ):
            invoice(found.supplier, number, now=now)
    return payments.record(
        payment_id=found.pk, made=payments.Made(voucher, **given), by=person("luo_buyer"), now=now
    )


__all__ = ["DAY", "MINUTE", "NOW", "TODAY"]
