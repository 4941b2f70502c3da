"""The bound of a fine (S4b) is what the book says that was in force when the case was opened: in the form, in the verb,
and in the database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Case, CaseDecision
from attendance.services import cases
from attendance.services.cases import Proposal, check
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Invalid, Refused
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
from tests.attendance.leaves import DAY, HOUR, NOW, everybody
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S4b")]
LATER = NOW + 8 * DAY


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def other_book(bound: str) -> None:
    """From the day after NOW on a fine is at most so much."""
    source = shipped_source("site")
    changed = source.replace('value = "1000.00"\nunit = "CNY"', f'value = "{bound}"\nunit = "CNY"')
    assert changed != source
    rulebook.activate_book(code="site", starts_at=NOW + DAY, by=None, now=NOW, source=changed)


def opened(days: int = 0) -> Case:
    now = NOW + days * DAY
    case = cases.open_case(
        employee_id=person("li_lei").pk, clause="S4b", facts="顶撞主管", by=person("wang_supervisor"), now=now
    )
    cases.answer(case_id=case.pk, statement="当时在处理投诉", by=person("li_lei"), now=now + HOUR)
    case.refresh_from_db()
    return case


def proposed(case: Case, fine: str | None) -> Run:
    proposal = Proposal("fine", "事实清楚", fine=None if fine is None else Decimal(fine))
    return cases.propose(case_id=case.pk, proposal=proposal, by=person("wang_supervisor"), now=LATER)


def decided(case: Case, run: Run, fine: str, limit: str) -> None:
    with transaction.atomic():
        CaseDecision.objects.create(
            case=case, employee=case.employee, run=run, measure="fine", grounds="事实清楚", at=LATER,
            fine=Decimal(fine), fine_limit=Decimal(limit),
        )  # fmt: skip


def test_above_it_the_verb_refuses_with_what_the_book_says() -> None:
    case = opened()
    with pytest.raises(Invalid) as refused:
        proposed(case, "1000.01")
    assert (refused.value.clause, refused.value.code) == ("S4b", "too_much")
    assert "1000.00" in str(refused.value.message)
    assert f"#{rulebook.book(NOW).version_id}" in str(refused.value.message)
    for given in (None, "0", "-5"):
        with pytest.raises(Invalid):
            proposed(case, given)
    assert proposed(case, "1000").payload["fine_limit"] == "1000.00"


def test_the_database_looks_into_the_book() -> None:
    case = opened()
    run = proposed(case, "1000")
    for fine, limit, said in (
        ("1000.01", "1000", "case_fine_bounded|above the 1000.00 of the rulebook"),
        ("1500", "2000", "above the 1000.00 of the rulebook"),
        ("900", "2000", "is the 1000.00 of the rulebook"),
        ("1000", "1000", "authorised|agreed"),  # within it, and not agreed to
    ):
        with pytest.raises(IntegrityError, match=said):
            decided(case, run, fine, limit)


def test_a_book_that_says_less_binds_the_cases_opened_since_and_no_earlier_one() -> None:
    before = opened()
    run = proposed(before, "1000")
    other_book("500.00")
    since = opened(days=2)
    with pytest.raises(Invalid) as refused:
        proposed(since, "500.01")
    assert "500.00" in str(refused.value.message)
    under = proposed(since, "500")
    with pytest.raises(IntegrityError, match=r"above the 500.00 of the rulebook"):
        decided(since, under, "600", "1000")
    for each in (run, under):
        approvals.approve(run_id=each.pk, by=person("chen_manager"), now=LATER)
        approvals.approve(run_id=each.pk, by=person("du_hr"), now=LATER)
    assert [f"{row.fine} {row.fine_limit}" for row in CaseDecision.objects.order_by("case_id")] == [
        "1000.00 1000.00",
        "500.00 500.00",
    ]


def test_a_book_that_says_more_lets_more_be_decided() -> None:
    other_book("1_200.00".replace("_", ""))
    run = proposed(opened(days=2), "1200")
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=LATER)
    approvals.approve(run_id=run.pk, by=person("du_hr"), now=LATER)
    assert CaseDecision.objects.get().fine == 1200


def test_a_paper_with_another_bound_is_none() -> None:
    case = opened()
    paper: dict[str, Any] = {
        "case": case.pk, "employee": case.employee_id, "clause": "S4b", "measure": "fine", "grounds": "x",
    }  # fmt: skip
    check({**paper, "fine": "1000", "fine_limit": "1000.00"})
    for wrong in (
        {"fine": "1500", "fine_limit": "2000"},
        {"fine": "100", "fine_limit": "2000"},
        {"fine": "100", "fine_limit": "500"},
        {"fine": "x", "fine_limit": "1000"},
        {"fine": "1"},
        {"case": "1"},
        {"grounds": ""},
        {"measure": "dismissal", "fine": "0", "fine_limit": "1000"},
    ):
        with pytest.raises(Invalid):
            check(
                {**paper, "fine": "0", "fine_limit": "1000.00", **wrong}
                if "fine" not in wrong
                else {**paper, **wrong}
            )


def test_the_page_says_how_much_and_by_which_book() -> None:
    now = timezone.now()
    case = cases.open_case(
        employee_id=person("li_lei").pk, clause="S4b", facts="顶撞", by=person("wang_supervisor"), now=now
    )
    cases.answer(case_id=case.pk, statement="没有", by=person("li_lei"), now=now)
    browser = signed_in("chen_manager")
    page = browser.get(reverse("attendance:case", args=[case.pk])).content.decode()
    assert "1000.00" in page
    assert f"#{rulebook.book(now).version_id}" in page
    answer = browser.post(
        reverse("attendance:case_act", args=[case.pk, "propose"]),
        {"measure": "fine", "fine": "5000", "grounds": "事实清楚"},
    )
    assert answer.status_code == 422
    assert "1000.00" in answer.content.decode()
    assert "事实清楚" in answer.content.decode()


def without_bound() -> None:
    """From the day after NOW on the book names no bound for a fine."""
    source = shipped_source("site")
    start = source.index('[rules."attendance.fine"]')
    changed = source[:start] + source[source.index("[rules.", start + 1) :]
    rulebook.activate_book(code="site", starts_at=NOW + DAY, by=None, now=NOW, source=changed)


def test_a_book_without_a_bound_lets_nobody_be_fined_and_says_so() -> None:
    without_bound()
    case = opened(days=2)
    with pytest.raises(Invalid) as refused:
        proposed(case, "1")
    assert (refused.value.code, refused.value.clause) == ("no_bound", "S4b")
    assert f"#{rulebook.book(case.opened_at).version_id}" in str(refused.value.message)
    paper = {"case": case.pk, "measure": "fine", "grounds": "x", "fine": "1", "fine_limit": "0.00"}
    for told in ("0.00", "1"):
        with pytest.raises(Invalid):
            check({**paper, "fine_limit": told})
    page = signed_in("chen_manager").get(reverse("attendance:case", args=[case.pk]))
    assert page.status_code == 200
    assert "罚款（元）" not in page.content.decode()


def test_other_measures_are_decided_all_the_same() -> None:
    without_bound()
    case = opened(days=2)
    run = cases.propose(
        case_id=case.pk, proposal=Proposal("warning", "事实清楚"), by=person("wang_supervisor"), now=LATER
    )
    assert run.payload["fine_limit"] == "0.00"
    for who in ("chen_manager", "du_hr"):
        approvals.approve(run_id=run.pk, by=person(who), now=LATER)
    assert CaseDecision.objects.get().measure == "warning"


def test_the_last_agreement_to_a_fine_without_a_bound_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a clock that went wrong brings it about; even then it is no fault of the server."""
    run = proposed(opened(), "100")
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=LATER)
    monkeypatch.setattr("attendance.services.cases.fine_limit", lambda opened_at: None)
    with pytest.raises(Refused) as refused:
        approvals.approve(run_id=run.pk, by=person("du_hr"), now=LATER)
    assert refused.value.code == "no_bound"
