"""The pages of hiring and careers: who sees whom, the whole way by the pages, a bounded number of queries."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendance.models import Candidate, Exam, ExamPaper, KpiTable, Review, Vacancy
from attendance.selectors import day_people
from office.approvals import api as approvals
from tests.attendance.people.stage import (
    agree,
    ask_engagement,
    assess,
    candidate,
    exam,
    hired,
    mall,
    on_trial,
    passed,
    vacancy,
)
from tests.naughty import fill_in
from tests.people import person, signed_in

VACANCY = {
    "position": "copywriter", "count": "1", "channels": ["online"], "wanted": "会写家居文案", "reason": "缺人",
}  # fmt: skip


def url(name: str, *args: object) -> str:
    return reverse(f"attendance:{name}", args=args)


@pytest.mark.clause("C1", "C2")
def test_from_the_vacancy_to_the_trial_by_the_pages() -> None:
    manager, hr, writer = signed_in("chen_manager"), signed_in("du_hr"), signed_in("tang_writer")
    assert manager.get(url("vacancy_new")).status_code == 200
    assert manager.post(url("vacancy_new"), {**VACANCY, "wanted": ""}).status_code == 422
    assert manager.post(url("vacancy_new"), VACANCY).status_code == 302
    found = Vacancy.objects.get()
    agree(approvals.Run.objects.get(), at=timezone.now())
    for tab in ("", "?tab=closed"):
        assert hr.get(url("vacancies") + tab).status_code == 200
    pay = {"low": "8000", "high": "7000", "basis": "行业报告"}
    assert hr.post(url("vacancy_act", found.pk, "pay"), pay).status_code == 422
    assert hr.post(url("vacancy_act", found.pk, "pay"), {**pay, "high": "12000"}).status_code == 302
    assert "12000" in hr.get(url("vacancy", found.pk)).content.decode()
    assert "12000" not in manager.get(url("vacancy", found.pk)).content.decode()
    add = {"name": "林小满", "phone": "13900001111", "channel": "online", "about": ""}
    assert hr.post(url("vacancy_act", found.pk, "add"), {**add, "channel": "x"}).status_code == 422
    assert hr.post(url("vacancy_act", found.pk, "add"), add).status_code == 302
    assert hr.post(url("vacancy_act", found.pk, "close"), {"reason": "满"}).status_code == 409
    assert hr.post(url("vacancy_act", found.pk, "else"), {}).status_code == 404
    someone = Candidate.objects.get()
    act = partial(url, "candidate_act", someone.pk)
    assert hr.post(act("trial")).status_code == 409
    for key in ("interview", "trial"):
        assert hr.post(act(key)).status_code == 302
    assert "林小满" in hr.get(url("candidates")).content.decode()
    paper = {"what": "paper", "position": "copywriter", "sort": "written", "title": "文案", "task": "写一篇"}
    assert manager.post(url("papers"), {**paper, "title": ""}).status_code == 422
    assert manager.post(url("papers"), paper).status_code == 302
    text = {"what": "description", "position": "copywriter", "text": "写产品文案"}
    assert manager.post(url("papers"), {**text, "text": ""}).status_code == 422
    assert manager.post(url("papers"), text).status_code == 302
    assert "写产品文案" in manager.get(url("papers")).content.decode()
    paper_id = exam_paper()
    assert hr.post(act("exam"), {"paper": "987654", "examiner": person("tang_writer").pk}).status_code == 422
    assert hr.post(act("exam"), {"paper": paper_id, "examiner": person("tang_writer").pk}).status_code == 302
    made = Exam.objects.get()
    given = {"text": "", "file": SimpleUploadedFile("a.exe", b"MZ\x90\x00" * 50)}
    assert writer.post(url("exam_act", made.pk, "answer"), given).status_code == 422
    given = {"text": "见附件", "file": SimpleUploadedFile("作品.txt", "橡木".encode())}
    assert writer.post(url("exam_act", made.pk, "answer"), given).status_code == 302
    sent = writer.get(url("exam_file", made.pk))
    assert (sent.content.decode(), sent["X-Content-Type-Options"]) == ("橡木", "nosniff")
    assert "attachment" in sent["Content-Disposition"]
    assert [str(each.label) for each in day_people.waiting(person("tang_writer"), timezone.now())] == ["文案"]
    assert (
        writer.post(url("exam_act", made.pk, "score"), {"points": "101", "comment": "x"}).status_code == 422
    )
    assert (
        writer.post(url("exam_act", made.pk, "score"), {"points": "90", "comment": "好"}).status_code == 302
    )
    assert (
        writer.post(url("exam_act", made.pk, "score"), {"points": "90", "comment": "好"}).status_code == 409
    )
    assert writer.post(url("exam_act", made.pk, "else"), {}).status_code == 404
    assert "90" in writer.get(url("exams")).content.decode()
    marks = {"culture_fit": "4", "values": "4", "potential": "4", "text": "踏实"}
    assert manager.post(act("assess"), {**marks, "values": "9"}).status_code == 422
    assert manager.post(act("assess"), marks).status_code == 302
    assert manager.post(act("note"), {"text": "可试岗"}).status_code == 302
    engage = {"number": "W100", "starts_on": f"{timezone.localdate():%Y-%m-%d}"}
    refused = hr.post(act("engage"), engage)
    assert refused.status_code == 409  # the practical part is missing
    assert "W100" in refused.content.decode()
    assert hr.post(act("declined"), {"reason": ""}).status_code == 422
    assert hr.post(act("declined"), {"reason": "算了"}).status_code == 302
    assert hr.post(act("hired")).status_code == 404
    assert hr.post(url("paper_retire", paper_id)).status_code == 302


def exam_paper() -> int:
    return ExamPaper.objects.get().pk


def test_candidates_and_exams_are_hidden_from_others() -> None:
    found = passed()
    made = Exam.objects.filter(candidate=found).first()
    assert made is not None
    for who in ("du_hr", "chen_manager"):
        assert signed_in(who).get(url("candidate", found.pk)).status_code == 200, who
    for who in ("tang_writer", "deng_marketing", "sun_admin"):
        assert signed_in(who).get(url("candidate", found.pk)).status_code == 404, who
    for who, sees in (("du_hr", 200), ("chen_manager", 200), ("tang_writer", 200), ("li_lei", 404)):
        assert signed_in(who).get(url("exam", made.pk)).status_code == sees, who
    assert signed_in("du_hr").get(url("exam_file", made.pk)).status_code == 404
    assert signed_in("li_lei").post(url("candidate_act", found.pk, "note"), {"text": "x"}).status_code == 404
    assert signed_in("li_lei").get(url("vacancy", found.vacancy_id)).status_code == 404


def test_the_deciders_see_who_it_is_and_the_paper_does_not_keep_it() -> None:
    run = ask_engagement(passed())
    text = signed_in("chen_manager").get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert "林小满" in text
    figures = signed_in("fang_vice").get(reverse("approvals:run", args=[run.pk]))
    assert (
        figures.status_code == 200
    )  # who sees the figures of approvals reads requests, and no candidate's name
    assert "林小满" not in figures.content.decode()
    page = signed_in("du_hr").get(url("candidate", run.subject_id)).content.decode()
    assert f"#{run.pk}" in page


def test_a_returned_engagement_is_asked_again_by_the_page() -> None:
    found = passed()
    run = ask_engagement(found)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=timezone.now(), reason="工号？")
    day = f"{timezone.localdate():%Y-%m-%d}"
    sent = signed_in("du_hr").post(
        url("candidate_act", found.pk, "engage"), {"number": "W200", "starts_on": day}
    )
    assert sent.status_code == 302
    assert approvals.Run.objects.get(pk=run.pk).payload["number"] == "W200"


def test_headcount_by_the_page() -> None:
    manager = signed_in("chen_manager")
    assert manager.get(url("headcount")).status_code == 200
    assert manager.post(url("headcount"), {"designer": "3"}).status_code in (403, 422)
    mall()
    assert manager.post(url("headcount"), {"designer": "viele"}).status_code == 422
    assert manager.post(url("headcount"), {"designer": "3"}).status_code == 302
    assert signed_in("du_hr").post(url("headcount"), {"designer": "3"}).status_code == 403
    assert signed_in("du_hr").get(url("headcount")).status_code == 200


def test_a_returned_vacancy_is_changed_by_the_page() -> None:
    manager = signed_in("chen_manager")
    manager.post(url("vacancy_new"), VACANCY)
    found, run = Vacancy.objects.get(), approvals.Run.objects.get()
    assert manager.post(url("vacancy_change", found.pk), VACANCY).status_code == 409
    approvals.return_to(run_id=run.pk, by=person("du_hr"), now=timezone.now(), reason="人数？")
    assert manager.get(url("vacancy_change", found.pk)).status_code == 200
    assert manager.get(url("vacancy", found.pk)).context["may_change"]
    assert manager.post(url("vacancy_change", found.pk), {**VACANCY, "count": "2"}).status_code == 302
    assert signed_in("du_hr").get(url("vacancy_change", found.pk)).status_code == 403


def test_changing_a_post_by_the_page() -> None:
    someone = hired()
    manager = signed_in("chen_manager")
    where = url("change_post", someone.pk)
    day = f"{timezone.localdate() + dt.timedelta(days=2):%Y-%m-%d}"
    assert manager.get(url("probations")).status_code == 200
    assert manager.get(url("change_whose"), {"person": someone.pk}).headers["Location"] == where
    assert manager.get(url("change_whose"), {"person": "x"}).status_code == 302
    assert manager.get(where).status_code == 200
    given = {
        "change": "promotion",
        "before": "copywriter",
        "after": "copywriter",
        "starts_on": day,
        "reason": "好",
    }
    assert manager.post(where, given).status_code == 422
    assert manager.post(where, {**given, "change": "confirmation", "after": ""}).status_code == 302
    assert manager.get(where).context["live"]
    assert signed_in("du_hr").post(where, given).status_code == 403
    assert signed_in("du_hr").get(where).status_code == 200
    assert manager.get(url("change_post", 987654)).status_code == 404
    me = signed_in("li_lei").get(url("my_career"))
    assert me.status_code == 200


def test_key_figures_and_reviews_by_the_pages() -> None:
    manager, agent = signed_in("chen_manager"), signed_in("li_lei")
    given = {
        "position": "service_agent", "period": "Q4", "first_day": "2026-10-01", "last_day": "2026-12-31",
        "name-0": "接单及时率", "target-0": "98%", "weight-0": "60",
    }  # fmt: skip
    assert manager.get(url("kpi_new")).status_code == 200
    assert manager.post(url("kpi_new"), given).status_code == 422
    whole = {**given, "name-1": "好评", "target-1": "95%", "weight-1": "40"}
    assert manager.post(url("kpi_new"), whole).status_code == 302
    table = KpiTable.objects.get()
    assert manager.get(url("kpi_list")).status_code == 200
    assert manager.post(url("kpis", table.pk), {**whole, "period": "第四季度"}).status_code == 302
    assert agent.get(url("kpis", table.pk)).status_code == 404
    assert manager.post(url("kpi_publish", table.pk)).status_code == 302
    assert agent.get(url("kpis", table.pk)).status_code == 200
    assert agent.post(url("kpis", table.pk), whole).status_code == 403
    review = Review.objects.get(employee=person("li_lei"))
    where = url("review", review.pk)
    assert signed_in("han_meimei").get(where).status_code == 404
    kpis = list(table.kpis.all())
    points = {f"points-{kpis[0].pk}": "90", f"points-{kpis[1].pk}": "500", "text": "稳"}
    act = partial(url, "review_act", review.pk)
    assert manager.get(where).status_code == 200
    assert manager.post(act("score"), points).status_code == 422
    assert manager.post(act("close")).status_code == 409
    assert manager.post(act("score"), {**points, f"points-{kpis[1].pk}": "80"}).status_code == 302
    assert day_people.waiting(person("li_lei"), timezone.now())
    assert agent.get(where).status_code == 200
    assert agent.post(act("comment"), {"text": ""}).status_code == 422
    assert agent.post(act("comment"), {"text": "谢谢"}).status_code == 302
    assert agent.post(act("comment"), {"text": "谢谢"}).status_code == 409
    assert manager.post(act("else")).status_code == 404
    assert manager.post(act("close")).status_code == 302
    for client in (manager, agent, signed_in("du_hr")):
        assert client.get(url("reviews")).status_code == 200
        assert client.get(where).status_code == 200


def test_the_lists_ask_a_bounded_number_of_queries() -> None:
    of = vacancy(count=9)
    hr = signed_in("du_hr")
    pages = [
        url("candidates"),
        url("vacancies"),
        url("vacancy", of.pk),
        url("probations"),
        url("exams"),
        url("papers"),
    ]
    counts: list[dict[str, int]] = []
    for number in range(3):
        found = on_trial(of)
        exam(found, examiner="du_hr")
        assess(found)
        counts.append({})
        for page in pages:
            with CaptureQueriesContext(connection) as asked:
                assert hr.get(page).status_code == 200
            counts[number][page] = len(asked)
    assert counts[1] == counts[2]
    assert max(counts[2].values()) <= 20


PAGES = {
    "vacancy_new": "chen_manager", "vacancy": "du_hr", "candidate": "du_hr", "papers": "du_hr", "exam": "tang_writer",
    "change_post": "chen_manager", "kpi_new": "chen_manager", "headcount": "chen_manager",
}  # fmt: skip


@pytest.mark.parametrize(("name", "who"), PAGES.items())
def test_no_form_breaks(name: str, who: str) -> None:
    keys: dict[str, Any] = {}
    if name in ("vacancy", "candidate"):
        found = candidate()
        keys = {"vacancy": found.vacancy_id, "candidate": found.pk}
    elif name == "exam":
        keys = {"exam": exam(on_trial(), points=None).pk}
    elif name == "change_post":
        keys = {"change_post": person("tang_writer").pk}
    elif name == "headcount":
        mall()
    path = url(name, *([keys[name]] if name in keys else []))
    assert fill_in(signed_in(who), path, start=30 * list(PAGES).index(name)) == []
