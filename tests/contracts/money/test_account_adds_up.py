"""Whatever happens to a supplier's orders, its account adds up: partial and short deliveries, remedies and price cuts,
credit notes, claims taken back, payments made, dropped, withheld and long neither, a penalty, more pieces than the note
says, a recount, an order that closes by being whole, or is cancelled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from contracts.models import (
    ArrivalLine,
    Payable,
    PayableVoid,
    Payment,
    PaymentLine,
    PurchaseOrder,
    SetOff,
    SetOffEnd,
    SetOffUse,
    Supplier,
    Violation,
)
from contracts.rules.money import ZERO
from contracts.rules.schedule import month_after, month_of
from contracts.selectors import account, statements
from contracts.selectors import ready as selectors
from contracts.selectors.quantities import held_of, tallies
from contracts.services import breaches, credit_notes, payments, ready, recounting, setoffs
from office.errors import Refused
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW
from tests.contracts.orders import arrange
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

SEVENTHS = st.integers(1, 7)
ACTS = st.one_of(
    st.tuples(st.just("deliver"), SEVENTHS, st.sampled_from(["", "redo", "return", "price_cut"]), SEVENTHS),
    st.tuples(st.just("pay"), st.booleans(), st.sampled_from(["made", "dropped", "agreed"]), SEVENTHS),
    st.tuples(st.just("credit"), SEVENTHS, st.just(""), SEVENTHS),
    st.tuples(st.just("take back"), SEVENTHS, st.just(""), SEVENTHS),
    st.tuples(st.just("breach"), SEVENTHS, st.sampled_from(["design", "commission"]), SEVENTHS),
    st.tuples(st.just("answer"), SEVENTHS, st.just(""), SEVENTHS),
    st.tuples(st.just("cancel"), SEVENTHS, st.just(""), SEVENTHS),
    st.tuples(st.just("come over"), SEVENTHS, st.sampled_from(["agreed", "unpaid"]), SEVENTHS),
    st.tuples(st.just("finish"), st.booleans(), st.just(""), SEVENTHS),
    st.tuples(st.just("recount"), st.booleans(), st.just(""), SEVENTHS),
    st.tuples(st.just("wait"), SEVENTHS, st.just(""), SEVENTHS),
)  # fmt: skip


OVER = ("come over", 2, "agreed", 4)


class Story:
    """Two orders of one supplier, one paid monthly, one on shipping, and what befalls them day by day."""

    def __init__(self) -> None:
        first = stage.order((10, "33.33"))
        second = stage.order(
            (7, "19.99"), of=first.supplier, settlement="on_shipment", deposit_percent="12.5"
        )
        self.orders, self.supplier = [first, second], first.supplier
        self.now, self.n = NOW, 0

    def do(self, act: str, size: object, how: str, pieces: int) -> None:
        """What the desk refuses does not happen."""
        self.n, self.now = self.n + 1, self.now + 5 * DAY
        try:
            with transaction.atomic():
                getattr(self, act.replace(" ", "_"))(size, how, pieces)
        except Refused:
            pass

    def deliver(self, bad: int, how: str, pieces: int) -> None:
        order = self.orders[self.n % 2]
        if order == self.orders[1]:
            if bad % 3 == 0:  # stated wrongly at first
                wrong = stage.ready(order, bad, now=self.now)
                ready.take_back(
                    notice_id=wrong.ready_id or 0, reason="误", by=person("luo_buyer"), now=self.now
                )
            stage.ready(order, pieces, now=self.now)
            if bad == 7:  # nobody pays for it: it stays where it is
                return
            stage.settle(order, self.now)
        delivery = stage.ship(order, pieces, number=f"D-{self.n}", now=self.now)
        counted = max(1, pieces - (self.n % 3 == 0))
        [line] = stage.arrive(delivery, counted, now=self.now)
        if how == "price_cut":
            stage.judge(line, counted, 0, how, "1.37", now=self.now)
        else:
            refused = min(bad, counted) if how else 0
            stage.judge(line, counted - refused, refused, how, now=self.now)

    def pay(self, with_claims: bool, how: str, _pieces: int) -> None:
        owed = [each for each, _left in account.open_payables(self.supplier)]
        claims = [each for each, _left in account.open_set_offs(self.supplier)] if with_claims else []
        if not owed:
            return
        payment = stage.agreed(*owed, claims=claims, now=self.now)
        if how == "made":
            stage.pay(payment, f"PZ-{self.n}", now=self.now + 2 * MINUTE)
        elif how == "dropped":
            payments.drop(payment_id=payment.pk, reason="误", by=person("luo_buyer"), now=self.now + MINUTE)

    def come_over(self, extra: int, how: str, pieces: int) -> None:
        """Of the order that is paid before shipping: all that is left stands ready, some of it leaves and more comes,
        so that what stands there is not needed any more; a payment for it is agreed to, or nobody pays."""
        order = self.orders[1]
        left = next(iter(tallies([order.pk]).values())).missing
        gone = max(1, min(pieces, left - 1))
        stage.ready(order, gone, now=self.now)
        stage.settle(order, self.now)
        rest = stage.ready(order, left - gone, now=self.now + 3 * MINUTE)
        if how == "agreed":
            stage.agreed(rest, now=self.now + 3 * MINUTE)
        after = self.now + 6 * MINUTE
        [line] = stage.arrive(
            stage.ship(order, gone, number=f"D-{self.n}", now=after), gone + extra, now=after
        )
        stage.judge(line, min(gone + extra, left), now=after)

    def finish(self, made: bool, _how: str, _pieces: int) -> None:
        """The oldest payment that is agreed to is made, or dropped, at last."""
        waiting = Payment.objects.filter(voucher=None, drop=None, total__gt=0).order_by("pk").first()
        if waiting is not None and made:
            stage.pay(waiting, f"PZ-F{self.n}", now=self.now)
        elif waiting is not None:
            payments.drop(payment_id=waiting.pk, reason="误", by=person("luo_buyer"), now=self.now)

    def recount(self, fewer: bool, _how: str, _pieces: int) -> None:
        row = ArrivalLine.objects.order_by("-pk").first()
        if row is not None:
            was = held_of(row).counted
            recounting.recount(
                arrived_id=row.pk, was=was, counted=was - 1 if fewer else was + 1, reason="漏数",
                by=person("xu_warehouse"), now=self.now,
            )  # fmt: skip

    def credit(self, size: int, _how: str, _pieces: int) -> None:
        note = credit_notes.Note(
            f"HZ-{self.n}", self.now.date(), Decimal(size) * Decimal("11.11"), text="返利"
        )
        credit_notes.record(supplier_id=self.supplier.pk, note=note, by=person("luo_buyer"), now=self.now)

    def take_back(self, _size: int, _how: str, _pieces: int) -> None:
        open_ = account.open_set_offs(self.supplier)
        if open_:
            setoffs.take_back(set_off_id=open_[0][0].pk, reason="误", by=person("chen_manager"), now=self.now)

    def breach(self, _size: int, how: str, _pieces: int) -> None:
        breaches.record_breach(
            supplier_id=self.supplier.pk, kind=how, happened_on=self.now.date(), text="查实",
            by=person("luo_buyer"), now=self.now,
        )  # fmt: skip

    def answer(self, _size: int, _how: str, _pieces: int) -> None:
        """Releases are asked for, and the penalties of months that are over."""
        for each in Violation.objects.order_by("pk"):
            ask = breaches.ask_release if each.kind == "design" else breaches.ask_penalty
            try:
                with transaction.atomic():
                    run = ask(violation_id=each.pk, reason="定案", by=person("luo_buyer"), now=self.now)
                    stage.agree(run, now=self.now + MINUTE)
            except Refused:
                continue

    def cancel(self, size: int, _how: str, _pieces: int) -> None:
        arrange.agreed_end(self.orders[size % 2], "cancel" if size % 2 else "end", now=self.now)

    def wait(self, days: int, _how: str, _pieces: int) -> None:
        self.now += days * 3 * DAY


def total(rows: object, column: str = "amount") -> Decimal:
    return rows.aggregate(sum=Sum(column))["sum"] or ZERO  # type: ignore[attr-defined]


def require_it_adds_up(supplier: Supplier, until: dt.date) -> None:
    month, closing, seen = month_of(NOW.date()), ZERO, 0
    while month <= until:
        found = statements.statement_of(supplier, month)
        assert found.opening == closing
        assert found.opening + found.deliveries - found.payments - found.set_offs == found.closing
        assert (found.lines[-1].balance if found.lines else found.opening) == found.closing
        closing, seen = found.closing, seen + len(found.lines)
        month = month_after(month)
    # The booked balance and what is open tell the same story: open payables less open claims, less deposits that no
    # goods have carried yet, or that goods carried which fell away, and with what was agreed and has not been paid.
    owed, claims = Payable.objects.filter(supplier=supplier), SetOff.objects.filter(supplier=supplier)
    left = sum(account.payable_left(owed).values(), ZERO) - sum(account.set_off_left(claims).values(), ZERO)
    advances = claims.filter(counts=False)
    ahead = sum(map(not_carried, PurchaseOrder.objects.filter(supplier=supplier)), ZERO)
    voids = PayableVoid.objects.filter(payable__in=owed)
    fell = total(voids)
    ahead += total(voids.filter(payable__kind="balance"), "paid") + total(
        voids.filter(payable__kind="balance")
    )
    agreed = total(Payment.objects.filter(supplier=supplier, voucher=None, drop=None), "total")
    came_free = total(advances) - total(SetOffEnd.objects.filter(set_off__in=advances))
    assert closing == left - ahead + fell + agreed + came_free
    for order in PurchaseOrder.objects.filter(supplier=supplier):
        require_only_gone_money_is_free(order)
    assert all(each >= 0 for each in account.payable_left(owed).values())
    assert all(each >= 0 for each in account.set_off_left(claims).values())


def require_only_gone_money_is_free(order: PurchaseOrder) -> None:
    """No more comes free of an order than went for it, and of one that is over all of the deposit that no goods carry;
    nothing falls away twice, and one that is whole has closed unless a payment for what stands ready is neither made
    nor dropped."""
    made = Payment.objects.exclude(voucher=None) | Payment.objects.filter(total=0, drop=None)
    gone = total(PaymentLine.objects.filter(payable__order=order, payment__in=made))
    gone += total(SetOffUse.objects.filter(payable__order=order, payment__in=made))
    free = total(order.set_offs.filter(kind="advance"))
    assert free <= gone
    assert ZERO <= not_carried(order) <= total(order.payables.filter(kind="deposit"))
    for owed in order.payables.all():
        fell = PayableVoid.objects.filter(payable=owed)
        assert total(fell) + total(fell, "paid") <= owed.amount
    known = tallies([order.pk]).values()
    order.refresh_from_db()
    if order.state == "shipped" and not any(each.missing or each.undecided for each in known):
        assert selectors.held_up(order, known) is not None
    if order.state in ("closed", "cancelled"):
        voids = PayableVoid.objects.filter(payable__order=order)
        assert not_carried(order) == free + total(voids.filter(payable__kind="deposit")) - total(
            voids, "paid"
        )
        assert not any(not each.over and each.agreed for each in selectors.standing(order))


def not_carried(order: PurchaseOrder) -> Decimal:
    """Of the deposit of an order: what no balance that still counts has carried."""
    deposit = total(order.payables.filter(kind="deposit"))
    balances = order.payables.filter(kind="balance")
    voids = PayableVoid.objects.filter(payable__in=balances)
    carried = (
        total(balances, "goods")
        - total(balances)
        - total(voids, "goods")
        + total(voids)
        + total(voids, "paid")
    )
    return deposit - carried


@pytest.mark.clause("P2.2")
@pytest.mark.clause("P2.3")
@pytest.mark.clause("P1.6")
def test_the_account_adds_up_whatever_happens() -> None:
    story = Story()

    # A story that does not add up is short enough to be read: it is not tried to be made shorter.
    @settings(
        max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        database=None, derandomize=True,
    )  # fmt: skip
    @example([OVER, ("finish", True, "", 1)])
    @example(
        [
            OVER,
            ("finish", False, "", 1),
            ("recount", True, "", 1),
            ("deliver", 1, "", 1),
            ("finish", True, "", 1),
        ]
    )
    @example(
        [OVER, ("recount", True, "", 1), ("cancel", 2, "", 1), ("finish", True, "", 1), ("cancel", 2, "", 1)]
    )
    @given(st.lists(ACTS, min_size=4, max_size=9))
    def play(acts: list[tuple[str, object, str, int]]) -> None:
        with transaction.atomic():
            story.now, story.n = NOW, 0
            for act in acts:
                story.do(*act)
            require_it_adds_up(story.supplier, story.now.date())
            with connection.cursor() as cursor:  # what the database looks at when a transaction ends
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    play()
