"""Deductions for absence are decided many at once (S2d), each on its own: what moved on meanwhile stays undecided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from attendance.models import WageLine
from attendance.selectors.months import waiting_months
from attendance.services.months import close_month
from attendance.services.wages import MOST_LINES, confirm_line, decide_lines, waive_line
from ecdept import day as my_day
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid
from tests.attendance.clock import DAY
from tests.attendance.months.world import LATER, MONTH, absent, second_hr, wage
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2d")]


def lines(*who: str) -> list[WageLine]:
    found = [absent(person(each)) for each in who]
    for each in who:
        wage(person(each))
    return found


def decide(
    found: list[tuple[int, int]], *, deduct: bool = True, reason: str = "", by: str = "du_hr"
) -> object:
    return decide_lines(lines=found, deduct=deduct, reason=reason, by=person(by), now=LATER)


def shown(found: list[WageLine]) -> list[tuple[int, int]]:
    return [(line.pk, line.turn) for line in found]


def states() -> list[str]:
    return list(WageLine.objects.order_by("pk").values_list("state", flat=True))


def test_all_are_confirmed_each_in_the_trail() -> None:
    found = lines("li_lei", "han_meimei", "wu_clerk")
    many = decide_lines(lines=shown(found), deduct=True, reason="", by=person("du_hr"), now=LATER)
    assert (many.done, many.refused) == (tuple(line.pk for line in found), {})
    assert states() == ["confirmed"] * 3
    assert all(line.sealed for line in WageLine.objects.all())
    assert Entry.objects.filter(verb="attendance.wage_confirmed").count() == 3


def test_all_are_left_out_for_one_reason() -> None:
    found = lines("li_lei", "han_meimei")
    decide(shown(found), deduct=False, reason="当天停电")
    assert list(WageLine.objects.values_list("state", "reason")) == [("waived", "当天停电")] * 2


def test_one_that_is_refused_stops_no_other_and_says_why() -> None:
    first, again, own, left, done = lines("li_lei", "han_meimei", "du_hr", "wu_clerk", "zheng_designer")
    confirm_line(line_id=done.pk, turn=done.turn, by=second_hr(), now=LATER)
    given = [(first.pk, first.turn), (again.pk, again.turn + 1), (own.pk, own.turn), (done.pk, done.turn)]
    many = decide_lines(lines=[*given, (987_654, 1)], deduct=True, reason="", by=person("du_hr"), now=LATER)
    assert many.done == (first.pk,)
    assert set(many.refused) == {again.pk, own.pk, done.pk, 987_654}
    assert states() == ["confirmed", "proposed", "proposed", "proposed", "confirmed"]
    assert left.pk not in many.refused


def test_without_a_wage_nothing_is_deducted() -> None:
    line = absent(person("li_lei"))
    many = decide_lines(lines=shown([line]), deduct=True, reason="", by=person("du_hr"), now=LATER)
    assert (many.done, list(many.refused)) == ((), [line.pk])
    assert states() == ["proposed"]


def test_what_was_settled_again_is_not_left_out_unseen() -> None:
    (line,) = lines("li_lei")
    with pytest.raises(Conflict):
        waive_line(line_id=line.pk, turn=line.turn + 1, reason="x", by=person("du_hr"), now=LATER)


def test_what_is_no_decision_is_refused_whole() -> None:
    found = lines("li_lei")
    for given in ([], [(n, 1) for n in range(MOST_LINES + 1)]):
        with pytest.raises(Invalid) as refused:
            decide(given)
        assert refused.value.errors[0]["path"] == "lines"
    with pytest.raises(Invalid) as refused:
        decide(shown(found), deduct=False, reason=" ")
    assert refused.value.errors[0]["path"] == "reason"
    with pytest.raises(Forbidden):
        decide(shown(found), by="chen_manager")
    assert states() == ["proposed"]


def test_of_a_closed_month_nothing_changes() -> None:
    (line,) = lines("li_lei")
    waive_line(line_id=line.pk, reason="x", by=person("du_hr"), now=LATER)
    close_month(month=MONTH, by=person("du_hr"), now=LATER)
    many = decide_lines(lines=shown([line]), deduct=True, reason="", by=person("du_hr"), now=LATER)
    assert list(many.refused) == [line.pk]


def test_the_page_decides_those_ticked_and_shows_what_was_not() -> None:
    found = lines("li_lei", "han_meimei", "wu_clerk")
    browser, where = signed_in("du_hr"), reverse("attendance:month", args=["2026-11"])
    send = reverse("attendance:lines_act", args=["2026-11"])
    page = browser.get(where).content.decode()
    assert page.count('form="many"') == 3
    assert "900.00" in page
    assert browser.post(send, {"act": "confirm"}).status_code == 422
    one, two, three = (f"{line.pk}-{line.turn}" for line in found)
    bare = browser.post(send, {"act": "waive", "line": [one], "reason": ""})
    assert bare.status_code == 422
    assert f'value="{one}" ' in bare.content.decode()
    assert "checked" in bare.content.decode()
    stale = browser.post(send, {"act": "confirm", "line": [one, f"{found[1].pk}-9"]})
    assert stale.status_code == 409
    assert "重新核定" in stale.content.decode()
    assert states() == ["confirmed", "proposed", "proposed"]
    answer = browser.post(send, {"act": "waive", "line": [two, three, "x", "1-x"], "reason": "部门同意"})
    assert answer["Location"] == where
    assert states() == ["confirmed", "waived", "waived"]
    assert 'form="many"' not in browser.get(where).content.decode()
    for act, line in (("burn", one), ("", one)):
        assert browser.post(send, {"act": act, "line": line}).status_code == 404


def test_my_day_of_human_resources_says_what_is_to_be_decided() -> None:
    hr = person("du_hr")
    lines("li_lei", "han_meimei", "du_hr")
    assert [(month, count) for month, count, _since in waiting_months(hr, LATER)] == [(MONTH, 2)]
    item = next(each for each in my_day.items_for(hr, LATER) if each.url.endswith("/months/2026-11/"))
    assert (item.label, item.detail) == ("2026-11", "2 项扣款")
    assert not [each for each in my_day.items_for(person("chen_manager"), LATER) if "/months/" in each.url]
    for line in WageLine.objects.all():
        waive_line(line_id=line.pk, reason="x", by=second_hr(), now=LATER) if line.employee == hr else (
            waive_line(line_id=line.pk, reason="x", by=hr, now=LATER)
        )
    assert [(month, count) for month, count, _since in waiting_months(hr, LATER)] == [(MONTH, 0)]
    assert waiting_months(hr, LATER - timedelta(days=10)) == []
    close_month(month=MONTH, by=hr, now=LATER)
    assert waiting_months(hr, LATER) == []
    assert DAY.month == MONTH.month
