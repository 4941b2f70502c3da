"""The demo company, its logins, and the first administrator of an empty installation."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import RequestFactory
from django.utils import timezone, translation

from attendance.models import (
    Adjustment,
    Candidate,
    Leaving,
    Probation,
    Punch,
    Review,
    SettledDay,
    Shift,
    StandInNaming,
    Swap,
    WageLine,
)
from catalog.models import ListingFact, Promotion
from catalog.selectors.calendar import with_states
from catalog.selectors.promotions import STATES
from ecdept import second_factor
from ecdept.demo import marker
from ecdept.management.commands import create_administrator
from office.approvals.models import Run, Seat, Step, Vote
from office.approvals.selectors.queue import stuck
from office.deadlines.models import Deadline
from office.staff.models import Employee
from orders.models import Batch, Order, OrderProgress
from tests.people import person
from tests.shell import demo_states

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> str:
    output = io.StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


def test_the_demo_has_life_on_every_page_and_tells_its_own_logins_only() -> None:
    run("load_demo", "--book", "site")
    assert demo_states.missing() == {}
    goods_are_in_every_state()
    attendance_has_two_months()
    attendance_is_in_every_state()
    logins: list[dict[str, Any]] = json.loads(run("demo_logins", "--json"))
    assert {
        "service_agent",
        "service_supervisor",
        "department_manager",
        "product_operations",
        "system_administrator",
    } <= {login["position"] for login in logins}
    first = logins[0]
    assert all(set(login) == {"username", "password", "position", "totp_secret"} for login in logins)
    open_with = {login["vault_passphrase"] for login in json.loads(run("demo_logins", "--json", "--vault"))}
    assert open_with == {None, marker.vault_passphrase(first["password"])}
    with translation.override("zh-hans"):
        told_to_people = run("demo_logins")
    agent = Employee.objects.get(number="A001").name
    assert f"A001  {first['password']}  {agent} Service agent\n" in told_to_people
    assert (
        authenticate(RequestFactory().post("/"), username=first["username"], password=first["password"])
        is not None
    )
    now = timezone.now()
    for login in logins:
        employee = Employee.objects.get(number=login["username"])
        assert bool(login["totp_secret"]) == second_factor.required(employee, now)
    states = set(OrderProgress.objects.values_list("state", flat=True))
    assert {
        "waiting",
        "accepted",
        "contacted",
        "confirmed",
        "handed_over",
        "taken",
        "closed",
        "invalid",
    } <= states
    assert 280 <= Order.objects.count() <= 320
    done, wrong = Batch.objects.order_by("-created_at")
    assert (done.state, done.inserted, done.rejected, done.conflicts) == ("done", 3, 2, 1)
    assert wrong.state == "failed"
    assert not Order.objects.filter(received_at__gt=now).exists()
    assert set(Candidate.objects.values_list("stage", flat=True)) == set(Candidate.Stage.values)
    assert {"running", "left"} <= set(Leaving.objects.values_list("state", flat=True))
    assert {"open", "scored", "closed"} <= set(Review.objects.values_list("state", flat=True))
    assert {"running", "confirmed", "ended"} == set(Probation.objects.values_list("state", flat=True))
    changed = Employee.objects.get(number="A001")
    changed.set_password("Somebody-Elses-4711")
    changed.save()
    told = {login["username"] for login in json.loads(run("demo_logins", "--json"))}
    assert "A001" not in told
    assert "A002" in told


def attendance_is_in_every_state() -> None:
    """Requests for missing punches, leave and swaps in each state; a correcting entry of a closed month; slips after
    their time."""
    for kind, states in (
        ("attendance.correction", {"executed", "rejected", "returned", "withdrawn", "running"}),
        ("attendance.leave", {"executed", "rejected", "returned", "withdrawn", "running"}),
        ("attendance.lapsed_slip", {"executed", "running"}),
        ("attendance.swap", {"executed", "running", "returned"}),
    ):
        found = set(Run.objects.filter(kind=kind).values_list("state", flat=True))
        assert states <= {"executed" if state == "agreed" else state for state in found}, kind
    assert Swap.objects.filter(give_night__isnull=False, state="agreed").exists()
    assert StandInNaming.objects.filter(leave__deputy=F("deputy"), leave__ends_at__gt=timezone.now()).exists()
    assert Adjustment.objects.filter(month__gt=F("day")).exists()
    assert WageLine.objects.filter(state="proposed", share__lt=0).exists()


def attendance_has_two_months() -> None:
    """Shifts, punches and settled days of each day of the last two months; asked of the demo of each book."""
    today = timezone.localdate()
    # The last days may wait for the window of their shifts to close.
    wanted = {today - timedelta(days=n) for n in range(3, 62)}
    shifts = Shift.objects.filter(published_at__isnull=False, removed_at=None)
    assert wanted <= set(shifts.values_list("day", flat=True))
    assert wanted <= set(SettledDay.objects.values_list("day", flat=True))
    assert wanted <= {timezone.localdate(at) for at in Punch.objects.values_list("at", flat=True)}
    assert {"present", "absent", "leave"} <= set(SettledDay.objects.values_list("verdict", flat=True))


def goods_are_in_every_state() -> None:
    """Asked of the demo of each book: loading it is most of the time."""
    states = set(Run.objects.filter(kind="catalog.price").values_list("state", flat=True))
    assert {"running", "returned", "agreed", "executed", "rejected"} <= states
    assert Run.objects.filter(chain="catalog.price_unusual", state="running").exists()
    checks = set(Run.objects.exclude(check_state="").values_list("check_state", flat=True))
    assert checks == {"waiting", "passed", "failed"}
    facts = ListingFact.objects.filter(listed=False)
    assert {bool(fact.authority_clause) for fact in facts} == {True, False}
    assert {"running", "returned", "executed"} <= set(
        Run.objects.filter(kind="catalog.text").values_list("state", flat=True)
    )
    shown = {state for _promotion, state in with_states(list(Promotion.objects.all()), timezone.now())}
    assert shown == set(STATES)


def test_the_demo_is_loaded_into_an_empty_database_only() -> None:
    person("li_lei")
    with pytest.raises(CommandError):
        run("load_demo")


def test_there_are_no_demo_logins_outside_the_demo() -> None:
    person("li_lei")
    with pytest.raises(CommandError):
        run("demo_logins", "--json")


def test_the_first_administrator_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NUMBER", "I001"), ("NAME", "孙工"), ("PASSWORD", "Lantern-Teapot-4821")):
        monkeypatch.setenv(f"ECDEPT_ADMIN_{name}", value)
    run("create_administrator")
    made = Employee.objects.get()
    assert made.check_password("Lantern-Teapot-4821")
    assert made.appointments.get().position == "system_administrator"
    assert not made.is_superuser
    with pytest.raises(CommandError):
        run("create_administrator")


def test_the_first_administrator_is_asked_for_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NUMBER", "NAME", "PASSWORD"):
        monkeypatch.delenv(f"ECDEPT_ADMIN_{name}", raising=False)
    with monkeypatch.context() as without:
        without.setattr("sys.stdin", io.StringIO())
        with pytest.raises(CommandError, match="ECDEPT_ADMIN_NUMBER"):
            run("create_administrator")
    asked: list[str] = []

    def answer(prompt: str, **_more: object) -> str:
        asked.append(prompt)
        if asked.count("Password: ") == 1 and prompt == "Password: ":
            return "short"
        return {"Employee number: ": "I001", "Name: ": "孙工", "Password: ": "Lantern-Teapot-4821"}[prompt]

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(create_administrator, "getpass", answer)
    run("create_administrator")
    assert asked == ["Employee number: ", "Name: ", "Password: ", "Password: "]
    assert Employee.objects.get().check_password("Lantern-Teapot-4821")


def test_a_weak_password_of_the_first_administrator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("NUMBER", "I001"), ("NAME", "孙工"), ("PASSWORD", "123")):
        monkeypatch.setenv(f"ECDEPT_ADMIN_{name}", value)
    with pytest.raises(CommandError):
        run("create_administrator")
    assert not Employee.objects.exists()


def test_the_demo_of_the_other_book_has_requests_in_every_state_that_needs_no_desk() -> None:
    run("load_demo", "--book", "mall")
    assert demo_states.missing() == {}
    goods_are_in_every_state()
    attendance_has_two_months()
    states = set(Run.objects.values_list("kind", "state"))
    deputies = {state for kind, state in states if kind == "approvals.deputy"}
    assert {"running", "returned", "executed", "rejected", "withdrawn", "voided"} <= deputies
    assert {("rulebook.activation", "running"), ("rulebook.activation", "rejected")} <= states
    assert Step.objects.filter(origin="added", state="active").exists()
    assert Seat.objects.filter(state="forwarded").exists()
    assert len(stuck(timezone.now())) == 1
    assert Vote.objects.exclude(on_behalf_of=None).exists()
    assert Deadline.objects.filter(subject_type="run", state="open", due_at__lt=timezone.now()).exists()
