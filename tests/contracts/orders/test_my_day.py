"""What of purchasing waits on each of its people, in my day."""

from __future__ import annotations

import pytest

from contracts.selectors import day_purchase
from contracts.services import inspecting, samples
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def titles(who: str) -> set[str]:
    return {str(line.title) for line in day_purchase.waiting(person(who), NOW)}


def test_each_sees_what_he_can_move_on() -> None:
    made = samples.request_sample(
        supplier_id=world.supplier().pk, name="椅", demands="正面", by=person("luo_buyer"), now=NOW
    )
    samples.photograph(sample=made, file=arrange.photo(), by=person("luo_buyer"), now=NOW)
    arrange.issued()
    arrange.returned()
    line = arrange.only_line(arrange.shipped())
    inspection = inspecting.inspect(line_id=line.pk, stage="arrived", by=person("song_inspector"), now=NOW)
    assert titles("song_inspector") == {"检验"}
    assert titles("xu_warehouse") == {"到货待清点"}
    assert {"样品待签字", "采购订单待发出"} <= titles("luo_buyer")
    found = inspecting.report(
        inspection_id=inspection.pk,
        checked=inspection.sample,
        bad=2,
        text="划痕",
        by=person("song_inspector"),
        now=NOW,
    )
    assert titles("song_inspector") == {"供应商整改中"}
    inspecting.answer(
        rectification_id=found.rectification.pk, text="已修", contact=arrange.the_contact(), now=NOW
    )
    assert titles("song_inspector") == {"整改待复检"}
    assert titles("chen_manager") == set()
