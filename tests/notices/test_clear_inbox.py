"""clear_inbox: what is old and settled goes, what somebody may still need stays."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import override_settings
from django.utils import timezone

from office.notices import clearing, services
from office.notices.clearing import clear_inbox
from office.notices.models import Notice, OutboxMessage
from office.notices.tasks import clear_inbox as nightly
from tests.notices.cast import NOW, channel, tell
from tests.people import person

pytestmark = pytest.mark.django_db
YEAR_LATER = NOW + dt.timedelta(days=365)


def read(notice: Notice) -> None:
    services.mark_read(notice_ids=[notice.pk], by=notice.recipient, now=NOW)


def test_old_lines_that_were_read_or_never_urgent_go() -> None:
    tell(person("li_lei"), number=1)
    tell(person("li_lei"), number=2, urgent=True)
    read(Notice.objects.get(source_id=2))
    assert clear_inbox(kept_days=180, now=YEAR_LATER) == 2
    assert not Notice.objects.exists()


def test_an_escalation_that_nobody_read_stays() -> None:
    tell(person("li_lei"), urgent=True)
    assert clear_inbox(kept_days=1, now=YEAR_LATER) == 0
    assert Notice.objects.count() == 1


def test_a_young_line_stays() -> None:
    tell(person("li_lei"))
    assert clear_inbox(kept_days=365, now=YEAR_LATER) == 0


def test_nought_days_keep_everything() -> None:
    tell(person("li_lei"))
    assert clear_inbox(kept_days=0, now=YEAR_LATER) == 0
    assert Notice.objects.count() == 1


@pytest.mark.parametrize(("state", "left"), [("sent", 0), ("waiting", 1), ("dead", 1)])
def test_a_line_stays_while_its_message_is_not_delivered(state: str, left: int) -> None:
    one = person("li_lei")
    channel("webhook", one)
    tell(one)
    OutboxMessage.objects.update(state=state)
    clear_inbox(kept_days=180, now=YEAR_LATER)
    assert Notice.objects.count() == OutboxMessage.objects.count() == left


def test_it_goes_on_until_nothing_old_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clearing, "STEP", 2)
    for number in range(5):
        tell(person("li_lei"), number=number)
    assert clear_inbox(kept_days=180, now=YEAR_LATER) == 5


@override_settings(NOTICES_KEPT_DAYS=1)
def test_the_nightly_task_follows_the_setting() -> None:
    today = timezone.now()
    tell(person("li_lei"), number=1, now=today - dt.timedelta(days=2))
    tell(person("li_lei"), number=2, now=today)
    nightly()
    assert Notice.objects.get().source_id == 2
