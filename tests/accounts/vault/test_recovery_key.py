"""Another recovery key: one person prints it, another one agrees; the database takes no other."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import Box, RecoveryKey
from accounts.services.vault import recovery, resealing
from office import boxes
from office.approvals import api as approvals
from office.errors import Conflict, Forbidden, Invalid, Refused
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import now, opened
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture
def paper() -> str:
    """The first one's text."""
    stage.set_up("shen_operations", "qian_it")
    return stage.safe()


def ask(who: str = "zhou_general", reason: str = "旧纸受潮") -> tuple[approvals.Run, str]:
    return recovery.ask_another(reason=reason, by=person(who), now=now())


def current() -> RecoveryKey:
    return RecoveryKey.objects.get(ended_at=None)


def test_one_person_does_not_replace_the_key_alone(paper: str) -> None:
    with pytest.raises(Conflict) as refused:
        recovery.make(by=person("zhou_general"), now=now())
    assert refused.value.code == "two_people"
    run, text = ask()
    assert resealing.recovery_key_of(paper)[0] == current()
    with pytest.raises(Refused):
        resealing.recovery_key_of(text)
    with pytest.raises(Refused):
        approvals.approve(run_id=run.pk, by=person("zhou_general"), now=now())


def test_another_custodian_agrees_and_it_counts(paper: str) -> None:
    account = stage.account()
    run, text = ask()
    assert text.replace("-", "") not in f"{run.payload}{run.preview}"
    approvals.approve(run_id=run.pk, by=person("qian_it"), now=now())
    made = current()
    assert (made.run_id, made.made_by) == (run.pk, person("zhou_general"))
    assert boxes.public_of(boxes.key_of_text(text)) == bytes(made.public)
    resealing.let_in(
        account_id=account.pk, opened=opened("shen_operations"), by=person("shen_operations"), now=now()
    )
    assert resealing.drill(text=text, now=now()).failed == []
    assert not Box.objects.filter(recovery__ended_at__isnull=False).exists()
    with pytest.raises(Refused):
        resealing.drill(text=paper, now=now())


def test_a_refused_one_opens_nothing_and_another_may_be_asked_for(paper: str) -> None:
    run, _text = ask()
    with pytest.raises(Refused):
        ask()
    approvals.reject(run_id=run.pk, by=person("shen_operations"), now=now(), reason="旧纸还在")
    assert resealing.recovery_key_of(paper)[0] == current()
    stage.decide(ask()[0])
    assert RecoveryKey.objects.count() == 2


def test_only_the_overseer_asks_with_a_reason_and_only_for_another_one(paper: str) -> None:
    with pytest.raises(Forbidden):
        ask("qian_it")
    with pytest.raises(Invalid):
        ask(reason=" ")


def test_before_the_first_one_there_is_nothing_to_replace() -> None:
    stage.set_up("qian_it")
    with pytest.raises(Conflict) as refused:
        ask()
    assert refused.value.code == "no_recovery_key"


def _by_hand(run: approvals.Run | None, public: bytes) -> None:
    RecoveryKey.objects.filter(ended_at=None).update(ended_at=now())
    RecoveryKey.objects.create(public=public, made_by=person("zhou_general"), made_at=now(), run=run)


@pytest.mark.parametrize("asked", [False, True])
def test_the_database_takes_no_key_that_nobody_else_agreed_to(paper: str, asked: bool) -> None:
    run = ask()[0] if asked else None
    public = bytes.fromhex(run.payload["public"]) if run else boxes.new_pair().public
    with pytest.raises(IntegrityError), transaction.atomic():
        _by_hand(run, public)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecoveryKey.objects.filter(ended_at=None).update(ended_at=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        RecoveryKey.objects.filter(ended_at=None).update(
            run=run or approvals.Run.objects.none().first(), public=public
        )


def test_an_agreed_request_lets_in_its_own_key_once(paper: str) -> None:
    run, _text = ask()
    approvals.approve(run_id=run.pk, by=person("qian_it"), now=now())
    for public in (boxes.new_pair().public, bytes.fromhex(run.payload["public"])):
        with pytest.raises(IntegrityError), transaction.atomic():
            _by_hand(run, public)


def test_the_page_shows_the_paper_once_and_the_request_of_it(paper: str) -> None:
    general = custodian("zhou_general", opened=False)
    page = general.get(reverse("accounts:vault")).content.decode()
    assert "旧纸受潮" not in page
    assert general.post(reverse("accounts:vault_recovery"), {"reason": ""}).status_code == 422
    shown = general.post(reverse("accounts:vault_recovery"), {"reason": "旧纸受潮"})
    run = approvals.Run.objects.get(kind="accounts.new_recovery_key")
    assert shown.status_code == 200
    assert shown["Cache-Control"] == "private, no-store"
    text = shown.context["text"]
    assert boxes.public_of(boxes.key_of_text(text)).hex() == run.payload["public"]
    assert reverse("approvals:run", args=[run.pk]) in shown.content.decode()
    again = general.get(reverse("accounts:vault")).content.decode()
    assert text not in again
    assert reverse("approvals:run", args=[run.pk]) in again
    mark = recovery.mark_of(bytes.fromhex(run.payload["public"]))
    decider = custodian("qian_it", opened=False).get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert mark in decider
    assert mark in shown.content.decode()
