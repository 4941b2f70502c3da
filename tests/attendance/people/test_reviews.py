"""Key figures and reviews: weights make a hundred, scores stand, the person has the word, closed is closed (J1.7,
J1.9)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from attendance.kinds.review import changes as run_changes
from attendance.models import KpiTable, Review
from attendance.selectors import career
from attendance.services import scoring as reviews
from attendance.services.scoring import Figure
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.attendance.people.stage import HOUR, NOW, TODAY, agree, decider, everybody, mall
from tests.people import person, signed_in

QUARTER = TODAY.replace(month=12, day=31)
FIGURES = [Figure("接单及时率", "≥ 98%", 60), Figure("客户好评", "≥ 95%", 40)]


def table(**given: Any) -> KpiTable:
    fields: dict[str, Any] = {
        "position": "service_agent", "period": "2026年第四季度", "first_day": TODAY.replace(month=10, day=1),
        "last_day": QUARTER, "figures": FIGURES, "by": person("chen_manager"), "now": NOW, **given,
    }  # fmt: skip
    return reviews.write_table(**fields)


def opened() -> Review:
    reviews.publish_table(table_id=table().pk, by=person("chen_manager"), now=NOW)
    return Review.objects.get(employee=person("li_lei"))


def score(
    review: Review, first: int = 90, second: int = 80, who: str = "chen_manager", text: str = "稳定"
) -> Review:
    kpis = list(review.table.kpis.all())
    return reviews.score_review(
        review_id=review.pk, points={kpis[0].pk: first, kpis[1].pk: second}, notes={kpis[0].pk: "好"}, text=text,
        by=person(who), now=NOW,
    )  # fmt: skip


@pytest.mark.clause("J1.9")
def test_a_table_is_written_changed_and_published_for_everybody_of_the_post() -> None:
    mall()
    made = table()
    changed = table(table_id=made.pk, period="Q4")
    assert (changed.pk, changed.period) == (made.pk, "Q4")
    found = reviews.publish_table(table_id=made.pk, by=person("chen_manager"), now=NOW)
    assert {each.employee for each in found} == {person("li_lei"), person("han_meimei")}
    assert Notice.objects.filter(kind="attendance.kpis_published").count() == 2
    with pytest.raises(Conflict):
        table(table_id=made.pk)
    with pytest.raises(Conflict):
        reviews.publish_table(table_id=made.pk, by=person("chen_manager"), now=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_kpi SET weight = 1")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"position": "king"}, "position"),
        ({"period": ""}, "period"),
        ({"last_day": TODAY.replace(month=1)}, "last_day"),
        ({"figures": []}, "figures"),
        ({"figures": [Figure("a", "b", 99)]}, "figures"),
        ({"figures": [Figure("a", "b", 0), Figure("c", "d", 100)]}, "figures"),
        ({"figures": [Figure("", "b", 100)]}, "figures"),
        ({"figures": [Figure("a", "", 100)]}, "figures"),
    ],
)
def test_a_table_that_cannot_be_is_refused(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        table(**wrong)
    assert refused.value.errors[0]["path"] == path


def test_tables_have_their_other_refusals() -> None:
    with pytest.raises(Forbidden):
        table(by=person("li_lei"))
    table()
    with pytest.raises(Conflict):
        table()
    with pytest.raises(NotFound):
        table(table_id=987654, position="buyer")
    alone = table(position="department_manager")
    with pytest.raises(Conflict):
        reviews.publish_table(table_id=alone.pk, by=person("chen_manager"), now=NOW)


@pytest.mark.clause("J1.7")
def test_a_review_is_scored_commented_and_closed_for_good() -> None:
    mall()
    review = opened()
    assert career.to_score({"hiring.review"}, person("chen_manager"))
    score(review)
    assert career.page(review.pk, person("li_lei"), (), NOW).total == 86.0
    assert career.to_comment(person("li_lei")) == [review]
    with pytest.raises(Conflict):
        reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW)
    reviews.comment_review(review_id=review.pk, text="会继续努力", by=person("li_lei"), now=NOW + HOUR)
    run = reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW + HOUR)
    review.refresh_from_db()
    assert (review.state, run.clause, run.payload["total"]) == ("asked", "J1.7", "86.0")
    assert agree(run).state == "executed"
    review.refresh_from_db()
    assert review.state == "closed"
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_review SET words = 'x'")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_reviewscore SET points = 1")


def test_scoring_has_its_refusals() -> None:
    review = opened()
    for wrong in ({"first": 101}, {"second": -1}, {"text": ""}):
        with pytest.raises(Invalid):
            score(review, **wrong)
    with pytest.raises(Forbidden):
        score(review, who="du_hr")
    score(review)
    with pytest.raises(Conflict):
        score(review)
    with pytest.raises(NotFound):
        score(Review(pk=987654, table=review.table))


def test_nobody_scores_or_closes_his_own() -> None:
    reviews.publish_table(table_id=table(position="department_manager").pk, by=other_manager(), now=NOW)
    review = Review.objects.get(employee=person("chen_manager"))
    with pytest.raises(Forbidden):
        score(review)
    with pytest.raises(Forbidden):
        reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW)


def other_manager() -> Any:
    found = person("jiang_head")
    found.appointments.create(position="department_manager", during=(NOW - HOUR, None))
    return found


def test_the_word_is_the_person_s_own_and_said_once() -> None:
    review = opened()
    with pytest.raises(Conflict):
        reviews.comment_review(review_id=review.pk, text="x", by=person("li_lei"), now=NOW)
    score(review)
    with pytest.raises(NotFound):
        reviews.comment_review(review_id=review.pk, text="x", by=person("han_meimei"), now=NOW)
    with pytest.raises(Invalid):
        reviews.comment_review(review_id=review.pk, text=" ", by=person("li_lei"), now=NOW)
    reviews.comment_review(review_id=review.pk, text="好", by=person("li_lei"), now=NOW)
    with pytest.raises(Conflict):
        reviews.comment_review(review_id=review.pk, text="好", by=person("li_lei"), now=NOW)


def asked(who: str = "li_lei", position: str = "service_agent") -> tuple[Review, Run]:
    everybody()
    reviews.publish_table(table_id=table(position=position).pk, by=person("chen_manager"), now=NOW)
    review = Review.objects.get(employee=person(who))
    score(review)
    reviews.comment_review(review_id=review.pk, text="有异议", by=person(who), now=NOW)
    run = reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW)
    review.refresh_from_db()
    return review, run


@pytest.mark.clause("C2")
def test_the_chain_reads_scores_and_words_and_nothing_is_closed_before_it_agrees() -> None:
    review, run = asked()
    assert {each.field: each.after for each in run_changes(run)} == {
        "person": f"{review.employee.name} (A001)", "table": str(review.table), "score0": "90 · 好", "score1": "80",
        "total": "86.0", "words": "稳定", "comment": "有异议",
    }  # fmt: skip
    with pytest.raises(Conflict):
        reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW)
    with pytest.raises(DatabaseError, match="chain"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_review SET state = 'closed', closed_at = now()")


@pytest.mark.clause("C2")
def test_rejected_it_is_scored_anew_and_the_paper_keeps_what_was_asked() -> None:
    review, run = asked()
    approvals.reject(run_id=run.pk, by=decider(run, NOW), now=NOW, reason="与数据不符")
    review.refresh_from_db()
    assert (review.state, review.round, review.comment, review.scored_by) == ("open", 2, "", None)
    run.refresh_from_db()
    assert run.payload["comment"] == "有异议"
    score(review, first=95)
    assert career.page(review.pk, person("li_lei"), (), NOW).total == 89.0
    reviews.comment_review(review_id=review.pk, text="认可", by=person("li_lei"), now=NOW + HOUR)
    agree(reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW + HOUR))
    review.refresh_from_db()
    assert review.state == "closed"


@pytest.mark.clause("C2")
def test_taken_back_or_returned_it_is_asked_again() -> None:
    review, run = asked()
    approvals.withdraw(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="再核对")
    review.refresh_from_db()
    assert review.state == "scored"
    run = reviews.ask_result(review_id=review.pk, by=person("chen_manager"), now=NOW + HOUR)
    approvals.return_to(run_id=run.pk, by=decider(run, NOW + HOUR), now=NOW + HOUR, reason="请附说明")
    again = reviews.ask_result(
        review_id=review.pk, by=person("chen_manager"), now=NOW + HOUR, comment="数据见月报"
    )
    assert (again.pk, again.state) == (run.pk, "running")
    agree(again, at=NOW + 2 * HOUR)
    review.refresh_from_db()
    assert review.state == "closed"


@pytest.mark.clause("C2")
def test_about_somebody_who_would_decide_the_general_manager_does() -> None:
    _review, run = asked("du_hr", "hr")
    assert run.chain == "hiring.review_of_decider"
    assert decider(run, NOW) == person("zhou_general")


@pytest.mark.clause("C2")
def test_the_page_leads_to_the_request_and_the_person_decides_nothing() -> None:
    review, run = asked()
    url = reverse("attendance:review", args=[review.pk])
    assert reverse("approvals:run", args=[run.pk]) in signed_in("chen_manager").get(url).content.decode()
    mine = signed_in("li_lei").get(url).content.decode()
    assert "正在审批" in mine
    assert signed_in("du_hr").get(url).status_code == 200
