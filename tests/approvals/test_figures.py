"""The figures: how long steps took, by kind and person; every number leads to its requests; the workbook."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors import figures
from office.audit.models import Entry
from tests.approvals.cast import ask, note, take
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
PAGE = "/approvals/figures/"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture
def told() -> dict[str, Run]:
    """Five requests: decided in half an hour, late, returned, rejected, stuck."""
    now = timezone.now()
    quick = ask(subject=note(1), now=now - 3 * HOUR)
    approvals.approve(run_id=quick.pk, by=person("chen_manager"), now=now - 2.5 * HOUR)
    late = ask(subject=note(2), now=now - 9 * DAY)
    approvals.approve(run_id=late.pk, by=person("chen_manager"), now=now - HOUR)
    back = ask("toy.two", subject=note(3), now=now - 5 * HOUR)
    approvals.return_to(run_id=back.pk, by=person("wang_supervisor"), now=now - 2 * HOUR, reason="why?")
    refused = ask(subject=note(4), now=now - 2 * HOUR)
    approvals.reject(run_id=refused.pk, by=person("chen_manager"), now=now - HOUR, reason="no")
    take("service_supervisor")
    stuck = ask("toy.two", subject=note(5), now=now - HOUR)
    return {"quick": quick, "late": late, "back": back, "refused": refused, "stuck": stuck}


def page(**query: Any) -> Any:
    return signed_in("chen_manager").get(PAGE, query)


def behind(**query: Any) -> set[int]:
    answer: Any = signed_in("chen_manager").get(PAGE + "rows/", query)
    return {run.pk for run, _name in answer.context["rows"]}


def test_the_distribution_counts_each_step_once(told: dict[str, Run]) -> None:
    now = timezone.now()
    columns = figures.distribution(now - 28 * DAY, now)
    assert [column.steps for column in columns] == [0, 2, 1, 0, 0, 0, 0, 1]
    assert [column.late for column in columns] == [0, 0, 0, 0, 0, 0, 0, 1]
    assert sum(column.steps for column in figures.distribution(now - 28 * DAY, now, "toy.two")) == 1


def test_every_number_leads_to_its_requests(told: dict[str, Run]) -> None:
    pk = {name: run.pk for name, run in told.items()}
    manager = person("chen_manager").pk
    assert behind(what="late", kind="toy.price") == {pk["late"]}
    assert behind(what="returned") == {pk["back"]}
    assert behind(what="rejected") == {pk["refused"]}
    assert behind(what="agreed") == {pk["quick"], pk["late"]}
    assert behind(what="stuck") == behind(what="waiting") == {pk["stuck"]}
    assert behind(what="overdue") == set()
    assert behind(what="steps", person=manager) == {pk["quick"], pk["late"], pk["refused"]}
    assert behind(what="late", person=manager) == {pk["late"]}
    assert behind(what="asked", days=7) == set(pk.values()) - {pk["late"]}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"what": "x"},
        {"what": "stuck", "person": "1"},
        {"what": "late", "days": "x", "kind": "y", "after": "z"},
    ],
)
def test_a_number_that_is_none(query: dict[str, str], told: dict[str, Run]) -> None:
    status = 200 if query.get("what") == "late" else 404
    assert signed_in("chen_manager").get(PAGE + "rows/", query).status_code == status


def test_the_page_shows_chart_table_and_links(told: dict[str, Run]) -> None:
    text = page(days=28).content.decode()
    for shown in ("chart-steps", "figures-data", "what=late&amp;days=28", "cup 5"):
        assert shown in text
    assert page(kind="toy.two").context["chart"]["kept"] == [0, 0, 1, 0, 0, 0, 0, 0]
    assert page(kind="no.such", days="1").status_code == 200


@pytest.mark.clause("C13.5")
def test_the_workbook_holds_the_same_and_is_in_the_trail(told: dict[str, Run]) -> None:
    answer: Any = signed_in("chen_manager").post(PAGE + "workbook/", {"days": "28"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    sheets = [[list(row) for row in sheet.values] for sheet in book]
    assert person("chen_manager").name in str(sheets[0][2][1])
    assert sheets[2][2][1:] == [2, 0]
    assert sheets[5][1][0:2] == [told["stuck"].pk, "cup 5"]
    entry = Entry.objects.get(verb="approvals.figures_exported")
    assert (entry.actor_id, entry.clause) == (person("chen_manager").pk, "C13.5")
    assert signed_in("li_lei").post(PAGE + "workbook/").status_code == 403


def test_a_name_that_looks_like_a_formula_stays_text(told: dict[str, Run]) -> None:
    boss = person("chen_manager")
    boss.name = "=1+1"
    boss.save()
    answer: Any = signed_in("chen_manager").post(PAGE + "workbook/")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[3]
    cells = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert cells["=1+1"] == "s"


def test_the_number_of_queries_is_bounded(told: dict[str, Run], django_assert_max_num_queries: Any) -> None:
    browser = signed_in("chen_manager")
    browser.get(PAGE)
    with django_assert_max_num_queries(16):
        browser.get(PAGE)
    with django_assert_max_num_queries(12):
        browser.get(PAGE + "rows/", {"what": "asked"})
