"""Three days in a row, or five in a month (S2e): a case with its evidence, once; people decide, never a timer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from attendance.models import Adjustment, Case, Leaving, MonthClose, SettledDay
from attendance.selectors.measures import clauses
from attendance.services import cases
from attendance.services.absence_watch import watch_absence
from attendance.services.cases import Proposal
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden
from office.notices.models import Notice
from office.staff import api as staff
from tests.attendance.leaves import DAY, MONDAY, NOW, everybody, local
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2e")]
LATER = NOW + 10 * DAY
ZERO, HOURS = dt.timedelta(), dt.timedelta(hours=8)


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def settle(who: str, day: dt.date, verdict: str = "absent", turn: int = 1) -> None:
    absent = verdict == "absent"
    SettledDay.objects.create(
        employee=person(who), day=day, turn=turn, verdict=verdict, planned=ZERO if verdict == "rest" else HOURS,
        worked=ZERO, late=ZERO, early=ZERO, leave=ZERO, absent=HOURS if absent else ZERO,
        absent_share=Decimal(1) if absent else Decimal(0), facts={}, digest="0" * 64, version_id=1, at=NOW,
    )  # fmt: skip


def days(first: dt.date, count: int) -> list[dt.date]:
    return [first + n * DAY for n in range(count)]


def test_three_in_a_row_open_one_case_across_a_weekend_and_a_month_end() -> None:
    friday = dt.date(2026, 10, 30)
    settle("li_lei", friday)
    settle("li_lei", friday + DAY, "rest")
    settle("li_lei", friday + 2 * DAY, "rest")
    settle("li_lei", friday + 3 * DAY)
    assert watch_absence(now=NOW) == 0
    settle("li_lei", friday + 4 * DAY)
    assert watch_absence(now=NOW) == 1
    assert watch_absence(now=NOW) == 0
    case = Case.objects.get()
    assert (case.sort, case.clause, case.opened_by, case.days) == (
        "row", "S2e", None, [friday, friday + 3 * DAY, friday + 4 * DAY],
    )  # fmt: skip
    assert [row["verdict"] for row in case.evidence.get().days] == ["absent"] * 3


def test_five_in_a_month_open_one_and_a_day_worked_breaks_a_row() -> None:
    first = dt.date(2026, 11, 2)
    for number, day in enumerate(days(first, 10)):
        settle("li_lei", day, "absent" if number % 2 == 0 else "present")
    assert watch_absence(now=NOW) == 1
    assert Case.objects.get().sort == "month"


def test_days_of_a_row_open_no_second_case_for_the_month() -> None:
    for day in days(dt.date(2026, 11, 9), 5):
        settle("li_lei", day)
    assert watch_absence(now=NOW) == 1
    assert Case.objects.get().sort == "row"


def test_a_longer_row_is_the_same_case_with_new_evidence() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    settle("li_lei", MONDAY - 4 * DAY)
    assert watch_absence(now=NOW + DAY) == 0
    case = Case.objects.get()
    assert len(case.days) == 4
    assert [each.turn for each in case.evidence.order_by("turn")] == [1, 2]


@pytest.mark.parametrize("months", [4, 8])
def test_a_case_that_takes_long_keeps_its_evidence(months: int) -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    assert watch_absence(now=NOW) == 1
    later = NOW + months * 31 * DAY
    settle("li_lei", later.date() - DAY, "present")
    assert watch_absence(now=later) == 0
    case = Case.objects.get()
    assert (case.version, case.stands, case.evidence.count()) == (1, True, 1)


def test_days_settled_otherwise_show_and_make_a_request_void() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    case = Case.objects.get()
    run = cases.propose(
        case_id=case.pk, proposal=Proposal("treated_as_left", "x", last_day=LATER.date()),
        by=person("du_hr"), now=LATER,
    )  # fmt: skip
    settle("li_lei", MONDAY - 6 * DAY, "leave", turn=2)
    watch_absence(now=LATER)
    case.refresh_from_db()
    run.refresh_from_db()
    assert (case.stands, case.state, run.state) == (False, "open", "voided")
    settle("li_lei", MONDAY - 6 * DAY, "absent", turn=3)
    watch_absence(now=LATER)
    case.refresh_from_db()
    assert (case.stands, case.evidence.count()) == (True, 3)


def test_the_person_is_told_and_has_three_working_days_before_anybody_proposes() -> None:
    friday = MONDAY - 3 * DAY
    for day in days(friday - 3 * DAY, 3):
        settle("li_lei", day)
    opened = local(friday, "10:00")
    assert watch_absence(now=opened) == 1
    case = Case.objects.get()
    (clock,) = deadlines.of(case.subject)
    assert (clock.rule, clock.clause, clock.holder_id) == (
        "attendance.case_reply",
        "S2e",
        person("li_lei").pk,
    )
    ends = local(MONDAY + 3 * DAY)
    assert case.reply_due_at == clock.due_at == ends
    told = Notice.objects.get(kind="attendance.case_about_you")
    assert (told.recipient, told.clause) == (person("li_lei"), "S2e")
    proposal = Proposal("treated_as_left", "三天未到岗", last_day=LATER.date())

    def propose(at: dt.datetime) -> approvals.Run:
        return cases.propose(case_id=case.pk, proposal=proposal, by=person("du_hr"), now=at)

    with pytest.raises(Conflict) as refused:
        propose(ends - dt.timedelta(seconds=1))
    assert (refused.value.code, refused.value.clause) == ("not_heard", "S2e")
    assert propose(ends).state == "running"


def test_once_he_has_answered_it_can_be_decided_and_the_answer_stands_before_the_deciders() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    case = Case.objects.get()
    cases.answer(case_id=case.pk, statement="住院，已托人请假", by=person("li_lei"), now=NOW + DAY)
    told = set(
        Notice.objects.filter(kind="attendance.case_answered").values_list("recipient__number", flat=True)
    )
    assert told == {person("chen_manager").number, person("du_hr").number}
    assert [each.state for each in deadlines.of(case.subject)] == ["met"]
    run = cases.propose(
        case_id=case.pk, proposal=Proposal("no_measure", "情况属实"), by=person("du_hr"), now=NOW + DAY
    )
    assert run.state == "running"
    note = str(clauses(NOW)["S2e"].clause.note)
    assert "不是法定的解除方式" in note
    for who, url in (
        ("li_lei", reverse("attendance:case", args=[case.pk])),
        ("du_hr", reverse("attendance:case", args=[case.pk])),
        ("chen_manager", reverse("approvals:run", args=[run.pk])),
    ):
        page = signed_in(who).get(url).content.decode()
        assert "住院，已托人请假" in page
        assert note in page


def test_the_manager_and_human_resources_decide_and_never_a_timer() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    watch_absence(now=LATER)
    assert not Leaving.objects.exists()
    case = Case.objects.get()
    run = cases.propose(
        case_id=case.pk, proposal=Proposal("treated_as_left", "三天未到岗且联系不上", last_day=LATER.date()),
        by=person("du_hr"), now=LATER,
    )  # fmt: skip
    assert run.kind == "attendance.absence_case"
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=LATER)
    assert not Leaving.objects.exists()
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=LATER)  # the proposer does not decide
    case.refresh_from_db()
    assert (case.state, Leaving.objects.get().reason) == ("decided", "absence")


def test_a_closed_case_is_never_touched_again() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    case = Case.objects.get()
    cases.close_case(case_id=case.pk, reason="住院", by=person("chen_manager"), now=NOW)
    settle("li_lei", MONDAY - 7 * DAY, "present", turn=2)
    assert watch_absence(now=LATER) == 0
    settle("li_lei", MONDAY - 7 * DAY, "absent", turn=3)
    assert watch_absence(now=LATER) == 0
    assert Case.objects.get().evidence.count() == 1


def test_partly_absent_days_do_not_count() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day, "present")
    assert watch_absence(now=NOW) == 0


def test_a_day_of_a_closed_month_counts_as_its_correcting_entry_says() -> None:
    first = dt.date(2026, 10, 12)
    for day in days(first, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    MonthClose.objects.create(
        month=dt.date(2026, 10, 1), closed_by=person("du_hr"), closed_at=NOW, days=3, lines=0, digest="0" * 64
    )
    Adjustment.objects.create(
        employee=person("li_lei"), day=first + DAY, turn=1, month=dt.date(2026, 11, 1), verdict="present",
        share_before=Decimal(1), absent_share=Decimal(0), facts={}, digest="0" * 64, version_id=1, at=NOW,
    )  # fmt: skip
    watch_absence(now=NOW + DAY)
    case = Case.objects.get()
    assert not case.stands
    newest = case.evidence.latest("turn").days
    assert [row["verdict"] for row in newest] == ["absent", "present", "absent"]


def closed(case: Case) -> Case:
    cases.close_case(case_id=case.pk, reason="住院", by=person("chen_manager"), now=NOW)
    case.refresh_from_db()
    return case


def test_a_row_that_grows_after_its_case_was_closed_opens_a_new_one_that_names_it() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    former = closed(Case.objects.get())
    assert watch_absence(now=NOW + DAY) == 0
    settle("li_lei", MONDAY - 4 * DAY)
    assert [watch_absence(now=LATER), watch_absence(now=LATER)] == [1, 0]
    case = Case.objects.latest("pk")
    assert (case.sort, len(case.days), case.statement, case.reply_due_at > LATER) == ("row", 4, "", True)
    proof = case.evidence.get()
    assert {number: [row["day"] for row in rows] for number, rows in proof.covered.items()} == {
        former.pk: [day.isoformat() for day in days(MONDAY - 7 * DAY, 3)]
    }
    assert [row["day"] for row in proof.own] == [(MONDAY - 4 * DAY).isoformat()]
    url = reverse("attendance:case", args=[case.pk])
    for who in ("du_hr", "li_lei"):
        page = signed_in(who).get(url).content.decode()
        assert f"案件 #{former.pk} 已处理过" in page
        assert reverse("attendance:case", args=[former.pk]) in page
    page = signed_in("du_hr").get(reverse("attendance:case", args=[former.pk])).content.decode()
    assert f"之后又有旷工，见案件 #{case.pk}" in page
    settle("li_lei", MONDAY - 3 * DAY)
    assert watch_absence(now=LATER) == 0  # the new one goes on
    assert [row["day"] for row in case.evidence.latest("turn").own] == ["2026-11-19", "2026-11-20"]


def test_a_month_with_more_days_than_its_closed_case_covered_opens_a_new_one() -> None:
    first = dt.date(2026, 11, 2)
    for number, day in enumerate(days(first, 10)):
        settle("li_lei", day, "absent" if number % 2 == 0 else "present")
    watch_absence(now=NOW)
    former = closed(Case.objects.get())
    settle("li_lei", first + 11 * DAY)
    assert [watch_absence(now=LATER), watch_absence(now=LATER)] == [1, 0]
    case = Case.objects.latest("pk")
    assert (case.sort, len(case.days), set(case.evidence.get().covered)) == ("month", 6, {former.pk})


def test_a_later_fact_that_makes_a_day_count_which_the_closed_case_did_not_is_new() -> None:
    monday = MONDAY - 7 * DAY
    for day in days(monday, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    settle("li_lei", monday, "leave", turn=2)
    watch_absence(now=NOW)
    closed(Case.objects.get())
    settle("li_lei", monday, "absent", turn=3)
    assert [watch_absence(now=LATER), watch_absence(now=LATER)] == [1, 0]
    proof = Case.objects.latest("pk").evidence.get()
    assert [row["day"] for row in proof.own] == [monday.isoformat()]


def test_whoever_was_treated_as_left_gets_no_further_case_unless_it_is_called_off() -> None:
    for day in days(MONDAY - 7 * DAY, 3):
        settle("li_lei", day)
    watch_absence(now=NOW)
    case = Case.objects.get()
    run = cases.propose(
        case_id=case.pk, proposal=Proposal("treated_as_left", "x", last_day=(LATER + 5 * DAY).date()),
        by=person("du_hr"), now=LATER,
    )  # fmt: skip
    for who in ("chen_manager", "zhou_general"):
        approvals.approve(run_id=run.pk, by=person(who), now=LATER)
    settle("li_lei", MONDAY - 4 * DAY)
    assert watch_absence(now=LATER) == 0
    Leaving.objects.update(state="called_off", ended_at=LATER, ended_reason="回来上班")
    assert watch_absence(now=LATER) == 1


def three_days_of(who: str) -> Case:
    for day in days(MONDAY - 7 * DAY, 3):
        settle(who, day)
    watch_absence(now=NOW)
    return Case.objects.get(employee=person(who))


def status(who: str, case: Case) -> int:
    return signed_in(who).get(reverse("attendance:case", args=[case.pk])).status_code


def test_the_manager_sees_the_cases_of_his_people_and_those_that_are_put_to_him() -> None:
    case, own = three_days_of("sun_admin"), three_days_of("li_lei")
    assert [status("chen_manager", each) for each in (case, own)] == [404, 200]
    assert [status("du_hr", each) for each in (case, own)] == [200, 200]
    told = Notice.objects.filter(kind="attendance.case_opened", recipient=person("chen_manager"))
    assert told.count() == 1
    with pytest.raises(Forbidden):
        cases.close_case(case_id=case.pk, reason="x", by=person("chen_manager"), now=LATER)
    given = Proposal("treated_as_left", "多日旷工", last_day=LATER.date())
    with pytest.raises(Forbidden):
        cases.propose(case_id=case.pk, proposal=given, by=person("chen_manager"), now=LATER)
    cases.propose(case_id=case.pk, proposal=given, by=person("du_hr"), now=LATER)
    assert status("chen_manager", case) == 200, "the chain asks him"


def test_somebody_hears_whoever_alone_sees_everybody() -> None:
    case = three_days_of("du_hr")
    assert status("chen_manager", case) == 200
    staff.appoint(employee=person("hu_culture"), position="hr", start=NOW - DAY, by=None, now=NOW - DAY)
    assert [status(who, case) for who in ("chen_manager", "hu_culture")] == [404, 200]
