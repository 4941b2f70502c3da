"""Asking to show a message to the public saves itself, and is asked again when it came back (C5.1, W4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cms.models import BoardMessage
from cms.services import board
from office.approvals import api as approvals
from office.approvals.models import Draft, Run
from office.approvals.selectors.drafts import drafts_of
from tests.cms.messages import answered
from tests.cms.sites import NOON
from tests.people import everybody, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def keep(found: BoardMessage, **typed: str) -> Any:
    where = reverse("approvals:draft", args=["cms.board_entry", found.pk])
    return signed_in("li_lei").post(where, {"seen": "1", **typed}, HTTP_ACCEPT="application/json")


def page(found: BoardMessage, who: str = "li_lei") -> str:
    return signed_in(who).get(reverse("cms:message", args=[found.pk])).content.decode()


def test_what_was_typed_is_there_again_for_him_alone() -> None:
    found = answered()
    assert 'data-draft="' + reverse("approvals:draft", args=["cms.board_entry", found.pk]) in page(found)
    assert "js/drafts.js" in page(found)
    assert keep(found, question="能进电梯么", reply="能").status_code == 200
    assert "能进电梯么" in page(found)
    assert f'value="{found.version}"' in page(found), "the version is the page's, not the draft's"
    assert "能进电梯么" not in page(found, "han_meimei")
    (line,) = drafts_of(person("li_lei"))
    assert line.url == reverse("cms:message", args=[found.pk])


def test_it_is_gone_once_it_is_handed_in_and_when_the_message_is_forgotten() -> None:
    found = answered()
    keep(found, question="能进电梯么", reply="能")
    board.propose_entry(message_id=found.pk, question="能进么", reply="能", by=person("li_lei"), now=NOON)
    assert not Draft.objects.exists()
    other = answered()
    keep(other, question="王芳问的", reply="能")
    other.refresh_from_db()
    assert other.erase_at is not None
    board.erase_expired(now=other.erase_at)
    assert not Draft.objects.exists(), "the visitor's words are forgotten there too"


@pytest.mark.clause("W4")
def test_what_came_back_is_changed_and_asked_again() -> None:
    found = answered()
    ask: dict[str, Any] = {"message_id": found.pk, "by": person("li_lei"), "now": NOON}
    run = board.propose_entry(question="能进么", reply="能", **ask)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOON, reason="写清楚")
    shown = page(found)
    act = reverse("cms:message_act", args=[found.pk, "publish"])
    assert act in shown
    assert "能进么" in shown
    assert act not in page(found, "han_meimei")
    assert board.propose_entry(question="三人沙发能进电梯吗", reply="能", **ask).pk == run.pk
    assert Run.objects.exclude(kind="cms.column").get().state == "running"
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=timezone.now())
    assert found.entries.get().question == "三人沙发能进电梯吗"
