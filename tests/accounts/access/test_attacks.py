"""What somebody may try at the doors: guessing, a planted session, forged forms, more fields, other hosts."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
import redis
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts.models import Grant
from office.approvals.models import Run
from office.audit.models import Entry
from office.notices.models import Notice
from office.staff.models import Employee
from tests.accounts.access.stage import TODAY, WORD
from tests.accounts.access.test_confirm_again import EXPORT, grown_old
from tests.people import everybody, person, signed_in
from tests.permissions.test_matrix import OPEN, ROWS, World, address, world
from tests.shell.test_signing_in import PASSWORD, sign_in, with_password

__all__ = ["world"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_old_counts() -> None:
    """Rate limits live in the cache, which outlives a test's database."""
    server = redis.from_url(settings.REDIS_URL)
    for key in server.scan_iter(match=f"{settings.CACHES['default']['KEY_PREFIX']}*allauth*"):
        server.delete(key)


@pytest.mark.clause("C13.3")
@pytest.mark.parametrize("common", ["password1234", "Qwertyuiop123", "iloveyou2020"])
def test_a_password_of_the_lists_is_refused(client: Client, common: str) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    answer = client.post(
        "/auth/password/", {"oldpassword": PASSWORD, "password1": common, "password2": common}
    )
    assert "invalid-feedback" in answer.content.decode()
    assert Employee.objects.get(number="A001").check_password(PASSWORD)


@pytest.mark.clause("C13.4")
def test_a_sign_in_on_a_new_device_is_told_from_the_second_device_on(client: Client) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    assert Entry.objects.filter(verb="staff.new_device").count() == 1
    assert not Notice.objects.filter(kind="staff.new_device").exists()
    client.post("/auth/logout/")
    sign_in(client, "A001")  # the same device
    assert Entry.objects.filter(verb="staff.new_device").count() == 1
    sign_in(Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}), "A001")
    told = Notice.objects.get(kind="staff.new_device")
    assert told.recipient == person("li_lei")
    assert "Firefox" in told.params["device"]


def test_confirming_cannot_be_guessed(client: Client) -> None:
    with_password("wang_supervisor")
    thief = grown_old(signed_in("wang_supervisor"))
    answers = [thief.post("/auth/reauthenticate/", {"password": f"wrong{n}"}).status_code for n in range(11)]
    assert answers[-1] == 429
    assert thief.post("/auth/reauthenticate/", {"password": PASSWORD}).status_code == 429
    assert thief.post(EXPORT, {"format": "csv"}).status_code == 302


def test_a_code_cannot_be_guessed(client: Client) -> None:
    manager, secret = with_password("chen_manager"), generate_totp_secret()
    TOTP.activate(manager, secret)
    sign_in(client, "M001")
    for _n in range(12):
        client.post("/auth/mfa/authenticate/", {"code": "000000"})
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/auth/mfa/authenticate/", {"code": code})
    assert client.get("/staff/me/").status_code == 302


def test_a_planted_session_is_not_the_one_that_signs_in(client: Client) -> None:
    with_password("li_lei")
    client.get("/auth/login/")
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted or ""
    sign_in(client, "A001")
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted or ""
    assert thief.get("/staff/me/").status_code == 302


def test_a_session_of_one_s_own_making_is_none(client: Client) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    assert client.get("/staff/me/").status_code == 302


def test_no_form_of_another_site_is_taken(world: World) -> None:
    """Every door that takes a form wants the token of this site, also of whoever may send that form."""
    everybody()
    clients: dict[str, Client] = {}
    taken = []
    for row in ROWS:
        if row.method != "POST":
            continue
        who = min(row.let_in)
        if who not in clients:
            clients[who] = Client(enforce_csrf_checks=True)
            clients[who].cookies = signed_in(who).cookies
        answer = clients[who].post(address(row.name, row.args, world))
        words = answer.content.decode()
        if answer.status_code != 403 or ("表单已过期" not in words and '"csrf"' not in words):
            taken.append(f"{row.name}: {answer.status_code}")
    assert taken == []


