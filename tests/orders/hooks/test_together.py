"""Orders that arrive at once are booked together, and none ever pays for another."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

from office.deadlines.models import Deadline
from orders.models import Order, Shop, WebhookReceipt
from orders.selectors.doors import ShopsChanged, doors, doors_now
from orders.services import receipts
from orders.services.receipts import Answer
from orders.services.shops import add_shop, set_shop_secret
from orders.services.together import Together, _Asker, _Line
from tests.orders.hooks.rounds import take
from tests.orders.hooks.samples import API_SECRET, NOW

pytestmark = pytest.mark.django_db(transaction=True)


class Gate:
    """Holds the first round until everybody else has queued: then all of those are one round."""

    def __init__(self, together: Together[Any, Any]) -> None:
        self.together = together
        self.open = threading.Event()
        self.sizes: list[int] = []
        self.closed = False
        self.work = together._work
        self.before: Callable[[Sequence[Any]], None] = lambda jobs: None
        together._work = self.held

    def held(self, jobs: Sequence[Any]) -> Sequence[Any]:
        if not self.closed:
            return self.work(jobs)
        first = not self.sizes
        self.sizes.append(len(jobs))
        if first:
            assert self.open.wait(20)
        self.before(jobs)
        return self.work(jobs)

    def run(self, *jobs: Callable[[], Any]) -> list[Any]:
        """The first job leads a round of its own; the results in order, an exception as a result."""
        results: list[Any] = [None] * len(jobs)
        self.closed = True

        def one(place: int) -> None:
            try:
                results[place] = jobs[place]()
            except Exception as error:  # noqa: BLE001  a thread's failure is the test's result
                results[place] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=one, args=(place,)) for place in range(len(jobs))]
        for count, thread in enumerate(threads):
            thread.start()
            until = time.monotonic() + 20
            while time.monotonic() < until and not self._settled(threads[: count + 1]):
                time.sleep(0.002)
        self.open.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive(), "left behind"
        return results

    def _settled(self, begun: Sequence[threading.Thread]) -> bool:
        """Each of them leads the held round, queues, or is done."""
        waiting = sum(len(line.queue) for line in self.together._lines.values())
        return bool(self.sizes) and 1 + waiting + sum(not one.is_alive() for one in begun) >= len(begun)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr(
        receipts._together, "_worth", 60.0
    )  # as if the disk were quick, whatever it was before
    found = Gate(receipts._together)
    yield found
    receipts._together._work = found.work


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="API01", name="x", platform="api", by=None, now=NOW)


def jobs(shop: Shop, *numbers: str, **given: Any) -> list[Callable[[], Answer]]:
    return [
        lambda number=number, place=place: take(shop, f"m{place}", number=number, **given)  # type: ignore[misc]
        for place, number in enumerate(numbers)
    ]


def test_what_comes_meanwhile_is_one_round_and_each_gets_his_own_answer(
    shop: Shop, gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = gate.run(*jobs(shop, "A", "B", "C", "D", "E"))
    assert gate.sizes == [1, 4]
    assert [answer.outcome for answer in answers] == ["inserted"] * 5
    numbers = dict(Order.objects.values_list("pk", "number"))
    assert [numbers[answer.order_id] for answer in answers] == ["A", "B", "C", "D", "E"]
    told = dict(WebhookReceipt.objects.values_list("message_id", "order_id"))
    assert [told[f"m{place}"] for place in range(5)] == [answer.order_id for answer in answers]
    assert Deadline.objects.filter(state="open").count() == 5
    call_command("verify_ledger")
    assert capsys.readouterr().out.startswith("ok: orders 5,")


def test_two_of_one_number_are_never_in_one_round(shop: Shop, gate: Gate) -> None:
    answers = gate.run(*jobs(shop, "A", "B", "B", "C"))
    assert gate.sizes == [1, 2, 1]
    assert [answer.outcome for answer in answers] == ["inserted", "inserted", "duplicate", "inserted"]
    assert answers[1].order_id == answers[2].order_id
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (3, 4)


def test_one_message_twice_is_one_order(shop: Shop, gate: Gate) -> None:
    twice = jobs(shop, "A", "B")
    answers = gate.run(twice[0], twice[1], twice[1])
    assert sorted(answer.outcome for answer in answers[1:]) == ["duplicate", "inserted"]
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (2, 2)


def test_a_conflict_in_a_round_costs_the_others_nothing(shop: Shop, gate: Gate) -> None:
    take(shop, "before", number="B", total="1.00")
    answers = gate.run(*jobs(shop, "A", "B", "C"))
    assert gate.sizes[:2] == [1, 2]
    assert [answer.outcome for answer in answers] == ["inserted", "conflict", "inserted"]


def test_an_unreadable_one_never_joins(shop: Shop, gate: Gate) -> None:
    good = jobs(shop, "A", "B", "C")
    answers = gate.run(good[0], good[1], good[2], lambda: take(shop, "bad", total="-1"))
    assert [answer.outcome for answer in answers] == ["inserted"] * 3 + ["rejected"]


@pytest.mark.parametrize("error", [DatabaseError("away"), KeyError("a bug")])
def test_what_breaks_a_round_is_booked_one_by_one(shop: Shop, gate: Gate, error: Exception) -> None:
    def fail(round_: Sequence[Any]) -> None:
        if len(round_) > 1:
            raise error

    gate.before = fail
    answers = gate.run(*jobs(shop, "A", "B", "C", "D"))
    assert [answer.outcome for answer in answers] == ["inserted"] * 4
    assert Order.objects.count() == 4


def test_a_round_that_meets_a_taken_message_id_is_undone_and_booked_one_by_one(
    shop: Shop, gate: Gate
) -> None:
    take(shop, "m2", number="OLD")
    answers = gate.run(*jobs(shop, "A", "B", "C", "D"))
    assert [answer.outcome for answer in answers] == ["inserted"] * 4
    assert sorted(Order.objects.values_list("number", flat=True)) == ["A", "B", "C", "D", "OLD"]
    assert WebhookReceipt.objects.count() == 5


def test_shops_do_not_wait_for_each_other(shop: Shop, gate: Gate) -> None:
    other = add_shop(code="API02", name="y", platform="api", by=None, now=NOW)
    answers = gate.run(
        *[lambda one=one, n=n: take(one, f"m{n}", number=f"N{n}") for n in range(3) for one in (shop, other)]
    )
    assert [answer.outcome for answer in answers] == ["inserted"] * 6
    assert Order.objects.filter(shop=shop).count() == Order.objects.filter(shop=other).count() == 3


def test_clocks_never_start_after_an_orders_own_arrival(shop: Shop, gate: Gate) -> None:
    seconds = [0, 0.4, 0.1, 5]
    gate.run(
        *[
            lambda n=n, at=at: take(shop, f"m{n}", number=f"N{n}", now=NOW + dt.timedelta(seconds=at))
            for n, at in enumerate(seconds)
        ]
    )
    assert gate.sizes == [1, 2, 1]
    begun = [Order.objects.values_list("received_at", flat=True).get(number=f"N{n}") - NOW for n in range(4)]
    assert [one.total_seconds() for one in begun] == [0, 0.1, 0.1, 5]


def test_a_leader_that_hangs_keeps_nobody(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, began = threading.Event(), threading.Event()

    def work(jobs: Sequence[str]) -> Sequence[str]:
        began.set()
        go_on.wait(20)
        return list(jobs)

    together: Together[str, str] = Together(work, fits=lambda round_, job: True, patience=0.2)
    leader = threading.Thread(target=together.ask, args=("key", "hangs"))
    leader.start()
    assert began.wait(20)
    assert together.ask("key", "impatient") is None
    go_on.set()
    leader.join(20)
    assert not any(line.led or line.queue for line in together._lines.values())
    assert together.ask("key", "next") == "next"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_leader_killed_by_an_exit_still_hands_on() -> None:
    go_on, began = threading.Event(), threading.Event()

    def work(jobs: Sequence[str]) -> Sequence[str]:
        if jobs[0] == "dies":
            began.set()
            go_on.wait(20)
            raise SystemExit
        return list(jobs)

    together: Together[str, str] = Together(work, fits=lambda round_, job: True)
    answers: list[str | None] = []
    leader = threading.Thread(target=together.ask, args=("key", "dies"))
    leader.start()
    assert began.wait(20)
    other = threading.Thread(target=lambda: answers.append(together.ask("key", "lives")))
    other.start()
    while not together._lines["key"].queue:
        time.sleep(0.002)
    go_on.set()
    other.join(20)
    leader.join(20)
    assert answers == ["lives"]
    assert not any(line.led or line.queue for line in together._lines.values())


def test_a_lone_asker_never_lingers() -> None:
    together: Together[str, str] = Together(
        lambda jobs: list(jobs), fits=lambda round_, job: True, linger=30.0
    )
    began = time.monotonic()
    assert [together.ask("key", str(turn)) for turn in range(5)] == ["0", "1", "2", "3", "4"]
    assert time.monotonic() - began < 10


class Crowd:
    """Askers under one key. The first round is held until `go_on`, others may be (`held`)."""

    def __init__(self, linger: float, longest: float = 30.0) -> None:
        self.sizes: list[int] = []
        self.go_on, self.again = threading.Event(), threading.Event()
        self.held = {1: self.go_on}
        self.together: Together[str, str] = Together(
            self.work, fits=lambda round_, job: True, linger=linger, longest=longest
        )

    def work(self, jobs: Sequence[str]) -> Sequence[str]:
        self.sizes.append(len(jobs))
        held = self.held.get(len(self.sizes))
        assert held is None or held.wait(20)
        return list(jobs)

    def ask(self, job: str) -> threading.Thread:
        thread = threading.Thread(target=self.together.ask, args=("key", job))
        thread.start()
        return thread

    def until(self, condition: Callable[[Any], bool]) -> None:
        until = time.monotonic() + 20
        while not ("key" in self.together._lines and condition(self.together._lines["key"])):
            assert time.monotonic() < until
            time.sleep(0.002)


def test_a_leader_gives_the_last_rounds_company_a_moment_to_come_back() -> None:
    crowd = Crowd(linger=30.0)
    crowd.held[2] = crowd.again
    asked = [crowd.ask("a")]
    crowd.until(lambda line: bool(crowd.sizes))
    asked += [crowd.ask("b"), crowd.ask("c")]
    crowd.until(lambda line: len(line.queue) == 2)
    crowd.go_on.set()
    crowd.until(lambda line: len(crowd.sizes) == 2)  # b and c are at work
    asked.append(crowd.ask("d"))
    crowd.until(lambda line: len(line.queue) == 1)
    crowd.again.set()
    crowd.until(lambda line: line.lingering is not None)  # d leads: of three, one may come again
    asked.append(crowd.ask("b again"))
    for thread in asked:
        thread.join(20)
        assert not thread.is_alive(), "lingered to the end"
    assert crowd.sizes == [1, 2, 2]


def test_half_of_the_crowd_is_enough_to_begin() -> None:
    """The others are read and checked while the database has the first half."""
    crowd = Crowd(linger=30.0)
    asked = [crowd.ask("a")]
    crowd.until(lambda line: bool(crowd.sizes))
    asked += [crowd.ask("b"), crowd.ask("c")]
    crowd.until(lambda line: len(line.queue) == 2)
    crowd.go_on.set()
    for thread in asked:
        thread.join(20)
        assert not thread.is_alive(), "lingered to the end"
    assert crowd.sizes == [1, 2]


def test_company_that_stays_away_is_not_waited_for_long() -> None:
    crowd = Crowd(linger=0.05)
    crowd.held[2] = crowd.again
    asked = [crowd.ask("a")]
    crowd.until(lambda line: bool(crowd.sizes))
    asked += [crowd.ask("b"), crowd.ask("c")]
    crowd.until(lambda line: len(line.queue) == 2)
    crowd.go_on.set()
    crowd.until(lambda line: len(crowd.sizes) == 2)
    asked.append(crowd.ask("d"))
    crowd.until(lambda line: len(line.queue) == 1)
    crowd.again.set()
    for thread in asked:
        thread.join(20)
        assert not thread.is_alive()
    assert crowd.sizes == [1, 2, 1]
    assert crowd.together.ask("key", "later") == "later"


def test_a_leader_waits_for_who_is_at_the_door_already() -> None:
    crowd = Crowd(linger=30.0)
    crowd.go_on.set()
    with crowd.together.coming():
        asked = crowd.ask("a")
        crowd.until(lambda line: line.lingering is not None)
        assert crowd.together.ask("key", "b") == "b"
    asked.join(20)
    assert (asked.is_alive(), crowd.sizes) == (False, [2])


def test_who_goes_another_way_is_not_waited_for() -> None:
    crowd = Crowd(linger=30.0)
    crowd.go_on.set()
    with crowd.together.coming():
        asked = crowd.ask("a")
        crowd.until(lambda line: line.lingering is not None)
        crowd.together.gone()
        asked.join(20)
        assert (asked.is_alive(), crowd.sizes) == (False, [1])
    assert crowd.together._coming == 0


def test_one_who_stays_at_the_door_is_not_waited_for_long() -> None:
    crowd = Crowd(linger=0.01, longest=0.03)
    crowd.go_on.set()
    with crowd.together.coming():
        asked = crowd.ask("a")
        asked.join(20)
        assert (asked.is_alive(), crowd.sizes) == (False, [1])


def test_a_full_round_waits_for_nobody_more() -> None:
    crowd = Crowd(linger=30.0)
    crowd.together._limit = 2
    crowd.go_on.set()
    with crowd.together.coming():
        asked = [crowd.ask("a")]
        crowd.until(lambda line: line.lingering is not None)
        asked.append(crowd.ask("b"))
        for thread in asked:
            thread.join(20)
            assert not thread.is_alive()
    assert crowd.sizes == [2]


def test_whatever_is_said_at_the_door_nobody_stays_expected(shop: Shop) -> None:
    with pytest.raises(RuntimeError), receipts.arriving():
        raise RuntimeError
    with receipts.arriving():
        take(shop, "m1")
        take(shop, "m1", total="-1", number="N9")
    assert receipts._together._coming == 0


def test_a_shop_changed_meanwhile_books_nothing(shop: Shop) -> None:
    doors_now()
    remembered = next(doors())
    take(shop, "m1", mark=remembered.mark)
    set_shop_secret(shop_id=shop.pk, secret=API_SECRET, by=None, now=NOW)
    for total in ("129.00", "-1"):
        with pytest.raises(ShopsChanged):
            take(shop, "m2", mark=remembered.mark, number="N2", total=total)
    assert (Order.objects.count(), WebhookReceipt.objects.count()) == (1, 1)
    *_first, fresh = doors()
    assert take(shop, "m2", number="N2", mark=fresh.mark).outcome == "inserted"


def test_who_is_called_at_the_moment_he_gives_up_stays() -> None:
    """Called just before he takes himself out: he leads, or his answer is there."""
    together: Together[int, int] = Together(
        lambda round_: [None] * len(round_), fits=lambda _round, _job: True
    )
    line, own, gone = _Line[int, int](), _Asker[int, int](1), _Asker[int, int](2)
    line.queue.append(own)
    own.called.release()
    assert together._withdraw(line, own) is False
    assert together._withdraw(line, gone) is True  # his leader has taken him along and hangs
    assert list(line.queue) == [own]
