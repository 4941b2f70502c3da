"""Unlocking: minutes, idleness, both halves, wrong passphrases, signing out; the second factor is a matter of pages."""

from __future__ import annotations

import base64
import datetime as dt
import pickle

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts import vault_book
from accounts.models import VaultKey
from accounts.services.vault import guessing, keys, unlocking
from office import boxes
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import PASSPHRASE
from tests.people import everybody, person

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def now() -> dt.datetime:
    stage.set_up("qian_it", "shen_operations")
    cache.delete(f"vault-tries:{person('qian_it').pk}")
    return stage.now()


def token(now: dt.datetime, session: str = "s") -> str:
    return unlocking.unlock(passphrase=PASSPHRASE, session_key=session, by=person("qian_it"), now=now)


def seen(half: str, now: dt.datetime, session: str = "s", who: str = "qian_it") -> bool:
    found = unlocking.unlocked(token=half, session_key=session, by=person(who), now=now)
    return found is not None and found.private == stage.opened("qian_it").private


def test_it_stays_open_for_ten_minutes_and_five_idle_ones(now: dt.datetime) -> None:
    half = token(now)
    assert seen(half, now + 4 * MINUTE)
    assert seen(half, now + 8 * MINUTE)
    assert not seen(half, now + 10 * MINUTE)
    half = token(now)
    assert not seen(half, now + 5 * MINUTE)
    assert not seen(half, now)  # what was idle is gone


def test_neither_half_alone_opens_it(now: dt.datetime) -> None:
    half = token(now)
    held = cache.get(unlocking._slot("s"))
    private = stage.opened("qian_it").private
    assert private not in pickle.dumps(held)
    assert not seen(base64.urlsafe_b64encode(boxes.new_key()).decode(), now)
    assert not seen("no base64 at all!", now)
    assert not seen(half, now, session="another")
    assert not seen(half, now, who="shen_operations")
    cache.set(unlocking._slot("s"), {**held, "until": (now + 60 * MINUTE).isoformat()}, 60)
    assert not seen(half, now)  # the end is bound to it
    cache.delete(unlocking._slot("s"))
    assert not seen(half, now)


def test_a_wrong_passphrase_is_told_recorded_and_counted(now: dt.datetime) -> None:
    for _ in range(guessing.TRIES):
        with pytest.raises(Invalid):
            unlocking.unlock(passphrase="wrong", session_key="s", by=person("qian_it"), now=now)
    assert Entry.objects.filter(verb="accounts.unlock_failed").count() == guessing.TRIES
    with pytest.raises(Conflict) as refused:
        token(now)
    assert refused.value.code == "too_many"
    with pytest.raises(Conflict):
        unlocking.unlock(passphrase=PASSPHRASE, session_key="s", by=person("sun_admin"), now=now)


def test_a_right_one_forgets_the_wrong_ones(now: dt.datetime) -> None:
    for _ in range(guessing.TRIES + 2):
        with pytest.raises(Invalid):
            unlocking.unlock(passphrase="wrong", session_key="s", by=person("qian_it"), now=now)
        token(now)


def test_the_button_the_sign_out_and_another_key_lock_it(now: dt.datetime) -> None:
    half = token(now)
    unlocking.lock(session_key="s")
    assert not seen(half, now)
    client = custodian("qian_it")
    session = client.session.session_key or ""
    half = client.cookies["vault"].value
    assert seen(half, stage.now(), session)
    client.post(reverse("account_logout"))
    assert not seen(half, stage.now(), session)
    half = token(now)
    VaultKey.objects.filter(employee=person("qian_it")).update(state="ended", ended_at=now)
    assert unlocking.unlocked(token=half, session_key="s", by=person("qian_it"), now=now) is None


def test_who_has_it_locked_is_refused(now: dt.datetime) -> None:
    with pytest.raises(Forbidden) as refused:
        unlocking.require(None, person("qian_it"))
    assert refused.value.code == "locked"


def test_the_real_cost_of_the_book(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody("zhou_general")
    monkeypatch.setattr(vault_book, "passphrase", stage.real_passphrase)
    key = keys.set_up(passphrase=PASSPHRASE, again=PASSPHRASE, by=person("zhou_general"), now=stage.now())
    assert boxes.cost_of(bytes(key.wrapped)) == boxes.Cost(3, 65536)
    private = boxes.unwrap(PASSPHRASE, bytes(key.wrapped), guessing.key_place(person("zhou_general").pk))
    assert boxes.public_of(private) == bytes(key.public)
