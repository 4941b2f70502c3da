"""A poster is final when the superior has agreed to exactly these bytes (J4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cms.models import Asset, AssetFinal
from cms.selectors import assets as selectors
from cms.services import assets
from office.approvals import api as approvals
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.rulebook import api as rulebook
from tests.cms.uploads import HOUR, NOW, asset, picture
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mall() -> None:
    rulebook.activate_book(
        code="mall", starts_at=NOW - dt.timedelta(days=2), by=None, now=NOW - dt.timedelta(days=3)
    )
    person("he_planner")


def ask(made: Asset, who: str = "zheng_designer", now: dt.datetime = NOW) -> approvals.Run:
    return assets.ask_final(asset_id=made.pk, by=person(who), now=now)


def agree(run: approvals.Run, who: str = "he_planner") -> approvals.Run:
    return approvals.approve(run_id=run.pk, by=person(who), now=NOW + HOUR)


@pytest.mark.clause("J4")
def test_the_superior_agrees_and_the_version_is_final() -> None:
    made = asset()
    run = agree(ask(made))
    made.refresh_from_db()
    assert run.state == "executed"
    assert made.newest_is_final
    assert made.final is not None
    assert made.final.sha256 == made.newest.stored.sha256  # type: ignore[union-attr]


@pytest.mark.clause("J4")
def test_nobody_but_the_superior_agrees() -> None:
    run = ask(asset())
    for who in ("zheng_designer", "tang_writer", "chen_manager"):
        with pytest.raises(Refused):
            agree(run, who)


@pytest.mark.clause("J4")
@pytest.mark.parametrize("who", ["lin_editor", "pan_photo", "zhou_general"])
def test_only_designer_and_copywriter_ask(who: str) -> None:
    with pytest.raises(Forbidden):
        ask(asset(), who)


def test_a_newer_version_makes_the_request_void() -> None:
    made = asset()
    run = ask(made)
    assets.add_version(asset_id=made.pk, upload=picture(4), by=person("tang_writer"), now=NOW + HOUR)
    run.refresh_from_db()
    assert (run.state, run.changed_fields) == ("voided", ["version"])


def test_a_newer_version_is_a_draft_again_and_the_final_one_stays_attachable() -> None:
    made = asset()
    agree(ask(made))
    first = made.newest.stored.sha256  # type: ignore[union-attr]
    version = assets.add_version(
        asset_id=made.pk, upload=picture(4), by=person("tang_writer"), now=NOW + 2 * HOUR
    )
    made.refresh_from_db()
    assert not made.newest_is_final
    assert [each.sha256 for each in selectors.attachable(at=NOW + 3 * HOUR)] == [first]
    assert selectors.not_final([version.stored.sha256], NOW + 3 * HOUR) == [made]
    assert selectors.not_final([first], NOW + 3 * HOUR) == []


def test_a_returned_request_is_asked_again() -> None:
    made = asset()
    run = ask(made)
    approvals.return_to(run_id=run.pk, by=person("he_planner"), now=NOW + HOUR, reason="字太小")
    again = ask(made, now=NOW + 2 * HOUR)
    assert (again.pk, again.round, again.state) == (run.pk, 2, "running")


def test_what_cannot_become_final_says_why() -> None:
    final, plain, retired = (
        asset("一"),
        asset("二", "picture", upload=picture(4)),
        asset("三", upload=picture(5)),
    )
    agree(ask(final))
    assets.set_retired(asset_id=retired.pk, retired=True, by=person("zheng_designer"), now=NOW)
    codes = []
    for made in (final, plain, retired):
        with pytest.raises(Conflict) as refused:
            ask(made, now=NOW + 2 * HOUR)
        codes.append(refused.value.code)
    assert codes == ["final", "no_poster", "retired"]
    with pytest.raises(NotFound):
        assets.ask_final(asset_id=987654, by=person("zheng_designer"), now=NOW)


def test_an_asset_whose_request_is_on_its_way_is_not_retired() -> None:
    made = asset()
    ask(made)
    with pytest.raises(Conflict):
        assets.set_retired(asset_id=made.pk, retired=True, by=person("zheng_designer"), now=NOW)


def test_the_site_book_asks_for_no_such_agreement() -> None:
    before = NOW - dt.timedelta(days=30)
    made = asset(now=before)
    with pytest.raises(Refused) as refused:
        ask(made, now=before)
    assert refused.value.code == "no_chain"
    assert [each.title for each in selectors.attachable(at=before)] == ["国庆海报"]
    assert selectors.not_final([made.newest.stored.sha256], before) == []  # type: ignore[union-attr]


@pytest.mark.clause("J4")
def test_the_database_refuses_a_final_poster_nobody_agreed_to() -> None:
    made, other = asset("一"), asset("二", upload=picture(4))
    run = ask(made)
    facts: dict[str, Any] = {"asset": made, "version": made.newest, "run": run, "at": NOW}
    sha256 = made.newest.stored.sha256  # type: ignore[union-attr]
    for wrong in (
        {},  # not agreed yet
        {"run": None},
        {"run": None, "authority_clause": "J4"},
        {"version": other.newest},
        {"asset": other},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AssetFinal.objects.create(**{**facts, "sha256": sha256, **wrong})
    with pytest.raises(IntegrityError), transaction.atomic():
        AssetFinal.objects.create(**facts, sha256="0" * 64)


def test_the_superior_sees_the_poster_on_the_page_of_the_request() -> None:
    made = asset()
    run = ask(made)
    page = signed_in("he_planner").get(reverse("approvals:run", args=[run.pk]))
    url = reverse("cms:asset_file", args=[made.pk, 1])
    assert url in page.content.decode()


def test_library_states_of_posters() -> None:
    drafted, asked, final = (
        asset(name, upload=picture(seed)) for name, seed in (("甲", 3), ("乙", 4), ("丙", 5))
    )
    ask(asked)
    agree(ask(final))
    for state, title in (("draft", drafted.title), ("asked", asked.title), ("final", final.title)):
        assert [each.title for each in selectors.library(selectors.Wanted(state=state))] == [title]
