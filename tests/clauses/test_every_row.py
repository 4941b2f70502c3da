"""Every row of the regulations has a clause in its book, in both languages, kept by a rule or declared otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.types import (
    ENFORCEMENTS,
    Book,
    ChainRule,
    DeadlineRule,
    HoursRule,
    LimitRule,
    Parameter,
    ParameterRule,
    PermissionRule,
    ScheduleRule,
)
from office.staff.models import Position


def _words(text: str) -> list[str]:
    return text.split()


STAFF = _words("S1a S1b S1c S1d S2a S2b S2c S2d S2e S3 S4a S4b S4c S5 S6 S7")
SUPPLIERS = _words(
    "P0 P1.1 P1.2 P1.3 P1.4 P1.5 P1.6 P2.1 P2.2 P2.3 P3.1 P3.2 P3.3 P3.4 P3.5 P3.6 P4 P5 P6 P7a P7b P7c"
)
MANAGEMENT = _words(
    "C1 C2 C3.1 C3.2 C3.3 C4.1 C4.2 C4.3 C4.4 C5.1 C5.2 C6.1 C6.2 C6.3 C6.4 C6.5 C6.6 C6.7 C6.8 C6.9 C7.1 C7.2 "
    "C7.3 C7.4 C7.5 C8.1 C8.2 C9.1 C9.2 C9.3 C10.1 C10.2 C10.3 C10.4 C10.5 C10.6 C10.7 C10.8 C10.9 C10.10 C10.11 "
    "C10.12 C10.13 C10.a C10.b C10.c C10.d C10.e C10.f C11.1 C11.2a C11.2b C11.2c C11.3 C12 C13.0 C13.1 C13.2 "
    "C13.3 C13.4 C13.5 C13.6 C13.7 C13.8 C13.9 C14"
)
MALL = _words(
    "M1.1 M1.3 M2 M3 M4.2 M4.3 M4.7 M4.9 M5.1 M5.3 M5.4 M6 M7.1 M7.2 M7.3 M8.1 M8.4 M8.9 M8.10 M9.1 M9.2 M9.3 M10 "
    "M11 M12"
)
PLAN = _words("W1 W2 W3 W4 W5")
POSTS = _words("J0 J1.1 J1.7 J1.9 J1.11 J2 J3 J4 J5 J6 J7 J8")
#: What the mall's own clauses say in place of the website's.
REPLACED = _words(
    "C3.1 C3.3 C4.1 C4.2 C4.3 C5.2 C6.2 C6.3 C6.7 C6.8 C6.9 C7.1 C7.3 C7.4 C8.1 C8.2 C9.1 C9.2 C9.3 C10.1 C10.4 "
    "C10.9 C10.10 C11.1 C11.2a C11.2c C11.3 C13.2 C13.6 C13.8"
)

SITE_IDS = {*STAFF, *SUPPLIERS, *MANAGEMENT, *PLAN, "J0", "J2"}
MALL_IDS = ({*STAFF, *SUPPLIERS, *MANAGEMENT} - set(REPLACED)) | {*MALL, *PLAN, *POSTS}

DESK_KEYS = _words(
    "orders.accept orders.contact orders.takeover orders.service_hours orders.open_limit orders.idle_return "
    "orders.watch_gap orders.backup orders.view orders.view_all orders.accept_order orders.reassign "
    "orders.take_over orders.import orders.manage_shops orders.cancel orders.export orders.figures "
    "orders.erase_customer orders.retention staff.view staff.manage staff.password staff.acting "
    "staff.mfa_required rulebook.view audit.view notices.channels admin.enter retention.raw_days"
)


@pytest.fixture(scope="module", params=["site", "mall"])
def book(request: pytest.FixtureRequest) -> Book:
    code = str(request.param)
    return parse_book(shipped_source(code), file=f"{code}.toml")


def test_every_row_of_the_regulations_is_a_clause(book: Book) -> None:
    assert set(book.clauses) == (SITE_IDS if book.code == "site" else MALL_IDS)


def test_both_languages_are_there_and_differ(book: Book) -> None:
    for clause in book.clauses.values():
        for text in (clause.title, clause.text, clause.note, clause.reason):
            if text is not None:
                assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), clause.id
                assert text.en.isascii() or "公司" in text.en or "科技" in text.en, clause.id
                assert text.zh != text.en


def test_chinese_texts_are_whole_sentences(book: Book) -> None:
    for clause in book.clauses.values():
        assert clause.text.zh.endswith("。"), clause.id
        assert clause.text.en.endswith("."), clause.id
        assert not clause.title.zh.endswith("。"), clause.id


def test_every_rule_rests_on_clauses_of_its_book(book: Book) -> None:
    for rule in book.rules.values():
        assert set(rule.clauses) <= set(book.clauses), rule.key


def test_every_clause_is_kept_by_a_rule_or_declared_otherwise(book: Book) -> None:
    named = {clause_id for rule in book.rules.values() for clause_id in rule.clauses}
    for clause in book.clauses.values():
        assert set(clause.enforcement) <= set(ENFORCEMENTS)
        assert clause.id in named or {"conduct", "excluded", "planned"} & set(clause.enforcement), clause.id


def test_defaults_say_what_is_ours(book: Book) -> None:
    for rule in book.rules.values():
        assert not rule.default or rule.note is not None, rule.key


def test_every_code_of_a_parameter_has_a_name(book: Book) -> None:
    for rule in book.rules.values():
        codes = set(rule.requires) if isinstance(rule, ChainRule) else set()
        if isinstance(rule, ParameterRule):
            codes = {code for code in _codes(rule.value) if code.isascii() and "." not in code}
        assert codes <= {*book.names, *book.positions}, rule.key


def _codes(value: Parameter) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _codes(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield key
            yield from _codes(item)


def test_the_positions_are_those_of_the_staff_engine(book: Book) -> None:
    assert set(book.positions) == set(Position.values)


def test_the_desk_finds_every_rule_it_asks_for(book: Book) -> None:
    missing = [key for key in DESK_KEYS if key not in book.rules]
    assert not missing
    assert ("orders.handoff" in book.rules) == (book.code == "site")
    assert ("orders.followup" in book.rules) == (book.code == "mall")


@pytest.mark.clause("J7")
def test_raising_sales_by_hand_is_excluded_with_its_reason() -> None:
    mall = parse_book(shipped_source("mall"), file="mall.toml")
    clause = mall.clauses["J7"]
    assert clause.enforcement == ("excluded",)
    assert clause.reason is not None
    assert not list(mall.rules_of("J7"))


def test_the_superiors_are_those_of_the_regulations() -> None:
    site = parse_book(shipped_source("site"), file="site.toml").superiors
    mall = parse_book(shipped_source("mall"), file="mall.toml").superiors
    assert site["general_manager"] is None
    assert (site["department_manager"], mall["department_manager"]) == (
        "vice_president",
        "marketing_director",
    )
    assert (site["designer"], mall["designer"]) == ("department_manager", "planner")
    assert site["service_agent"] == mall["service_agent"] == "service_supervisor"
    assert site["quality_inspector"] == "buyer"
    assert {site["vice_president"], site["hr"], site["it_manager"]} == {"general_manager"}


VALUES: list[tuple[str, str, str]] = [
    ("site", "orders.accept", "0:10:00 orders.service_hours C7.1"),
    ("mall", "orders.accept", "0:10:00 orders.service_hours M5.1"),
    ("site", "orders.contact", "0:10:00 always C7.2"),
    ("mall", "orders.contact", "0:10:00 always C7.2"),
    ("site", "orders.handoff", "1 day, 0:00:00 always C7.3"),
    ("mall", "orders.followup", "1 day, 0:00:00 always M5.3"),
    ("site", "cms.publish_news", "2 days, 0:00:00 always C5.2"),
    ("site", "attendance.handover", "7 days, 0:00:00 calendar S4c"),
    ("site", "contracts.order_return", "1 day, 0:00:00 calendar P7b"),
    ("site", "contracts.order_deemed", "3 days, 0:00:00 calendar P7b"),
    ("site", "contracts.balance", "30 days, 0:00:00 calendar P2.2"),
    ("site", "attendance.leave", "any:department_manager+supervisor S2b"),
    ("site", "cms.redesign", "any:department_manager any:vice_president any:general_manager C3.3"),
    ("mall", "cms.redesign", "any:department_manager any:marketing_director M1.3"),
    ("site", "catalog.price", "any:department_manager C11.1"),
    ("mall", "catalog.price", "any:marketing_director M9.1"),
    ("site", "accounts.level_change", "any:department_manager C13.2"),
    ("mall", "accounts.level_change", "all:marketing_director+it_manager M10"),
    ("site", "attendance.fine", "1000.00 CNY S4b"),
    ("site", "contracts.deposit", "30 percent P2.2"),
    ("site", "orders.open_limit", "10 orders C7.1"),
    ("site", "orders.watch_gap", "0:10:00 duration C7.1"),
    ("mall", "orders.watch_gap", "0:10:00 duration M5.1"),
    ("site", "cms.upload_image", "512000 bytes C6.9"),
    ("site", "cms.upload_video", "31457280 bytes C6.9"),
    ("site", "cms.upload_document", "1048576 bytes C6.9"),
    ("mall", "orders.compensation", "200.00 CNY J5"),
    ("site", "orders.backup", "week 1 C7.4"),
    ("mall", "orders.backup", "day 1 M5.4"),
    ("mall", "cms.main_page_review", "day 14 M1.1"),
    ("mall", "catalog.stock_count", "day 2 J6"),
    ("site", "orders.service_hours", "08:50-18:10 C9.1"),
    ("mall", "orders.service_hours", "08:30-21:00 M7.1"),
    ("site", "attendance.shift.office", "08:30-11:00 12:30-18:30 S1a"),
    ("site", "attendance.shift.cs_early", "08:30-18:30 S1b"),
    ("site", "attendance.shift.cs_late", "13:30-23:30 S1c"),
    ("site", "rulebook.activate", "general_manager C14"),
    ("site", "cms.publish_product", "site_editor C4.1"),
    ("mall", "cms.publish_product", "section_officer M2"),
]


@pytest.mark.parametrize(("code", "key", "expected"), VALUES, ids=[f"{row[0]} {row[1]}" for row in VALUES])
def test_the_values_are_those_of_the_regulations(code: str, key: str, expected: str) -> None:
    rule = parse_book(shipped_source(code), file=f"{code}.toml").rules[key]
    match rule:
        case DeadlineRule():
            found = f"{rule.duration} {rule.hours}"
        case ChainRule():
            found = " ".join(f"{step.mode}:{'+'.join(step.positions)}" for step in rule.steps)
        case LimitRule():
            found = f"{rule.value} {rule.unit}"
        case ScheduleRule():
            found = f"{rule.every} {rule.interval}"
        case HoursRule():
            found = " ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in rule.weekly[0])
        case PermissionRule():
            found = "+".join(sorted(rule.positions))
        case ParameterRule():
            found = str(rule.value)
    assert f"{found} {rule.clause}" == expected


def test_the_password_rule_ships_stricter_than_the_clause() -> None:
    rule = parse_book(shipped_source("site"), file="site.toml").rules["staff.password"]
    assert isinstance(rule, ParameterRule)
    assert (rule.integer("min_length"), rule.integer("floor"), rule.integer("max_age_days")) == (10, 6, 90)


@pytest.mark.clause("J2")
def test_only_the_pairs_of_the_clause_may_act_for_each_other() -> None:
    rule = parse_book(shipped_source("site"), file="site.toml").rules["staff.acting"]
    assert isinstance(rule, ParameterRule)
    assert set(rule.texts("section_officer")) == {"service_agent"}
    assert set(rule.texts("designer")) == {"section_officer", "designer", "copywriter"}
    assert set(rule.texts("planner")) == {"copywriter", "photographer", "service_agent", "section_officer"}
    assert set(rule.texts("department_manager")) == {
        "planner",
        "designer",
        "copywriter",
        "service_agent",
        "tech_support",
        "section_officer",
    }
