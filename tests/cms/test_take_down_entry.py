"""The public message board is under the law of forbidden content too: hidden by one click, evidence, a case (C6.7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cms.models import BoardEntry, LiabilityCase, Takedown
from cms.rules import evidence
from cms.selectors import board as selectors
from cms.services import board, takedowns
from office.approvals import api as approvals
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.messages import answered
from tests.cms.sites import NOON
from tests.cms.stage import everybody, mall
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def shown() -> BoardEntry:
    """A question and its answer on the public board, asked for by 李雷."""
    found = answered()
    run = board.propose_entry(
        message_id=found.pk,
        question="能进电梯吗？",
        reply="沙发腿可拆，能进。",
        by=person("li_lei"),
        now=NOON,
    )
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOON)
    return BoardEntry.objects.get()


def hide(entry: BoardEntry, who: str = "wei_webmaster", **given: Any) -> Takedown:
    fields = {"category": "false", "reason": "宽度不实", **given}
    return takedowns.take_down_entry(entry_id=entry.pk, **fields, by=person(who), now=NOON + HOUR)


def closed(taken: Takedown, liability: str) -> LiabilityCase:
    takedowns.hear(takedown_id=taken.pk, statement="量过", by=person("li_lei"), now=taken.at + HOUR)
    return takedowns.decide(
        takedown_id=taken.pk, liability=liability, decision="查过", by=person("chen_manager"),
        now=taken.at + 2 * HOUR,
    )  # fmt: skip


def public(client: Client | None = None) -> str:
    return (client or Client()).get(reverse("board:entries")).content.decode()


@pytest.mark.clause("C6.7")
def test_it_is_gone_with_the_next_request_and_a_case_is_open() -> None:
    entry = shown()
    assert "能进电梯吗？" in public()
    taken = hide(entry)
    assert "能进电梯吗？" not in public()
    facts = evidence.read(taken.evidence)
    assert (facts["entry"]["question"], facts["entry"]["answer"]) == ("能进电梯吗？", "沙发腿可拆，能进。")
    assert facts["shown"] is True
    assert facts["publications"][0]["asked_by"].startswith("李雷")
    assert facts["publications"][0]["votes"][0]["person"].startswith("陈经理")
    assert facts["taken_down"]["by"].startswith("魏站长")
    assert taken.digest == evidence.digest(bytes(taken.evidence))
    assert (taken.author, taken.case.state) == (person("li_lei"), "open")


@pytest.mark.parametrize("who", ["li_lei", "chen_manager", "lin_editor", "gao_section"])
def test_only_the_posts_of_the_book_take_down(who: str) -> None:
    with pytest.raises(Forbidden) as refused:
        hide(shown(), who)
    assert refused.value.clause == "C6.7"


@pytest.mark.clause("M4.7")
def test_in_the_mall_the_section_officer_does_it_from_the_public_page() -> None:
    entry = shown()
    mall()
    client, where = signed_in("gao_section"), reverse("cms:take_down_entry", args=[entry.pk])
    assert f'action="{where}"' in public(client)
    done = client.post(where, {"category": "false"})
    assert done["Location"] == reverse("cms:takedown", args=[Takedown.objects.get().pk])
    assert "能进电梯吗？" not in public(client)


def test_the_pages_show_the_button_to_who_may_and_the_case_afterwards() -> None:
    entry = shown()
    client, where = signed_in("wei_webmaster"), reverse("cms:take_down_entry", args=[entry.pk])
    page = reverse("cms:message", args=[entry.message_id])
    for who, wanted in (("wei_webmaster", True), ("li_lei", False), ("chen_manager", False)):
        assert (where in public(signed_in(who))) is wanted
        assert (where in signed_in(who).get(page).content.decode()) is wanted
    assert where not in public()
    answer = client.get(reverse("board:entries"))
    assert "no-store" in answer["Cache-Control"], "a page with buttons is nobody else's"
    assert "能进电梯吗？" in client.get(where).content.decode()
    assert client.post(where, {"category": "x"}).status_code == 422
    case = client.post(where, {"category": "false"})["Location"]
    assert client.post(where, {"category": "false"}).status_code == 422
    assert case in client.get(page).content.decode()
    told = client.get(case).content.decode()
    assert "沙发腿可拆，能进。" in told
    assert "能进电梯吗？" in client.get(reverse("cms:takedowns")).content.decode()
    assert case not in signed_in("li_lei").get(page).content.decode()
    assert signed_in("li_lei").get(case).status_code == 200, "the author is heard"
    assert signed_in("han_meimei").get(case).status_code == 404


def test_what_was_withdrawn_before_can_still_become_a_case() -> None:
    entry = shown()
    board.withdraw_entry(message_id=entry.message_id, reason="删", by=person("li_lei"), now=NOON)
    assert evidence.read(hide(entry).evidence)["shown"] is False


def test_twice_is_once_and_nothing_is_nothing() -> None:
    entry = shown()
    hide(entry)
    with pytest.raises(Conflict):
        hide(entry)
    with pytest.raises(Conflict):
        board.withdraw_entry(message_id=entry.message_id, reason="x", by=person("li_lei"), now=NOON + HOUR)
    with pytest.raises(NotFound):
        takedowns.take_down_entry(
            entry_id=987654, category="false", reason="", by=person("wei_webmaster"), now=NOON
        )
    with pytest.raises(Invalid):
        hide(entry, category="ugly")


@pytest.mark.clause("C6.7", "C6.1")
@pytest.mark.parametrize("liability", ["administrative", "unfounded"])
def test_it_comes_back_only_by_a_new_request_after_the_case_was_unfounded(liability: str) -> None:
    entry = shown()
    taken = hide(entry)
    again: dict[str, Any] = {
        "message_id": entry.message_id,
        "question": "能进电梯吗？",
        "reply": "能。",
        "by": person("li_lei"),
    }
    with pytest.raises(Conflict):
        board.propose_entry(**again, now=NOON + HOUR)
    closed(taken, liability)
    later = NOON + 5 * HOUR
    if liability != "unfounded":
        with pytest.raises(Conflict):
            board.propose_entry(**again, now=later)
        return
    assert "publish" in selectors.message_page(entry.message_id, {"cms.answer_board"}).acts
    run = board.propose_entry(**again, now=later)
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=later)
    assert "能。" in public()
    assert "沙发腿可拆" not in public()


def test_the_database_shows_a_message_once_and_hides_one_thing_each() -> None:
    entry = shown()
    with pytest.raises(IntegrityError, match="once"), transaction.atomic():
        BoardEntry.objects.create(
            message=entry.message, question=entry.question, answer=entry.answer, run=entry.run, at=entry.at
        )
    kept = evidence.evidence_bytes({"taken_down": {"at": (NOON + HOUR).isoformat()}})
    people = {"author": person("li_lei"), "by": person("wei_webmaster")}
    fields: dict[str, Any] = {
        "category": "false", "evidence": kept, "digest": evidence.digest(kept), "at": NOON + HOUR, **people
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="takedown_of_one"), transaction.atomic():
        Takedown.objects.create(**fields)
    early = evidence.evidence_bytes({"taken_down": {"at": (NOON - HOUR).isoformat()}})
    with pytest.raises(DatabaseError, match="before what it hides"), transaction.atomic():
        Takedown.objects.create(
            **{**fields, "evidence": early, "digest": evidence.digest(early), "at": NOON - HOUR}, entry=entry
        )
