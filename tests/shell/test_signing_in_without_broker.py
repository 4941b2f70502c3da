"""Valkey may be emptied, lost or stuck at any time; who may enter still enters."""

from __future__ import annotations

import copy
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from ecdept.cache import AWAY, Cache
from office.staff.models import Employee
from tests.people import person

pytestmark = pytest.mark.django_db

PASSWORD = "Lantern-Teapot-4821"


def addressed(caches: dict[str, Any], place: Path) -> dict[str, Any]:
    changed = copy.deepcopy(caches)
    changed["default"]["LOCATION"] = f"unix://{place}"
    return changed


@pytest.fixture(params=["lost", "stuck"])
def _without_server(
    request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """ "stuck": it takes the connection and never answers, like a stopped process."""
    monkeypatch.setattr(Cache, "_back_at", 0.0)
    place = tmp_path / "valkey.sock"
    with socket.socket(socket.AF_UNIX) as stuck:
        if request.param == "stuck":
            stuck.bind(str(place))
            stuck.listen()
        settings.CACHES = addressed(settings.CACHES, place)
        cache._own.clear()  # type: ignore[attr-defined]
        yield


def manager_with_password() -> Employee:
    manager = person("chen_manager")
    manager.set_password(PASSWORD)
    manager.password_changed_at = timezone.now()
    manager.save()
    return manager


def enter(client: Client, number: str) -> Any:
    return client.post("/auth/login/", {"login": number, "password": PASSWORD})


@pytest.mark.usefixtures("_without_server")
@pytest.mark.clause("C13.1")
def test_password_and_code_open_the_door_without_the_server(client: Client) -> None:
    manager = manager_with_password()
    secret = generate_totp_secret()
    TOTP.activate(manager, secret)
    began = time.monotonic()
    assert enter(client, "M001")["Location"] == "/auth/mfa/authenticate/"
    assert client.post("/auth/mfa/authenticate/", {"code": "000000"}).status_code == 200
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post("/auth/mfa/authenticate/", {"code": code}).status_code == 302
    assert client.get("/staff/me/").status_code == 200
    assert time.monotonic() - began < AWAY + 10  # one wait of a second, not one for each count

    # A code still opens once.
    other = Client()
    enter(other, "M001")
    assert other.post("/auth/mfa/authenticate/", {"code": code}).status_code == 200
    assert other.get("/staff/me/").status_code == 302


@pytest.mark.usefixtures("_without_server")
def test_tries_are_still_counted(client: Client) -> None:
    manager = manager_with_password()
    TOTP.activate(manager, generate_totp_secret())
    enter(client, "M001")
    said = [
        client.post("/auth/mfa/authenticate/", {"code": "000000"}, HTTP_ACCEPT_LANGUAGE="en")
        for _n in range(11)
    ]
    assert {answer.status_code for answer in said} <= {200, 429}
    assert said[0].content != said[-1].content


def test_it_asks_the_server_again_after_a_while(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = copy.deepcopy(settings.CACHES)
    settings.CACHES = addressed(there, tmp_path / "nowhere.sock")
    monkeypatch.setattr(Cache, "_back_at", 0.0)
    cache.set("broker-test", "own")
    settings.CACHES = there
    assert cache.add("broker-test-2", "server") is True  # still in its own memory: the server is left alone
    monkeypatch.setattr(Cache, "_back_at", 0.0)
    assert cache.get("broker-test-2") is None
    assert cache.add("broker-test-2", "server", 5) is True
    assert cache.delete("broker-test-2") is True
