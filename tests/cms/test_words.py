"""Word lists: what a hit does, who keeps them, and where hits are shown (C6.4 to C6.6)."""

from __future__ import annotations

from typing import Any

import pytest

from cms.models import Publication, WordList, WordListVersion
from cms.selectors import words
from cms.services import words as verbs
from cms.services.publishing import Blocked
from office.approvals import api as approvals
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.rulebook import api as rulebook
from tests.cms.stage import NOW, agree, edit, hand_in, mall, publish, write
from tests.people import CAST, person, signed_in

pytestmark = pytest.mark.usefixtures("staffed")


def save(code: str, who: str = "chen_manager", **more: object) -> WordListVersion:
    newest = WordList.objects.get(code=code).versions.order_by("-number")[0]
    given = {
        "seen": newest.number,
        "severity": newest.severity,
        "words": newest.words,
        "allow": newest.allow,
        "active": newest.active,
        "reason": "测试",
        **more,
    }
    return verbs.save_list(code=code, **given, by=person(who), now=NOW)


@pytest.mark.clause("C6.4", "C6.5", "C6.6")
def test_every_category_of_the_book_has_its_list() -> None:
    book = rulebook.book(NOW)
    for key in ("unlawful", "indecent", "harmful", "advertising"):
        rule = book.rules[f"cms.words_{key}"]
        assert isinstance(rule, rulebook.ParameterRule)
        for code in rule.texts():
            found = WordList.objects.get(code=code)
            assert found.clause == rule.clause
            assert found.versions.get().words


@pytest.mark.clause("C6.4", "C6.5")
@pytest.mark.parametrize(
    "text", ["参与赌博", "赌 博", "赌\u200b博", "赌*博", "<b>赌</b>博", "口　交", "Ｋ粉 海洛因"]
)
def test_a_forbidden_word_stops_the_text_however_it_is_hidden(text: str) -> None:
    item = write(body=f"<p>{text}</p>")
    with pytest.raises(Blocked) as refused:
        hand_in(item, "tang_writer")
    assert refused.value.clause in {"C6.4", "C6.5"}
    assert refused.value.findings.blocking
    edit(item, "tang_writer", body="<p>改好了</p>")
    assert hand_in(item, "tang_writer").state == "running"


@pytest.mark.parametrize("field", ["title", "summary", "author", "source"])
def test_every_text_is_searched(field: str) -> None:
    said: dict[str, Any] = {field: "六合彩"}
    with pytest.raises(Blocked):
        hand_in(write(**said), "tang_writer")


def test_names_of_files_and_what_a_link_says_when_pointed_at_are_searched_too() -> None:
    assert words.scan({"title": "清单"}, [("枪支清单.pdf", "")]).blocking
    with pytest.raises(Blocked):
        hand_in(write(body='<p>看<a href="https://x.example/" title="毒品">这里</a></p>'), "tang_writer")


@pytest.mark.parametrize(
    "text", ["路口交通拥堵", "出口交货", "坚决抵制色情", "远离毒品", "小三居户型", "第一步"]
)
def test_a_harmless_phrase_is_no_hit(text: str) -> None:
    assert words.scan({"body": f"<p>{text}</p>"}).hits == []


def test_a_word_does_not_run_from_one_paragraph_into_the_next() -> None:
    assert words.scan({"body": "<p>请到路口</p><p>交费</p>"}).hits == []
    assert len(words.scan({"body": "<p>赌<br>博</p>"}).hits) == 1


@pytest.mark.clause("C6.6")
def test_a_superlative_needs_a_second_approval() -> None:
    item = write(body="<p>全网最低价，销量冠军。</p>")
    run = hand_in(item, "tang_writer")
    assert (run.chain, run.flags) == ("cms.words_second", ["words"])
    agree(run, "chen_manager")
    assert run.state == "running"
    publish(agree(run, "fang_vice"))


@pytest.mark.clause("C6.6")
def test_in_the_mall_the_general_manager_gives_it() -> None:
    mall()
    run = hand_in(write(body="<p>顶级做工</p>"), "tang_writer")
    assert run.chain == "cms.words_second_news"
    assert agree(run, "deng_marketing", "zhou_general").state == "agreed"


def test_a_confidential_text_with_such_words_goes_to_the_general_manager() -> None:
    run = hand_in(write(body="<p>顶级做工</p>", flags=frozenset({"confidential"})), "tang_writer")
    assert (run.chain, run.flags) == ("cms.confidential", ["confidential", "words"])


def test_a_hint_changes_nothing_and_is_shown() -> None:
    run = hand_in(write(body="<p>对手倒闭了</p>"), "tang_writer")
    assert run.chain == "cms.news"
    assert run.payload["words"] == [{"list": "image", "word": "倒闭", "severity": "hint"}]


def test_the_hits_are_shown_in_place_on_the_item_and_on_the_request() -> None:
    item = write(body="<p>这是最佳沙发。</p>")
    run = hand_in(item, "tang_writer")
    for path in (f"/site/items/{item.pk}/", f"/approvals/{run.pk}/"):
        text = signed_in("chen_manager").get(path).content.decode()
        assert '<mark class="hit" data-severity="second"' in text, path
        assert "广告绝对化用语" in text, path


