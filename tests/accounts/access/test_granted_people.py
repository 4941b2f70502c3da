"""Notices of a section reach who may enter it by a grant; what the vault and posts alone give no grant gives."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from accounts import vault_book
from accounts.models import Grant
from accounts.rules import words
from accounts.services import room
from office.errors import Invalid
from office.notices.models import Notice
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with
from office.rulebook.selectors import shipped_book
from office.staff import api as staff
from tests.accounts.access.stage import DAY, MINUTE, NOW, WORD, agree, ask, carry_out, granted
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.1")]
VAULT = (vault_book.CUSTODIANS, vault_book.OVERSEE, vault_book.SITE_PASSWORDS)


def test_who_holds_a_section_by_a_grant_is_among_those_told_of_it() -> None:
    granted()
    pk = person("li_lei").pk
    assert pk not in people_with(WORD, NOW)
    assert pk in people_with(WORD, NOW + DAY)
    assert pk not in people_with(WORD, NOW + 9 * DAY)
    assert pk not in people_with("catalog.manage", NOW + DAY)


def test_a_level_reaches_those_of_each_of_its_permissions() -> None:
    run = agree(ask(word=words.BACK_OFFICE), "chen_manager")
    carry_out(run)
    assert person("li_lei").pk in people_with("cms.view", NOW + DAY)
    staff.set_active(employee=person("li_lei"), active=False, by=None, now=NOW + DAY)
    assert person("li_lei").pk not in people_with("cms.view", NOW + DAY + MINUTE)


def test_an_alert_of_the_machine_room_reaches_who_keeps_its_log_by_a_grant() -> None:
    granted("li_lei", "accounts.room_log")
    room.enter(
        person_id=person("han_meimei").pk,
        visitor="",
        purpose="找充电器",
        by=person("sun_admin"),
        now=NOW + DAY,
    )
    assert Notice.objects.filter(kind="accounts.room_alert", recipient=person("li_lei")).count() == 1


@pytest.mark.parametrize("code", ["site", "mall"])
def test_what_posts_alone_give_is_offered_to_nobody_piece_by_piece(code: str) -> None:
    offered = set(words.grantable(shipped_book(code)))
    assert offered.isdisjoint(
        {
            *VAULT, "accounts.change_level", "accounts.enter_machine_room", "accounts.draft_change", "staff.manage",
            "staff.mfa_required", "rulebook.activate", "rulebook.calendar", "attendance.name_decider",
            "attendance.call_off_leaving", "attendance.decide_case", "attendance.rule_on_proof",
            "attendance.waive_rest", "cms.decide_case", "notices.channels", "accounts.security",
        }
    )  # fmt: skip


@pytest.mark.parametrize("word", VAULT)
def test_the_vault_is_entered_by_its_own_chain_only(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid):
        ask(word=word)
    monkeypatch.setattr(words, "grantable", lambda book: [word])
    run = agree(ask(word=word), "chen_manager")
    with pytest.raises(IntegrityError), transaction.atomic():
        carry_out(run)
    assert not Grant.objects.exists()


def test_a_book_that_would_let_the_vault_be_granted_opens_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody()
    agent = person("li_lei")
    monkeypatch.setattr(rulebook, "may", lambda *_: True)
    assert not vault_book.by_post(agent, vault_book.OVERSEE, NOW)
    assert vault_book.by_post(person("zhou_general"), vault_book.OVERSEE, NOW)
