"""What falls due for a purchase order, and when (P2.2). Pure.

An order of total T is paid by a deposit of D = the book's share of T, once the supplier has accepted the order, and by
balances. A balance stands for goods: the pieces of one arrival that we pay for (`monthly_30`), due so many days after
the day of arrival, or pieces that stand ready to ship (`on_shipment`), due so many days after they were stated ready
and paid before they leave. Goods worth v carry their part of the deposit: when goods worth w came before them,
round(D·(w+v)/T) less what those have carried, and nothing above D. So partial deliveries split the deposit, the last
one takes the rest, and D and the balances add up to T.

Pieces that we pay for: those accepted, and those refused of which we keep the goods at a cut price. What is cut, and
what came in short after it was paid before shipping, is set off with its paper and is no part of the schedule. Pieces
that stood ready and never leave fall away with their part of the balance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from contracts.rules.money import ZERO, amount, rounded, share

MONTHLY, ON_SHIPMENT = "monthly_30", "on_shipment"
PRICE_CUT = "price_cut"


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces at a price: of an order, an arrival, a shipment."""

    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """How a contract is paid: `settlement` (MONTHLY or ON_SHIPMENT), the deposit's share in per cent, days from the
    arrival to the balance, and from the notice of ready goods to a balance that is paid before shipping."""

    settlement: str
    deposit_percent: Decimal
    days: int
    ready_days: int = 0


@dataclass(frozen=True, slots=True)
class Instalment:
    """`goods`: what the part is worth; `from_deposit`: how much of it the deposit has paid; `amount`: what is left."""

    goods: Decimal
    from_deposit: Decimal
    amount: Decimal
    due_on: date


def total(lines: Iterable[Line]) -> Decimal:
    return sum((amount(line.quantity, line.unit_price) for line in lines), ZERO)


def deposit(order_total: Decimal, terms: Terms) -> Decimal:
    return share(order_total, terms.deposit_percent)


def from_deposit(
    *, order_total: Decimal, deposit: Decimal, before: Decimal, carried: Decimal, goods: Decimal
) -> Decimal:
    """The part of the deposit that goods carry when goods worth `before` came ahead of them and `carried` theirs."""
    if order_total <= 0:
        return ZERO
    return min(max(_used(order_total, deposit, before + goods) - carried, ZERO), goods)


def _used(order_total: Decimal, deposit: Decimal, came: Decimal) -> Decimal:
    return deposit if came >= order_total else rounded(deposit * came / order_total)


def falls_away(*, goods: Decimal, of_goods: Decimal, of_amount: Decimal) -> Decimal:
    """What of a balance falls away with goods that never leave: their share by value, all of it with the last."""
    return of_amount if goods >= of_goods else rounded(of_amount * goods / of_goods)


def balance(
    *,
    order_total: Decimal,
    deposit: Decimal,
    before: Decimal,
    carried: Decimal,
    goods: Decimal,
    terms: Terms,
    day: date,
) -> Instalment:
    """What is to be paid for goods that arrived, or were stated ready, on `day`; `before`, `carried`: goods that came
    ahead of them, and what of the deposit those have carried."""
    now = from_deposit(order_total=order_total, deposit=deposit, before=before, carried=carried, goods=goods)
    return Instalment(goods, now, goods - now, due_on(terms, day))


def due_on(terms: Terms, day: date) -> date:
    """The last day to pay a balance: so many days from the arrival, or from the notice that the goods are ready."""
    return day + timedelta(days=terms.days if terms.settlement == MONTHLY else terms.ready_days)


def paid_pieces(accepted: int, refused: int, remedy: str) -> int:
    """Redone, repaired and returned pieces are paid when they come again; those kept at a cut price at once."""
    return accepted + (refused if remedy == PRICE_CUT else 0)


def instalments(
    lines: Sequence[Line], terms: Terms, parts: Sequence[tuple[date, Sequence[Line]]]
) -> tuple[Decimal, list[Instalment]]:
    """The deposit of an order, and a balance for each part in the order in which they came."""
    whole = total(lines)
    first = deposit(whole, terms)
    before, carried = ZERO, ZERO
    found: list[Instalment] = []
    for day, part in parts:
        goods = total(part)
        found.append(
            balance(
                order_total=whole,
                deposit=first,
                before=before,
                carried=carried,
                goods=goods,
                terms=terms,
                day=day,
            )
        )
        before, carried = before + goods, carried + found[-1].from_deposit
    return first, found


def payable_while_withheld(amount_: Decimal, percent: Decimal) -> Decimal:
    """P1.6: what of an amount may be paid while so many per cent of every payment are withheld."""
    return amount_ - share(amount_, percent)


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date, months: int = 1) -> date:
    """The first day of the month so many later, or earlier."""
    number = month.year * 12 + month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def penalty_months(happened_on: date, months: int) -> tuple[date, date]:
    """P2.3: the first and the last day of the months whose payments are the penalty: the one in which the commission
    was given and, where the book says more than one, those before it."""
    last = month_of(happened_on)
    return month_after(last, 1 - months), month_after(last) - timedelta(days=1)


def penalty(due: Iterable[tuple[date, Decimal]], happened_on: date, months: int) -> Decimal:
    """P2.3: the sum of what falls due to the supplier in these months, paid already or not."""
    first, last = penalty_months(happened_on, months)
    return sum((owed for day, owed in due if first <= day <= last), ZERO)
