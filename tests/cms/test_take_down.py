"""Taking content down: hidden at once, evidence that stands, the author heard, a named person decides (C6.7, M4.7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from cms.models import Item, LiabilityCase, Publication, Takedown
from cms.rules import evidence
from cms.selectors import live
from cms.services import takedowns
from ecdept import day
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.stage import HOUR, NOW, agree, everybody, hand_in, mall, on_the_site, publish, write
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def hide(item: Item, who: str = "wei_webmaster", **given: Any) -> Takedown:
    fields = {"category": "false", "reason": "第二段的数据不实", **given}
    return takedowns.take_down(item_id=item.pk, **fields, by=person(who), now=NOW + HOUR)


def hear(taken: Takedown, who: str = "tang_writer") -> LiabilityCase:
    return takedowns.hear(
        takedown_id=taken.pk, statement="数据来自旧报告", by=person(who), now=NOW + 2 * HOUR
    )


def decide(taken: Takedown, who: str = "chen_manager", liability: str = "administrative") -> LiabilityCase:
    return takedowns.decide(
        takedown_id=taken.pk, liability=liability, decision="口头警告", by=person(who), now=NOW + 3 * HOUR
    )


@pytest.mark.clause("C6.7", "C6.8")
def test_it_is_gone_from_the_public_page_and_the_feeds_with_the_next_request() -> None:
    item = on_the_site()
    column = item.column.slug
    where = [reverse("pages:item", args=[column, item.pk])]
    feeds = [reverse(f"pages:{name}", args=[column]) for name in ("rss", "json", "column")]
    assert Client().get(where[0]).status_code == 200
    for feed in feeds:
        assert "新展厅开放" in Client().get(feed).content.decode()
    hide(item)
    assert Client().get(where[0]).status_code in (404, 410)
    for feed in feeds:
        assert "新展厅开放" not in Client().get(feed).content.decode()
    assert live.live_of(item, NOW + HOUR) is None


@pytest.mark.clause("C6.7")
def test_the_evidence_holds_content_writer_approvals_and_who_took_it_down() -> None:
    item = on_the_site()
    taken = hide(item)
    facts = evidence.read(taken.evidence)
    assert taken.digest == evidence.digest(bytes(taken.evidence))
    assert facts["version"]["body"] == "<p>新展厅位于二楼。</p><p>欢迎参观。</p>"
    assert facts["version"]["written_by"].startswith("唐文案")
    assert facts["publications"][0]["votes"][0]["person"].startswith("陈经理")
    assert facts["taken_down"]["by"].startswith("魏站长")
    assert taken.author == person("tang_writer")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cms_takedown SET reason = 'x'",
        "DELETE FROM cms_takedown",
        "UPDATE cms_takedown SET evidence = 'x'",
    ],
)
def test_the_evidence_stands(change: str) -> None:
    hide(on_the_site())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_database_recomputes_the_digest_and_hides_by_itself() -> None:
    item = on_the_site()
    kept = evidence.evidence_bytes({"taken_down": {"at": (NOW + HOUR).isoformat()}})
    fields: dict[str, Any] = {"item": item, "category": "false", "evidence": kept, "at": NOW + HOUR}
    people = {"author": person("tang_writer"), "by": person("wei_webmaster")}
    with pytest.raises(IntegrityError, match="digest"), transaction.atomic():
        Takedown.objects.create(**fields, **people, digest="0" * 64)
    Takedown.objects.create(**fields, **people, digest=evidence.digest(kept))
    item.refresh_from_db()
    assert item.hidden_at == NOW + HOUR


@pytest.mark.clause("C6.7", "C6.1")
def test_it_never_comes_back_by_the_old_approval() -> None:
    item = write()
    run = agree(hand_in(item, "tang_writer"), "chen_manager")
    hide(item)
    run.refresh_from_db()
    assert run.state == "voided"
    with pytest.raises(Conflict):
        publish(run)
    with pytest.raises(IntegrityError, match="comes back"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(hidden_at=None)
    with pytest.raises(Conflict):
        hand_in(item, "tang_writer")
    assert not Publication.objects.exists()


def test_a_publication_of_an_older_approval_is_refused_by_the_database() -> None:
    shown = on_the_site()
    hide(shown)
    old = Publication.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.create(
            item=shown, version=old.version, column=old.column, digest=old.digest, at=NOW + 2 * HOUR,
            starts_at=NOW + 2 * HOUR, run=old.run,
        )  # fmt: skip


@pytest.mark.clause("C6.7")
def test_the_author_is_heard_before_a_named_person_decides() -> None:
    taken = hide(on_the_site())
    with pytest.raises(Conflict):
        decide(taken)
    assert hear(taken).heard_by == person("tang_writer")
    decided = decide(taken)
    assert (decided.state, decided.liability, decided.decided_by) == (
        "decided", "administrative", person("chen_manager"),
    )  # fmt: skip
    assert [clock.state for clock in deadlines.of(taken.subject)] == ["met"]
    with pytest.raises(Conflict):
        decide(taken)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        LiabilityCase.objects.update(decision="x")


def test_nobody_decides_about_an_own_text_and_the_post_above_steps_in() -> None:
    taken = hide(on_the_site())
    manager = person("chen_manager")
    with pytest.raises(IntegrityError), transaction.atomic():
        LiabilityCase.objects.update(state="decided")
    kept = evidence.evidence_bytes({"taken_down": {"at": (NOW + HOUR).isoformat()}})
    own = Takedown.objects.create(
        item=taken.item, category="false", evidence=kept, digest=evidence.digest(kept),
        author=manager, by=person("wei_webmaster"), at=NOW + HOUR,
    )  # fmt: skip
    LiabilityCase.objects.create(takedown=own, opened_at=NOW + HOUR)
    hear(own, "chen_manager")
    with pytest.raises(Forbidden):
        decide(own)
    assert decide(own, "fang_vice").state == "decided"


def test_the_database_refuses_an_own_decision_and_a_skipped_hearing() -> None:
    taken = hide(on_the_site())
    for change in (
        "state = 'decided', heard_at = now(), decided_at = now(), decision = 'x', decided_by_id = author",
        "state = 'heard', statement = 'x', heard_at = now(), decided_by_id = author",
    ):
        sql = change.replace("author", str(taken.author_id))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE cms_liabilitycase SET {sql}")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cms_liabilitycase")


@pytest.mark.parametrize("who", ["lin_editor", "tang_writer", "chen_manager", "gao_section"])
def test_only_the_posts_of_the_book_take_down(who: str) -> None:
    with pytest.raises(Forbidden) as refused:
        hide(on_the_site(), who)
    assert refused.value.clause == "C6.7"


@pytest.mark.clause("M4.7")
def test_in_the_mall_the_section_officer_takes_down() -> None:
    item = on_the_site()
    mall()
    assert hide(item, "gao_section").by == person("gao_section")


@pytest.mark.parametrize("given", [{"category": "ugly"}, {"reason": "x" * 501}])
def test_what_is_wrong_is_one_of_the_books_categories(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        hide(on_the_site(), **given)


def test_twice_is_once_and_nothing_is_nothing() -> None:
    item = on_the_site()
    hide(item)
    with pytest.raises(Conflict):
        hide(item)
    with pytest.raises(NotFound):
        takedowns.take_down(item_id=987654, category="false", reason="", by=person("wei_webmaster"), now=NOW)
    with pytest.raises(NotFound):
        takedowns.hear(takedown_id=987654, statement="x", by=person("tang_writer"), now=NOW)


def test_a_stranger_neither_hears_nor_decides() -> None:
    taken = hide(on_the_site())
    with pytest.raises(Forbidden):
        hear(taken, "lin_editor")
    hear(taken)
    with pytest.raises(Forbidden):
        decide(taken, "lin_editor")
    with pytest.raises(Invalid):
        decide(taken, liability="criminal")


def test_the_pages_from_the_button_to_the_decision() -> None:
    item = on_the_site()
    client = signed_in("wei_webmaster")
    shown = client.get(reverse("cms:item", args=[item.pk])).content.decode()
    assert f'action="{reverse("cms:take_down", args=[item.pk])}"' in shown
    assert '<option value="false">' in shown, "one click hides: what is wrong is named beside the button"
    for who in ("tang_writer", "wei_webmaster"):
        page = signed_in(who).get(reverse("cms:item", args=[item.pk])).content.decode()
        assert ("/take-down/" in page) is (who == "wei_webmaster")
    asked = client.get(reverse("cms:take_down", args=[item.pk])).content.decode()
    assert "新展厅开放" in asked
    assert client.post(reverse("cms:take_down", args=[item.pk]), {"category": "x"}).status_code == 422
    done = client.post(reverse("cms:take_down", args=[item.pk]), {"category": "false"})
    taken = Takedown.objects.get()
    page = reverse("cms:takedown", args=[taken.pk])
    assert done["Location"] == page
    again = client.post(reverse("cms:take_down", args=[item.pk]), {"category": "false"})
    assert again.status_code == 422
    writer, manager = signed_in("tang_writer"), signed_in("chen_manager")
    assert [i.url for i in day.items_for(person("tang_writer"), taken.at) if "takedowns" in i.url] == [page]
    act = {key: reverse("cms:takedown_act", args=[taken.pk, key]) for key in ("hear", "decide", "burn")}
    assert writer.post(act["hear"], {"seen": 1, "statement": "我的说明"}).status_code == 302
    stale = writer.post(act["hear"], {"seen": 1, "statement": "再说一次"})
    assert stale.status_code == 409
    assert "再说一次" in stale.content.decode()
    assert "我的说明" in manager.get(page).content.decode()
    assert manager.post(act["decide"], {"seen": 2, "liability": "", "decision": ""}).status_code == 422
    assert (
        manager.post(act["decide"], {"seen": 2, "liability": "legal", "decision": "移送"}).status_code == 302
    )
    assert manager.post(act["burn"]).status_code == 404
    assert "移送" in writer.get(page).content.decode()
    assert signed_in("li_lei").get(page).status_code == 404
    assert signed_in("li_lei").post(act["hear"], {"statement": "x"}).status_code == 404
    assert "新展厅开放" in manager.get(reverse("cms:takedowns"), {"before": "x"}).content.decode()
