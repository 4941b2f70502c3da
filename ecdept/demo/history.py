"""The demo's orders: days that are over, and a desk in the middle of its work. Every step is the desk's own verb."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from ecdept.demo.company import SHOPS
from ecdept.demo.goods import Arrival, Customers
from office.deadlines import api as deadlines
from office.staff.models import Employee
from orders.models import OrderProgress, Shop
from orders.services import desk, shops
from orders.services.booking import book_orders

SEED = 20261123
#: Old orders, booked without clocks; finished days with their clocks; the orders of the last hours.
OLD, FINISHED_DAYS, PER_DAY = 225, 4, 13
FACTS = ("goods", "amount", "address", "phone")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Crew:
    agents: Sequence[Employee]
    supervisor: Employee
    operations: Employee


class History:
    """Plays the days back. `now` is when the demo is loaded; nothing happens after it."""

    def __init__(self, crew: Crew, now: datetime) -> None:
        self.crew = crew
        self.now = now
        self.customers = Customers(SEED)
        self.chance = random.Random(SEED)  # noqa: S311  (demo data, no secret)
        self.shops: dict[str, Shop] = {}

    def play(self) -> None:
        for shop in SHOPS:
            self.shops[shop.code] = shops.add_shop(
                code=shop.code,
                name=shop.name,
                platform=shop.platform,
                by=None,
                now=self.now - timedelta(days=60),
            )
        self._old()
        for days in range(FINISHED_DAYS, 0, -1):
            self._finished_day(timezone.localtime(self.now - timedelta(days=days)))
        self._today()
        self._corrections()

    def _old(self) -> None:
        """Orders of the weeks before: facts without clocks, like an import of what was there."""
        start = self.now - timedelta(days=40)
        arrivals = [
            self.customers.arrival(start + timedelta(minutes=self.chance.randrange(30 * 24 * 60)))
            for _n in range(OLD)
        ]
        for code, shop in self.shops.items():
            mine = [arrival.order for arrival in arrivals if arrival.shop == code]
            book_orders(
                shop=shop, orders=mine, source="csv", by=None, now=start + timedelta(days=31), historical=True
            )

    def _finished_day(self, day: datetime) -> None:
        """From half past eight to evening; most in time, some late, a few that came to nothing."""
        opening = day.replace(hour=8, minute=30, second=0, microsecond=0)
        for number in range(PER_DAY):
            at = opening + timedelta(
                minutes=number * 40 + self.chance.randrange(38), seconds=self.chance.randrange(60)
            )
            arrival = self.customers.arrival(at)
            order_id = self._book(arrival)
            agent = self.crew.agents[number % len(self.crew.agents)]
            self._finish(order_id, agent, at, late=self.chance.random() < 0.12)

    def _finish(self, order_id: int, agent: Employee, at: datetime, *, late: bool) -> None:
        chance = self.chance
        accepted = (
            at
            + timedelta(seconds=chance.randrange(25, 420))
            + (timedelta(minutes=14) if late else MINUTE * 0)
        )
        if late:
            deadlines.settle_due(accepted - MINUTE)
        desk.accept_order(order_id=order_id, by=agent, now=accepted)
        called = accepted + timedelta(seconds=chance.randrange(70, 560))
        if chance.random() < 0.08:
            self._call(order_id, agent, called, reached=False)
            called += timedelta(hours=2)
        self._call(order_id, agent, called, reached=True)
        if chance.random() < 0.07:
            desk.mark_invalid(order_id=order_id, by=agent, now=called + MINUTE, reason="declined")
            return
        if chance.random() < 0.05:
            desk.cancel_order(
                order_id=order_id, by=self.crew.supervisor, now=called + 2 * MINUTE, reason="customer"
            )
            return
        desk.confirm_order(order_id=order_id, by=agent, now=called + MINUTE)
        handed = called + timedelta(minutes=chance.randrange(20, 200))
        desk.hand_over(order_id=order_id, by=agent, now=handed)
        taken = handed + timedelta(minutes=chance.randrange(3, 70))
        desk.take_order(order_id=order_id, by=self.crew.operations, now=taken)
        if chance.random() < 0.6:
            closed = min(taken + timedelta(hours=chance.randrange(20, 70)), self.now - MINUTE)
            desk.close_order(order_id=order_id, by=self.crew.operations, now=max(closed, taken))

    def _today(self) -> None:
        """What is open now: waiting (one late, one nearly), held, called in vain, confirmed, handed over."""
        agents, now = self.crew.agents, self.now
        for agent in agents:
            self._open("confirmed", agent, now - timedelta(hours=self.chance.randrange(2, 20)))
            self._open("handed_over", agent, now - timedelta(minutes=self.chance.randrange(40, 80)))
        self._open("unreached", agents[0], now - 34 * MINUTE)
        self._open("contacted", agents[0], now - 22 * MINUTE)
        self._open("contacted", agents[1], now - 17 * MINUTE)
        self._open("accepted", agents[0], now - 9 * MINUTE)
        self._open("accepted", agents[1], now - 5 * MINUTE)
        self._open("accepted", agents[2], now - 4 * MINUTE)
        for minutes in (19, 13, 9, 8, 6, 5, 3, 2, 1, 0):
            self._book(
                self.customers.arrival(now - minutes * MINUTE - timedelta(seconds=self.chance.randrange(40)))
            )

    def _corrections(self) -> None:
        """What came after two sales, and an order that was judged wrongly and has another in its place."""
        after, at = OrderProgress.objects.filter(order__historical=False, state="closed"), self.now - MINUTE
        for progress, what, note in zip(
            after.order_by("-pk")[:2],
            ("exchange", "complaint"),
            ("客户要换浅灰色", "送货时桌角有磕碰"),
            strict=False,
        ):
            desk.record_after_sales(
                order_id=progress.pk, by=self.crew.operations, now=at, what=what, note=note
            )
        wrong = OrderProgress.objects.filter(state="invalid").order_by("-pk").first()
        if wrong is not None:
            right = (
                OrderProgress.objects.filter(shop_id=wrong.shop_id, state="waiting").order_by("-pk").first()
            )
            if right is not None:
                desk.replace_order(
                    order_id=wrong.pk, by=self.crew.supervisor, now=at, number=right.number,
                    note="客户来电：订单有效，已重新下单",
                )  # fmt: skip

    def _open(self, until: str, agent: Employee, at: datetime) -> None:
        order_id = self._book(self.customers.arrival(at))
        desk.accept_order(order_id=order_id, by=agent, now=at + MINUTE)
        if until == "accepted":
            return
        self._call(order_id, agent, at + 4 * MINUTE, reached=until != "unreached")
        if until in ("unreached", "contacted"):
            return
        desk.confirm_order(order_id=order_id, by=agent, now=at + 6 * MINUTE)
        if until == "handed_over":
            desk.hand_over(order_id=order_id, by=agent, now=at + 20 * MINUTE)
        else:
            desk.add_note(
                order_id=order_id, by=agent, now=at + 7 * MINUTE, text="客户要求下班后回电确认送货时间",
                callback_at=self.now + timedelta(minutes=self.chance.randrange(25, 240)),
            )  # fmt: skip

    def _call(self, order_id: int, agent: Employee, at: datetime, *, reached: bool) -> None:
        desk.record_contact(
            order_id=order_id,
            by=agent,
            now=at,
            channel="phone" if self.chance.random() < 0.7 else "chat",
            outcome="reached" if reached else "not_reached",
            confirmed=FACTS if reached else (),
            next_try_at=None if reached else at + timedelta(hours=1, minutes=self.chance.randrange(50)),
        )

    def _book(self, arrival: Arrival) -> int:
        booked = book_orders(
            shop=self.shops[arrival.shop], orders=[arrival.order], source="api", by=None, now=arrival.at
        )
        order_id = booked[0].order_id
        if order_id is None:
            raise RuntimeError(f"the demo order {arrival.order.number} was not booked: {booked[0].reason}")
        return order_id
