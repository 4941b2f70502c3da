"""The pages of leaving: who sees what, what is typed stays, a bounded number of queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import Leaving
from attendance.services import handover, leaving
from tests.attendance.people.stage import DAY, agree, leaves
from tests.naughty import fill_in
from tests.people import person, signed_in


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now() - dt.timedelta(hours=1)


def gone(who: str, now: dt.datetime) -> Leaving:
    run = leaving.resign(
        last_day=timezone.localdate(now) + 60 * DAY,
        reason="深造",
        contract_clause="",
        by=person(who),
        now=now,
    )
    return Leaving.objects.get(run=agree(run, at=now))


def test_everybody_hands_in_notice_and_a_short_one_shows_the_earliest_day(now: dt.datetime) -> None:
    client = signed_in("li_lei")
    page = client.get(reverse("attendance:resign"))
    assert page.status_code == 200
    typed = {
        "last_day": f"{timezone.localdate(now) + DAY}",
        "reason": "家中有事",
        "contract_clause": "第九条",
    }
    refused = client.post(reverse("attendance:resign"), typed)
    assert refused.status_code == 422
    assert "家中有事" in refused.content.decode()
    sent = client.post(reverse("attendance:resign"), {**typed, "by_agreement": "on"})
    assert sent.status_code == 302
    assert "#" in client.get(reverse("attendance:resign")).content.decode()
    assert client.post(reverse("attendance:resign"), {"last_day": "gestern"}).status_code == 422


def test_the_person_sees_when_it_is_settled(now: dt.datetime) -> None:
    found = gone("li_lei", now)
    text = signed_in("li_lei").get(reverse("attendance:resign")).content.decode()
    assert reverse("attendance:leaving", args=[found.pk]) in text


def test_the_checklist_is_hidden_from_others(now: dt.datetime) -> None:
    found = gone("li_lei", now)
    where = reverse("attendance:leaving", args=[found.pk])
    assert signed_in("wu_clerk").get(where).status_code == 404
    for who in ("li_lei", "chen_manager", "du_hr", "wang_supervisor"):
        assert signed_in(who).get(where).status_code == 200, who
    handover.name_successor(
        leaving_id=found.pk, item_ids=[found.items.get(provider="posts").pk], to=person("wu_clerk"),
        by=person("chen_manager"), now=now,
    )  # fmt: skip
    page = signed_in("wu_clerk").get(where)
    assert page.status_code == 200
    assert not page.context["page"].timeline


def test_naming_and_saying_yes_by_the_pages(now: dt.datetime) -> None:
    found = gone("li_lei", now)
    thing = found.items.get(provider="posts")
    manager, taker = signed_in("chen_manager"), signed_in("han_meimei")
    where = reverse("attendance:name_successor", args=[found.pk])
    assert manager.post(where, {"items": [thing.pk]}).status_code == 422
    assert manager.post(where, {"items": ["x"], "to": person("han_meimei").pk}).status_code == 422
    assert manager.post(where, {"items": [thing.pk], "to": person("han_meimei").pk}).status_code == 302
    answer = reverse("attendance:handover_item", args=[thing.pk, "refuse"])
    assert taker.post(answer, {"reason": ""}).status_code == 422
    assert taker.post(answer, {"reason": "忙不过来"}).status_code == 302
    manager.post(where, {"items": [thing.pk], "to": person("han_meimei").pk})
    assert taker.post(reverse("attendance:handover_item", args=[thing.pk, "take"])).status_code == 302
    assert taker.post(reverse("attendance:handover_item", args=[thing.pk, "take"])).status_code == 409
    assert signed_in("wu_clerk").post(answer, {"reason": "x"}).status_code == 404
    assert manager.post(reverse("attendance:leaving_look", args=[found.pk])).status_code == 302


def test_calling_off_by_the_page(now: dt.datetime) -> None:
    found = gone("li_lei", now)
    where = reverse("attendance:leaving_call_off", args=[found.pk])
    hr = signed_in("du_hr")
    assert hr.post(where, {"reason": ""}).status_code == 422
    assert hr.post(where, {"reason": "留任"}).status_code == 302
    assert hr.post(where, {"reason": "留任"}).status_code == 409
    ended = hr.get(reverse("attendance:leavings") + "?tab=ended")
    assert "李雷" in ended.content.decode()


def test_the_lists_ask_a_bounded_number_of_queries(now: dt.datetime) -> None:
    client = signed_in("chen_manager")
    where = reverse("attendance:leavings")
    counts = []
    for who in ("li_lei", "han_meimei", "zheng_designer"):
        found = gone(who, now)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(where).status_code == 200
        with CaptureQueriesContext(connection) as one:
            assert client.get(reverse("attendance:leaving", args=[found.pk])).status_code == 200
        counts.append((len(asked), len(one)))
    assert counts[1] == counts[2]
    assert counts[2][0] <= 12
    assert counts[2][1] <= 18


@pytest.mark.parametrize(("name", "who"), [("resign", "han_meimei"), ("leaving", "du_hr")])
def test_no_form_breaks(name: str, who: str, now: dt.datetime) -> None:
    found = gone("li_lei", now)
    path = reverse(f"attendance:{name}", args=[found.pk] if name == "leaving" else [])
    assert fill_in(signed_in(who), path, start=7) == []


def test_leaves_of_the_stage_fit() -> None:
    assert leaves().state == "running"
