"""A rulebook of one's own text is proposed on a page: checked with its lines, compared, signed, in force (C14)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from office.approvals import api as approvals
from office.approvals.models import Annex, Draft, Run
from office.approvals.services import activation
from office.errors import Conflict, Forbidden, Invalid
from office.rulebook import api as rulebook
from office.rulebook.models import Version
from office.rulebook.parser import shipped_source
from tests.naughty import fill_in
from tests.people import person, signed_in, something_happens

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]
PAGE = "/approvals/rulebook/text/"
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
DECEMBER = dt.datetime(2026, 11, 30, 16, 0, tzinfo=dt.UTC)
CONTACT = '[rules."orders.contact"]\nkind = "deadline"\nclause = "C7.2"\nafter = "10 min"'


def own(old: str = "10 min", new: str = "15 min") -> str:
    """The site's book with another time to call the customer."""
    source = shipped_source("site")
    assert CONTACT in source
    return source.replace(CONTACT, CONTACT.replace(old, new))


def proposed(source: str = "", **more: Any) -> Run:
    person("zhou_general")
    asked = {"source": source or own(), "starts_at": DECEMBER, "by": person("chen_manager"), "now": NOW}
    return activation.propose_text(**{**asked, **more})


def send(source: str, act: str = "propose", who: str = "chen_manager", **more: Any) -> Any:
    person("zhou_general")
    later = f"{timezone.localtime() + dt.timedelta(days=20):%Y-%m-%dT%H:%M}"
    data = {"source": source, "starts_at": later, "comment": "试行十五分钟", "act": act, **more}
    return signed_in(who).post(PAGE, data)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_what_was_signed_is_in_force_byte_for_byte() -> None:
    something_happens(NOW)
    run = proposed()
    assert run.payload["source"] == own()
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    version = Version.objects.get(run_id=run.pk)
    assert (version.book, version.source, version.sha256) == ("site", own(), run.payload["sha256"])
    rule = rulebook.deadline_rule("orders.contact", at=DECEMBER)
    assert rule.duration == dt.timedelta(minutes=15)


def test_a_text_that_includes_a_book_takes_the_shipped_one() -> None:
    something_happens(NOW)
    run = proposed(shipped_source("mall").replace('title.zh = "', 'title.zh = "试行', 1))
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    assert Version.objects.get(run_id=run.pk).base_source == shipped_source("site")
    assert rulebook.book(DECEMBER).code == "mall"


def test_a_wrong_text_is_refused_with_its_lines() -> None:
    with pytest.raises(activation.WrongText) as refused:
        proposed(own(new="soon"))
    problem = refused.value.problems[0]
    assert own(new="soon").splitlines()[problem.line - 1] == 'after = "soon"'
    assert not Run.objects.exists()


def test_a_text_by_which_nobody_could_propose_another_is_refused() -> None:
    source = shipped_source("site")
    begin = source.index('[rules."rulebook.activation"]')
    with pytest.raises(Invalid) as refused:
        proposed(source[:begin] + source[source.index("# ──", begin) :])
    assert refused.value.code in {"no_way_back", "wrong_text"}


def test_it_is_refused_as_any_other_activation_is() -> None:
    for wrong in ({"starts_at": NOW - dt.timedelta(days=1)}, {"source": "x" * 190_001}):
        with pytest.raises(Invalid):
            proposed(**wrong)
    with pytest.raises(Conflict):
        proposed(shipped_source("site"))
    for who in ("li_lei", "zhou_general"):
        with pytest.raises(Forbidden):
            proposed(by=person(who))


def test_the_paper_holds_another_text_than_its_digest_never() -> None:
    payload = {**proposed().payload, "sha256": "0" * 64}
    again = approvals.return_to(run_id=Run.objects.get().pk, by=person("zhou_general"), now=NOW, reason="x")
    with pytest.raises(Conflict):
        approvals.resubmit(run_id=again.pk, payload=payload, by=person("chen_manager"), now=NOW)
    for bad in ({"source": 5}, {"source": "x = 1"}, {"book": "mall"}):
        with pytest.raises(Invalid):
            activation.check({**payload, **bad})


def test_the_signer_sees_the_clauses_the_replay_and_the_lines() -> None:
    run = proposed()
    page = text(signed_in("zhou_general").get(f"/approvals/{run.pk}/"))
    for shown in (
        "C7.2",
        "逐行对照",
        "− after = &quot;10 min&quot;",
        "+ after = &quot;15 min&quot;",
        "自拟文本",
    ):
        assert shown in page
    assert Annex.objects.get().in_language("zh-hans")["lines"]


