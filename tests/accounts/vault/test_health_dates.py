"""Dates of an account have clocks of their own: renewing it, changing its password."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.services.vault import duties, proposing
from office.deadlines import api as deadlines
from tests.accounts.vault import stage
from tests.accounts.vault.stage import now
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.1", "C8.2")]


def change(pk: int, **facts: object) -> None:
    run = proposing.propose_facts(
        account_id=pk, facts=stage.facts(**facts), by=person("shen_operations"), now=now()
    )
    stage.decide(run)


def test_the_renewal_runs_until_the_end_of_its_day_moves_with_it_and_ends_with_the_account() -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    day = timezone.localdate() + dt.timedelta(days=60)
    account = stage.account(renew_on=day, change_days=45)
    renewal = deadlines.running(account.subject, duties.RENEWAL)
    regular = deadlines.running(account.subject, duties.REGULAR)
    assert renewal is not None
    assert regular is not None
    assert timezone.localdate(renewal.due_at - dt.timedelta(seconds=1)) == day
    assert renewal.due_at - dt.timedelta(seconds=1) < renewal.due_at
    assert abs(regular.due_at - now() - dt.timedelta(days=45)) < dt.timedelta(minutes=5)
    later = day + dt.timedelta(days=365)
    change(account.pk, renew_on=later, change_days=45)
    moved = deadlines.running(account.subject, duties.RENEWAL)
    assert moved is not None
    assert timezone.localdate(moved.due_at - dt.timedelta(seconds=1)) == later
    change(account.pk, renew_on=later, change_days=45, closed=True)
    for rule in (duties.RENEWAL, duties.REGULAR):
        assert deadlines.running(account.subject, rule) is None
