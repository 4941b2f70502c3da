"""Answering, closing, showing and forgetting a message; what each refuses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import translation

from cms.models import BoardEntry, BoardMessage, BoardReply, WordList, WordListVersion
from cms.selectors import board as selectors
from cms.services import board, senders
from office import crypto
from office.approvals import api as approvals
from office.approvals.selectors import queue
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.messages import FIELDS, answered, message, sender
from tests.cms.sites import MINUTE, NOON
from tests.people import person

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE
CAN_ANSWER = frozenset({"cms.board", "cms.answer_board"})


@pytest.mark.clause("W4")
def test_the_first_answer_stops_the_clock_and_the_thread_goes_on() -> None:
    found = message()
    for text in ("请稍等", "可以进"):
        board.answer(message_id=found.pk, text=text, way="phone", by=person("li_lei"), now=NOON + HOUR)
    board.note(message_id=found.pk, text="客户住顶楼", by=person("han_meimei"), now=NOON + HOUR)
    found.refresh_from_db()
    assert (found.state, found.settled_by, found.erase_at) == (
        "answered", person("li_lei"), NOON + HOUR + dt.timedelta(days=365),
    )  # fmt: skip
    assert [clock.met_at for clock in deadlines.of(found.subject)] == [NOON + HOUR]
    page = selectors.message_page(found.pk, CAN_ANSWER)
    assert [each.text for each in page.replies] == ["请稍等", "可以进", "客户住顶楼"]
    assert b"\xe5\xae\xa2" not in bytes(BoardReply.objects.order_by("-pk")[0].sealed)


@pytest.mark.parametrize("given", [{"text": " "}, {"text": "x" * 2001}, {"way": "pigeon"}])
def test_an_answer_says_something_and_how(given: dict[str, str]) -> None:
    fields: dict[str, Any] = {"text": "可以", "way": "phone", **given}
    with pytest.raises(Invalid):
        board.answer(message_id=message().pk, **fields, by=person("li_lei"), now=NOON)


def test_who_may_not_answer_is_refused_with_the_clause() -> None:
    found = message()
    with pytest.raises(Forbidden) as refused:
        board.answer(message_id=found.pk, text="x", way="phone", by=person("lin_editor"), now=NOON)
    assert refused.value.clause == "W4"
    with pytest.raises(NotFound):
        board.answer(message_id=987654, text="x", way="phone", by=person("li_lei"), now=NOON)


def test_a_stale_page_is_told() -> None:
    found = answered()
    with pytest.raises(Conflict):
        board.answer(message_id=found.pk, text="x", way="phone", by=person("han_meimei"), now=NOON, seen=1)


def test_spam_is_closed_with_a_reason_and_comes_back_when_it_was_none() -> None:
    found = message()
    with pytest.raises(Invalid):
        board.close(message_id=found.pk, kind="spam", reason="", by=person("li_lei"), now=NOON)
    with pytest.raises(Invalid):
        board.close(message_id=found.pk, kind="answered", reason="x", by=person("li_lei"), now=NOON)
    board.close(message_id=found.pk, kind="spam", reason="广告", by=person("li_lei"), now=NOON + MINUTE)
    with pytest.raises(Conflict):
        board.answer(message_id=found.pk, text="x", way="phone", by=person("li_lei"), now=NOON + MINUTE)
    board.reopen(message_id=found.pk, by=person("li_lei"), now=NOON + HOUR)
    found.refresh_from_db()
    assert (found.state, found.erase_at) == ("waiting", None)
    assert deadlines.running(found.subject, "work.message_board") is not None


@pytest.mark.clause("W4", "C6.1")
def test_the_public_reads_it_only_after_the_head_of_department_agreed() -> None:
    found = answered()
    run = board.propose_entry(
        message_id=found.pk,
        question="三人沙发能进电梯吗？",
        reply="可以，拆腿后宽 78 厘米。",
        by=person("li_lei"),
        now=NOON,
    )
    assert selectors.public_entries() == []
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOON + HOUR)
    entry = selectors.public_entries()[0]
    assert (entry.run, entry.answer) == (run, "可以，拆腿后宽 78 厘米。")
    with pytest.raises(Conflict):
        board.propose_entry(message_id=found.pk, question="x", reply="y", by=person("li_lei"), now=NOON)
    board.withdraw_entry(message_id=found.pk, reason="尺寸有误", by=person("li_lei"), now=NOON + HOUR)
    assert selectors.public_entries() == []
    with pytest.raises(Conflict):
        board.withdraw_entry(message_id=found.pk, reason="again", by=person("li_lei"), now=NOON)


def test_the_request_is_called_so_in_the_readers_language() -> None:
    found = answered()
    run = board.propose_entry(message_id=found.pk, question="甲", reply="乙", by=person("li_lei"), now=NOON)
    for language, said in (("en", f"Board message {found.pk}"), ("zh-hans", f"留言 {found.pk}")):
        with translation.override(language):
            [line] = queue.waiting(person("chen_manager"), NOON).lines
            assert (run.said, line.run.label) == (said, said)


@pytest.mark.parametrize(
    ("question", "reply"),
    [("打 13800138000", "好"), ("好", "请写 a@b.cn"), ("", "好"), ("138 0013 8000", "好")],
)
def test_no_number_and_no_address_is_shown(question: str, reply: str) -> None:
    with pytest.raises(Invalid):
        board.propose_entry(
            message_id=answered().pk, question=question, reply=reply, by=person("li_lei"), now=NOON
        )


def test_what_waits_is_not_shown() -> None:
    with pytest.raises(Conflict):
        board.propose_entry(message_id=message().pk, question="x", reply="y", by=person("li_lei"), now=NOON)


def test_the_database_shows_nothing_that_nobody_agreed_to() -> None:
    found = answered()
    for fields in ({}, {"authority_clause": "W4"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BoardEntry.objects.create(message=found, question="x", answer="y", at=NOON, **fields)
    run = board.propose_entry(message_id=found.pk, question="甲", reply="乙", by=person("li_lei"), now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        BoardEntry.objects.create(message=found, question="甲", answer="乙", run=run, at=NOON)


@pytest.mark.clause("C13.5")
def test_a_settled_message_is_forgotten_when_its_time_is_over() -> None:
    found = answered()
    waiting = message()
    assert board.erase_expired(now=NOON + dt.timedelta(days=364)) == 0
    assert board.erase_expired(now=NOON + dt.timedelta(days=365)) == 1
    found.refresh_from_db()
    waiting.refresh_from_db()
    assert (found.wrapped, found.sealed, waiting.erased_at) == (None, None, None)
    page = selectors.message_page(found.pk, CAN_ANSWER)
    assert (page.said.erased, page.said.text, page.replies[0].text) == (True, "", "")
    with pytest.raises(Conflict):
        board.answer(message_id=found.pk, text="x", way="phone", by=person("li_lei"), now=NOON)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cms_boardmessage SET sealed = 'x' WHERE id = %s",
        "DELETE FROM cms_boardmessage WHERE id = %s",
        "UPDATE cms_boardreply SET way = 'x' WHERE message_id = %s",
        "DELETE FROM cms_boardreply WHERE message_id = %s",
        "UPDATE cms_boardmessage SET wrapped = NULL WHERE id = %s",
        "UPDATE cms_boardmessage SET state = 'spam' WHERE id = %s",
    ],
)
def test_the_database_refuses_what_no_verb_does(change: str) -> None:
    found = answered()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [found.pk])


def test_keys_are_wrapped_anew_when_the_applications_key_changes(settings: object) -> None:
    found = message()
    _found, secret = sender()
    settings.ECDEPT_KEYS = f"new:{'QUFB' * 10}QUE=,{settings.ECDEPT_KEYS}"  # type: ignore[attr-defined]
    assert board.rewrap_messages(10) == 1
    assert senders.reseal_secrets(10) == 1
    assert board.rewrap_messages(10) == senders.reseal_secrets(10) == 0
    found.refresh_from_db()
    assert found.kek == crypto.newest_key_id() == "new"
    assert selectors.opened(BoardMessage.objects.get()).text == FIELDS["text"]
    assert secret.startswith("whsec_")


def test_senders_have_a_code_of_their_own_and_a_keeper() -> None:
    sender()
    with pytest.raises(Conflict):
        sender()
    with pytest.raises(Invalid):
        sender("No Spaces")
    with pytest.raises(Forbidden):
        senders.add_sender(code="x1", name="x", by=person("li_lei"), now=NOON)
    with pytest.raises(NotFound):
        senders.renew_secret(sender_id=987654, by=person("wei_webmaster"), now=NOON)


@pytest.mark.clause("C6.4")
def test_a_forbidden_word_is_neither_answered_nor_shown() -> None:
    newest = WordList.objects.order_by("pk")[0].versions.order_by("-number")[0]
    WordListVersion.objects.create(
        list=newest.list, number=newest.number + 1, severity="block", words="违禁样词", at=NOON
    )
    found = answered()
    with pytest.raises(Invalid) as refused:
        board.answer(message_id=found.pk, text="这是违 禁样词", way="phone", by=person("li_lei"), now=NOON)
    assert refused.value.errors[0]["code"] == "words"
    with pytest.raises(Invalid):
        board.propose_entry(
            message_id=found.pk, question="违禁样词", reply="好", by=person("li_lei"), now=NOON
        )
