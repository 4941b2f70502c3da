"""A request to cancel or end an order is void the moment the order is another one (P1.5)."""

from __future__ import annotations

import datetime as dt

import pytest

from contracts.models import PurchaseOrder
from contracts.services import ending
from office.approvals import api as approvals
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import DAY, NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P1.5")]


def test_an_order_that_moves_on_makes_the_request_void_at_once() -> None:
    order = arrange.producing()
    run = _asked(order, "agreed", NOW)
    arrange.report_all(order)
    run.refresh_from_db()
    assert run.state == "running"  # a report changes nothing that was asked about
    arrange.ship(order)
    run.refresh_from_db()
    assert (run.state, run.changed_fields) == ("voided", ["state"])


def test_a_delay_that_is_judged_anew_makes_the_request_void_at_once() -> None:
    order, late = arrange.producing(), NOW + 40 * DAY
    line = arrange.only_line(order)

    def judge(cause: str) -> None:
        ending.judge_delay(
            order_id=order.pk,
            line_id=line.pk,
            cause=cause,
            reason="电话确认",
            by=person("luo_buyer"),
            now=late,
        )

    judge("supplier")
    run = _asked(order, "late", late)
    judge("us")
    run.refresh_from_db()
    assert (run.state, run.changed_fields) == ("voided", ["delay"])


def test_the_request_itself_carried_out_is_not_void() -> None:
    assert arrange.agreed_end(arrange.producing(), "cancel").state == "executed"


def _asked(order: PurchaseOrder, ground: str, now: dt.datetime) -> approvals.Run:
    return ending.ask_to_end(
        order_id=order.pk,
        mode="cancel",
        ground=ground,
        reason="改由他厂生产",
        by=person("luo_buyer"),
        now=now,
    )