def test_checking_shows_what_is_wrong_with_its_lines_in_chinese_and_keeps_the_text() -> None:
    answer = send(own(new="soon"), act="check")
    page = text(answer)
    lines = own().splitlines()
    line = lines.index('after = "15 min"', lines.index('[rules."orders.contact"]')) + 1
    for shown in (
        f'data-line="{line}"',
        f"第 {line} 行",
        "不是时长",
        "after = &quot;soon&quot;",
        "试行十五分钟",
    ):
        assert shown in page
    assert not Run.objects.exists()
    assert send(own(new="soon")).status_code == 422


def test_checking_shows_what_would_change() -> None:
    page = text(send(own(), act="check"))
    for shown in ("C7.2", "15 分钟", "逐行对照"):
        assert shown in page
    assert not Run.objects.exists()


def test_a_text_that_lacks_rules_says_which() -> None:
    source = shipped_source("site")
    begin = source.index('[rules."catalog.first_listing"]') if "catalog.first_listing" in source else -1
    key = "catalog.first_listing" if begin >= 0 else "approvals.check"
    begin = source.index(f'[rules."{key}"]')
    end = source.index("\n[", begin)
    page = text(send(source[:begin] + source[end + 1 :], act="check"))
    assert f'<li class="mono">{key}</li>' in page or "data-line" in page


def test_it_is_asked_from_the_page_and_the_draft_is_gone() -> None:
    person("zhou_general")
    keep = reverse("approvals:draft", args=[activation.KIND, "new"])
    browser = signed_in("chen_manager")
    browser.post(keep, {"source": own(), "comment": "先存着"})
    page = text(browser.get(PAGE))
    assert "先存着" in page
    assert "15 min" in page
    assert PAGE in text(browser.get("/approvals/?tab=asked"))
    assert send(own()).status_code == 302
    assert Run.objects.get().payload["source"] == own()
    assert not Draft.objects.exists()


def test_a_file_takes_the_place_of_the_text() -> None:
    file = SimpleUploadedFile("book.toml", b"\xef\xbb\xbf" + own().replace("\n", "\r\n").encode())
    assert send("", file=file).status_code == 302
    assert Run.objects.get().payload["source"] == own()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00", b"= 5", b"[" * 5000])
def test_a_file_that_is_no_text_leaves_what_was_typed(content: bytes) -> None:
    answer = send("x = 1", file=SimpleUploadedFile("book.toml", content))
    assert answer.status_code == 422
    assert "试行十五分钟" in text(answer)


@pytest.mark.parametrize("source", ["", "  ", "title = 1", "x\x00y"])
def test_nonsense_is_refused_and_kept(source: str) -> None:
    answer = send(source)
    assert answer.status_code == 422
    assert "试行十五分钟" in text(answer)


def test_naughty_strings_are_refused_without_a_failure() -> None:
    assert fill_in(signed_in("chen_manager"), PAGE, 4) == []


def test_one_begins_with_what_is_in_force() -> None:
    page = text(signed_in("chen_manager").get(PAGE, {"from": "site"}))
    assert "orders.contact" in page
    assert "本次没有条款变化" not in page
    assert signed_in("chen_manager").get(PAGE, {"from": "other"}).status_code == 200


def test_what_was_returned_is_asked_again() -> None:
    run = proposed(now=timezone.now(), starts_at=timezone.now() + dt.timedelta(days=20))
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=timezone.now(), reason="十二分钟如何？")
    browser = signed_in("chen_manager")
    assert browser.get("/approvals/rulebook/").headers["Location"] == PAGE
    page = text(browser.get(PAGE))
    assert "15 min" in page
    assert send(own(new="12 min")).status_code == 302
    again = Run.objects.get()
    assert (again.state, again.round, "12 min" in again.payload["source"]) == ("running", 2, True)


def test_a_shipped_book_that_was_returned_is_asked_again() -> None:
    now = timezone.now()
    person("zhou_general")
    asked: dict[str, Any] = {"book": "mall", "by": person("chen_manager")}
    run = approvals.propose_activation(**asked, starts_at=now + dt.timedelta(days=20), now=now)
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=now, reason="晚一个月")
    again = approvals.propose_activation(**asked, starts_at=now + dt.timedelta(days=50), now=now)
    assert (again.pk, again.round) == (run.pk, 2)


def test_who_may_propose_opens_the_page() -> None:
    for who, status in (("li_lei", 403), ("zhou_general", 403), ("chen_manager", 200), ("qian_it", 200)):
        assert signed_in(who).get(PAGE).status_code == status
    assert PAGE in text(signed_in("chen_manager").get("/approvals/rulebook/"))
