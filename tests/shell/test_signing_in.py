"""Number and password, the second step where a post needs it, locks and redirects."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
import redis
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.test import Client
from django.utils import timezone

from ecdept import second_factor
from office.audit.models import Entry
from office.staff.models import Employee
from tests.people import person

pytestmark = pytest.mark.django_db

PASSWORD = "Lantern-Teapot-4821"


@pytest.fixture(autouse=True)
def _no_old_counts() -> None:
    """Rate limits live in the cache, which outlives a test's database."""
    server = redis.from_url(settings.REDIS_URL)
    for key in server.scan_iter(match=f"{settings.CACHES['default']['KEY_PREFIX']}*allauth*"):
        server.delete(key)


def with_password(who: str) -> Employee:
    employee = person(who)
    employee.set_password(PASSWORD)
    employee.password_changed_at = timezone.now()
    employee.save()
    return employee


def sign_in(client: Client, number: str, password: str = PASSWORD, **extra: str) -> object:
    return client.post("/auth/login/", {"login": number, "password": password, **extra})


def test_an_agent_needs_the_password_only(client: Client) -> None:
    with_password("li_lei")
    answer = sign_in(client, "A001")
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert client.get("/staff/me/").status_code == 200


@pytest.mark.parametrize("number", ["A001", "NOBODY"])
def test_a_wrong_password_says_the_same_for_a_number_that_exists_and_one_that_does_not(
    client: Client, number: str
) -> None:
    with_password("li_lei")
    answer = sign_in(client, number, "wrong")
    text = re.sub(r'(name="csrf[^>]+>|content="[^"]*"|value="[^"]*")', "", answer.content.decode())  # type: ignore[attr-defined]
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert "note-error" in text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_out_of_the_house(client: Client, target: str) -> None:
    with_password("li_lei")
    answer = sign_in(client, "A001", next=target)
    assert answer["Location"] == "/"  # type: ignore[index]


def test_five_wrong_passwords_lock_with_the_time_until_when(client: Client) -> None:
    with_password("li_lei")
    for _n in range(5):
        answer = sign_in(client, "A001", "wrong")
    assert answer.status_code == 429  # type: ignore[attr-defined]
    assert int(answer["Retry-After"]) > 600  # type: ignore[index]
    assert "data-due=" in answer.content.decode()  # type: ignore[attr-defined]
    assert sign_in(client, "A001").status_code == 429  # type: ignore[attr-defined]


@pytest.mark.clause("C13.1")
def test_a_post_that_needs_the_second_step_must_set_it_up_first(client: Client) -> None:
    with_password("chen_manager")
    sign_in(client, "M001")
    assert client.get("/staff/")["Location"] == "/auth/mfa/"
    assert client.get("/desk/", headers={"hx-request": "true"})["HX-Redirect"] == "/auth/mfa/"
    assert client.get("/auth/mfa/").status_code == 200


@pytest.mark.clause("C13.1")
def test_the_code_is_asked_and_a_wrong_one_refused(client: Client) -> None:
    manager = with_password("chen_manager")
    secret = generate_totp_secret()
    TOTP.activate(manager, secret)
    assert sign_in(client, "M001")["Location"] == "/auth/mfa/authenticate/"  # type: ignore[index]
    assert client.get("/staff/").status_code == 302
    assert client.post("/auth/mfa/authenticate/", {"code": "000000"}).status_code == 200
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post("/auth/mfa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/staff/").status_code == 200


def test_secrets_of_second_factors_are_sealed_at_rest() -> None:
    secret = generate_totp_secret()
    TOTP.activate(person("chen_manager"), secret)
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored
    assert Authenticator.objects.get().wrap().validate_code("000000") is False


def test_the_last_factor_stays_while_the_post_needs_one() -> None:
    from allauth.mfa.adapter import get_adapter

    manager, agent = person("chen_manager"), person("li_lei")
    for employee in (manager, agent):
        TOTP.activate(employee, generate_totp_secret())
    adapter = get_adapter()
    assert not adapter.can_delete_authenticator(Authenticator.objects.get(user=manager))
    assert adapter.can_delete_authenticator(Authenticator.objects.get(user=agent))
    assert second_factor.has_one(agent)


