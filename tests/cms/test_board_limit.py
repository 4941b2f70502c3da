"""How many messages one address may write: whatever address it chooses of its own network, and without the broker."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.models import BoardMessage
from cms.services import board
from ecdept.cache import Cache
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
from tests import own_cache
from tests.cms.messages import FIELDS, post, sender

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    own_cache.forget()
    asked = board.limit
    monkeypatch.setattr(board, "limit", lambda name, now: 2 if name == "per_hour" else asked(name, now))


@pytest.fixture
def signed_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = board.limit
    monkeypatch.setattr(
        board, "limit", lambda name, now: 2 if name == "sender_per_hour" else asked(name, now)
    )


def ask(address: str, **headers: str) -> int:
    typed = {"phone": "13800138000", "text": "沙发能进电梯吗"}
    return Client(REMOTE_ADDR=address).post(reverse("board:ask"), typed, headers=headers).status_code


def test_the_header_of_a_proxy_that_is_none_of_ours_changes_nothing() -> None:
    found = [ask("203.0.113.7", x_forwarded_for=f"198.51.100.{n}") for n in range(3)]
    assert found == [302, 302, 429]
    assert ask("203.0.113.8") == 302


def test_all_addresses_of_one_household_count_as_one() -> None:
    found = [ask(f"2001:db8:1:2::{n:x}") for n in range(1, 4)]
    assert found == [302, 302, 429]
    assert ask("2001:db8:1:3::1") == 302


def test_without_the_broker_messages_come_and_are_counted(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Cache, "_back_at", 0.0)
    changed = copy.deepcopy(settings.CACHES)
    changed["default"]["LOCATION"] = f"unix://{tmp_path / 'nobody.sock'}"
    settings.CACHES = changed
    cache._own.clear()  # type: ignore[attr-defined]
    assert [ask("203.0.113.9") for _n in range(3)] == [302, 302, 429]
    assert BoardMessage.objects.count() == 2


def test_the_third_signed_message_of_an_hour_waits_with_words(signed_limit: None) -> None:
    now = timezone.now()
    _www, secret = sender(now=now)
    _shop, other = sender("shop", now=now)
    assert post("whsec_AAAA", FIELDS, at=now, id="forged").status_code == 401  # counts for nobody
    found = [post(secret, FIELDS, at=now, id=f"m-{n}") for n in range(3)]
    assert [answer.status_code for answer in found] == [201, 201, 429]
    assert (found[2].json()["code"], found[2]["Retry-After"]) == ("too_many", "3600")
    assert "was not taken" in found[2].json()["message"]
    assert BoardMessage.objects.count() == 2
    assert post(other, FIELDS, at=now, code="shop").status_code == 201
    assert ask("203.0.113.7") == 302


def test_the_book_says_how_many_a_website_may_send() -> None:
    assert board.limit("sender_per_hour", timezone.now()) == 120


def test_a_book_of_an_older_release_lets_signed_messages_through() -> None:
    now = timezone.now()
    source, found = re.subn(r"sender_per_hour = \d+\n", "", shipped_source("site"))
    assert found == 1
    rulebook.activate_book(code="site", starts_at=now, by=None, now=now, source=source)
    _www, secret = sender(now=now)
    assert [post(secret, FIELDS, at=now, id=f"m-{n}").status_code for n in range(3)] == [201] * 3
