"""The pages of the message board."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.urls import reverse

from cms.models import BoardMessage, BoardSender
from cms.services import board
from ecdept import day
from office.approvals import api as approvals
from office.approvals.models import Run
from tests.cms.messages import answered, message
from tests.cms.sites import NOON
from tests.cms.test_watch_pages import NAUGHTY
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return str(answer.content.decode())


def act(who: str, found: BoardMessage, key: str, **typed: Any) -> Any:
    found.refresh_from_db()
    where = reverse("cms:message_act", args=[found.pk, key])
    return signed_in(who).post(where, {"seen": found.version, **typed})


def test_the_list_shows_what_waits_with_its_countdown_and_no_phone() -> None:
    message()
    page = text(signed_in("li_lei").get(reverse("cms:board")))
    for shown in ("沙发尺寸", "王芳", "data-due", "W4"):
        assert shown in page, shown
    assert "13800138000" not in page


def test_a_message_goes_from_question_to_the_public_board_by_plain_forms() -> None:
    found = message()
    assert act("li_lei", found, "answer", way="phone", text="可以进电梯")["Location"] == reverse("cms:board")
    assert act("li_lei", found, "note", text="老客户").status_code == 302
    shown = {"question": "能进电梯吗？", "reply": "可以"}
    assert act("li_lei", found, "publish", **shown).status_code == 302
    approvals.approve(
        run_id=Run.objects.exclude(kind="cms.column").get().pk, by=person("chen_manager"), now=NOON
    )
    public = text(signed_in("li_lei").get(reverse("board:entries")))
    assert "能进电梯吗？" in public
    assert "王芳" not in public
    page = text(signed_in("li_lei").get(reverse("cms:message", args=[found.pk])))
    for part in ("可以进电梯", "老客户", "13800138000"):
        assert part in page, part
    assert act("li_lei", found, "withdraw", reason="过时").status_code == 302
    assert "能进电梯吗？" not in text(signed_in("li_lei").get(reverse("board:entries")))


def test_spam_and_back_again() -> None:
    found = message()
    assert act("li_lei", found, "close", kind="spam", reason="").status_code == 422
    assert act("li_lei", found, "close", kind="spam", reason="广告").status_code == 302
    assert "广告" in text(signed_in("li_lei").get(reverse("cms:board"), {"tab": "closed"}))
    assert act("li_lei", found, "reopen").status_code == 302


def test_a_stale_click_keeps_the_answer() -> None:
    found = message()
    act("li_lei", found, "close", kind="spam", reason="广告")
    refused = signed_in("han_meimei").post(
        reverse("cms:message_act", args=[found.pk, "answer"]),
        {"seen": 1, "way": "phone", "text": "我写好的回复"},
    )
    assert refused.status_code == 409
    assert "我写好的回复" in text(refused)


def test_who_only_reads_has_no_buttons() -> None:
    found = message()
    page = text(signed_in("lin_editor").get(reverse("cms:message", args=[found.pk])))
    assert reverse("cms:message_act", args=[found.pk, "answer"]) not in page
    assert act("lin_editor", found, "answer", way="phone", text="x").status_code == 403


def test_a_secret_is_shown_once() -> None:
    client = signed_in("wei_webmaster")
    where = reverse("cms:senders")
    assert client.post(where, {"code": "A B", "name": "x"}).status_code == 422
    made = text(client.post(where, {"code": "www", "name": "官网"}))
    assert "whsec_" in made
    assert "/hooks/messages/www" in made
    assert "whsec_" not in text(client.get(where))
    pk = BoardSender.objects.get().pk
    assert "whsec_" in text(client.post(reverse("cms:sender_act", args=[pk, "secret"])))
    for key in ("off", "on"):
        assert client.post(reverse("cms:sender_act", args=[pk, key])).status_code == 302
    assert client.post(reverse("cms:sender_act", args=[pk, "burn"])).status_code == 404


@pytest.mark.parametrize("naughty", NAUGHTY)
def test_no_text_breaks_a_page(naughty: str) -> None:
    found = answered()
    for key in ("answer", "note", "close", "publish", "withdraw", "reopen"):
        fields = dict.fromkeys(("way", "text", "kind", "reason", "question", "reply"), naughty)
        assert act("li_lei", found, key, **fields).status_code < 500
    act("li_lei", found, "answer", way="phone", text=naughty)
    client = signed_in("li_lei")
    for where in (reverse("cms:message", args=[found.pk]), reverse("cms:board") + "?tab=answered"):
        page = client.get(where, {"tab": naughty, "after": naughty})
        assert page.status_code < 500
        assert "<script>alert(1)" not in text(page)
    answer = client.post(
        reverse("board:ask"), {"text": naughty, "phone": "13800138000", "name": naughty[:40]}
    )
    assert answer.status_code < 500


def test_the_list_asks_the_same_number_of_queries_however_long(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    for _number in range(12):
        message()
    client = signed_in("li_lei")
    client.get(reverse("cms:board"))
    with django_assert_max_num_queries(14):
        client.get(reverse("cms:board"))


def test_my_day_shows_what_is_to_be_answered() -> None:
    found = message()
    items = [item for item in day.items_for(person("li_lei"), NOON) if f"/board/{found.pk}/" in item.url]
    assert [item.clause for item in items] == ["W4"]
    board.answer(message_id=found.pk, text="好", way="phone", by=person("li_lei"), now=NOON)
    assert not [item for item in day.items_for(person("li_lei"), NOON) if "/board/" in item.url]
