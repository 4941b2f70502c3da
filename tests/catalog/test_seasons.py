"""The styles of a season: chosen with a role and the reason; the latest word on a style counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import Season, SeasonPick
from catalog.selectors.planning import picks_now, seasons, styles_of
from catalog.services import goods
from catalog.services.seasons import add_season, pick_style
from office.audit.lawful import LawRefused
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.catalog.shelf import DAY, NOW, sku
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("mall")
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2027, 1, 31)


def season(name: str = "冬季", first: dt.date = FIRST, last: dt.date = LAST) -> Season:
    return add_season(name=name, starts_on=first, ends_on=last, by=person("gao_section"), now=NOW)


def pick(of: Season, role: str = "main", code: str = "SF-2301", **more: Any) -> SeasonPick:
    return pick_style(
        season_id=of.pk, sku_code=code, role=role, why=more.pop("why", "去年销量第一"),
        by=person(more.pop("who", "gao_section")), now=more.pop("now", NOW),
    )  # fmt: skip


@pytest.mark.clause("J6")
def test_a_style_has_a_role_with_who_and_why() -> None:
    made, of = season(), sku()
    found = pick(made)
    assert (found.sku, found.role, found.why, found.by.name) == (of, "main", "去年销量第一", "高栏目")
    entry = Entry.objects.get(verb="catalog.pick_style")
    assert (entry.clause, entry.subject_label) == ("J6", "冬季")
    assert [[row.sku.code for row in group.picks] for group in styles_of(made)] == [["SF-2301"], [], []]
    assert [row.role for row in picks_now([of.pk], NOW)] == ["main"]


@pytest.mark.clause("J6")
def test_the_latest_word_counts_and_the_earlier_ones_stay() -> None:
    made, of = season(), sku()
    pick(made, "main")
    pick(made, "promoted", why="库存偏高")
    assert [[row.why for row in group.picks] for group in styles_of(made)] == [[], ["库存偏高"], []]
    pick(made, "dropped", why="断货")
    assert all(not group.picks for group in styles_of(made))
    assert picks_now([of.pk], NOW) == []
    assert SeasonPick.objects.count() == 3


def test_a_style_has_no_role_out_of_its_season() -> None:
    made, of = season(), sku()
    pick(made)
    assert picks_now([of.pk], NOW + 365 * DAY) == []


@pytest.mark.parametrize("who", ["lin_editor", "tang_writer", "chen_manager", "zhou_general"])
def test_nobody_else_chooses(who: str) -> None:
    made = season()
    sku()
    with pytest.raises(Forbidden):
        add_season(name="x", starts_on=FIRST, ends_on=LAST, by=person(who), now=NOW)
    with pytest.raises(Forbidden):
        pick(made, who=who)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"role": "king"}, "role"),
        ({"code": "NOPE"}, "sku_code"),
        ({"why": " "}, "why"),
        ({"role": "dropped"}, "sku_code"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(given: dict[str, str], path: str) -> None:
    made = season()
    sku()
    with pytest.raises(Invalid) as refused:
        pick(made, **given)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_a_style_out_of_the_range_is_only_dropped() -> None:
    made, of = season(), sku()
    pick(made)
    goods.update_sku(sku_id=of.pk, spec="", barcode="", active=False, by=None, now=NOW)
    with pytest.raises(Invalid):
        pick(made, "promoted")
    assert pick(made, "dropped").role == "dropped"


def test_the_same_role_twice_and_a_season_that_is_over_are_refused() -> None:
    made = season()
    sku()
    pick(made)
    codes = []
    cases: tuple[dict[str, Any], ...] = ({}, {"role": "promoted", "now": NOW + 365 * DAY})
    for more in cases:
        with pytest.raises(Conflict) as refused:
            pick(made, **more)
        codes.append(refused.value.code)
    assert codes == ["same", "over"]
    with pytest.raises(NotFound):
        pick(Season(pk=987654))


@pytest.mark.parametrize(
    ("last", "path"), [(FIRST - DAY, "ends_on"), (FIRST + 367 * DAY, "ends_on"), (LAST, "name")]
)
def test_a_season_that_cannot_be_is_refused(last: dt.date, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        season("" if path == "name" else "冬季", last=last)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_a_name_is_taken_once() -> None:
    season()
    with pytest.raises(Conflict) as refused:
        season()
    assert refused.value.code == "taken"


@pytest.mark.clause("C7.5")
def test_what_was_chosen_is_law() -> None:
    made = season()
    of = sku()
    found = pick(made)
    with pytest.raises(LawRefused):
        found.delete()
    for change in ({"why": ""}, {"role": "king"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SeasonPick.objects.create(
                **{"season": made, "sku": of, "role": "main", "why": "x", "by": found.by, "at": NOW, **change}
            )


def test_the_pages_choose_and_say_what_is_wrong() -> None:
    sku()
    client = signed_in("gao_section")
    today = timezone.localdate()
    given = {"name": "本季", "starts_on": today.isoformat(), "ends_on": today.isoformat()}
    assert client.post("/catalog/seasons/", {**given, "ends_on": "x"}).status_code == 422
    assert client.post("/catalog/seasons/", given).status_code == 302
    assert client.post("/catalog/seasons/", given).status_code == 422
    made = Season.objects.get()
    url = f"/catalog/seasons/{made.pk}/"
    assert client.post(url, {"sku_code": "NOPE", "role": "main", "why": "x"}).status_code == 422
    assert client.post(url, {"sku_code": "SF-2301", "role": "main", "why": "热销"}).status_code == 302
    assert "SF-2301 · 主推款 · 热销" in client.get(url).content.decode()
    assert "主推款" in client.get(f"/catalog/{SeasonPick.objects.get().sku.product_id}/").content.decode()
    assert client.get("/catalog/seasons/987654/").status_code == 404
    reader = signed_in("li_lei")
    assert reader.get(url).status_code == 200
    assert reader.post(url, {}).status_code == 403


def test_the_lists_ask_the_same_whatever_their_length() -> None:
    client = signed_in("gao_section")
    made = season("S0")

    def asked(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    few = [asked("/catalog/seasons/"), asked(f"/catalog/seasons/{made.pk}/")]
    product = sku().product
    for number in range(1, 5):
        season(f"S{number}")
        sku(f"SF-{number}", of=product)
        pick(made, code=f"SF-{number}")
    assert asked("/catalog/seasons/") == few[0] <= 15
    assert asked(f"/catalog/seasons/{made.pk}/") <= few[1] + 1 <= 20
    found, following = seasons(before=made.pk + 3)
    assert ([each.name for each in found], following) == (["S2", "S1", "S0"], None)
