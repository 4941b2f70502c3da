"""Which promotions meet: for whatever times, stops and permissions the answer is that of a plain comparison, and the
database says the same."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Promotion, PromotionPrice
from catalog.selectors.promotions import overlaps
from tests.catalog.asking import agree, as_if_carried_out, priced
from tests.catalog.shelf import HOUR, NOW, channel, sku
from tests.catalog.test_promotions import ask, planned

SPAN = st.tuples(st.integers(2, 9), st.integers(1, 6)).map(lambda two: (two[0], two[0] + two[1]))


def hour(number: int) -> dt.datetime:
    return NOW + number * HOUR


@pytest.mark.clause("C11.3")
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(first=SPAN, second=SPAN, may=st.tuples(st.booleans(), st.booleans()), same=st.booleans())
def test_two_promotions_meet_exactly_when_their_times_do_and_a_plan_forbids_it(
    site: None, first: tuple[int, int], second: tuple[int, int], may: tuple[bool, bool], same: bool
) -> None:
    with transaction.atomic():
        on, other, of = channel(), channel("TM01", "天猫旗舰店"), sku()
        priced(of, "2400.00")
        rows = []
        for (begin, end), may_overlap, where in (
            (first, may[0], on), (second, may[1], on if same else other),
        ):  # fmt: skip
            made = planned(where, hour(begin), hour(end), may_overlap=may_overlap)
            run = as_if_carried_out(agree(ask(made, of, where)), hour(1))
            rows.append(
                PromotionPrice(
                    promotion=made,
                    sku=of,
                    channel=where,
                    rule="percent",
                    value=Decimal(80),
                    run=run,
                    wanted_from=hour(begin),
                    wanted_until=hour(end),
                    during=(hour(begin), hour(end)),
                    may_overlap=may_overlap,
                    at=hour(1),
                )
            )
        meets = same and first[0] < second[1] and second[0] < first[1] and not all(may)
        rows[0].save()
        found = overlaps([(of.pk, rows[1].channel_id)], hour(second[0]), hour(second[1]), may_overlap=may[1])
        assert bool(found) == meets
        try:
            with transaction.atomic():
                rows[1].save()
        except IntegrityError as error:
            assert meets
            assert "meets that of promotion" in str(error)  # noqa: PT017
        else:
            assert not meets
        assert Promotion.objects.count() == 2
        transaction.set_rollback(True)