def test_the_editor_is_told_while_somebody_types() -> None:
    client = signed_in("tang_writer")
    answer = client.post("/site/scan/", {"title": "标题", "body": "<p>网络赌博</p>"}).content.decode()
    assert '<mark class="hit" data-severity="block"' in answer
    assert "不能提交审批" in answer
    assert (
        "未发现敏感词" in client.post("/site/scan/", {"title": "标题", "body": "<p>好</p>"}).content.decode()
    )


# -- keeping the lists ---------------------------------------------------------------------------------------------


@pytest.mark.clause("C6.4", "C6.5", "C6.6")
def test_only_the_posts_of_the_book_keep_the_lists() -> None:
    may = set()
    for who in CAST:
        try:
            save("image", who, words=f"倒闭\n{who}")
            may.add(who)
        except Forbidden:
            pass
    assert may == {"chen_manager", "wei_webmaster"}


def test_a_change_is_another_version_and_counts_at_once() -> None:
    assert words.scan({"title": "山寨"}).hits == []
    version = save("image", words="倒闭\n山寨\n山寨\n  \n", severity="block", reason="侵权投诉")
    assert (version.number, version.words) == (2, "倒闭\n山寨")
    assert words.scan({"title": "山寨"}).blocking
    entry = Entry.objects.get(verb="cms.save_word_list")
    assert (entry.subject_id, entry.clause) == ("image", "C6.6")


def test_a_list_that_is_switched_off_finds_nothing() -> None:
    save("image", active=False)
    assert words.scan({"title": "倒闭"}).hits == []


def test_the_same_again_gives_no_version() -> None:
    assert save("image").number == 1


def test_nobody_saves_over_a_version_he_has_not_seen() -> None:
    save("image", words="甲")
    with pytest.raises(Conflict) as refused:
        save("image", seen=1, words="乙")
    assert refused.value.code == "moved_on"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"words": "长" * 61}, "words"),
        ({"allow": "长" * 61}, "allow"),
        ({"severity": "loud"}, "severity"),
        ({"words": "甲", "allow": "甲"}, "allow"),
        ({"words": "甲", "reason": " "}, "reason"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(more: dict[str, str], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        save("image", **more)
    assert refused.value.errors[0]["path"] == path


def test_a_list_of_the_departments_own() -> None:
    add = {"name": "竞品名", "clause": "C6.6", "severity": "hint", "by": person("wei_webmaster"), "now": NOW}
    verbs.add_list(code="rivals", **add)  # type: ignore[arg-type]
    save("rivals", words="某某家居")
    assert words.scan({"title": "某某家居"}).hints
    with pytest.raises(Conflict):
        verbs.add_list(code="rivals", **add)  # type: ignore[arg-type]
    for code, more in (("X", {}), ("ok_one", {"name": ""}), ("ok_one", {"clause": "C1"})):
        with pytest.raises(Invalid):
            verbs.add_list(code=code, **{**add, **more})  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        verbs.add_list(code="ok_one", **{**add, "by": person("tang_writer")})  # type: ignore[arg-type]


def test_there_is_no_such_list() -> None:
    with pytest.raises(NotFound):
        verbs.save_list(
            code="none", seen=0, severity="hint", words="", allow="", active=True, reason="", by=person("chen_manager"),
            now=NOW,
        )  # fmt: skip


@pytest.mark.clause("C6.4", "C6.5", "C6.6")
def test_a_list_that_slept_while_it_was_handed_in_is_awake_when_it_is_published() -> None:
    code = WordList.objects.order_by("place")[0].code
    save(code, words="某某禁药", severity="block", active=False)
    run = agree(hand_in(write(body="<p>出售某某禁药</p>"), "tang_writer"), "chen_manager")
    save(code, active=True)
    with pytest.raises(Blocked):
        publish(run)
    save(code, severity="second")
    with pytest.raises(Conflict) as refused:
        publish(run)
    assert refused.value.code == "chain_differs"
    run.refresh_from_db()
    assert (run.state, Publication.objects.count()) == ("agreed", 0)
    save(code, severity="hint")
    publish(run)


@pytest.mark.clause("C6.4")
def test_asked_again_unchanged_by_newer_lists_it_is_another_request_or_none() -> None:
    code = WordList.objects.order_by("place")[0].code
    save(code, words="某某禁药", severity="second", active=False)
    run = hand_in(write(body="<p>出售某某禁药</p>"), "tang_writer")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="再看看")
    save(code, active=True)
    anew = approvals.ask_again(run_id=run.pk, by=person("tang_writer"), now=NOW)
    assert (anew.pk == run.pk, anew.flags) == (False, ["words"])
    approvals.return_to(run_id=anew.pk, by=person("chen_manager"), now=NOW, reason="再看看")
    assert approvals.ask_again(run_id=anew.pk, by=person("tang_writer"), now=NOW).round == 2
    approvals.return_to(run_id=anew.pk, by=person("chen_manager"), now=NOW, reason="再看看")
    save(code, severity="block")
    with pytest.raises(Blocked):
        approvals.ask_again(run_id=anew.pk, by=person("tang_writer"), now=NOW)
