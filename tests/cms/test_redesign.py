"""A redesign: proposed with mock-ups, agreed to by the chain, carried out by the designer with evidence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cms.models import MockUp, Redesign, RedesignDone
from cms.selectors import redesign as selectors
from cms.services import redesign
from cms.services.uploads import Upload
from office.approvals import api as approvals
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.files import api as files
from office.rulebook import api as rulebook
from tests.cms.uploads import HOUR, NOW, picture, proposal, put
from tests.files.samples import MP4, PDF
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db

SITE = ["chen_manager", "fang_vice", "zhou_general"]
MALL = ["chen_manager", "deng_marketing"]
EVIDENCE = "https://www.example.com/ 已上线"


def mall() -> None:
    rulebook.activate_book(
        code="mall", starts_at=NOW - dt.timedelta(days=2), by=None, now=NOW - dt.timedelta(days=3)
    )


def ask(made: Redesign, who: str = "zheng_designer", now: dt.datetime = NOW) -> approvals.Run:
    return redesign.ask_redesign(redesign_id=made.pk, by=person(who), now=now)


def agreed(made: Redesign, chain: list[str]) -> approvals.Run:
    run = ask(made)
    for number, who in enumerate(chain, start=1):
        run = approvals.approve(run_id=run.pk, by=person(who), now=NOW + number * HOUR)
    return run


def carry_out(run: approvals.Run, who: str = "zheng_designer", evidence: str = EVIDENCE) -> approvals.Run:
    return approvals.execute(run_id=run.pk, by=person(who), now=NOW + 9 * HOUR, evidence=evidence)


@pytest.mark.clause("C3.3")
def test_by_the_site_book_head_vice_president_and_general_manager_agree_in_turn() -> None:
    made = proposal()
    for who in SITE:
        person(who)
    run = ask(made)
    for number, who in enumerate(SITE):
        for other in SITE[number + 1 :]:
            with pytest.raises(Refused):
                approvals.approve(run_id=run.pk, by=person(other), now=NOW + HOUR)
        run = approvals.approve(run_id=run.pk, by=person(who), now=NOW + HOUR)
    assert run.state == "agreed"


@pytest.mark.clause("M1.3")
def test_by_the_mall_book_head_and_marketing_director_agree() -> None:
    mall()
    assert agreed(proposal(), MALL).state == "agreed"


@pytest.mark.clause("C3.3", "M1.3")
@pytest.mark.parametrize("chain", [SITE, MALL], ids=["site", "mall"])
def test_the_designer_carries_it_out_with_evidence(chain: list[str]) -> None:
    if chain is MALL:
        mall()
    made = proposal()
    run = agreed(made, chain)
    assert not RedesignDone.objects.exists()
    carry_out(run)
    done = RedesignDone.objects.get()
    assert (done.redesign_id, done.by, done.evidence) == (made.pk, person("zheng_designer"), EVIDENCE)


@pytest.mark.clause("C3.3")
def test_nobody_else_carries_it_out_and_not_without_evidence() -> None:
    run = agreed(proposal(), SITE)
    with pytest.raises(Forbidden):
        carry_out(run, "lin_editor")
    with pytest.raises(Invalid):
        carry_out(run, evidence="  ")
    run.refresh_from_db()
    assert run.state == "agreed"


@pytest.mark.clause("C3.3")
def test_without_mock_ups_nobody_is_asked() -> None:
    made = proposal(pictures=False)
    with pytest.raises(Invalid) as refused:
        ask(made)
    assert (refused.value.code, refused.value.clause) == ("evidence", "C3.3")
    put(made.mock_ups.get(), "before", 5)
    with pytest.raises(Invalid):
        ask(made)
    put(made.mock_ups.get(), "after", 6)
    assert ask(made).state == "running"


@pytest.mark.clause("C3.3")
@pytest.mark.parametrize("who", ["lin_editor", "tang_writer", "chen_manager", "sun_admin"])
def test_only_a_designer_proposes(who: str) -> None:
    with pytest.raises(Forbidden):
        redesign.begin_redesign(title="改", aim="改", page="首页", by=person(who), now=NOW)
    with pytest.raises(Forbidden):
        ask(proposal(), who)


@pytest.mark.parametrize(
    ("act", "field"),
    [
        (lambda made, by: put(made.mock_ups.get(), "after", 9), "mock_ups"),
        (
            lambda made, by: redesign.remove_mock_up(mock_up_id=made.mock_ups.get().pk, by=by, now=NOW),
            "mock_ups",
        ),
        (
            lambda made, by: redesign.change_redesign(
                redesign_id=made.pk, title=made.title, aim="别的", page=made.page, by=by, now=NOW
            ),
            "aim",
        ),
    ],
    ids=["picture", "view", "words"],
)
def test_any_change_makes_the_request_void_and_says_what_changed(act: Any, field: str) -> None:
    made = proposal()
    run = ask(made)
    act(made, person("zheng_designer"))
    run.refresh_from_db()
    assert (run.state, run.changed_fields) == ("voided", [field])


def test_a_returned_request_is_asked_again_with_the_new_pictures() -> None:
    made = proposal()
    run = ask(made)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + HOUR, reason="首屏太满")
    with pytest.raises(Conflict):
        redesign.drop_redesign(redesign_id=made.pk, by=person("zheng_designer"), now=NOW)
    again = ask(made, now=NOW + 2 * HOUR)
    assert (again.pk, again.round) == (run.pk, 2)


def test_what_is_done_or_dropped_is_changed_no_more() -> None:
    done, dropped = proposal("一"), proposal("二")
    carry_out(agreed(done, SITE))
    by = person("zheng_designer")
    redesign.drop_redesign(redesign_id=dropped.pk, by=by, now=NOW)
    for made, code in ((done, "done"), (dropped, "dropped")):
        for act in (
            lambda made=made: redesign.add_mock_up(redesign_id=made.pk, label="二屏", by=by, now=NOW),
            lambda made=made: put(made.mock_ups.get(), "after", 9),
            lambda made=made: ask(made),
        ):
            with pytest.raises(Conflict) as refused:
                act()
            assert refused.value.code == code


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"page": "a\nb"}, "page"),
        ({"aim": "长" * 1001}, "aim"),
        ({"aim": ""}, "aim"),
    ],
)
def test_a_proposal_that_does_not_fit_is_refused(words: dict[str, str], path: str) -> None:
    given: dict[str, Any] = {"title": "改版", "aim": "好找\n好看", "page": "首页", **words}
    with pytest.raises(Invalid) as refused:
        redesign.begin_redesign(**given, by=person("zheng_designer"), now=NOW)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_a_view_needs_a_name_and_there_are_at_most_twelve() -> None:
    made, by = proposal(), person("zheng_designer")
    for label in ("", " ", "长" * 61, "a\nb"):
        with pytest.raises(Invalid):
            redesign.add_mock_up(redesign_id=made.pk, label=label, by=by, now=NOW)
    for number in range(redesign.MOST_VIEWS - 1):
        redesign.add_mock_up(redesign_id=made.pk, label=f"屏{number}", by=by, now=NOW)
    with pytest.raises(Invalid):
        redesign.add_mock_up(redesign_id=made.pk, label="多一屏", by=by, now=NOW)


@pytest.mark.parametrize("content", [MP4, PDF])
def test_a_mock_up_is_a_picture(content: bytes) -> None:
    view = proposal().mock_ups.get()
    with pytest.raises(files.FileRefused):
        redesign.set_mock_up(
            mock_up_id=view.pk,
            slot="after",
            upload=Upload(content, "a"),
            by=person("zheng_designer"),
            now=NOW,
        )


def test_what_is_not_there_is_not_found() -> None:
    by, made = person("zheng_designer"), proposal()
    view = made.mock_ups.get()
    for act in (
        lambda: redesign.add_mock_up(redesign_id=987654, label="屏", by=by, now=NOW),
        lambda: redesign.set_mock_up(mock_up_id=987654, slot="after", upload=picture(), by=by, now=NOW),
        lambda: redesign.set_mock_up(mock_up_id=view.pk, slot="beside", upload=picture(), by=by, now=NOW),
        lambda: redesign.ask_redesign(redesign_id=987654, by=by, now=NOW),
        lambda: redesign.begin_redesign(title="改", aim="改", page="首页", review_id=987654, by=by, now=NOW),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.clause("C3.3")
def test_the_database_refuses_what_nobody_agreed_to() -> None:
    made = proposal()
    run = agreed(made, SITE)
    facts: dict[str, Any] = {
        "redesign": made, "digest": run.payload["digest"], "evidence": "x", "by": run.requester, "at": NOW,
    }  # fmt: skip
    for wrong in ({}, {"run": run}, {"run": run, "digest": "0" * 64}, {"authority_clause": "C3.3"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RedesignDone.objects.create(**{**facts, **wrong})


@pytest.mark.clause("C3.3")
def test_the_request_shows_now_and_proposed_side_by_side_as_they_were_asked_about() -> None:
    made = proposal()
    run = ask(made)
    view = MockUp.objects.get()
    client = signed_in("chen_manager")
    urls = [reverse("cms:redesign_picture", args=[made.pk, each]) for each in (view.before_id, view.after_id)]
    page = client.get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert all(url in page for url in urls)
    put(view, "after", 9)
    assert [client.get(url).status_code for url in urls] == [200, 200]


def test_a_picture_of_something_else_is_not_part_of_a_redesign() -> None:
    first, second = proposal("一"), proposal("二")
    put(second.mock_ups.get(), "after", 9)
    other = MockUp.objects.get(redesign=second).after_id
    assert other is not None
    with pytest.raises(NotFound):
        selectors.access_picture(person("zheng_designer"), first.pk, other, NOW)
