"""A round may begin while the one before waits for the disk; each order is booked once all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import connection

from orders.models import Order, Shop, WebhookReceipt
from orders.services import receipts
from orders.services.receipts import Answer
from orders.services.shops import add_shop
from orders.services.together import Together, _Line
from tests.orders.hooks.rounds import take
from tests.orders.hooks.samples import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Shop:
    return add_shop(code="API01", name="x", platform="api", by=None, now=NOW)


class Waiting:
    """Rounds that pass the lead on and then wait until they are let go; the disk is said to be slow."""

    def __init__(self, waits: float = 1.0) -> None:
        self.begun: list[tuple[str, ...]] = []
        self.gates: dict[str, threading.Event] = {}
        self.answers: dict[str, str | None] = {}
        self.together: Together[str, str] = Together(self.work, fits=lambda _round, _job: True, linger=0.001)
        self.together._lines["key"] = _Line()
        self.line = self.together._lines["key"]
        self.line.waits = waits

    def work(self, jobs: Sequence[str]) -> Sequence[str]:
        gate = self.gates.setdefault(jobs[0], threading.Event())
        self.begun.append(tuple(jobs))
        self.together.pass_on()
        self.together.pass_on()  # once is enough, twice does no harm
        assert gate.wait(20)
        if jobs[0] == "fails":
            raise KeyError
        return list(jobs)

    def ask(self, job: str) -> threading.Thread:
        def one() -> None:
            with suppress(KeyError):
                self.answers[job] = self.together.ask("key", job)

        thread = threading.Thread(target=one)
        thread.start()
        return thread

    def until(self, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < until
            time.sleep(0.002)

    def idle(self) -> bool:
        return not (
            self.line.led or self.line.queue or self.line.passed or self.line.due or self.line.under_way
        )


def test_while_one_round_waits_for_the_disk_the_next_begins_and_no_third() -> None:
    rounds = Waiting()
    asked = []
    for count, job in enumerate("ab", 1):
        asked.append(rounds.ask(job))
        rounds.until(lambda count=count: len(rounds.begun) == count)  # type: ignore[misc]
    asked += [rounds.ask("c"), rounds.ask("d")]
    rounds.until(lambda: len(rounds.line.queue) == 2)
    assert (rounds.begun, rounds.answers, rounds.line.passed) == ([("a",), ("b",)], {}, 2)
    rounds.gates["b"].set()  # whichever of them ends first makes room
    rounds.until(lambda: len(rounds.begun) == 3)
    assert rounds.begun[2] in {("c", "d"), ("d", "c")}
    rounds.until(lambda: "b" in rounds.answers)
    assert rounds.answers == {"b": "b"}  # nobody is answered before his own round has ended
    for gate in (rounds.gates["a"], rounds.gates[rounds.begun[2][0]]):
        gate.set()
    for thread in asked:
        thread.join(20)
    assert rounds.answers == {job: job for job in "abcd"}
    assert rounds.idle()


def test_where_the_disk_is_quick_one_round_takes_all() -> None:
    rounds = Waiting(waits=0.0)
    asked = [rounds.ask("a")]
    rounds.until(lambda: bool(rounds.begun))
    asked += [rounds.ask("b"), rounds.ask("c")]
    rounds.until(lambda: len(rounds.line.queue) == 2)
    assert rounds.begun == [("a",)]
    time.sleep(0.15)
    rounds.gates["a"].set()
    rounds.until(lambda: len(rounds.begun) == 2)
    assert len(rounds.begun[1]) == 2
    rounds.gates[rounds.begun[1][0]].set()
    for thread in asked:
        thread.join(20)
    assert rounds.idle()
    assert rounds.line.waits > 0.02  # it was slow: the next one will pass the lead on


def test_a_round_that_breaks_after_it_passed_on_keeps_nobody() -> None:
    rounds = Waiting()
    asked = [rounds.ask("fails")]
    rounds.until(lambda: bool(rounds.begun))
    asked.append(rounds.ask("b"))
    rounds.until(lambda: len(rounds.begun) == 2)
    asked.append(rounds.ask("c"))
    rounds.until(lambda: bool(rounds.line.queue))
    rounds.gates["fails"].set()
    rounds.until(lambda: len(rounds.begun) == 3)
    rounds.gates["b"].set()
    rounds.gates["c"].set()
    for thread in asked:
        thread.join(20)
    assert rounds.answers == {"b": "b", "c": "c"}
    assert rounds.idle()


def test_orders_of_two_rounds_under_way_are_booked_once_each(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the disk were slow; a number and a message of the round under way come again."""
    monkeypatch.setattr(receipts._together, "_worth", -1.0)
    entered, go_on = threading.Event(), threading.Event()
    passing = receipts._together.pass_on

    def pass_on() -> None:
        passing()
        if not entered.is_set():
            entered.set()
            assert go_on.wait(20)

    monkeypatch.setattr(receipts._together, "pass_on", pass_on)
    answers: list[Answer] = []

    def ask(message_id: str, number: str) -> threading.Thread:
        def one() -> None:
            answers.append(take(shop, message_id, number=number))
            connection.close()

        thread = threading.Thread(target=one)
        thread.start()
        return thread

    asked = [ask("m1", "A")]
    assert entered.wait(10)
    asked += [ask("m2", "B"), ask("m1", "A"), ask("m3", "A")]
    asked[1].join(0.2)
    assert not answers or [answer.outcome for answer in answers] == ["inserted"]
    go_on.set()
    for thread in asked:
        thread.join(30)
        assert not thread.is_alive()
    assert sorted(answer.outcome for answer in answers) == ["duplicate", "duplicate", "inserted", "inserted"]
    assert sorted(Order.objects.values_list("number", flat=True)) == ["A", "B"]
    assert WebhookReceipt.objects.count() == 3
    call_command("verify_ledger")
    assert capsys.readouterr().out.startswith("ok: orders 2,")