@pytest.mark.clause("C13.4")
def test_a_one_time_password_opens_nothing_but_its_change(client: Client) -> None:
    agent = with_password("li_lei")
    Employee.objects.filter(pk=agent.pk).update(must_change_password=True)
    sign_in(client, "A001")
    assert client.get("/desk/")["Location"] == "/auth/password/"
    new = "Jasmine-Cypress-7713"
    answer = client.post("/auth/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert client.get("/staff/me/").status_code == 200
    assert Entry.objects.filter(verb="staff.change_password", clause="C13.3").exists()


@pytest.mark.clause("C13.3")
def test_a_password_is_changed_after_its_age(client: Client) -> None:
    agent = with_password("li_lei")
    Employee.objects.filter(pk=agent.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    sign_in(client, "A001")
    assert client.get("/desk/")["Location"] == "/auth/password/"


@pytest.mark.clause("C13.3")
@pytest.mark.parametrize("weak", ["short", "12345678901", "9Lantern-Teapot"])
def test_a_weak_new_password_is_refused_with_its_reason(client: Client, weak: str) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    answer = client.post("/auth/password/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()


def test_a_session_left_alone_for_hours_ends(client: Client) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    client.get("/staff/me/")
    session = client.session
    session["active_at"] = session["active_at"] - 5 * 3600
    session.save()
    assert client.get("/staff/me/")["Location"].startswith("/auth/login/?next=")


@pytest.mark.parametrize("headers", [{"hx-request": "true"}, {"accept": "application/json"}])
def test_a_script_whose_session_ended_has_the_page_say_so(client: Client, headers: dict[str, str]) -> None:
    answer = client.get("/desk/live/", headers=headers)
    assert answer.status_code == 204
    assert answer["HX-Trigger"] == "signed-out"
    assert answer["X-Signed-Out"] == "1"


POLLS = ("/desk/live/?tab=pool", "/inbox/unread/", "/")


@pytest.mark.parametrize("path", POLLS)
def test_what_an_open_page_asks_by_itself_is_no_activity(client: Client, path: str) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    client.get("/staff/me/")
    before = client.session["active_at"] - 3 * 3600
    session = client.session
    session["active_at"] = before
    session.save()
    client.get(path, headers={"hx-request": "true"})
    assert client.session["active_at"] == before
    client.get("/desk/")
    assert client.session["active_at"] > before + 3600


@pytest.mark.parametrize("path", POLLS)
def test_an_open_page_is_signed_out_after_hours_and_told(client: Client, path: str) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    client.get("/staff/me/")
    session = client.session
    session["active_at"] -= 5 * 3600
    session.save()
    assert client.get(path, headers={"hx-request": "true"})["X-Signed-Out"] == "1"
    assert client.get("/desk/")["Location"] == "/auth/login/?next=/desk/"


def test_a_form_sent_after_hours_leads_back_to_its_page(client: Client) -> None:
    with_password("li_lei")
    sign_in(client, "A001")
    client.get("/staff/me/")
    session = client.session
    session["active_at"] -= 5 * 3600
    session.save()
    answer = client.post("/orders/7/act/note/", headers={"referer": "http://testserver/orders/7/"})
    assert answer["Location"] == "/auth/login/?next=/orders/7/"


def test_the_admin_site_has_no_door_of_its_own(client: Client) -> None:
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/auth/login/?next=/admin/"


def test_the_language_is_remembered(client: Client) -> None:
    agent = with_password("li_lei")
    sign_in(client, "A001")
    client.post("/staff/language/", {"language": "en", "next": "https://evil.example/"})
    assert Employee.objects.get(pk=agent.pk).language == "en"
    assert 'lang="en"' in client.get("/staff/me/").content.decode()
