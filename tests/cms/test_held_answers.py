"""Words that need a second approval in answers and on the public board (C6.4 to C6.6, W4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cms.models import BoardEntry, BoardMessage, BoardReply, WordList, WordListVersion
from cms.selectors import board as selectors
from cms.services import board
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid
from office.notices.models import Notice
from tests.cms.messages import answered, message
from tests.cms.sites import MINUTE, NOON
from tests.cms.stage import everybody
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
CAN = frozenset({"cms.board", "cms.answer_board"})


@pytest.fixture(autouse=True)
def words(db: None) -> None:
    """One list for each thing that a hit does."""
    everybody()
    for severity, text in (("second", "二审样词"), ("hint", "留意样词"), ("block", "违禁样词")):
        made = WordList.objects.create(
            code=f"try_{severity}", name=severity, clause="C6.4", place=90, created_at=NOON
        )
        WordListVersion.objects.create(list=made, number=1, severity=severity, words=text, at=NOON)


def held(way: str = "phone") -> tuple[BoardMessage, BoardReply]:
    found = message()
    reply = board.answer(
        message_id=found.pk, text="这是二 审样词的说明", way=way, by=person("li_lei"), now=NOON + MINUTE
    )
    return found, reply


def release(found: BoardMessage, who: str = "han_meimei", **more: Any) -> BoardReply:
    return board.release(message_id=found.pk, by=person(who), now=NOON + 2 * MINUTE, **more)


@pytest.mark.clause("C6.4", "W4")
def test_such_an_answer_is_held_until_a_second_person_gives_it_word_for_word() -> None:
    found, reply = held()
    found.refresh_from_db()
    assert (reply.kind, found.state) == ("held", "waiting")
    assert deadlines.running(found.subject, "work.message_board") is not None
    assert Notice.objects.filter(kind="cms.answer_held", recipient=person("han_meimei")).exists()
    given = release(found)
    found.refresh_from_db()
    assert (given.releases, bytes(given.sealed), found.state) == (reply, bytes(reply.sealed), "answered")
    assert selectors.message_page(found.pk, CAN).replies[-1].text == "这是二 审样词的说明"
    with pytest.raises(Conflict) as refused:
        release(found, "han_meimei")
    assert refused.value.code == "not_held"


@pytest.mark.clause("C6.4")
def test_the_writer_does_not_agree_to_his_own_answer() -> None:
    found, reply = held()
    with pytest.raises(Forbidden) as refused:
        release(found, "li_lei")
    assert refused.value.code == "own_text"
    with pytest.raises(IntegrityError, match="somebody else"), transaction.atomic():
        BoardReply.objects.create(
            message=found, kind="answer", way="phone", sealed=reply.sealed, releases=reply,
            by=person("li_lei"), at=NOON + MINUTE,
        )  # fmt: skip
    assert "release" not in selectors.message_page(found.pk, CAN, person("li_lei")).acts
    assert "release" in selectors.message_page(found.pk, CAN, person("han_meimei")).acts


def test_another_answer_instead_leaves_nothing_to_agree_to() -> None:
    found, _reply = held()
    board.answer(
        message_id=found.pk, text="改过的说明", way="phone", by=person("li_lei"), now=NOON + 2 * MINUTE
    )
    with pytest.raises(Conflict):
        release(found)


def test_a_word_that_is_forbidden_meanwhile_stops_it() -> None:
    found, _reply = held()
    newest = WordListVersion.objects.get(list__code="try_block")
    WordListVersion.objects.create(list=newest.list, number=2, severity="block", words="二审样词", at=NOON)
    with pytest.raises(Invalid):
        release(found)


def test_a_word_to_look_at_is_given_at_once_and_marked_in_the_thread() -> None:
    found = message()
    reply = board.answer(
        message_id=found.pk, text="留意样词在此", way="phone", by=person("li_lei"), now=NOON + MINUTE
    )
    assert reply.kind == "answer"
    page = signed_in("li_lei").get(reverse("cms:message", args=[found.pk])).content.decode()
    assert 'class="hit" data-severity="hint"' in page


@pytest.mark.clause("C6.4")
def test_a_refused_text_shows_the_word_in_place_and_keeps_what_was_typed() -> None:
    found = message()
    answer = signed_in("li_lei").post(
        reverse("cms:message_act", args=[found.pk, "answer"]), {"way": "phone", "text": "有违禁样词在此"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="hit" data-severity="block"' in page
    assert "有违禁样词在此</textarea>" in page


def test_a_held_answer_stays_on_its_page() -> None:
    found = message()
    where = reverse("cms:message_act", args=[found.pk, "answer"])
    answer = signed_in("li_lei").post(where, {"way": "phone", "text": "二审样词"})
    assert answer["Location"] == reverse("cms:message", args=[found.pk])
    client = signed_in("han_meimei")
    assert (
        reverse("cms:message_act", args=[found.pk, "release"])
        in client.get(answer["Location"]).content.decode()
    )
    assert client.post(reverse("cms:message_act", args=[found.pk, "release"])).status_code == 302
    found.refresh_from_db()
    assert found.state == "answered"


@pytest.mark.clause("C6.4", "W4")
def test_a_public_entry_with_such_a_word_takes_the_longer_chain() -> None:
    found = answered()
    run = board.propose_entry(
        message_id=found.pk, question="二审样词是什么", reply="说明", by=person("li_lei"), now=NOON + MINUTE
    )
    assert run.flags == ["words"]
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOON + MINUTE)
    assert not BoardEntry.objects.exists()
    approvals.approve(run_id=run.pk, by=person("fang_vice"), now=NOON + MINUTE)
    assert BoardEntry.objects.get().run == run


@pytest.mark.clause("C6.4")
def test_words_that_ask_for_more_by_the_time_of_agreement_send_it_back() -> None:
    found = answered()
    run = board.propose_entry(
        message_id=found.pk, question="新词是什么", reply="说明", by=person("li_lei"), now=NOON + MINUTE
    )
    newest = WordListVersion.objects.get(list__code="try_second")
    WordListVersion.objects.create(list=newest.list, number=2, severity="second", words="新词", at=NOON)
    with pytest.raises(Conflict) as refused:
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOON + MINUTE)
    assert refused.value.code == "chain_differs"
    assert not BoardEntry.objects.exists()


@pytest.mark.clause("C6.4")
def test_an_entry_asked_again_unchanged_goes_by_the_lists_of_now() -> None:
    run = board.propose_entry(
        message_id=answered().pk, question="新词是什么", reply="说明", by=person("li_lei"), now=NOON + MINUTE
    )
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOON + MINUTE, reason="再看看")
    run = approvals.ask_again(run_id=run.pk, by=person("li_lei"), now=NOON + MINUTE)
    assert run.round == 2
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOON + MINUTE, reason="再看看")
    newest = WordListVersion.objects.get(list__code="try_second")
    WordListVersion.objects.create(list=newest.list, number=2, severity="second", words="新词", at=NOON)
    with pytest.raises(Conflict) as refused:
        approvals.ask_again(run_id=run.pk, by=person("li_lei"), now=NOON + MINUTE)
    assert refused.value.code == "chain_differs"
