"""The pages of the roster as people use them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from attendance.models import HotlineSpan, Pattern, RestWaiver, Shift
from attendance.rules.shifts import monday
from office.rulebook import api as rulebook
from tests.attendance.plan import DAY, agents, book
from tests.naughty import OWN
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def next_monday() -> dt.date:
    return monday(timezone.localdate()) + 7 * DAY


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def post(who: str, name: str, data: dict[str, Any], *args: Any) -> Any:
    return signed_in(who).post(reverse(f"attendance:{name}", args=args), data)


def choice(**more: Any) -> dict[str, Any]:
    day = next_monday()
    return {
        "view": "week",
        "day": day.isoformat(),
        "first": day.isoformat(),
        "last": (day + 6 * DAY).isoformat(),
    } | more


def test_a_week_from_pattern_to_roster() -> None:
    who = person("li_lei")
    page = signed_in("chen_manager").get(reverse("attendance:person", args=[who.pk]))
    assert page.status_code == 200
    cycle = ["cs_early"] * 5 + ["", ""] + ["-"] * 7
    post(
        "chen_manager",
        "pattern",
        {"first_day": next_monday().isoformat(), "cycle": cycle, "by_week": "1"},
        who.pk,
    )
    assert Pattern.objects.get().cycle == cycle[:7]
    assert post("chen_manager", "lay_out", choice()).status_code == 302
    assert Shift.objects.count() == 5
    refused = post("chen_manager", "publish", choice())
    assert refused.status_code == 422
    assert "未覆盖" in refused.content.decode()
    # Publishing stands below a long table: one click leads there, for whoever plans.
    assert 'href="#before"' in refused.content.decode()
    assert 'href="#before"' not in signed_in("li_lei").get(reverse("attendance:roster")).content.decode()
    assert post("chen_manager", "publish", choice(reason="首周试行")).status_code == 302
    assert not Shift.objects.filter(published_at=None).exists()
    seen = signed_in("han_meimei").get(reverse("attendance:roster"), {"day": next_monday().isoformat()})
    assert "李雷" in seen.content.decode()
    assert seen.content.decode().count(">早<") >= 5


def test_a_cell_changes_in_place_and_keeps_what_was_typed() -> None:
    who = person("li_lei")
    data = choice(person=who.pk, at=next_monday().isoformat(), code="cs_late", sort="work")
    opened = signed_in("chen_manager").get(reverse("attendance:cell"), data)
    assert "晚班" in opened.content.decode()
    assert post("chen_manager", "cell", data).status_code == 302
    Shift.objects.update(published_at=timezone.now())
    refused = post("chen_manager", "cell", data | {"code": "cs_early", "reason": " "})
    assert refused.status_code == 422
    assert post("chen_manager", "cell", data | {"code": "", "reason": "调休"}).status_code == 302
    assert Shift.objects.get().removed_reason == "调休"
    assert post("chen_manager", "cell", data | {"person": "0"}).status_code == 404


def test_colleagues_of_another_post_are_hidden() -> None:
    designer = person("zheng_designer")
    assert signed_in("li_lei").get(reverse("attendance:person", args=[designer.pk])).status_code == 404
    assert (
        signed_in("li_lei").get(reverse("attendance:person", args=[person("han_meimei").pk])).status_code
        == 200
    )
    assert signed_in("du_hr").get(reverse("attendance:person", args=[designer.pk])).status_code == 200
    assert "郑设计" not in signed_in("li_lei").get(reverse("attendance:roster")).content.decode()


def test_drafts_are_the_planners_alone() -> None:
    data = choice(person=person("li_lei").pk, at=next_monday().isoformat(), code="cs_early")
    post("chen_manager", "cell", data)
    own = signed_in("li_lei").get(reverse("attendance:roster"), choice()).content.decode()
    assert 'class="shift draft' not in own
    assert (
        'class="shift draft'
        in signed_in("chen_manager").get(reverse("attendance:roster"), choice()).content.decode()
    )


@pytest.mark.clause("S7")
def test_the_manager_declares_and_takes_back() -> None:
    saturday = (next_monday() + 5 * DAY).isoformat()
    data = {"first_day": saturday, "last_day": saturday, "reason": ""}
    assert post("chen_manager", "waivers", data).status_code == 422
    assert post("chen_manager", "waivers", data | {"reason": "大促"}).status_code == 302
    page = signed_in("wang_supervisor").get(reverse("attendance:waivers")).content.decode()
    assert "大促" in page
    assert 'name="reason"' not in page
    assert post("chen_manager", "restore_rest", {}, RestWaiver.objects.get().pk).status_code == 302


@pytest.mark.clause("C9.3")
def test_nights_are_named_and_the_switch_gets_its_sentence() -> None:
    wang = person("wang_supervisor")
    wang.phone = "13800001111"
    wang.save()
    today = timezone.localdate().isoformat()
    data = {"person": wang.pk, "first_day": today, "last_day": today}
    assert post("chen_manager", "hotline", data).status_code == 302
    assert HotlineSpan.objects.get().employee == wang
    assert post("chen_manager", "hotline", data | {"last_day": "x"}).status_code == 422
    manager = signed_in("chen_manager")
    manager.post(reverse("attendance:hotline_key"), {"act": "make"})
    page = manager.get(reverse("attendance:hotline")).content.decode()
    where = page.split('key-line">')[1].split("<")[0]
    said = signed_in("li_lei").get(where.removeprefix("http://testserver"), {"lang": "en"})
    assert said.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert said.content.decode() in (
        "Online hours: calls come to the desk.\n",
        "Forward to 王主管, 13800001111.\n",
    )
    assert where not in manager.get(reverse("attendance:hotline")).content.decode()
    manager.post(reverse("attendance:hotline_key"), {"act": "revoke"})
    assert signed_in("li_lei").get(where.removeprefix("http://testserver")).status_code == 404


@pytest.mark.parametrize("text", OWN[::2])
def test_naughty_words_break_nothing(text: str) -> None:
    manager = signed_in("chen_manager")
    for name in ("roster", "cell"):
        assert (
            manager.get(
                reverse(f"attendance:{name}"), {"day": text, "person": text, "at": text, "post": text}
            ).status_code
            < 500
        )
    for name in ("cell", "lay_out", "publish", "waivers", "hotline"):
        data = dict.fromkeys(
            ("first", "last", "first_day", "last_day", "person", "at", "code", "reason", "day"), text
        )
        assert post("chen_manager", name, data).status_code < 500
        dates = {each: next_monday().isoformat() for each in ("first", "last", "first_day", "last_day", "at")}
        assert post("chen_manager", name, data | dates | {"person": person("li_lei").pk}).status_code < 500


def test_a_month_of_forty_people_takes_a_bounded_number_of_queries(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    people = agents(40)
    first = next_monday()
    shifts = []
    from attendance.services.roster import laying

    one = laying.build(
        employee_id=people[0].pk, day=first, code="cs_early", origin="hand", by=None, now=timezone.now()
    )
    for who in people:
        for n in range(28):
            copy = Shift(
                **{
                    f.attname: getattr(one, f.attname)
                    for f in Shift._meta.concrete_fields
                    if f.attname != "id"
                }
            )
            copy.employee_id, copy.day = who.pk, first + n * DAY
            copy.starts_at, copy.ends_at = one.starts_at + n * DAY, one.ends_at + n * DAY
            copy.published_at = timezone.now()
            shifts.append(copy)
    Shift.objects.bulk_create(shifts)
    manager = signed_in("chen_manager")
    manager.get(reverse("attendance:roster"))
    rulebook.book()
    with django_assert_max_num_queries(32):
        page = manager.get(
            reverse("attendance:roster"), {"view": "month", "day": (first + 10 * DAY).isoformat()}
        )
    assert page.content.decode().count('class="cell"') >= 40 * 28
