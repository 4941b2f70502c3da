"""A permission is asked for, agreed to, carried out by the administrator, and ends by itself (C13.2, M4.2, M10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.utils import IntegrityError

from accounts.models import Grant, GrantEnd
from accounts.rules.names import NAMES
from accounts.rules.words import LEVEL_WORDS, grantable
from accounts.services import grants
from office.approvals import api as approvals
from office.audit.lawful import LawRefused
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from office.rulebook import api as rulebook
from office.rulebook.selectors import NOT_GRANTED, level_keys, shipped_book
from office.staff.models import Appointment, Employee
from tests.accounts.access.stage import DAY, MINUTE, NOW, TODAY, WORD, agree, ask, carry_out, granted, mall
from tests.chains import Way, walk
from tests.people import LONG_AGO, everybody, person

pytestmark = pytest.mark.django_db

LEVEL = "level.back_office"


@pytest.mark.clause("C13.2")
@pytest.mark.parametrize(
    ("word", "said", "steps", "chain"),
    [
        (WORD, {}, ("department_manager",), "level_change"),
        (LEVEL, {}, ("department_manager",), "level_change"),
        (WORD, {"special": True}, ("general_manager",), "level_change_special"),
        ("orders.export", {}, ("general_manager",), "level_change_special"),
        ("level.database_administrator", {}, ("general_manager",), "level_change_special"),
    ],
)
def test_the_site_s_chains(word: str, said: dict[str, Any], steps: tuple[str, ...], chain: str) -> None:
    flags = ("special_user",) if chain.endswith("special") else ()
    way = Way(
        "C13.2", f"accounts.{chain}", "service_agent", steps, "system_administrator",
        lambda who: ask(who, word, **said), Grant.objects.count, flags=flags,
    )  # fmt: skip
    everybody()
    walk(way)


@pytest.mark.clause("M4.2")
def test_the_mall_s_it_manager_decides_on_a_section_s_permission() -> None:
    mall()
    everybody()
    walk(
        Way(
            "M4.2", "accounts.section_permission", "service_agent", ("it_manager",), "system_administrator",
            lambda who: ask(who), Grant.objects.count,
        )
    )  # fmt: skip


@pytest.mark.clause("M10")
def test_in_the_mall_both_sign_a_change_of_level_and_neither_alone_suffices() -> None:
    mall()
    run = ask("li_lei", LEVEL)
    assert (run.chain, run.clause) == ("accounts.level_change", "M10")
    agree(run, "deng_marketing")
    assert run.state == "running"
    with pytest.raises((Forbidden, Conflict)):
        approvals.approve(run_id=run.pk, by=person("deng_marketing"), now=NOW + MINUTE)
    agree(run, "qian_it")
    assert (run.state, Grant.objects.count()) == ("agreed", 0)
    carry_out(run)
    assert Grant.objects.get().word == LEVEL


@pytest.mark.clause("M10")
def test_in_the_mall_a_special_user_goes_to_the_general_manager() -> None:
    mall()
    run = ask("li_lei", "orders.export")
    assert (run.chain, run.flags) == ("accounts.level_change_special", ["special_user"])
    carry_out(agree(run, "zhou_general"))
    assert rulebook.may(person("li_lei"), "orders.export", NOW + 3 * MINUTE)


@pytest.mark.clause("C13.2")
@pytest.mark.parametrize("code", ["site", "mall"])
def test_the_pieces_of_a_special_level_are_special(code: str) -> None:
    """One by one they would make a database administrator without the general manager."""
    if code == "mall":
        mall()
    book = rulebook.book(NOW)
    pieces = [key for key in level_keys(book, "level.database_administrator") if key in grantable(book)]
    assert pieces
    runs = [ask("wu_clerk", each) for each in pieces]
    assert {(run.chain, *run.flags) for run in runs} == {("accounts.level_change_special", "special_user")}


@pytest.mark.clause("C13.2")
def test_an_administrator_does_not_carry_out_his_own_grant_while_there_is_another() -> None:
    run = ask("sun_admin")
    agree(run, "zhou_general" if run.flags else "qian_it")
    Appointment.objects.create(
        employee=person("cai_support"), position="system_administrator", during=(LONG_AGO, None)
    )
    with pytest.raises(Forbidden) as refused:
        carry_out(run)
    assert refused.value.code == "own_grant"
    assert carry_out(run, "cai_support").state == "executed"


@pytest.mark.clause("C13.2")
def test_who_would_decide_about_himself_goes_to_the_general_manager() -> None:
    run = ask("chen_manager", "catalog.planner", by="fang_vice")
    assert run.flags == ["special_user"]
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)


def test_nobody_asks_for_the_general_manager_who_would_decide() -> None:
    everybody()
    Appointment.objects.create(employee=person("zhou_general"), position="planner", during=(LONG_AGO, None))
    with pytest.raises(Conflict) as refused:
        ask("zhou_general", "cms.publish", by="chen_manager")
    assert refused.value.code == "own_decision"
    with pytest.raises(Refused) as alone:
        ask("zhou_general", "cms.publish")
    assert alone.value.code == "no_superior"


@pytest.mark.clause("C13.2")
def test_a_grant_gives_from_its_first_day_to_its_last_and_no_longer() -> None:
    granted(first_day=TODAY + DAY, last_day=TODAY + 2 * DAY)
    agent = person("li_lei")
    midnight = NOW.replace(hour=0) + DAY
    hours = [
        (NOW + 3 * MINUTE, False), (midnight - MINUTE, False), (midnight, True),
        (midnight + 2 * DAY - MINUTE, True), (midnight + 2 * DAY, False),
    ]  # fmt: skip
    for at, given in hours:
        assert rulebook.may(agent, WORD, at) is given, at
        assert (WORD in rulebook.permissions_of(agent, at)) is given, at
    assert not rulebook.may(person("han_meimei"), WORD, midnight)


def test_a_grant_gives_nothing_before_it_is_carried_out_nor_to_somebody_who_left() -> None:
    granted()
    agent = person("li_lei")
    assert not rulebook.may(agent, WORD, NOW + MINUTE)
    assert rulebook.may(agent, WORD, NOW + 3 * MINUTE)
    Employee.objects.filter(pk=agent.pk).update(is_active=False)
    agent.refresh_from_db()
    assert not rulebook.may(agent, WORD, NOW + 3 * MINUTE)


@pytest.mark.clause("C13.1")
def test_a_level_gives_what_the_book_lists_for_it_and_never_what_is_kept_for_posts() -> None:
    granted("zheng_designer", "level.database_administrator", "zhou_general")
    held = rulebook.permissions_of(person("zheng_designer"), NOW + 3 * MINUTE)
    assert {"admin.enter", "audit.view", "orders.retention"} <= held
    assert not {"accounts.change_level", "staff.manage", "orders.view_customer"} & held


@pytest.mark.clause("C13.2")
def test_a_grant_ends_before_its_time_by_the_same_chain() -> None:
    grant = granted()
    run = grants.ask_end(grant_id=grant.pk, reason="不再需要", by=person("li_lei"), now=NOW + 3 * MINUTE)
    agree(run, "chen_manager", now=NOW + 4 * MINUTE)
    assert rulebook.may(person("li_lei"), WORD, NOW + 4 * MINUTE)
    carry_out(run, now=NOW + 5 * MINUTE)
    assert not rulebook.may(person("li_lei"), WORD, NOW + 5 * MINUTE)
    assert GrantEnd.objects.get().grant == grant
    with pytest.raises(Conflict):
        grants.ask_end(grant_id=grant.pk, reason="再来", by=person("li_lei"), now=NOW + 6 * MINUTE)


def test_the_trail_and_the_person_are_told() -> None:
    grant = granted()
    entry = Entry.objects.filter(verb="accounts.grant", subject_type="grant").get()
    assert (entry.clause, entry.actor_name) == ("C13.2", person("sun_admin").name)
    assert Entry.objects.filter(verb="accounts.grant", subject_id=str(person("li_lei").pk)).exists()
    assert Notice.objects.filter(kind="accounts.granted", recipient=grant.employee).count() == 1


REFUSED = [
    ({"word": "rulebook.view"}, Invalid, "choice"),
    ({"word": "accounts.change_level"}, Invalid, "choice"),
    ({"word": "level.general"}, Invalid, "choice"),
    ({"word": "no.such"}, Invalid, "choice"),
    ({"word": "orders.accept_order"}, Conflict, "held"),
    ({"reason": "  "}, Invalid, "required"),
    ({"reason": "长" * 501}, Invalid, "too_long"),
    ({"first_day": TODAY - DAY}, Invalid, "past"),
    ({"last_day": TODAY - DAY}, Invalid, "order"),
    ({"last_day": TODAY + dt.timedelta(days=366)}, Invalid, "too_long"),
]


@pytest.mark.clause("C13.2")
@pytest.mark.parametrize(("said", "refusal", "code"), REFUSED)
def test_what_cannot_be_asked_for(said: dict[str, Any], refusal: type[Refused], code: str) -> None:
    with pytest.raises(refusal) as refused:
        ask(**said)
    assert refused.value.code == code


def test_a_colleague_does_not_ask_for_another_and_a_leader_does() -> None:
    with pytest.raises(Forbidden):
        ask("li_lei", by="han_meimei")
    assert ask("li_lei", by="wang_supervisor").requester == person("wang_supervisor")


def test_nobody_asks_for_who_is_not_there() -> None:
    everybody()
    Employee.objects.filter(number="A001").update(is_active=False)
    with pytest.raises(NotFound):
        ask("li_lei")


def test_one_request_at_a_time_for_the_same_thing() -> None:
    ask()
    with pytest.raises(Conflict) as refused:
        ask()
    assert refused.value.code == "running"


def test_a_returned_request_is_asked_again_with_other_dates() -> None:
    run = ask()
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + MINUTE, reason="太长")
    again = ask(last_day=TODAY + DAY)
    assert (again.pk, again.round) == (run.pk, 2)
    carry_out(agree(again, "chen_manager"))
    assert Grant.objects.get().ends_at.date() == TODAY + DAY


def test_somebody_without_a_level_asks_for_the_level_first() -> None:
    everybody()
    stranger = Employee.objects.create(number="Z001", name="新人", name_key="xin", joined_at=LONG_AGO)
    given: dict[str, Any] = {
        "first_day": TODAY,
        "last_day": TODAY,
        "reason": "试用",
        "by": person("chen_manager"),
        "now": NOW,
    }
    with pytest.raises(Conflict) as refused:
        grants.ask_grant(person_id=stranger.pk, word=WORD, **given)
    assert refused.value.code == "level_first"
    run = grants.ask_grant(person_id=stranger.pk, word=LEVEL, **given)
    carry_out(agree(run, "fang_vice") if run.state == "running" else run)
    assert rulebook.may(stranger, "orders.view", NOW + 3 * MINUTE)


def test_what_is_over_by_then_is_not_granted() -> None:
    run = agree(ask(last_day=TODAY), "chen_manager")
    with pytest.raises(Conflict) as refused:
        carry_out(run, now=NOW + DAY)
    assert refused.value.code == "over"


@pytest.mark.clause("C13.2")
def test_the_database_refuses_a_grant_that_nobody_agreed_to() -> None:
    everybody()
    run = ask()
    row = {"employee": person("li_lei"), "word": WORD, "by": person("sun_admin"), "at": NOW, "run": run}
    span = {"starts_at": NOW.replace(hour=0), "ends_at": NOW.replace(hour=0) + 8 * DAY}
    wrongs: list[dict[str, Any]] = [{}, {"run": None}, {"run": None, "authority_clause": "C13.2"}]
    for wrong in wrongs:
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(**{**row, **span, **wrong})
    agree(run, "chen_manager")
    with pytest.raises(IntegrityError), transaction.atomic():  # agreed, and not carried out
        Grant.objects.create(**row, **span)
    carry_out(run)
    wrongs = [{}, {"word": "orders.export"}, {"employee": person("han_meimei")}, {"at": NOW - DAY}]
    for wrong in wrongs:
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(**{**row, **span, "at": NOW + 2 * MINUTE, **wrong})


def test_a_grant_and_its_end_are_law() -> None:
    grant = granted()
    with pytest.raises(LawRefused):
        grant.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Grant.objects.all()._raw_delete("default")
    with pytest.raises(IntegrityError), transaction.atomic():
        GrantEnd.objects.create(grant=grant, reason="x", by=person("sun_admin"), at=NOW)


@pytest.mark.clause("C13.1")
@pytest.mark.parametrize("code", ["site", "mall"])
def test_every_permission_has_a_name_and_every_level_lists_permissions(code: str) -> None:
    book = shipped_book(code)
    keys = {key for key, rule in book.rules.items() if isinstance(rule, rulebook.PermissionRule)}
    assert sorted(keys - NAMES.keys()) == []
    for word in LEVEL_WORDS:
        assert set(level_keys(book, word)) <= keys
    kept = rulebook.rule_in(book, NOT_GRANTED, rulebook.ParameterRule)
    assert set(kept.texts()) <= keys
