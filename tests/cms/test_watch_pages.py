"""The pages of watched sites and incidents: what is shown, plain forms, refusals that keep what was typed."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from cms.models import Baseline, PartnerContact, PartnerNotice, Probe, SiteIncident
from ecdept import day
from office.audit.models import Entry
from tests.cms.sites import NOON, away, incident, keep, look, site
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
NAUGHTY = [
    "' OR 1=1--", "<script>alert(1)</script>", "{{ 7*7 }}", "Ω≈ç√∫ \u202e", "田中さん", "a\x00b", "=1+1",
    "9" * 400,
]  # fmt: skip


def text(answer: Any) -> str:
    return str(answer.content.decode())


def act(who: str, found: SiteIncident, key: str, **typed: Any) -> Any:
    found.refresh_from_db()
    return signed_in(who).post(
        reverse("cms:incident_act", args=[found.pk, key]), {"seen": found.version, **typed}
    )


def test_the_list_shows_how_each_site_is_and_what_is_open() -> None:
    watched = site()
    for seen in (look(0), away(5), away(10), away(15)):
        keep(watched, seen)
    page = text(signed_in("lin_editor").get(reverse("cms:watch")))
    for shown in ("官网", "https://www.example.com/", "look-ill", "look-well", "无法访问", "W2"):
        assert shown in page, shown


def test_a_site_shows_its_facts_its_chart_and_what_changed() -> None:
    watched = site()
    keep(watched, look(0))
    client = signed_in("wei_webmaster")
    where = reverse("cms:watched", args=[watched.pk])
    client.post(
        reverse("cms:watched_approve", args=[watched.pk]), {"digest": look().fingerprint, "reason": "首页"}
    )
    keep(watched, look(5, text="沙发 澳门 新品"))
    page = text(client.get(where, {"days": "30"}))
    for shown in ("latency-data", "<ins>澳门 </ins>", "首页", "chart-latency"):
        assert shown in page, shown
    assert Baseline.objects.count() == 1


def test_a_refused_approval_keeps_the_reason() -> None:
    watched = site()
    keep(watched, look(0))
    answer = signed_in("wei_webmaster").post(
        reverse("cms:watched_approve", args=[watched.pk]), {"digest": "0" * 64, "reason": "我写的理由"}
    )
    assert answer.status_code == 422
    assert "我写的理由" in text(answer)


def test_a_site_is_added_and_a_wrong_address_stays_in_the_form() -> None:
    client = signed_in("wei_webmaster")
    fields = {"name": "商城", "url": "https://elsewhere.test/", "active": "on"}
    refused = client.post(reverse("cms:watched_new"), fields)
    assert refused.status_code == 422
    assert "https://elsewhere.test/" in text(refused)
    saved = client.post(reverse("cms:watched_new"), {**fields, "url": "https://m.example.com/"})
    assert saved.status_code == 302
    changed = client.post(
        saved["Location"] + "edit/", {**fields, "url": "https://m.example.com/", "name": "新名"}
    )
    assert changed.status_code == 302
    assert "新名" in text(client.get(saved["Location"]))


def test_an_incident_goes_from_report_to_post_mortem_by_plain_forms() -> None:
    watched = site()
    answer = signed_in("lin_editor").post(
        reverse("cms:incident_new"), {"site": watched.pk, "kind": "virus", "title": "弹窗", "detail": ""}
    )
    found = SiteIncident.objects.get()
    assert answer["Location"] == reverse("cms:incident", args=[found.pk])
    assert act("wei_webmaster", found, "acknowledge").status_code == 302
    told = {"partner": "紫文科技有限公司", "whom": "周工", "text": "首页有木马", "at": ""}
    assert act("wei_webmaster", found, "call", **told).status_code == 302
    assert act("wei_webmaster", found, "resolve", resolution="已清除").status_code == 302
    assert act("wei_webmaster", found, "close", cause="漏洞", effect="", prevention="补丁").status_code == 302
    found.refresh_from_db()
    assert found.state == "closed"
    page = text(signed_in("lin_editor").get(reverse("cms:incident", args=[found.pk])))
    for shown in ("周工", "已清除", "漏洞", "补丁", "C6.3"):
        assert shown in page, shown


def test_a_message_to_the_partner_by_its_form() -> None:
    found = incident()
    contact = PartnerContact.objects.create(name="值班台", email="a@partner.example")
    typed = {"partner": "紫文科技有限公司", "way": f"contact:{contact.pk}", "text": "请处理"}
    assert act("wei_webmaster", found, "send", **typed).status_code == 302
    assert PartnerNotice.objects.get().dispatch.email == "a@partner.example"
    assert act("wei_webmaster", found, "send", **{**typed, "way": "contact:x"}).status_code == 422


def test_a_stale_click_is_told_and_keeps_what_was_typed() -> None:
    found = incident("other")
    act("wei_webmaster", found, "resolve", resolution="好了")
    answer = signed_in("cai_support").post(
        reverse("cms:incident_act", args=[found.pk, "resolve"]), {"seen": 1, "resolution": "我修好了"}
    )
    assert answer.status_code == 409
    assert "我修好了" in text(answer)


def test_who_only_looks_is_refused_with_the_clause() -> None:
    answer = act("lin_editor", incident(), "acknowledge")
    assert answer.status_code == 403
    assert "W2" in text(answer)


def test_what_is_not_there_is_404() -> None:
    client = signed_in("wei_webmaster")
    for where in ("cms:watched", "cms:watched_edit", "cms:incident", "cms:contact"):
        assert client.get(reverse(where, args=[987654])).status_code == 404
    assert client.post(reverse("cms:incident_act", args=[incident().pk, "burn"])).status_code == 404


def test_contacts_are_kept_and_a_wrong_one_stays_in_the_form() -> None:
    client = signed_in("wei_webmaster")
    where = reverse("cms:contacts")
    assert client.post(where, {"name": "值班台"}).status_code == 422
    assert client.post(where, {"name": "值班台", "phone": "0756-1", "active": "on"}).status_code == 302
    contact = PartnerContact.objects.get()
    one = reverse("cms:contact", args=[contact.pk])
    assert "0756-1" in text(client.get(one))
    assert client.post(one, {"name": "值班台", "phone": "0756-2"}).status_code == 302
    assert not PartnerContact.objects.get().active


def test_the_workbook_holds_sites_looks_and_incidents_as_text() -> None:
    watched = site(name="=HYPERLINK(1)")
    now = timezone.now()
    Probe.objects.create(site=watched, at=now - dt.timedelta(hours=1), well=True, status=200, ms=90)
    incident(watched=watched)
    answer = signed_in("wei_webmaster").post(reverse("cms:watch_workbook"))
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert book.worksheets[0]["A2"].data_type == "s"
    assert [cell.value for cell in book.worksheets[1][2]][2:] == [1, 0, 90, 90]
    assert Entry.objects.filter(verb="cms.watch_exported").exists()


@pytest.mark.parametrize("where", ["cms:watch", "cms:incidents"])
def test_a_list_asks_the_same_number_of_queries_however_long(
    where: str, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    for number in range(12):
        watched = site(name=f"站 {number}", url=f"https://s{number}.example.com/")
        keep(watched, look(0))
        incident(watched=watched)
    client = signed_in("wei_webmaster")
    client.get(reverse(where))
    with django_assert_max_num_queries(16):
        client.get(reverse(where))


@pytest.mark.parametrize("naughty", NAUGHTY)
def test_no_text_breaks_a_page(naughty: str) -> None:
    found = incident()
    client = signed_in("wei_webmaster")
    for answer in (
        act("wei_webmaster", found, "note", text=naughty),
        act("wei_webmaster", found, "call", partner=naughty, whom=naughty, text=naughty, at=naughty),
        act("wei_webmaster", found, "send", partner=naughty, way=naughty, text=naughty, seen=naughty),
        client.post(reverse("cms:incident_new"), dict.fromkeys(("site", "kind", "title", "detail"), naughty)),
        client.post(reverse("cms:watched_new"), dict.fromkeys(("name", "url", "part", "columns"), naughty)),
        client.post(reverse("cms:contacts"), dict.fromkeys(("name", "phone", "email"), naughty)),
        client.get(reverse("cms:incidents"), {"tab": naughty, "before": naughty}),
        client.get(reverse("cms:watched", args=[found.site_id]), {"days": naughty}),
        client.get(reverse("cms:incident", args=[found.pk])),
    ):
        assert answer.status_code < 500
        assert "<script>alert(1)" not in text(answer)


def test_my_day_shows_what_waits_on_who_handles_incidents() -> None:
    found = incident()
    items = [
        item for item in day.items_for(person("wei_webmaster"), NOON) if item.url.endswith(f"/{found.pk}/")
    ]
    assert len(items) == 1
    assert items[0].due_at == NOON + dt.timedelta(minutes=10)
    assert not [item for item in day.items_for(person("lin_editor"), NOON) if "incidents" in item.url]
