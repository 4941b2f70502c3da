"""What suppliers, contracts and work plans put into a person's day: whose it is, when, and the button that moves it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from contracts.selectors import day_agreements
from contracts.services import certificates, plans
from tests.contracts import world
from tests.contracts.world import DAY, HOUR, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P0", "P6", "W1")]


def lines(who: str, now: Any = NOW) -> list[tuple[str, str]]:
    return [(str(line.title), line.label) for line in day_agreements.waiting(person(who), now)]


def certificate(days: int, **said: Any) -> None:
    certificates.add_certificate(
        supplier_id=world.supplier().pk, kind="quality_report", name="餐桌", expires_on=TODAY + days * DAY,
        content=small_picture(), name_of_file="报告.png", by=person("luo_buyer"), now=NOW, **said,
    )  # fmt: skip


def test_a_certificate_stands_in_the_buyers_day_once_it_is_near_its_end() -> None:
    certificate(40)
    assert lines("luo_buyer") == []
    assert lines("luo_buyer", NOW + 12 * DAY) == [("请供应商换新证照", "质检报告 · 餐桌")]
    assert lines("song_inspector", NOW + 12 * DAY) == []


def test_a_contract_stands_there_until_both_have_signed_and_again_before_it_ends() -> None:
    version = world.signed(world.version(ends_on=TODAY + 90 * DAY), "ours")
    assert lines("luo_buyer") == [("催办合同签署", version.contract.number)]
    world.signed(version, "theirs", now=NOW + HOUR)
    assert lines("luo_buyer", NOW + 2 * HOUR) == []
    assert lines("luo_buyer", NOW + 40 * DAY) == [("决定是否续签", version.contract.number)]


def test_an_overtaken_version_waits_for_nobody() -> None:
    first = world.version()
    world.signed(world.version(first.contract, reason="改价"))
    assert lines("luo_buyer") == []


def test_a_step_stands_in_its_owners_day_a_week_ahead_and_leads_to_its_form() -> None:
    everybody("zheng_designer", "chen_manager")
    plan = plans.make_plan(
        title="开店", aim="", template="open_shop", starts_on=TODAY, owner_id=person("zheng_designer").pk,
        by=person("chen_manager"), now=NOW,
    )  # fmt: skip
    step = plan.milestones.get(n=1)
    (line,) = day_agreements.waiting(person("zheng_designer"), NOW)
    assert (line.label, line.url) == (step.title, reverse("contracts:plan_step", args=[step.pk, "finish"]))
    assert lines("chen_manager") == []
    assert len(lines("zheng_designer", NOW + 8 * DAY)) == 1 + 1 + 6  # the next step and the documents too


def test_a_day_asks_a_bounded_number_of_questions(django_assert_max_num_queries: Any) -> None:
    for number in range(5):
        of = world.supplier(f"D{number}", f"第{number}厂")
        world.signed(world.version(world.contract(of), ends_on=TODAY + 35 * DAY), "ours")
    certificate(10)
    lines("luo_buyer")
    with django_assert_max_num_queries(12):
        assert len(lines("luo_buyer")) == 6
