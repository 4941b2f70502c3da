"""Cases of conduct (S3 to S5): cited, heard, decided by the chain; seen by few; a fine bounded by verb and database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from attendance.models import Case, CaseDecision, Leaving
from attendance.selectors.measures import clauses
from attendance.services import cases
from attendance.services.cases import Proposal
from office.approvals import api as approvals
from office.approvals.models import Run
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.attendance.leaves import DAY, HOUR, NOW, everybody
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
LATER = NOW + 6 * DAY  # the time to answer is over


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def opened(who: str = "li_lei", clause: str = "S4b", by: str = "wang_supervisor") -> Case:
    return cases.open_case(
        employee_id=person(who).pk, clause=clause, facts="周一下午拒绝接单并顶撞主管", by=person(by), now=NOW
    )


def answered(case: Case, *, now: dt.datetime = NOW + HOUR) -> Case:
    cases.answer(case_id=case.pk, statement="当时在处理投诉", by=case.employee, now=now)
    case.refresh_from_db()
    return case


def proposed(case: Case, measure: str = "warning", by: str = "chen_manager", **more: Any) -> Run:
    given = {"measure": measure, "grounds": "事实清楚", **more}
    return cases.propose(case_id=case.pk, proposal=Proposal(**given), by=person(by), now=LATER)


def agreed(run: Run, *who: str) -> None:
    for each in who:
        approvals.approve(run_id=run.pk, by=person(each), now=LATER)


@pytest.mark.clause("S3", "S4a", "S4b", "S4c", "S5")
def test_each_clause_carries_its_legal_note_and_its_measures() -> None:
    known = clauses(NOW)
    assert set(known) == {"S2e", "S3", "S4a", "S4b", "S4c", "S5"}
    assert all(each.clause.note is not None for each in known.values())
    assert known["S4b"].measures == ("no_measure", "warning", "fine")
    assert "fine" not in known["S3"].measures + known["S5"].measures
    assert "dismissal" not in known["S5"].measures


@pytest.mark.clause("S4b")
def test_heard_proposed_and_decided_by_two() -> None:
    case = answered(opened())
    run = proposed(case, "fine", by="wang_supervisor", fine=Decimal("200"))
    agreed(run, "chen_manager")
    case.refresh_from_db()
    assert case.state == "proposed"
    agreed(run, "du_hr")
    case.refresh_from_db()
    decision = CaseDecision.objects.get(case=case)
    assert (case.state, decision.measure, decision.run) == ("decided", "fine", run)
    assert decision.fine == 200
    assert not Leaving.objects.exists()


def test_nothing_is_decided_before_the_person_was_heard() -> None:
    case = opened()
    with pytest.raises(Conflict) as refused:
        cases.propose(
            case_id=case.pk, proposal=Proposal("warning", "x"), by=person("chen_manager"), now=NOW + HOUR
        )
    assert refused.value.code == "not_heard"
    assert proposed(case).state == "running"  # the time is over


def test_the_end_of_the_time_to_answer_does_nothing_by_itself() -> None:
    case = opened()
    deadlines.settle_due(LATER + 30 * DAY)
    case.refresh_from_db()
    assert (case.state, Run.objects.count(), CaseDecision.objects.count()) == ("open", 0, 0)
    answered(case, now=LATER + 30 * DAY)  # late, and still heard


@pytest.mark.clause("S4c")
def test_dismissal_goes_through_its_chain_and_begins_the_handing_over() -> None:
    case = answered(opened(clause="S4c"))
    day = LATER.date() + 10 * DAY
    with pytest.raises(Invalid):
        proposed(case, "dismissal")
    with pytest.raises(Invalid):
        proposed(case, "dismissal", last_day=NOW.date())
    with pytest.raises(Forbidden):
        proposed(case, "dismissal", by="wang_supervisor", last_day=day)
    case.refresh_from_db()
    run = proposed(case, "dismissal", last_day=day)
    assert run.kind == "attendance.dismissal"
    agreed(run, "fang_vice", "du_hr")  # the manager proposed: his superior decides in his place
    leaving = Leaving.objects.get()
    assert (leaving.employee, leaving.last_day, leaving.reason) == (person("li_lei"), day, "dismissal")


def test_nobody_decides_on_his_own_case_the_general_manager_does() -> None:
    case = answered(opened("chen_manager", by="jiang_head"))
    run = proposed(case, by="du_hr")
    assert run.chain == "attendance.case_above"
    with pytest.raises(Forbidden):
        agreed(run, "chen_manager")
    agreed(run, "zhou_general")
    case.refresh_from_db()
    assert case.state == "decided"
    other = opened("chen_manager", by="jiang_head")
    for act in (lambda: proposed(other, by="chen_manager"), lambda: closed(other, "chen_manager")):
        with pytest.raises(Forbidden):
            act()


def closed(case: Case, by: str = "chen_manager") -> Case:
    return cases.close_case(case_id=case.pk, reason="查无实据", by=person(by), now=NOW + HOUR)


def test_closed_without_a_measure_it_stays_closed() -> None:
    case = opened()
    with pytest.raises(Forbidden):
        closed(case, "wang_supervisor")
    assert closed(case).state == "closed"
    for act in (lambda: closed(case), lambda: answered(case), lambda: proposed(case)):
        with pytest.raises(Conflict):
            act()


def test_rejected_the_case_is_open_again() -> None:
    case = answered(opened())
    run = proposed(case, by="wang_supervisor")
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=LATER, reason="太重")
    case.refresh_from_db()
    assert case.state == "open"


def test_an_answer_after_the_proposal_makes_it_void() -> None:
    case = opened()
    run = proposed(case, by="wang_supervisor")
    answered(case, now=LATER)
    with pytest.raises(Conflict):
        agreed(run, "chen_manager")
    case.refresh_from_db()
    run.refresh_from_db()
    assert (run.state, case.state) == ("voided", "open")


@pytest.mark.parametrize("by", ["li_lei", "zheng_designer", "zhou_general"])
def test_only_the_posts_of_the_book_open_cases(by: str) -> None:
    with pytest.raises(Forbidden):
        opened("han_meimei", by=by)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"clause": "S2e"}, Invalid), ({"clause": "C7.1"}, Invalid), ({"facts": " "}, Invalid),
        ({"employee_id": 987654}, NotFound),
    ],
)  # fmt: skip
def test_a_case_is_opened_whole(given: dict[str, Any], error: type[Exception]) -> None:
    fields = {"employee_id": person("li_lei").pk, "clause": "S3", "facts": "打私人电话", **given}
    with pytest.raises(error):
        cases.open_case(**fields, by=person("wang_supervisor"), now=NOW)


def test_nobody_opens_one_about_himself() -> None:
    with pytest.raises(Conflict):
        opened("wang_supervisor")
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(
            employee=person("li_lei"), sort="conduct", clause="S3", facts="x", opened_by=person("li_lei"),
            opened_at=NOW, version_id=1, reply_due_at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    ["state = 'decided', ended_at = now()", "facts = 'x'", "clause = 'S5'", "reply_due_at = opened_at"],
)
def test_the_database_keeps_how_it_began_and_who_decides(change: str) -> None:
    opened()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE attendance_case SET {change}")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM attendance_case")


def test_seen_by_the_person_the_opener_the_manager_and_human_resources_only() -> None:
    case = opened()
    page = reverse("attendance:case", args=[case.pk])
    for who in ("li_lei", "wang_supervisor", "chen_manager", "du_hr"):
        assert signed_in(who).get(page).status_code == 200, who
    act = reverse("attendance:case_act", args=[case.pk, "answer"])
    for who in ("han_meimei", "jiang_head", "zhou_general", "sun_admin"):
        assert signed_in(who).get(page).status_code == 404, who
        assert signed_in(who).post(act, {"statement": "x"}).status_code == 404, who
    assert f"#{case.pk}" not in signed_in("han_meimei").get(reverse("attendance:cases")).content.decode()


def test_the_pages_from_opening_to_the_proposal() -> None:
    supervisor, agent, manager = signed_in("wang_supervisor"), signed_in("li_lei"), signed_in("chen_manager")
    where = reverse("attendance:case_open")
    given = {"employee": person("li_lei").pk, "clause": "S4b", "facts": "顶撞"}
    assert supervisor.post(where, {**given, "facts": ""}).status_code == 422
    assert supervisor.post(where, given).status_code == 302
    case = Case.objects.get()
    act = {
        key: reverse("attendance:case_act", args=[case.pk, key])
        for key in ("answer", "propose", "close", "x")
    }
    assert agent.post(act["answer"], {"statement": ""}).status_code == 422
    assert agent.post(act["answer"], {"statement": "不是我", "seen": "1"}).status_code == 302
    stale = agent.post(act["answer"], {"statement": "第二次", "seen": "1"})
    assert stale.status_code == 409
    assert "第二次" in stale.content.decode()
    assert manager.post(act["x"]).status_code == 404
    over = manager.post(act["propose"], {"measure": "fine", "fine": "1001", "grounds": "屡次"})
    assert over.status_code == 422
    assert "屡次" in over.content.decode()
    done = manager.post(act["propose"], {"measure": "fine", "fine": "300", "grounds": "屡次"})
    assert done.status_code == 302
    hr = signed_in("du_hr")
    shown = hr.get(done["Location"]).content.decode()
    assert "不是我" in shown
    assert "罚款" in shown
    assert manager.post(act["close"], {"reason": "算了"}).status_code == 409


def test_an_answer_that_is_written_anew_leaves_the_earlier_wording_readable() -> None:
    case = opened()
    for hours, said in ((1, "没有的事"), (2, "没有的事"), (3, "当时在处理投诉")):
        cases.answer(case_id=case.pk, statement=said, by=person("li_lei"), now=NOW + hours * HOUR)
    case.refresh_from_db()
    assert case.statement == "当时在处理投诉"
    assert list(case.answers.order_by("turn").values_list("turn", "text")) == [
        (1, "没有的事"),
        (2, "当时在处理投诉"),
    ]
    page = signed_in("chen_manager").get(reverse("attendance:case", args=[case.pk])).content.decode()
    assert "没有的事" in page
    assert "此前还答过 1 次" in page
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_caseanswer SET text = 'x'")
    with pytest.raises(DatabaseError, match="answered"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_case SET statement = 'x', statement_at = now()")
