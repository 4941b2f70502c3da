"""A connection that is lent is another thread's, and the one used last is lent first."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from office import lending
from office.lending import Lender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lender() -> Iterator[Lender]:
    found = Lender()
    yield found
    for _used, each in found._free:
        each.close()


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def lent(lender: Lender) -> int:
    with lender.lent():
        return backend()


def test_the_threads_own_connection_comes_back(lender: Lender) -> None:
    own = backend()
    assert lent(lender) != own
    assert backend() == own


def test_the_same_one_is_lent_to_whoever_asks_next(lender: Lender) -> None:
    first = lent(lender)
    others: list[int] = []

    def other() -> None:
        others.append(lent(lender))
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join(10)
    assert others == [first] == [lent(lender)]


def test_two_at_once_are_lent_two_and_the_last_used_goes_first(lender: Lender) -> None:
    with lender.lent():
        outer = backend()
        with lender.lent():
            inner = backend()
    assert inner != outer
    assert lent(lender) == outer


def test_what_was_refused_leaves_it_usable(lender: Lender) -> None:
    first = lent(lender)
    with pytest.raises(ZeroDivisionError), lender.lent():
        raise ZeroDivisionError
    assert lent(lender) == first


def test_one_that_the_database_ended_is_replaced(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lent(lender)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [first])
    monkeypatch.setattr(lending, "_JUST_USED", 0.0)
    assert lent(lender) != first


def test_one_that_was_just_used_is_not_asked_whether_it_is_there(lender: Lender) -> None:
    first = lent(lender)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [first])
    with pytest.raises(OperationalError):
        lent(lender)
    assert lent(lender) != first  # after an error it is asked


def test_what_nobody_needed_for_long_is_given_up(lender: Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    with lender.lent(), lender.lent():
        pass
    assert len(lender._free) == 2
    monkeypatch.setattr(lending, "_IDLE", -1.0)
    lent(lender)
    assert len(lender._free) == 0
