"""The rulebook's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from office.rulebook import pages, state
from office.rulebook.models import DayOverride
from office.rulebook.templatetags import rules
from office.rulebook.types import Counts
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db


def signed_in(who: str = "zheng_designer") -> Client:
    client = Client(headers={"accept-language": "en"})
    sign_in(client, person(who))
    return client


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def provider(clause_ids: Any, start: object, end: object) -> dict[str, Counts]:
        return {"C7.2": Counts(kept=7, late=2, open=1)} if "C7.2" in clause_ids else {}

    monkeypatch.setattr(state, "_providers", [provider])


def get(path: str, who: str = "zheng_designer", status: int = 200) -> str:
    response = signed_in(who).get(path)
    assert response.status_code == status, path
    return response.content.decode()


def test_everybody_reads_the_whole_book() -> None:
    html = get(reverse("rulebook:list"))
    assert html.count('<article class="clause"') == 111
    assert 'href="#chapter-C7"' in html


def test_each_clause_says_how_it_is_enforced_by_what_rule_and_how_it_fared_this_week() -> None:
    articles = get(reverse("rulebook:list")).split('<article class="clause"')[1:]
    by_id = {article.split('id="')[1].split('"')[0]: article.split("</article>")[0] for article in articles}
    with translation.override("en"):
        timer, conduct = rules.enforcement_name("timer"), rules.enforcement_name("conduct")
    contact, manners = by_id["C7.2"], by_id["S3"]
    assert f'<span class="chip">{timer}</span>' in contact
    assert "within 10 min" in contact
    assert "7 kept, 2 late, 1 open" in contact
    assert f'<span class="chip">{conduct}</span>' in manners
    assert "clause-week" not in manners
    assert [clause for clause, article in by_id.items() if '<span class="chip' not in article] == []


def test_visitors_are_sent_to_sign_in() -> None:
    for name in ("list", "calendar"):
        assert Client().get(reverse(f"rulebook:{name}")).status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("C7.2", {"C7.2"}),
        ("orders.contact", {"C7.2"}),
        ("十分钟 有效", {"C7.2"}),
        ("ＭＡＣＨＩＮＥ ROOM", {"C13.9"}),
    ],
)
def test_search_takes_numbers_words_and_rules(query: str, found: set[str]) -> None:
    response = signed_in().get(reverse("rulebook:list"), {"q": query})
    ids = {entry.clause.id for chapter in response.context["chapters"] for entry in chapter.entries}
    assert ids == found


def test_an_empty_search_says_what_to_do() -> None:
    response = signed_in().get(reverse("rulebook:list"), {"q": "<script>xyzzy"})
    assert response.status_code == 200
    assert response.context["chapters"] == []
    assert "<script>xyzzy" not in response.content.decode()


def test_a_clause_has_its_page() -> None:
    html = get(reverse("rulebook:clause", args=["C7.2"]))
    assert "orders.contact" in html
    assert '<rect class="late"' in html


def test_a_clause_of_another_book_is_shown_as_such() -> None:
    response = signed_in().get(reverse("rulebook:clause", args=["J7"]))
    assert response.status_code == 200
    assert response.context["in_force"] is False


@pytest.mark.parametrize("clause_id", ["Z9", "C7.99", "%00", "'; DROP TABLE", "规章"])
def test_no_such_clause_is_404(clause_id: str) -> None:
    get(reverse("rulebook:clause", args=[clause_id]), status=404)


def test_every_clause_of_both_books_has_a_page() -> None:
    client = signed_in()
    for clause_id in ("S1a", "P7b", "C10.a", "C11.2b", "C14", "W4", "J0", "M8.10", "J1.11"):
        assert client.get(reverse("rulebook:clause", args=[clause_id])).status_code == 200, clause_id


def test_chinese_readers_get_the_chinese_text() -> None:
    client = signed_in()
    with translation.override("zh-hans"):
        html = client.get(
            reverse("rulebook:clause", args=["C7.2"]), headers={"accept-language": "zh-hans"}
        ).content
    assert "十分钟内联系客户".encode() in html


def test_the_calendar_shows_days_off_and_make_up_days() -> None:
    html = get(reverse("rulebook:calendar") + "?year=2026")
    assert html.count('<table class="calendar-month">') == 12
    assert html.count('<td data-kind="makeup"') == 6
    assert 'title="国庆节"' in html


@pytest.mark.parametrize("year", ["2035", "x", "-1", "99999", "", "٢٠٢٦", "1900"])
def test_any_year_is_answered(year: str) -> None:
    get(f"{reverse('rulebook:calendar')}?year={year}")


def test_an_unpublished_year_says_so() -> None:
    response = signed_in().get(reverse("rulebook:calendar"), {"year": "2035"})
    assert response.context["published"] is False


def post_day(who: str, **fields: str) -> Any:
    values = {"day": "2026-11-24", "kind": "off", "name": "盘点", "source": "部门通知", **fields}
    return signed_in(who).post(reverse("rulebook:calendar"), values)


def test_it_may_change_a_day() -> None:
    response = post_day("qian_it")
    assert response.status_code == 302
    assert DayOverride.objects.get().date == date(2026, 11, 24)
    assert "盘点" in get(reverse("rulebook:calendar") + "?year=2026")


def test_a_wrong_day_keeps_what_was_typed() -> None:
    response = post_day("qian_it", source="")
    assert response.status_code == 422
    assert "盘点" in response.content.decode()
    assert post_day("qian_it", day="not a day").status_code == 422
    assert post_day("qian_it", day="2099-01-01").status_code == 422
    assert post_day("qian_it", kind="half").status_code == 422
    assert post_day("qian_it", name="\x00").status_code == 422
    assert not DayOverride.objects.exists()


def test_others_may_not_change_a_day() -> None:
    assert post_day("li_lei").status_code == 403
    assert not DayOverride.objects.exists()
    assert "change-a-day" not in get(reverse("rulebook:calendar"), "li_lei")


def test_pages_need_few_queries(django_assert_max_num_queries: Any) -> None:
    client = signed_in()
    client.get(reverse("rulebook:list"))
    with django_assert_max_num_queries(30):
        client.get(reverse("rulebook:list"))


def test_the_chip_links_to_the_clause_and_names_it() -> None:
    from django.template import Context, Template

    with translation.override("en"):
        chip = Template('{% load rules %}{% clause_chip "C7.2" %}').render(Context())
        none = Template('{% load rules %}{% clause_chip "" %}').render(Context())
        old = Template('{% load rules %}{% clause_chip "M5.1" %}').render(Context())
    assert chip == (
        '<a class="chip chip-clause" href="/rulebook/C7.2/" '
        'title="C7.2 The customer is contacted within ten minutes">C7.2</a>'
    )
    assert none == ""
    assert "Orders are taken live" in old


def test_a_month_starts_on_monday() -> None:
    from office.rulebook.calendar import DayTable

    november = pages.months(2026, DayTable(), date(2026, 11, 23))[10]
    first_week = november.weeks[0]
    assert first_week[:6] == (None,) * 6
    assert first_week[6] is not None
    assert first_week[6].date == date(2026, 11, 1)


def test_a_chip_shows_its_clause_in_a_little_window() -> None:
    answer = signed_in().get(reverse("rulebook:brief", args=["C7.2"]))
    text = answer.content.decode()
    assert "ten minutes" in text.lower() or "10 min" in text.lower()
    assert "<html" not in text
    assert "private" in answer["Cache-Control"]
    assert signed_in().get(reverse("rulebook:brief", args=["X9"])).status_code == 404
