"""Handing in, agreeing, publishing: each chain of the books, its steps, its refusals, its clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cms.models import Publication
from cms.rules import content
from cms.selectors import live
from cms.services import publishing, writing
from office.approvals import api as approvals
from office.approvals import rules
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.rulebook.selectors import shipped_book
from tests.cms.stage import DAY, HOUR, NOW, agree, column, edit, hand_in, mall, on_the_site, publish, write
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")


def steps(run: approvals.Run) -> list[list[str]]:
    return [step.positions for step in run.steps.filter(round=run.round).order_by("place")]


def through(
    kind: str, writer: str, deciders: list[str], publisher: str, *, hands_in: str = "", **more: Any
) -> approvals.Run:
    """The whole way; each decider is refused before his turn, and the publisher before the agreement."""
    item = write(kind, writer, **more)
    if kind == "product":
        reader = "lin_editor" if writer != "lin_editor" else "tang_writer"
        writing.read_second(item_id=item.pk, version=1, right=True, by=person(reader), now=NOW)
    run = hand_in(item, hands_in or writer)
    for n, who in enumerate(deciders):
        for later in deciders[n + 1 :]:
            with pytest.raises(Forbidden):
                approvals.approve(run_id=run.pk, by=person(later), now=NOW)
        with pytest.raises(approvals.MovedOn):
            publish(run, publisher)
        agree(run, who)
    run.refresh_from_db()
    assert run.state == "agreed"
    assert not Publication.objects.filter(item=item).exists()
    with pytest.raises(Forbidden):
        publish(run, "li_lei")
    publish(run, publisher)
    shown = live.live_of(item, NOW)
    assert shown is not None
    item.refresh_from_db()
    assert (shown.version, shown.digest) == (item.newest, item.newest.digest if item.newest else "")
    run.refresh_from_db()
    return run


SITE = [
    ("cms.news", "C5.2", "news", "tang_writer", ["chen_manager"], "lin_editor", ""),
    ("cms.product", "C4.1", "product", "lin_editor", ["chen_manager"], "lin_editor", ""),
    ("cms.event", "C4.2", "event", "hu_culture", ["chen_manager"], "lin_editor", ""),
    ("cms.event", "C4.2", "profile", "hu_culture", ["chen_manager"], "lin_editor", "lin_editor"),
    ("cms.material", "C5.1", "page", "zheng_designer", ["chen_manager"], "lin_editor", ""),
    ("cms.material", "C5.1", "headline", "tang_writer", ["chen_manager"], "lin_editor", ""),
]
MALL = [
    ("cms.news", "M3", "news", "tang_writer", ["deng_marketing"], "tang_writer", ""),
    ("cms.product", "M2", "product", "gao_section", ["chen_manager"], "gao_section", ""),
    ("cms.event", "M2", "event", "deng_marketing", ["chen_manager"], "zheng_designer", ""),
    ("cms.material", "C5.1", "popup", "he_planner", ["chen_manager"], "gao_section", ""),
    ("cms.poster", "J4", "poster", "zheng_designer", ["he_planner"], "zheng_designer", ""),
    ("cms.poster", "J4", "poster", "tang_writer", ["he_planner"], "tang_writer", ""),
]


@pytest.mark.clause("C4.1", "C4.2", "C5.1", "C5.2", "C6.1")
@pytest.mark.parametrize(("chain", "clause", "kind", "writer", "deciders", "publisher", "hands_in"), SITE)
def test_the_sites_chains(
    chain: str, clause: str, kind: str, writer: str, deciders: list[str], publisher: str, hands_in: str
) -> None:
    run = through(kind, writer, deciders, publisher, hands_in=hands_in)
    assert (run.chain, run.clause) == (chain, clause)


@pytest.mark.clause("M2", "M3", "J4", "C5.1")
@pytest.mark.parametrize(("chain", "clause", "kind", "writer", "deciders", "publisher", "hands_in"), MALL)
def test_the_malls_chains(
    chain: str, clause: str, kind: str, writer: str, deciders: list[str], publisher: str, hands_in: str
) -> None:
    mall()
    run = through(kind, writer, deciders, publisher, hands_in=hands_in)
    assert (run.chain, run.clause) == (chain, clause)


@pytest.mark.clause("C4.3")
@pytest.mark.parametrize("flag", ["confidential", "copyright"])
@pytest.mark.parametrize("kind", ["news", "product", "event", "page"])
def test_confidential_and_copyrighted_content_goes_to_the_general_manager(kind: str, flag: str) -> None:
    writer = {"product": "lin_editor", "event": "hu_culture"}.get(kind, "tang_writer")
    run = through(kind, writer, ["chen_manager", "zhou_general"], "lin_editor", flags=frozenset({flag}))
    assert (run.chain, run.clause) == ("cms.confidential", "C4.3")


@pytest.mark.clause("M2")
@pytest.mark.parametrize(
    ("kind", "writer", "publisher", "chain"),
    [
        ("news", "tang_writer", "tang_writer", "cms.confidential_news"),
        ("product", "gao_section", "gao_section", "cms.confidential"),
        ("page", "he_planner", "gao_section", "cms.confidential"),
        ("poster", "zheng_designer", "zheng_designer", "cms.confidential_poster"),
    ],
)
def test_in_the_mall_it_goes_to_the_marketing_director_and_the_general_manager(
    kind: str, writer: str, publisher: str, chain: str
) -> None:
    mall()
    deciders = ["deng_marketing", "zhou_general"]
    assert through(kind, writer, deciders, publisher, flags=frozenset({"confidential"})).chain == chain


@pytest.mark.clause("M2")
def test_the_marketing_directors_own_confidential_event_climbs_to_the_superior() -> None:
    mall()
    run = through(
        "event",
        "deng_marketing",
        ["fang_vice", "zhou_general"],
        "zheng_designer",
        flags=frozenset({"copyright"}),
    )
    assert run.chain == "cms.confidential_event"


def test_every_way_to_go_live_has_its_chains_in_both_books() -> None:
    ways = {"site": {"news", "event", "product", "page"}, "mall": {row[2] for row in MALL}}
    for code, kinds in ways.items():
        for kind in kinds:
            approval = content.approval_of(kind)
            for flag in ("confidential", "copyright", "words"):
                chain = rules.chain_for(shipped_book(code), approval, [flag])
                assert chain is not None
                assert len(chain.steps) == 2


@pytest.mark.clause("C5.2")
def test_news_is_published_within_forty_eight_hours_of_the_agreement() -> None:
    item = write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager", now=NOW + HOUR)
    clock = Deadline.objects.get(rule="cms.publish_news")
    assert (clock.started_at, clock.due_at) == (NOW + HOUR, NOW + HOUR + 2 * DAY)
    assert clock.holder_id == person("lin_editor").pk
    publish(run, now=NOW + 3 * HOUR)
    clock.refresh_from_db()
    assert clock.met_at == NOW + 3 * HOUR


@pytest.mark.clause("M3")
def test_so_it_is_in_the_mall() -> None:
    mall()
    agree(hand_in(write("news", "tang_writer"), "tang_writer"), "deng_marketing")
    clock = Deadline.objects.get(rule="cms.publish_news")
    assert (clock.due_at, clock.clause) == (NOW + 2 * DAY, "M3")


@pytest.mark.clause("C5.2")
def test_important_content_has_the_same_time_and_other_content_the_usual_one() -> None:
    agree(
        hand_in(write("page", "tang_writer", flags=frozenset({"important"})), "tang_writer"), "chen_manager"
    )
    assert Deadline.objects.filter(rule="cms.publish_news").count() == 1
    agree(hand_in(write("page", "tang_writer"), "tang_writer"), "chen_manager")
    assert Deadline.objects.filter(rule="cms.publish_news").count() == 1
    assert Deadline.objects.filter(rule="approvals.execute").count() == 1


@pytest.mark.clause("C6.1")
def test_nobody_agrees_to_his_own_text() -> None:
    mall()
    column()
    person("chen_manager").appointments.update(position="section_officer")
    person("gao_section").appointments.create(position="department_manager", during=(NOW - DAY, None))
    item = write("page", "gao_section")
    run = hand_in(item, "gao_section")
    with pytest.raises(approvals.OwnRequest):
        agree(run, "gao_section")
    publish(agree(run, "deng_marketing"), "gao_section")


def test_a_returned_text_is_asked_for_again() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="日期写错")
    again = hand_in(item, "tang_writer", comment="日期没有错")
    assert (again.pk, again.round, again.state) == (run.pk, 2, "running")


def test_edited_after_the_return_it_is_void_and_another_request_is_made() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="日期写错")
    assert edit(item, "tang_writer", title="新展厅周六开放").void_fields == ["title"]
    again = hand_in(item, "tang_writer")
    assert again.pk != run.pk
    publish(agree(again, "chen_manager"))
    assert live.live_of(item, NOW).version.number == 2  # type: ignore[union-attr]


def test_other_marks_after_a_return_take_another_chain() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="涉密")
    edit(item, "tang_writer", flags=frozenset({"confidential"}))
    assert hand_in(item, "tang_writer").chain == "cms.confidential"


def test_one_request_at_a_time() -> None:
    item = write()
    hand_in(item, "tang_writer")
    with pytest.raises(Conflict) as refused:
        hand_in(item, "lin_editor")
    assert refused.value.code == "running"


def test_an_edit_after_the_agreement_voids_it_too() -> None:
    item = write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager")
    edit(item, "tang_writer", body="<p>换了正文</p>")
    with pytest.raises(Conflict):
        publish(run)
    assert live.live_of(item, NOW) is None


def test_it_goes_live_to_the_second_and_ends_to_the_second() -> None:
    begins, ends = NOW + DAY, NOW + 2 * DAY
    item = on_the_site(starts_at=begins, ends_at=ends)
    second = dt.timedelta(seconds=1)
    seen = [live.live_of(item, at) is not None for at in (begins - second, begins, ends - second, ends)]
    assert seen == [False, True, True, False]
    assert live.next_change(NOW) == begins
    assert live.next_change(begins) == ends


def test_a_later_version_follows_an_earlier_one_to_the_second() -> None:
    item = on_the_site()
    edit(item, "tang_writer", title="第二版标题")
    publish(agree(hand_in(item, "tang_writer", starts_at=NOW + DAY), "chen_manager"))
    numbers = [live.live_of(item, at).version.number for at in (NOW + HOUR, NOW + DAY)]  # type: ignore[union-attr]
    assert numbers == [1, 2]


@pytest.mark.parametrize(
    ("starts", "ends", "path"),
    [
        (NOW + DAY, NOW + DAY, "until"),
        (NOW + DAY, NOW + HOUR, "until"),
        (None, NOW - HOUR, "until"),
        (NOW - DAY, NOW - HOUR, "until"),
    ],
)
def test_times_that_make_no_sense_are_refused(
    starts: dt.datetime | None, ends: dt.datetime, path: str
) -> None:
    with pytest.raises(Invalid) as refused:
        hand_in(write(), "tang_writer", starts_at=starts, ends_at=ends)
    assert refused.value.errors[0]["path"] == path


def test_published_too_late_for_its_time_it_is_refused() -> None:
    run = agree(hand_in(write(), "tang_writer", ends_at=NOW + HOUR), "chen_manager")
    with pytest.raises(Conflict) as refused:
        publish(run, now=NOW + 2 * HOUR)
    assert refused.value.code == "time_over"
    run.refresh_from_db()
    assert run.state == "agreed"


@pytest.mark.clause("C4.4")
def test_product_information_needs_its_source() -> None:
    item = write("product", source="", source_url="")
    with pytest.raises(Invalid) as refused:
        hand_in(item, "lin_editor")
    assert {error["path"] for error in refused.value.errors} == {"source", "source_url"}
    assert refused.value.clause == "C4.4"


@pytest.mark.clause("C4.4")
def test_product_information_needs_a_second_reader_who_found_it_right() -> None:
    item = write("product")
    with pytest.raises(Refused) as refused:
        hand_in(item, "lin_editor")
    assert (refused.value.code, refused.value.clause) == ("unread", "C4.4")
    read: dict[str, Any] = {"item_id": item.pk, "version": 1, "now": NOW}
    with pytest.raises(Forbidden) as own:
        writing.read_second(**read, right=True, by=person("lin_editor"))
    assert own.value.code == "own_text"
    with pytest.raises(Forbidden):
        writing.read_second(**read, right=True, by=person("li_lei"))
    with pytest.raises(Invalid):
        writing.read_second(**read, right=False, by=person("tang_writer"))
    writing.read_second(**read, right=False, by=person("tang_writer"), note="尺寸写成了 1.8 米")
    with pytest.raises(Refused, match=r"1\.8"):
        hand_in(item, "lin_editor")
    writing.read_second(**read, right=True, by=person("tang_writer"))
    assert hand_in(item, "lin_editor").state == "running"
    edit(item, "lin_editor", title="橡木餐桌 1.6 米")
    with pytest.raises(Conflict):
        writing.read_second(**read, right=True, by=person("tang_writer"))
    with pytest.raises(Refused):
        hand_in(item, "lin_editor")


def test_a_text_without_words_is_not_handed_in_unless_it_is_a_headline() -> None:
    with pytest.raises(Invalid) as refused:
        hand_in(write("page", "tang_writer", body=""), "tang_writer")
    assert refused.value.errors[0]["path"] == "body"
    assert hand_in(write("headline", "tang_writer", body=""), "tang_writer").state == "running"


def test_what_was_taken_down_is_neither_handed_in_nor_published() -> None:
    item = write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager")
    item.hidden_at = NOW
    item.save()
    with pytest.raises(Conflict):
        publish(run)
    other = write()
    other.hidden_at = NOW
    other.save()
    with pytest.raises(Conflict) as refused:
        hand_in(other, "tang_writer")
    assert refused.value.code == "taken_down"


def test_who_writes_no_such_content_does_not_hand_it_in() -> None:
    with pytest.raises(Forbidden):
        hand_in(write("product"), "tang_writer")
    with pytest.raises(NotFound):
        publishing.submit_item(item_id=1, by=person("lin_editor"), now=NOW)


def test_the_trail_names_version_digest_and_request() -> None:
    item = on_the_site()
    entry = Entry.objects.get(verb="cms.publish")
    assert entry.subject_id == str(item.pk)
    assert entry.clause == "C5.2"


# -- ending --------------------------------------------------------------------------------------------------------


@pytest.mark.clause("C6.1")
def test_taking_a_page_off_the_site_is_approved_like_any_change() -> None:
    item = on_the_site()
    run = publishing.end_item(item_id=item.pk, reason="内容过期", by=person("tang_writer"), now=NOW)
    assert isinstance(run, approvals.Run)
    assert (run.kind, run.clause) == ("cms.end", "C6.1")
    agree(run, "chen_manager")
    assert live.live_of(item, NOW) is not None
    publish(run, now=NOW + HOUR)
    assert live.live_of(item, NOW + HOUR) is None
    with pytest.raises(Conflict) as refused:
        publishing.end_item(item_id=item.pk, reason="再次", by=person("tang_writer"), now=NOW + HOUR)
    assert refused.value.code == "not_live"


@pytest.mark.clause("C3.2")
@pytest.mark.parametrize("kind", ["headline", "floating_ad", "popup"])
def test_headlines_and_advertisements_end_at_once(kind: str) -> None:
    item = on_the_site(kind, "tang_writer", link="https://shop.example/sale")
    with pytest.raises(Forbidden):
        publishing.end_item(item_id=item.pk, reason="换新", by=person("tang_writer"), now=NOW)
    publishing.end_item(item_id=item.pk, reason="换新", by=person("lin_editor"), now=NOW + HOUR)
    assert live.live_of(item, NOW + HOUR) is None
    assert Entry.objects.get(verb="cms.end").clause == "C3.2"


def test_an_end_needs_its_reason_and_something_that_is_live() -> None:
    item = on_the_site()
    with pytest.raises(Invalid):
        publishing.end_item(item_id=item.pk, reason="  ", by=person("tang_writer"), now=NOW)
    with pytest.raises(Conflict):
        publishing.end_item(item_id=write().pk, reason="x", by=person("tang_writer"), now=NOW)


def test_a_publication_to_come_can_be_called_off() -> None:
    item = on_the_site(starts_at=NOW + DAY)
    run = publishing.end_item(item_id=item.pk, reason="活动取消", by=person("tang_writer"), now=NOW)
    assert isinstance(run, approvals.Run)
    publish(agree(run, "chen_manager"))
    assert live.live_of(item, NOW + DAY) is None


def test_another_publication_meanwhile_voids_the_request_to_end() -> None:
    item = on_the_site()
    run = publishing.end_item(item_id=item.pk, reason="过期", by=person("tang_writer"), now=NOW)
    assert isinstance(run, approvals.Run)
    edit(item, "tang_writer", title="修订")
    publish(agree(hand_in(item, "tang_writer"), "chen_manager"))
    with pytest.raises(Conflict):
        agree(run, "chen_manager")
