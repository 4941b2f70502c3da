"""The database holds the same state table as orders.rules, whoever writes."""

from __future__ import annotations

import itertools

import pytest
from django.db import IntegrityError, connection, transaction

from orders import rules
from orders.models import Note, Order, OrderProgress
from tests.orders.desk.arrange import NOW, again, on_duty, order
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.2", "C7.3")
def test_the_trigger_and_the_table_agree_on_every_pair() -> None:
    with connection.cursor() as cursor:
        for old, new in itertools.product(rules.STATES, repeat=2):
            cursor.execute("SELECT orders_progress_may_move(%s, %s)", [old, new])
            assert cursor.fetchone()[0] is rules.may_move(old, new), (old, new)


def test_the_table_knows_every_state_of_the_model() -> None:
    assert set(rules.STATES) == set(OrderProgress.State.values) == set(rules.MOVES)
    assert set(rules.OPEN) == set(OrderProgress.OPEN_STATES)
    assert set(rules.ENDS) == {state for state, moves in rules.MOVES.items() if not moves}


def test_every_state_can_be_reached_and_left_or_is_an_end() -> None:
    reached = {rules.WAITING}
    for _round in rules.STATES:
        reached |= {new for state in reached for new in rules.MOVES[state]}
    assert reached == set(rules.STATES)


def test_an_illegal_move_is_refused_by_the_database() -> None:
    progress = order()
    with pytest.raises(IntegrityError, match="no move from waiting to confirmed"), transaction.atomic():
        OrderProgress.objects.filter(pk=progress.pk).update(
            state="confirmed", holder=person("li_lei"), accepted_at=NOW
        )
    assert again(progress).state == "waiting"


@pytest.mark.clause("C7.5")
def test_the_repeated_facts_cannot_drift_from_the_order() -> None:
    progress = order()
    for change in ({"total": 1}, {"number": "x"}, {"goods": "something else"}, {"shop_id": 99}):
        with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
            OrderProgress.objects.filter(pk=progress.pk).update(**change)


def test_a_progress_row_is_not_deleted() -> None:
    progress = order()
    with pytest.raises(IntegrityError, match="not deleted"), transaction.atomic():
        OrderProgress.objects.filter(pk=progress.pk).delete()


def test_only_a_historical_order_begins_closed() -> None:
    assert order(historical=True).state == "closed"
    fresh = order()
    facts = "shop_id, received_at, currency, total"
    rest = "placed_at, paid, source, batch_id, customer_key_id, sealed, terms, digest"
    sql = (
        f"INSERT INTO orders_order (id, number, historical, entry_id, {facts}, {rest})"
        f" SELECT id + 900000, number || 'x', %s, entry_id + 900000, {facts}, {rest} FROM orders_order WHERE id = %s"
    )
    begin = (
        f"INSERT INTO orders_orderprogress (order_id, state, number, {facts}, goods, due_at, due_rule, tries,"
        " returned_reason, version)"
        f" SELECT id, %s, number, {facts}, '', now(), '', 0, '', 0 FROM orders_order WHERE id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [False, fresh.pk])
        for state in rules.STATES:
            if state == "waiting":
                continue
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(begin, [state, fresh.pk + 900000])
        cursor.execute(begin, ["waiting", fresh.pk + 900000])
    assert Order.objects.get(pk=fresh.pk + 900000).progress.state == "waiting"


def test_every_change_counts_the_version_up() -> None:
    progress = order()
    OrderProgress.objects.filter(pk=progress.pk).update(tries=1, version=0)
    assert again(progress).version == progress.version + 1


def test_a_note_stands_and_its_callback_is_ticked_off_once() -> None:
    progress = order()
    note = Note.objects.create(
        order_id=progress.pk, by=on_duty("li_lei"), at=NOW, sealed_text=b"x", callback_at=NOW
    )
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        Note.objects.filter(pk=note.pk).update(sealed_text=b"y", done_at=NOW)
    Note.objects.filter(pk=note.pk).update(done_at=NOW)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        Note.objects.filter(pk=note.pk).update(done_at=None)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        Note.objects.filter(pk=note.pk).delete()
