"""Power over customers' data or decisions takes two people (C13.2, C13.4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from office.audit.models import Entry
from office.errors import Conflict, Forbidden, NotFound
from office.notices.models import Notice
from office.staff import second_person, selectors
from office.staff.models import Appointment, Employee, Proposal
from office.staff.services import people, posts, proposals
from tests.people import CAST, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.2")]


@pytest.fixture
def now() -> datetime:
    """The whole cast is there but for the vice president: who could confirm exists, and a post between is vacant."""
    for who in set(CAST) - {"fang_vice"}:
        person(who)
    return timezone.now()


def proposed(now: datetime, post: str = "department_manager", of: str = "zheng_designer") -> Proposal:
    made = proposals.propose_appointment(
        employee=person(of), position=post, start=now, by=person("sun_admin"), now=now
    )
    assert isinstance(made, Proposal)
    return made


def told(who: str, kind: str) -> bool:
    return Notice.objects.filter(recipient=person(who), kind__startswith=kind, urgent=True).exists()


def test_the_book_says_which_posts_are_sensitive(now: datetime) -> None:
    sensitive = second_person.sensitive_posts(now)
    assert {
        "department_manager",
        "general_manager",
        "vice_president",
        "hr",
        "system_administrator",
    } <= sensitive
    assert {"service_supervisor", "product_operations"} <= sensitive
    assert not {"service_agent", "back_office", "designer", "warehouse"} & sensitive


def test_an_ordinary_post_still_counts_at_once(now: datetime) -> None:
    made = proposals.propose_appointment(
        employee=person("zheng_designer"),
        position="service_agent",
        start=now,
        by=person("sun_admin"),
        now=now,
    )
    assert isinstance(made, Appointment)


def test_a_sensitive_post_has_no_effect_until_the_superior_confirms(now: datetime) -> None:
    proposal = proposed(now)
    designer = person("zheng_designer")
    assert selectors.positions_of(designer, now) == {"designer"}
    assert told("zhou_general", "staff.proposed")  # no vice president: the next above
    later = now + timedelta(hours=1)
    proposals.confirm(proposal_id=proposal.pk, by=person("zhou_general"), now=later)
    assert selectors.positions_of(designer, later) == {"designer", "department_manager"}
    assert selectors.positions_of(designer, now) == {"designer"}
    assert told("sun_admin", "staff.confirmed")
    verbs = list(
        Entry.objects.filter(subject_id=str(designer.pk)).order_by("id").values_list("verb", "actor_name")
    )
    assert verbs == [("staff.propose", "孙工"), ("staff.confirm", "周总"), ("staff.appoint", "周总")]


def test_the_direct_verb_refuses_a_sensitive_post(now: datetime) -> None:
    with pytest.raises(Conflict) as refused:
        posts.appoint(
            employee=person("li_lei"),
            position="service_supervisor",
            start=now,
            by=person("sun_admin"),
            now=now,
        )
    assert (refused.value.code, refused.value.clause) == ("needs_second", "C13.2")


@pytest.mark.parametrize("who", ["sun_admin", "zheng_designer", "qian_it", "chen_manager", "li_lei"])
def test_neither_the_proposer_nor_the_person_nor_a_bystander_confirms(now: datetime, who: str) -> None:
    proposal = proposed(now)
    with pytest.raises(Forbidden):
        proposals.confirm(proposal_id=proposal.pk, by=person(who), now=now)
    with pytest.raises(Forbidden):
        proposals.refuse(proposal_id=proposal.pk, by=person(who), now=now)
    assert selectors.positions_of(person("zheng_designer"), now) == {"designer"}


def test_a_superior_who_proposes_himself_passes_it_on(now: datetime) -> None:
    made = proposals.propose_appointment(
        employee=person("li_lei"),
        position="service_supervisor",
        start=now,
        by=person("chen_manager"),
        now=now,
    )
    assert isinstance(made, Proposal)
    assert second_person.deciders(made, now) == [person("zhou_general")]


def test_the_general_manager_s_own_post_waits_on_another_keeper_of_staff_records(now: datetime) -> None:
    Appointment.objects.filter(position="general_manager").delete()
    deciders = second_person.deciders(proposed(now, "general_manager"), now)
    assert person("qian_it") in deciders
    assert person("sun_admin") not in deciders
    assert person("zheng_designer") not in deciders


def test_refused_it_stays_without_effect_and_is_decided_once(now: datetime) -> None:
    proposal = proposed(now)
    proposals.refuse(proposal_id=proposal.pk, by=person("zhou_general"), now=now, reason="不合适")
    assert told("sun_admin", "staff.refused")
    assert Entry.objects.filter(verb="staff.refuse", actor_name="周总").exists()
    with pytest.raises(Conflict):
        proposals.confirm(proposal_id=proposal.pk, by=person("zhou_general"), now=now)
    with pytest.raises(NotFound):
        proposals.confirm(proposal_id=proposal.pk + 999, by=person("zhou_general"), now=now)


def test_the_proposer_takes_it_back_and_may_propose_again(now: datetime) -> None:
    proposal = proposed(now)
    with pytest.raises(Conflict) as refused:
        proposed(now)
    assert refused.value.code == "proposed_already"
    with pytest.raises(Forbidden):
        proposals.withdraw(proposal_id=proposal.pk, by=person("qian_it"), now=now)
    proposals.withdraw(proposal_id=proposal.pk, by=person("sun_admin"), now=now)
    assert proposed(now).pk != proposal.pk


def test_one_whose_time_is_over_is_not_confirmed(now: datetime) -> None:
    made = proposals.propose_appointment(
        employee=person("li_lei"), position="service_supervisor", start=now, end=now + timedelta(days=1),
        by=person("sun_admin"), now=now,
    )  # fmt: skip
    assert isinstance(made, Proposal)
    with pytest.raises(Conflict):
        proposals.confirm(proposal_id=made.pk, by=person("chen_manager"), now=now + timedelta(days=2))


@pytest.mark.parametrize("who", ["sun_admin", "zheng_designer"])
def test_the_database_refuses_the_proposer_and_the_person_as_second(now: datetime, who: str) -> None:
    proposal = proposed(now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(
            state="confirmed", decided_by=person(who), decided_at=now
        )


def test_joining_with_a_sensitive_post_waits_too(now: datetime) -> None:
    joined = proposals.join(
        number="X900", name="新经理", password=people.one_time_password(), position="department_manager",
        by=person("sun_admin"), now=now,
    )  # fmt: skip
    assert selectors.positions_of(joined, now) == frozenset()
    assert joined.proposals.get().state == "proposed"


def test_joining_without_a_post_waits_on_nobody(now: datetime) -> None:
    joined = proposals.join(
        number="X901",
        name="新同事",
        password=people.one_time_password(),
        position="",
        by=person("sun_admin"),
        now=now,
    )
    assert not joined.proposals.exists()
    assert selectors.positions_of(joined, now) == frozenset()


def test_what_the_system_resets_takes_no_second(now: datetime) -> None:
    assert people.takes_second(person("chen_manager"), None, now) is False


def test_there_are_two_kinds_of_resets(now: datetime) -> None:
    with pytest.raises(NotFound):
        proposals.propose_reset(employee=person("li_lei"), kind="name", by=person("sun_admin"), now=now)
    password = proposals.propose_reset(
        employee=person("li_lei"), kind="password", by=person("sun_admin"), now=now
    )
    assert Employee.objects.get(pk=person("li_lei").pk).check_password(str(password))


# The first days: nobody who could be the second has ever been there.


def test_the_first_administrator_starts_an_empty_company() -> None:
    now = timezone.now()
    first = Employee.objects.create(number="I000", name="首任", joined_at=now)
    posts.appoint(employee=first, position="system_administrator", start=now, by=None, now=now)
    password = people.one_time_password()
    head = proposals.join(
        number="G000", name="总经理", position="general_manager", password=password, by=first, now=now
    )
    assert selectors.positions_of(head, now) == {"general_manager"}
    entry = Entry.objects.get(verb="staff.appoint", subject_id=str(head.pk))
    assert "none exists yet" in bytes(entry.canonical).decode()
    manager = proposals.join(
        number="M000", name="经理", position="department_manager", password=password, by=first, now=now
    )
    assert selectors.positions_of(manager, now) == frozenset()


def test_sending_the_others_away_does_not_make_a_second_person_needless(now: datetime) -> None:
    administrator = person("sun_admin")
    for who in ("zhou_general", "chen_manager", "qian_it", "du_hr"):
        people.set_active(employee=person(who), active=False, by=administrator, now=now)
    proposal = proposed(now)
    assert second_person.deciders(proposal, now) == []


def test_where_nobody_is_left_a_command_confirms(now: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    proposal = proposed(now)
    with pytest.raises(CommandError, match="waits on"):
        call_command("confirm_proposal", str(proposal.pk))
    for who in ("zhou_general", "chen_manager", "qian_it", "du_hr"):
        people.set_active(employee=person(who), active=False, by=None, now=now)
    call_command("confirm_proposal")
    assert "department_manager" in capsys.readouterr().out
    call_command("confirm_proposal", str(proposal.pk))
    assert "department_manager" in selectors.positions_of(person("zheng_designer"), timezone.now())
    assert Entry.objects.filter(verb="staff.confirm", actor_name="").exists()


# Passwords and second factors of others.


@pytest.mark.clause("C13.4")
def test_an_agent_s_reset_is_told_to_the_agent_and_the_superior(now: datetime) -> None:
    people.reset_password(employee=person("li_lei"), by=person("sun_admin"), now=now)
    assert told("li_lei", "staff.reset_password")
    assert told("wang_supervisor", "staff.reset_password")
    assert not told("sun_admin", "staff.reset_password")


@pytest.mark.clause("C13.4")
def test_the_password_of_a_sensitive_post_waits_and_its_superior_hands_it_over(now: datetime) -> None:
    manager, administrator = person("chen_manager"), person("sun_admin")
    people.change_password(employee=manager, password="Lantern-Teapot-4821", by=manager, now=now)
    with pytest.raises(Conflict):
        people.reset_password(employee=manager, by=administrator, now=now)
    proposal = proposals.propose_reset(employee=manager, kind="password", by=administrator, now=now)
    assert isinstance(proposal, Proposal)
    assert Employee.objects.get(pk=manager.pk).check_password("Lantern-Teapot-4821")
    done = proposals.confirm(proposal_id=proposal.pk, by=person("zhou_general"), now=now)
    assert Employee.objects.get(pk=manager.pk).check_password(done.password)
    assert told("chen_manager", "staff.reset_password")


@pytest.mark.clause("C13.4")
def test_locking_a_manager_out_first_is_no_way_round(now: datetime) -> None:
    manager, administrator = person("chen_manager"), person("sun_admin")
    people.set_active(employee=manager, active=False, by=administrator, now=now)
    with pytest.raises(Conflict):
        people.reset_password(employee=manager, by=administrator, now=now)


@pytest.mark.clause("C13.4")
@pytest.mark.parametrize(("who", "waits"), [("li_lei", False), ("chen_manager", True)])
def test_a_second_factor_goes_the_same_way(now: datetime, who: str, waits: bool) -> None:
    someone = person(who)
    Authenticator.objects.create(user=someone, type="totp", data={"secret": "x"})
    done = proposals.propose_reset(employee=someone, kind="second_factor", by=person("sun_admin"), now=now)
    assert Authenticator.objects.filter(user=someone).exists() is waits
    if isinstance(done, Proposal):
        proposals.confirm(proposal_id=done.pk, by=person("zhou_general"), now=now)
    assert not Authenticator.objects.filter(user=someone).exists()
    assert told(who, "staff.reset_second_factor")
    assert Entry.objects.filter(verb="staff.reset_second_factor", clause="C13.4").exists()


# The pages.


def test_the_page_of_it_proposes_and_the_superior_s_page_confirms(now: datetime) -> None:
    designer = person("zheng_designer")
    administrator, head = signed_in("sun_admin"), signed_in("zhou_general")
    answer = administrator.post(
        reverse("staff:appoint", args=[designer.pk]),
        {"position": "department_manager", "first_day": timezone.localdate(now).isoformat()},
    )
    assert answer.status_code == 302
    assert selectors.positions_of(designer, timezone.now()) == {"designer"}
    proposal = Proposal.objects.get()
    page = reverse("staff:people")
    assert 'value="confirm"' not in administrator.get(page).content.decode()
    shown = head.get(page).content.decode()
    assert 'value="confirm"' in shown
    assert reverse("staff:decide", args=[proposal.pk]) in shown
    door = reverse("staff:decide", args=[proposal.pk])
    assert administrator.post(door, {"act": "confirm"}).status_code == 403
    assert head.post(door, {"act": "confirm"}).status_code == 302
    assert "department_manager" in selectors.positions_of(designer, timezone.now())


def test_it_cannot_add_a_manager_and_sign_in_as_one(now: datetime, client: Client) -> None:
    answer = signed_in("sun_admin").post(
        reverse("staff:add"), {"number": "X901", "name": "假经理", "position": "department_manager"}
    )
    assert answer.status_code == 200
    assert "周总" in answer.content.decode()
    made = Employee.objects.get(number="X901")
    assert selectors.positions_of(made, timezone.now()) == frozenset()


def test_the_confirmed_password_is_shown_to_the_second_person_only(now: datetime) -> None:
    manager = person("chen_manager")
    administrator, head = signed_in("sun_admin"), signed_in("zhou_general")
    answer = administrator.post(reverse("staff:reset_password", args=[manager.pk]))
    assert answer.status_code == 302
    assert "one-time-password" not in administrator.get(answer["Location"]).content.decode()
    shown = head.post(reverse("staff:decide", args=[Proposal.objects.get().pk]), {"act": "confirm"})
    assert "one-time-password" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
