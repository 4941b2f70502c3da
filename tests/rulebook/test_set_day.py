"""Changing a day of the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from office.audit.models import Entry
from office.errors import Invalid
from office.rulebook import api as rulebook
from office.rulebook.models import DayOverride
from office.rulebook.types import DeadlineRule
from tests.people import person

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
TUESDAY = date(2026, 11, 24)

pytestmark = pytest.mark.django_db


def test_a_day_off_stops_the_office_hours() -> None:
    rulebook.set_day(day=TUESDAY, kind="off", name="盘点", source="部门通知", by=None, now=NOW)
    rule = DeadlineRule(key="t.t", clause="S1a", duration=timedelta(hours=1), hours="attendance.shift.office")
    start = datetime(2026, 11, 23, 18, tzinfo=SHANGHAI)
    assert rulebook.due_at(rulebook.book(NOW), rule, start) == datetime(2026, 11, 25, 9, tzinfo=SHANGHAI)


def test_a_change_can_be_changed_and_taken_back() -> None:
    rulebook.set_day(day=TUESDAY, kind="off", name="盘点", source="部门通知", by=None, now=NOW)
    rulebook.set_day(day=TUESDAY, kind="work", name="大促", source="部门通知二", by=None, now=NOW)
    assert DayOverride.objects.get().kind == "work"
    rulebook.set_day(day=TUESDAY, kind="", name="", source="", by=None, now=NOW)
    assert not DayOverride.objects.exists()


def test_every_change_is_in_the_trail() -> None:
    it = person("qian_it")
    rulebook.set_day(day=TUESDAY, kind="off", name="盘点", source="部门通知", by=it, now=NOW)
    entry = Entry.objects.get(verb="rulebook.set_day")
    assert (entry.subject_id, entry.actor_id) == ("2026-11-24", it.pk)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "half"}, "kind"),
        ({"name": " "}, "source"),
        ({"source": ""}, "source"),
        ({"day": date(2099, 1, 1)}, "date"),
    ],
)
def test_what_does_not_hold_is_refused(fields: dict[str, object], code: str) -> None:
    values: dict[str, object] = {
        "day": TUESDAY,
        "kind": "off",
        "name": "盘点",
        "source": "部门通知",
        **fields,
    }
    with pytest.raises(Invalid) as refused:
        rulebook.set_day(**values, by=None, now=NOW)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not DayOverride.objects.exists()


def test_taking_back_what_was_never_declared_changes_no_day() -> None:
    assert rulebook.set_day(day=TUESDAY, kind="", name="", source="", by=None, now=NOW) is None
    assert not DayOverride.objects.exists()
