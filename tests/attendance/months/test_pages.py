"""Pages of attendance: whose they are, what they show, how few queries they take, and that nothing breaks them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import PunchBatch, WageLine
from attendance.services.settling import settle_marked
from office.approvals import api as approvals
from tests.attendance.clock import DAY
from tests.attendance.months.world import absent, agree, asked, picture, second_hr, wage
from tests.attendance.punches.files import attlog, clock, sent
from tests.attendance.shifts import AFTER, publish, punch
from tests.naughty import OWN, strings
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
MONTH = f"?month={DAY:%Y-%m}"


def day_of(who: str) -> str:
    return reverse("attendance:day", args=[person(who).pk, DAY.isoformat()])


@pytest.mark.clause("C13.5")
@pytest.mark.parametrize(
    ("viewer", "whose", "status"),
    [
        ("li_lei", "li_lei", 200),
        ("li_lei", "han_meimei", 404),
        ("wang_supervisor", "li_lei", 200),
        ("wang_supervisor", "zheng_designer", 404),
        ("wang_supervisor", "chen_manager", 404),
        ("jiang_head", "zheng_designer", 200),
        ("chen_manager", "wang_supervisor", 200),
        ("chen_manager", "qian_it", 404),
        ("zhou_general", "chen_manager", 200),
        ("du_hr", "zhou_general", 200),
        ("sun_admin", "li_lei", 404),
    ],
)
def test_own_days_for_everybody_a_teams_for_who_leads_it_all_for_hr(
    viewer: str, whose: str, status: int
) -> None:
    run = None
    if whose == "li_lei":
        run = asked(person(whose))
    browser = signed_in(viewer)
    assert browser.get(day_of(whose)).status_code == status
    assert browser.get(reverse("attendance:person_month", args=[person(whose).pk])).status_code == status
    if run is not None and viewer not in ("chen_manager", "jiang_head"):
        proof = reverse("attendance:proof", args=[run.pk, run.payload["evidence"]["proof"][0]])
        assert browser.get(proof).status_code == status


def test_my_month_shows_each_day_in_a_word() -> None:
    li = person("li_lei")
    publish(li, "E")
    punch(li, "08:50")
    settle_marked(now=AFTER)
    text = signed_in("li_lei").get(reverse("attendance:my_month") + MONTH).content.decode()
    for word in ("出勤", "迟到", "缺下班卡", "08:50"):
        assert word in text


def test_a_missing_punch_is_asked_for_on_the_page_of_the_day() -> None:
    li = person("li_lei")
    absent(li)
    browser, where = signed_in("li_lei"), day_of("li_lei")
    refused = browser.post(where, {"arrived": "08:30", "left": "18:30", "reason": "断电"})
    assert refused.status_code == 422
    assert "断电" in refused.content.decode()
    proof = SimpleUploadedFile("a.png", picture(), "image/png")
    answer = browser.post(where, {"arrived": "08:30", "left": "18:30", "reason": "断电", "file": proof})
    run = approvals.runs_about(_subject(), li, timezone.now())[0]
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    page = signed_in("chen_manager").get(answer["Location"])
    assert "断电" in page.content.decode()
    assert (
        signed_in("chen_manager").post(where, {"arrived": "08:30", "reason": "x", "file": proof}).status_code
        == 403
    )
    agree(run, now=timezone.now())
    settle_marked(now=timezone.now())
    text = browser.get(where).content.decode()
    assert "事后批准" in text
    assert "此前的结果" in text


def _subject() -> Any:
    from attendance.subjects import day_subject

    return day_subject(person("li_lei"), DAY)


def test_the_arithmetic_is_for_the_person_and_hr_alone() -> None:
    li = person("li_lei")
    wage(li)
    absent(li)
    for who, seen in (("li_lei", True), ("du_hr", True), ("wang_supervisor", False)):
        assert ("6,525.00" in signed_in(who).get(day_of("li_lei")).content.decode()) is seen, who


def test_hr_decides_and_closes_on_the_months_page() -> None:
    line = absent(person("li_lei"))
    browser = signed_in("du_hr")
    where = reverse("attendance:month", args=["2026-11"])
    assert "请先录入工资" in browser.get(where).content.decode()
    refused = browser.post(reverse("attendance:line_act", args=[line.pk, "confirm"]), {"turn": "1"})
    assert (refused.status_code, "尚未录入" in refused.content.decode()) == (409, True)
    refused = browser.post(reverse("attendance:line_act", args=[line.pk, "waive"]), {"reason": ""})
    assert refused.status_code == 422
    second_hr()
    browser.post(
        reverse("attendance:wages"),
        {"employee": line.employee_id, "amount": "6525", "starts_on": "2026-01-01"},
    )
    assert "= 300.00" in browser.get(where).content.decode()
    browser.post(reverse("attendance:line_act", args=[line.pk, "confirm"]), {"turn": "1"})
    assert WageLine.objects.get().state == "confirmed"
    browser.post(reverse("attendance:line_act", args=[line.pk, "reopen"]))
    assert WageLine.objects.get().state == "proposed"
    early = browser.post(reverse("attendance:month_close", args=["2026-11"]))
    assert early.status_code == 409
    assert browser.get(reverse("attendance:months")).status_code == 200
    assert browser.post(reverse("attendance:line_act", args=[line.pk, "burn"])).status_code == 404


def test_an_import_is_sent_watched_and_mended_on_its_pages() -> None:
    person("li_lei")
    browser = signed_in("du_hr")
    source = clock(own_numbers=False)
    content = attlog("17 2026-11-04 08:25:00 0") + b"broken\n"
    answer = browser.post(
        reverse("attendance:imports"), {"source": source.pk, "file": SimpleUploadedFile("a.dat", content)}
    )
    batch = PunchBatch.objects.get()
    assert answer["Location"] == reverse("attendance:batch", args=[batch.pk])
    from attendance.services.batches import run_batch

    run_batch(batch_id=batch.pk, now=timezone.now())
    text = browser.get(answer["Location"]).content.decode()
    assert "没有人对应这个编号" in text
    browser.post(
        reverse("attendance:source_number", args=[source.pk]),
        {"number": "17", "employee": person("li_lei").pk, "batch": batch.pk},
    )
    assert browser.post(reverse("attendance:batch_rejected", args=[batch.pk])).status_code == 200
    assert browser.get(reverse("attendance:imports") + f"?mends={batch.pk}").status_code == 200
    unknown = sent("谁,何时\nA001,2026-11-04 08:21\n".encode(), "x.csv")
    where = reverse("attendance:batch_columns", args=[unknown.pk])
    assert browser.post(where, {"number": "谁"}).status_code == 422
    assert browser.post(where, {"number": "谁", "at": "何时"}).status_code == 302


def test_a_source_is_added_changed_and_given_a_secret() -> None:
    browser = signed_in("du_hr")
    browser.post(reverse("attendance:sources"), {"code": "gate-1", "name": "大门", "format": "attlog"})
    from attendance.models import PunchSource

    source = PunchSource.objects.get()
    assert source.own_numbers is False
    assert (
        browser.post(
            reverse("attendance:sources"), {"code": "gate-1", "name": "x", "format": "attlog"}
        ).status_code
        == 422
    )
    assert (
        browser.post(
            reverse("attendance:sources"), {"code": "!", "name": "x", "format": "attlog"}
        ).status_code
        == 422
    )
    browser.post(reverse("attendance:source", args=[source.pk]), {"name": "后门", "own_numbers": "on"})
    source.refresh_from_db()
    assert (source.name, source.active, source.own_numbers) == ("后门", False, True)
    shown = browser.post(reverse("attendance:source_secret", args=[source.pk]))
    assert ("whsec_" in shown.content.decode(), shown["Cache-Control"]) == (True, "no-store")
    assert "whsec_" not in browser.get(reverse("attendance:source", args=[source.pk])).content.decode()


def queries(browser: Any, where: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert browser.get(where).status_code == 200
    return len(caught)


@pytest.mark.parametrize("name", ["my_month", "team_month", "imports", "months", "sources", "wages", "month"])
def test_the_queries_of_a_page_do_not_grow_with_its_rows(name: str) -> None:
    browser = signed_in("du_hr")
    where = reverse(f"attendance:{name}", args=["2026-11"] if name == "month" else []) + MONTH
    for who in ("li_lei", "du_hr"):
        publish(person(who), "E")
    sent(attlog("A001 2026-11-04 08:25:00 0"))
    settle_marked(now=AFTER)
    wage(person("li_lei"))
    browser.get(where)
    before = queries(browser, where)
    for number, who in enumerate(("han_meimei", "wu_clerk", "zheng_designer", "wang_supervisor")):
        publish(person(who), "E")
        sent(attlog(f"A00{number} 2026-11-03 08:2{number}:00 0"), source=clock(f"door{number}"))
        wage(person(who))
    for days in range(1, 4):
        publish(person("du_hr"), "E", DAY - timedelta(days=days))
    settle_marked(now=AFTER)
    grown = 4 if name == "month" else 0  # the arithmetic asks for each person's wage
    assert queries(browser, where) <= before + grown
    assert before <= 24


def test_nothing_typed_makes_a_fault() -> None:
    browser, line, source, me = signed_in("du_hr"), absent(person("li_lei")), clock(), day_of("du_hr")
    for text in [*OWN[::2], *strings()[len(OWN) :: 60]]:
        upload = SimpleUploadedFile("x.csv", text.encode(errors="replace") or b"x")
        posts: tuple[tuple[str, dict[str, Any]], ...] = (
            (reverse("attendance:sources"), {"code": text, "name": text, "format": text}),
            (reverse("attendance:source", args=[source.pk]), {"name": text}),
            (
                reverse("attendance:source_number", args=[source.pk]),
                {"number": text, "employee": text, "batch": text},
            ),
            (reverse("attendance:line_act", args=[line.pk, "waive"]), {"reason": text[:300]}),
            (reverse("attendance:line_act", args=[line.pk, "confirm"]), {"turn": text}),
            (reverse("attendance:wages"), {"employee": text, "amount": text, "starts_on": text}),
            (reverse("attendance:imports"), {"source": source.pk, "mends": text, "file": upload}),
            (me, {"arrived": text, "left": text, "reason": text}),
        )
        for where, data in posts:
            assert browser.post(where, data).status_code < 500, (where, text)
        for name, key in (
            ("my_month", "month"),
            ("imports", "before"),
            ("imports", "mends"),
            ("wages", "person"),
        ):
            assert browser.get(reverse(f"attendance:{name}"), {key: text}).status_code < 500, (name, text)
        sent(text.encode(errors="replace") or b"x", "x.csv", source=source)


def test_a_day_or_month_that_is_none_is_404() -> None:
    browser = signed_in("du_hr")
    for part in (
        f"people/{person('du_hr').pk}/2026-02-30",
        f"people/{person('du_hr').pk}/heute",
        "months/2026-13",
        "months/x",
    ):
        assert browser.get(f"/attendance/{part}/").status_code == 404
