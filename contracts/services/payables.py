"""What falls due for a purchase order: opened by its acceptance, goods that stand ready and accepted goods (P2.2).

Called by the verbs of orders and deliveries, inside their transaction: `order_accepted` when the supplier returned the
order or counts as having accepted it, `stated_ready` and `not_ready` for goods that are paid before they leave,
`arrived` for what was counted in, `goods_accepted` for what was decided about it, `recounted` when a line is counted
again, `order_over` when nothing more of it is to be sent, `order_cancelled` when it ends before its time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Acceptance,
    Arrival,
    ArrivalLine,
    Payable,
    PayablePart,
    PayableVoid,
    PurchaseOrder,
    ReadyLess,
    ReadyLine,
    ReadyNotice,
    Recount,
    SetOff,
)
from contracts.rules import schedule
from contracts.rules.money import ZERO, amount
from contracts.rules.schedule import Line
from contracts.selectors import account
from contracts.selectors import ready as standing_ready
from contracts.selectors.quantities import tallies
from contracts.selectors.ready import Standing
from contracts.selectors.settlement import ADVANCE, terms_of
from contracts.services import booking, setoffs
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff.models import Employee
from office.subjects import Subject

DEPOSIT, BALANCE = ADVANCE, "contracts.balance"
PAID_BY, MATERIAL = "P2.2", "P3.1"


def order_accepted(*, order: PurchaseOrder, by: Employee | None, now: datetime) -> Payable | None:
    """The deposit falls due, where the terms have one; once for an order."""
    terms = terms_of(order)
    owed = schedule.deposit(_total(order), terms)
    if owed <= 0 or Payable.objects.filter(order=order, kind=Payable.Kind.DEPOSIT).exists():
        return None
    booking.lock_account(order.supplier_id)
    found = Payable.objects.create(
        supplier=order.supplier,
        order=order,
        kind=Payable.Kind.DEPOSIT,
        goods=ZERO,
        amount=owed,
        about=booking.day_of(now),
        due_on=_grace(now),
        clause=PAID_BY,
        by=by,
        at=now,
        on=booking.day_of(now),
    )
    _opened(found, by, now)
    return found


def stated_ready(*, notice: ReadyNotice, by: Employee | None, now: datetime) -> Payable:
    """The balance of goods that are paid before they leave falls due within the time of what is paid in advance."""
    lines = [Line(each.quantity, each.line.unit_price) for each in notice.lines.select_related("line")]
    terms = terms_of(notice.order)
    return _balance(notice.order, schedule.total(lines), terms, booking.day_of(now), by, now, ready=notice)


def not_ready(
    *,
    standing: Standing,
    reason: str,
    clause: str,
    by: Employee | None,
    now: datetime,
    less: Mapping[int, int] | None = None,
    whole: bool = False,
) -> None:
    """Pieces that were stated ready do not leave by that notice: all of them, or {line of the notice: `less`}. Their
    part of the balance is owed no longer; what was paid of it is free for other payments. So is their part of the
    deposit when the order is `whole`: no other goods will carry it. Raises Conflict (`unpaid`)."""
    owed, order = standing.payable, standing.notice.order
    refuse_unmade([owed.pk])
    pieces = {line: left if less is None else less.get(line.pk, 0) for line, left in standing.lines}
    goods = _worth(pieces)
    before = list(owed.voids.all())
    share = schedule.falls_away(
        goods=goods,
        of_goods=owed.goods - sum((each.goods for each in before), ZERO),
        of_amount=owed.amount - sum((each.amount + each.paid for each in before), ZERO),
    )
    falls = min(standing.left, share)
    void = PayableVoid.objects.create(
        payable=owed,
        amount=falls,
        goods=goods,
        paid=share - falls,
        reason=reason,
        clause=clause,
        by=by,
        at=now,
    )
    ReadyLess.objects.bulk_create(
        ReadyLess(line=line, void=void, quantity=left) for line, left in pieces.items() if left
    )
    data = {"payable": owed.pk, "amount": str(falls), "goods": str(goods), "order": order.pk}
    audit.record("contracts.void_payable", subject=owed.subject, by=by, now=now, clause=clause, data=data)
    if falls == standing.left:
        deadlines.cancel(None, subject=owed.subject, at=now)
    free = goods - falls if whole else void.paid
    if free > 0:
        _free(free, Subject("payable_void", str(void.pk), f"#{owed.pk}"), order, by, now)


def refuse_unmade(owed: Collection[int]) -> None:
    """The one rule for goods that fall away and deposits that nothing carries: not under a payment that is agreed to
    and neither made nor dropped. Perhaps the bank has sent the money already; perhaps nobody will. Only a person knows,
    and until he says so nothing of it is free for other payments. Raises Conflict (`unpaid`)."""
    waiting = account.unmade(owed)
    if waiting is not None:
        said = _("Payment #{number} for this order is agreed to and not made. First record it, or drop it.")
        raise Conflict(said.format(number=waiting.pk), code="unpaid", clause=PAID_BY)


def _worth(pieces: Mapping[ReadyLine, int]) -> Decimal:
    return schedule.total(Line(left, line.line.unit_price) for line, left in pieces.items())


def order_over(
    *, order: PurchaseOrder, by: Employee | None, now: datetime, clause: str, whole: bool = True
) -> None:
    """Nothing more of the order is to be sent, since it is `whole` or else was ended: what stands ready and has not
    left falls away, what nobody has paid first, the newest before the others. Raises Conflict (`unpaid`)."""
    if not standing_ready.prepaid(order):
        return
    booking.lock_account(order.supplier_id)
    known = standing_ready.pieces([order.pk])
    left = {line: ready.stated - ready.gone for line, ready in known.items()}
    for each in sorted(standing_ready.standing(order), key=lambda one: (one.paid, -one.notice.pk)):
        less = {line.pk: min(pieces, left[line.line_id]) for line, pieces in each.lines}
        if any(less.values()):
            for line, _pieces in each.lines:
                left[line.line_id] -= less[line.pk]
            not_ready(
                standing=each, less=less, reason=str(_("Nothing more of the order is to be sent.")), clause=clause,
                by=by, now=now, whole=whole,
            )  # fmt: skip


def goods_accepted(
    *, acceptances: Sequence[Acceptance], by: Employee, now: datetime
) -> list[Payable | SetOff]:
    """What was decided about lines of one arrival: pieces we pay for fall due, counted from the arrival; what a
    shipment was paid for and is not there, or was refused, is set off, and so is each price cut (P3.1)."""
    if not acceptances:
        return []
    arrival = acceptances[0].arrived.arrival
    order = arrival.delivery.order
    terms = terms_of(order)
    booking.lock_account(order.supplier_id)
    owed: list[tuple[Acceptance, Decimal]] = []
    booked: list[Payable | SetOff] = []
    for each in acceptances:
        more = _owed(each.arrived, terms, each)
        if more > 0:
            owed.append((each, more))
        if more < 0:
            booked.append(_claim(each, order, SetOff.Kind.MISSING, -more, PAID_BY, by, now))
        if each.cut > 0:
            booked.append(_claim(each, order, SetOff.Kind.PRICE_CUT, each.cut, MATERIAL, by, now))
    if owed:
        goods = sum((more for _each, more in owed), ZERO)
        found = _balance(order, goods, terms, arrival.arrived_on, by, now, arrival=arrival)
        for each, more in owed:
            price = each.arrived.line.unit_price
            PayablePart.objects.create(payable=found, acceptance=each, pieces=int(more / price), goods=more)
        booked.append(found)
    return booked


def arrived(*, arrival: Arrival, by: Employee, now: datetime) -> list[SetOff]:
    """Of goods that were paid before they left, lines of which nothing came are claimed back at once: there is nothing
    about them to decide."""
    order = arrival.delivery.order
    if not standing_ready.prepaid(order):
        return []
    booking.lock_account(order.supplier_id)
    claims = []
    for row in arrival.lines.filter(counted=0).select_related("line"):
        sent = arrival.delivery.lines.filter(line=row.line).first()
        owed = amount(sent.quantity if sent else 0, row.line.unit_price)
        if owed > 0:
            paper = Subject("arrival_line", str(row.pk), f"{order.number} #{row.line.n}")
            claims.append(_claimed(paper, "", order, SetOff.Kind.MISSING, owed, PAID_BY, by, now))
    return claims


def recounted(made: Recount, *, by: Employee, now: datetime) -> Payable | SetOff | None:
    """An arrived line was counted again. What was booked for pieces that were never there is claimed back; what a
    shipment was paid for and is there after all, though it was claimed as missing, is owed again. Before the first
    decision about the line nothing is booked by its count, so nothing follows."""
    arrived = made.arrived
    arrival = arrived.arrival
    order = arrival.delivery.order
    if not arrived.acceptances.exists() and not _missing("arrival_line", [arrived.pk]):
        return None
    terms = terms_of(order)
    booking.lock_account(order.supplier_id)
    more = _owed(arrived, terms)
    if more < 0:
        paper = Subject("recount", str(made.pk), f"{order.number} #{arrived.line.n}")
        return _claimed(paper, made.reason, order, SetOff.Kind.MISSING, -more, PAID_BY, by, now)
    if more > 0:
        found = _balance(order, more, terms, booking.day_of(now), by, now, arrival=arrival)
        pieces = int(more / arrived.line.unit_price)
        PayablePart.objects.create(payable=found, recount=made, pieces=pieces, goods=more)
        return found
    return None


def _owed(arrived: ArrivalLine, terms: schedule.Terms, until: Acceptance | None = None) -> Decimal:
    """What is owed for an arrived line by its decisions (up to that one) and its last count, less what is booked.

    Owed are the pieces of all acceptances that we pay for, less those that a recount took back. A contract paid before
    shipping has paid what the delivery says; pieces that nobody has decided about yet stay paid.
    """
    price = arrived.line.unit_price
    acceptances = list(arrived.acceptances.filter(**({"pk__lte": until.pk} if until else {})))
    recounts = list(arrived.recounts.order_by("pk"))
    gone = sum(each.withdrawn for each in recounts)
    pieces = (
        sum(schedule.paid_pieces(each.accepted, each.refused, each.remedy) for each in acceptances) - gone
    )
    parts = PayablePart.objects.filter(acceptance__in=acceptances) | PayablePart.objects.filter(
        recount__in=recounts
    )
    booked = sum(parts.values_list("goods", flat=True), ZERO)
    booked -= _missing("acceptance", [each.pk for each in arrived.acceptances.all()])
    booked -= _missing("recount", [each.pk for each in recounts]) + _missing("arrival_line", [arrived.pk])
    if terms.settlement == schedule.ON_SHIPMENT:
        sent = arrived.arrival.delivery.lines.filter(line=arrived.line).first()
        booked += amount(sent.quantity if sent else 0, price)
        counted = recounts[-1].counted if recounts else arrived.counted
        pieces += max(0, counted - sum(each.accepted + each.refused for each in acceptances) + gone)
    return amount(pieces, price) - booked


def _missing(paper: str, ids: Sequence[int]) -> Decimal:
    """What was claimed back by these papers as paid for and not there."""
    rows = SetOff.objects.filter(
        kind=SetOff.Kind.MISSING, paper_type=paper, paper_id__in=[str(pk) for pk in ids]
    )
    return sum(rows.values_list("amount", flat=True), ZERO)


def _claim(
    each: Acceptance,
    order: PurchaseOrder,
    kind: str,
    owed: Decimal,
    clause: str,
    by: Employee,
    now: datetime,
) -> SetOff:
    paper = Subject("acceptance", str(each.pk), f"{order.number} #{each.arrived.line.n}")
    return _claimed(paper, each.reason, order, kind, owed, clause, by, now)


def _claimed(
    paper: Subject,
    reason: str,
    order: PurchaseOrder,
    kind: str,
    owed: Decimal,
    clause: str,
    by: Employee | None,
    now: datetime,
) -> SetOff:
    return setoffs.claim(
        supplier=order.supplier,
        order=order,
        kind=kind,
        amount=owed,
        paper=paper,
        clause=clause,
        text=reason.strip()[:400] or str(SetOff.Kind(kind).label),
        by=by,
        now=now,
    )


def _balance(
    order: PurchaseOrder,
    goods: Decimal,
    terms: schedule.Terms,
    day: date,
    by: Employee | None,
    now: datetime,
    *,
    ready: ReadyNotice | None = None,
    arrival: Arrival | None = None,
) -> Payable:
    booking.lock_account(order.supplier_id)
    deposit = sum(
        Payable.objects.filter(order=order, kind=Payable.Kind.DEPOSIT).values_list("amount", flat=True), ZERO
    )
    before, carried = _carried(order)
    part = schedule.balance(
        order_total=_total(order), deposit=deposit - _given_back(order), before=before, carried=carried, goods=goods,
        terms=terms, day=day,
    )  # fmt: skip
    found = Payable.objects.create(
        supplier=order.supplier,
        order=order,
        kind=Payable.Kind.BALANCE,
        ready=ready,
        arrival=arrival,
        goods=part.goods,
        amount=part.amount,
        about=day,
        due_on=part.due_on,
        clause=PAID_BY,
        by=by,
        at=now,
        on=booking.day_of(now),
    )
    _opened(found, by, now)
    return found


def _carried(order: PurchaseOrder) -> tuple[Decimal, Decimal]:
    """What the goods of an order are worth that fell due and did not fall away, and what of the deposit they carry."""
    rows = Payable.objects.filter(order=order, kind=Payable.Kind.BALANCE).values_list("goods", "amount")
    voids = PayableVoid.objects.filter(payable__order=order, payable__kind=Payable.Kind.BALANCE)
    fell = [(goods, amount + paid) for goods, amount, paid in voids.values_list("goods", "amount", "paid")]
    goods = sum((each for each, _amount in rows), ZERO) - sum((each for each, _amount in fell), ZERO)
    amount = sum((each for _goods, each in rows), ZERO) - sum((each for _goods, each in fell), ZERO)
    return goods, goods - amount


def _given_back(order: PurchaseOrder) -> Decimal:
    """What of the deposit is owed no longer, or came free for other payments: no goods carry it any more."""
    voids = PayableVoid.objects.filter(payable__order=order)
    fell = sum(voids.filter(payable__kind=Payable.Kind.DEPOSIT).values_list("amount", flat=True), ZERO)
    free = SetOff.objects.filter(order=order, kind=SetOff.Kind.ADVANCE).values_list("amount", flat=True)
    return fell + sum(free, ZERO) - sum(voids.values_list("paid", flat=True), ZERO)


def order_cancelled(*, order: PurchaseOrder, by: Employee | None, now: datetime, clause: str) -> None:
    """What stands ready falls away; what was paid for and is under way is claimed back, since nobody takes it in any
    more; what of the deposit no goods have carried is owed no longer, and what was paid of it is free for other
    payments."""
    booking.lock_account(order.supplier_id)
    order_over(order=order, by=by, now=now, clause=clause, whole=False)
    _claim_under_way(order, by, now)
    deposit = Payable.objects.filter(order=order, kind=Payable.Kind.DEPOSIT).first()
    if deposit is None:
        return
    _goods, carried = _carried(order)
    unused = deposit.amount - _given_back(order) - carried
    left = account.payable_left([deposit])[deposit.pk]
    falls_away = min(left, unused)
    data = {"payable": deposit.pk, "amount": str(falls_away), "order": order.pk}
    if falls_away > 0:
        PayableVoid.objects.create(
            payable=deposit, amount=falls_away, reason=str(_("The order was cancelled.")),
            clause=clause, by=by, at=now,
        )  # fmt: skip
        audit.record(
            "contracts.void_payable", subject=deposit.subject, by=by, now=now, clause=clause, data=data
        )
        if falls_away == left:
            deadlines.cancel(None, subject=deposit.subject, at=now)
    if unused > falls_away:
        paper = Subject("purchase_order", str(order.pk), order.number)
        _free(unused - falls_away, paper, order, by, now)


def _claim_under_way(order: PurchaseOrder, by: Employee | None, now: datetime) -> None:
    """Of an order that is paid before shipping."""
    if not standing_ready.prepaid(order):
        return
    known = tallies([order.pk])
    sent = schedule.total(Line(known[line.pk].under_way, line.unit_price) for line in order.lines.all())
    if sent > 0:
        paper = Subject("purchase_order", str(order.pk), order.number)
        reason = str(_("Under way when the order ended: to be sent back."))
        _claimed(paper, reason, order, SetOff.Kind.MISSING, sent, PAID_BY, by, now)


def _free(
    amount_: Decimal, paper: Subject, order: PurchaseOrder, by: Employee | None, now: datetime
) -> SetOff:
    """What was paid in advance and no goods carry is free for other payments."""
    return setoffs.claim(
        supplier=order.supplier,
        order=order,
        kind=SetOff.Kind.ADVANCE,
        amount=amount_,
        paper=paper,
        clause=PAID_BY,
        text=str(_("Paid in advance for goods of {order} that do not come.")).format(order=order.number),
        by=by,
        now=now,
    )


def _opened(found: Payable, by: Employee | None, now: datetime) -> None:
    data = {"payable": found.pk, "amount": str(found.amount), "due": found.due_on.isoformat()}
    for subject in (found.subject, supplier_subject(found.supplier)):
        audit.record(
            "contracts.open_payable", subject=subject, by=by, now=now, clause=found.clause, data=data
        )
    if found.amount > 0 and not account.withheld(found.supplier_id):
        open_clock(found, now)


def rule_of(found: Payable) -> str:
    """Whose time it has: what is paid in advance, a balance before its goods leave too, or after their arrival."""
    return DEPOSIT if found.kind == Payable.Kind.DEPOSIT or found.ready_id else BALANCE


def open_clock(found: Payable, now: datetime) -> None:
    """Its clock, until the last day; what is past it already has the time of a deposit."""
    last = max(found.due_on, _grace(now)) if found.due_on < booking.day_of(now) else found.due_on
    ends = datetime.combine(last + timedelta(days=1), time.min, ZONE)
    deadlines.open(
        rule_of(found),
        subject=found.subject,
        started_at=now,
        now=now,
        holder_id=found.order.buyer_id,
        within=ends - now,
    )


def stop_clocks(rows: Iterable[Payable], now: datetime) -> None:
    for each in rows:
        deadlines.cancel(None, subject=each.subject, at=now)


def _grace(now: datetime) -> date:
    """The last day of the book's time for a deposit that is asked for now."""
    rule = rulebook.deadline_rule(DEPOSIT, now)
    return booking.day_of(rulebook.due_at(rulebook.book(now), rule, now) - timedelta(microseconds=1))


def _total(order: PurchaseOrder) -> Decimal:
    return schedule.total(Line(each.quantity, each.unit_price) for each in order.lines.all())