def some_pages() -> list[tuple[str, dict[str, Any], bool]]:
    """(name, arguments, whether it is for signed-in people): all of the accounts, three of every other desk."""
    found, of = [], Counter[str]()
    rows = [(row.name, row.args, True) for row in ROWS if row.method == "GET"]
    rows += [(name, args, False) for name, method, args, _statuses in OPEN if method == "GET"]
    for name, args, private in rows:
        desk = name.partition(":")[0] if ":" in name else name.partition("_")[0]
        of[desk] += 1
        if desk == "accounts" or of[desk] <= 3:
            found.append((name, args, private))
    return found


def test_pages_carry_their_headers(world: World) -> None:
    """They come from the middleware, which every page passes; so do the refusals."""
    client, wrong = signed_in("chen_manager"), []
    for name, args, private in some_pages():
        with transaction.atomic():
            answer = client.get(address(name, args, world))
            transaction.set_rollback(True)
        if not answer.get("Content-Type", "").startswith("text/html"):
            continue
        policy, cache = answer.get("Content-Security-Policy", ""), answer.get("Cache-Control", "")
        public = name.startswith("pages:")  # the department's site: no script at all
        assert not public or "script-src" not in policy
        scripts = policy.partition("script-src")[2].partition(";")[0]
        there = {
            "script policy": "default-src 'none'" in policy or "default-src 'self'" in policy,
            "no inline script": "unsafe-inline" not in scripts,
            "no framing": answer.get("X-Frame-Options") == "DENY" or "frame-ancestors" in policy,
            "no sniffing": answer.get("X-Content-Type-Options") == "nosniff",
            "referrer": public or answer.get("Referrer-Policy") == "same-origin",
            "permissions": public or bool(answer.get("Permissions-Policy")),
            "not cached": not private or "private" in cache or "no-store" in cache,
        }
        wrong += [f"{name}: {what}" for what, so in there.items() if not so]
    assert sorted(wrong) == []


def test_fields_that_no_form_has_change_nothing() -> None:
    everybody()
    target = person("li_lei")
    said = {
        "name": "李雷", "email": "", "phone": "", "department": "", "is_superuser": "on", "is_staff": "on",
        "number": "G001", "is_active": "", "must_change_password": "on", "password": "x", "groups": "1",
    }  # fmt: skip
    assert signed_in("chen_manager").post(f"/staff/{target.pk}/edit/", said).status_code in (200, 302, 422)
    after = Employee.objects.get(pk=target.pk)
    assert (after.number, after.is_superuser, after.is_staff, after.is_active, after.password) == (
        "A001", False, False, True, target.password,
    )  # fmt: skip


def test_a_request_brings_no_agreement_of_its_own() -> None:
    everybody()
    said = {
        "person": person("li_lei").pk, "word": WORD, "first_day": TODAY.replace(year=2030),
        "last_day": TODAY.replace(year=2030), "reason": "x", "act": "end", "grant": "1", "state": "agreed",
        "run": "1", "flags": "", "by": person("sun_admin").pk, "employee_id": person("chen_manager").pk,
    }  # fmt: skip
    assert signed_in("li_lei").post("/accounts/access/ask/", said).status_code == 302
    run = Run.objects.get()
    assert (run.state, run.requester.number, run.payload["act"]) == ("running", "A001", "grant")
    assert not Grant.objects.exists()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
@pytest.mark.parametrize("door", ["/auth/reauthenticate/", "/staff/language/", "/auth/logout/"])
def test_no_door_leads_out_of_the_house(door: str, target: str) -> None:
    with_password("li_lei")
    said: dict[str, Any] = {"next": target, "password": PASSWORD, "language": "en"}
    answer = signed_in("li_lei").post(door, said)
    assert "evil" not in answer.get("Location", "")
    assert not answer.get("Location", "").startswith("javascript")
