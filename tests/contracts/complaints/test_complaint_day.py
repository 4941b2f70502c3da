"""Whose day a complaint stands in: whoever settles decides, whoever filed it asks the customer."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from contracts.selectors import complaint_day
from tests.contracts.complaints import stories
from tests.contracts.complaints.stories import HOUR, NOW
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def lines(who: str) -> list[tuple[str, str]]:
    return [(str(line.title), line.label) for line in complaint_day.waiting(person(who), NOW)]


@pytest.mark.clause("P5")
def test_it_goes_from_who_decides_to_who_asks_the_customer() -> None:
    everybody()
    complaint = stories.filed()
    assert lines("luo_buyer") == [("判定责任", complaint.number)]
    [line] = complaint_day.waiting(person("luo_buyer"), NOW)
    assert line.due_at is not None
    assert line.due_at > NOW + 24 * HOUR  # a day, as the calendar counts it
    assert lines("li_lei") == []
    assert lines("xu_warehouse") == []
    stories.decide(complaint)
    assert lines("luo_buyer") == []
    complaint.refresh_from_db()
    stories.answer(complaint, "object", "包装完好，出厂有照片", now=NOW + HOUR)
    assert len(lines("luo_buyer")) == 1
    assert lines("li_lei") == []
    stories.decide(complaint, reason="照片不清", now=NOW + 2 * HOUR)
    complaint.refresh_from_db()
    stories.answer(complaint, "repair", now=NOW + 3 * HOUR)
    assert lines("luo_buyer") == []
    assert lines("li_lei") == [("询问客户是否认可", complaint.number)]
    stories.customer(complaint, now=NOW + 4 * HOUR)
    assert lines("li_lei") == []


def test_many_of_them_are_no_more_queries_and_at_most_twenty(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    everybody()
    for _n in range(complaint_day.MOST + 3):
        stories.filed()
    me = person("luo_buyer")
    lines("luo_buyer")
    with django_assert_max_num_queries(7) as seen:
        assert len(list(complaint_day.waiting(me, NOW))) == complaint_day.MOST
    assert any("LIMIT 20" in query["sql"] for query in seen.captured_queries)
