"""Whose address counts behind a proxy, and that nobody keeps a colleague out."""

from __future__ import annotations

import pytest
import redis
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client, RequestFactory, override_settings

from ecdept.lockout import client_address
from tests.people import person
from tests.shell.test_signing_in import PASSWORD, sign_in, with_password

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_old_counts() -> None:
    """Rate limits live in the cache, which outlives a test's database."""
    server = redis.from_url(settings.REDIS_URL)
    for key in server.scan_iter(match=f"{settings.CACHES['default']['KEY_PREFIX']}*allauth*"):
        server.delete(key)


@pytest.mark.parametrize(
    ("count", "header", "expected"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.2.3.4, 203.0.113.9", "203.0.113.9"),  # the browser wrote the first one
        (2, "1.2.3.4, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_one_our_own_proxies_saw(count: int, header: str, expected: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1")
    if header:
        request.META["HTTP_X_FORWARDED_FOR"] = header
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=count):
        assert client_address(request) == expected


def guess(count: int, *, first: int = 0) -> None:
    """Wrong passwords for A001, each from an address of its own."""
    for n in range(first, first + count):
        Client(REMOTE_ADDR=f"198.51.100.{n + 1}").post("/auth/login/", {"login": "A001", "password": "wrong"})


def test_the_lock_behind_a_proxy_is_for_the_one_who_guesses() -> None:
    with_password("li_lei")
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        guessing = Client(HTTP_X_FORWARDED_FOR="203.0.113.9")
        for _n in range(5):
            answer = sign_in(guessing, "A001", "wrong")
        assert answer.status_code == 429  # type: ignore[attr-defined]
        assert AccessAttempt.objects.get().ip_address == "203.0.113.9"
        assert sign_in(Client(HTTP_X_FORWARDED_FOR="203.0.113.10"), "A001").status_code == 302  # type: ignore[attr-defined]


def test_many_addresses_do_not_get_round_the_limit_of_one_number() -> None:
    with_password("li_lei")
    guess(10)
    right = Client(REMOTE_ADDR="198.51.100.200").post("/auth/login/", {"login": "A001", "password": PASSWORD})
    assert right.status_code == 200  # not even the right one, for the rest of the five minutes


def test_a_known_device_signs_in_while_others_guess_from_everywhere() -> None:
    with_password("li_lei")
    own = Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in(own, "A001").status_code == 302  # type: ignore[attr-defined]
    own.post("/auth/logout/")
    guess(12)
    assert sign_in(own, "A001").status_code == 302  # type: ignore[attr-defined]


def test_a_device_is_known_for_its_own_number_only_and_not_by_a_forged_cookie() -> None:
    with_password("li_lei")
    with_password("han_meimei")
    hers = Client(REMOTE_ADDR="192.0.2.8")
    assert sign_in(hers, "A002").status_code == 302  # type: ignore[attr-defined]
    hers.post("/auth/logout/")
    guess(10)
    assert sign_in(hers, "A001").status_code == 200  # type: ignore[attr-defined]
    hers.cookies["known_device"] = "A001:forged"
    assert sign_in(hers, "A001").status_code == 200  # type: ignore[attr-defined]
    assert person("li_lei").is_active
