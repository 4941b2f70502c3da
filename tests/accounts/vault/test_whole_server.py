"""Somebody has all that the server keeps (database, cache, settings) while a vault stands open: he opens nothing.
With the browser's half beside it he does, which shows that the search would find a key."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from accounts.models import Box, RecoveryKey, Sealed, VaultKey
from accounts.services.vault import guessing, unlocking
from office import boxes, crypto
from office.crypto import Unreadable
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY
from tests.accounts.vault.test_canary import value_of
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2", "C6.2")]


def said(value: Any) -> Iterator[str]:
    """Every text in the settings, however deep."""
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("latin-1")
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from said(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from said(each)


def keys_of(texts: Iterable[str]) -> Iterator[bytes]:
    """What a text may be as a key of 32 bytes: itself, decoded, hashed."""
    for text in texts:
        for part in {text, *text.replace(":", ",").split(",")}:
            raw = part.encode()
            found = [raw, hashlib.sha256(raw).digest()]
            for decode in (base64.urlsafe_b64decode, base64.b64decode, binascii.unhexlify):
                try:
                    found.append(decode(raw))
                except ValueError:
                    continue
            yield from (each[:32] for each in found if len(each) >= 32)


def pieces(blobs: Iterable[bytes]) -> Iterator[bytes]:
    """Every 32 bytes that lie together."""
    for blob in blobs:
        yield from (blob[i : i + 32] for i in range(max(0, len(blob) - 31)))


def opened_by(keys: Iterable[bytes], blob: bytes, place: bytes) -> list[str]:
    """The secrets that somebody reads who tries each of these as each sort of key."""
    tried = set(keys)
    read: list[str] = []
    for key in list(tried):
        try:
            tried.add(boxes.unbind(key, blob, place))  # the open vault's private key, under the cookie's half
        except Unreadable:
            continue
    for key in tried:
        for box in Box.objects.all():
            try:
                data_key = boxes.open_sealed(key, bytes(box.box))
                read.append(boxes.unbind(data_key, bytes(box.sealed.ciphertext), box.sealed.place).decode())
            except Unreadable:
                continue
    return read


def test_all_that_the_server_keeps_opens_no_secret() -> None:
    stage.set_up("qian_it")
    stage.safe()
    stage.account("qian_it", ("qian_it",), owner=person("qian_it").pk)
    client = custodian("qian_it")
    slot = unlocking._slot(client.session.session_key or "")
    held = cache.get(slot)
    place = unlocking._place(person("qian_it").pk, slot, held["until"])
    server = redis.Redis.from_url(settings.REDIS_URL)
    in_redis = [value_of(server, key) for key in server.scan_iter(match="*vault:*")]
    texts = list(said({name: getattr(settings, name) for name in dir(settings) if name.isupper()}))
    stored = [
        *(bytes(part) for key in VaultKey.objects.all() for part in (key.public, key.wrapped)),
        *(bytes(key.public) for key in RecoveryKey.objects.all()),
        *(bytes(each.ciphertext) for each in Sealed.objects.all()), *(bytes(box.box) for box in Box.objects.all()),
    ]  # fmt: skip
    assert any(held["blob"] in each for each in in_redis)
    candidates = {*keys_of(texts), *pieces(in_redis), *pieces(stored)}
    assert len(candidates) > 500
    assert opened_by(candidates, held["blob"], place) == []
    wrapped = bytes(stage.key_of("qian_it").wrapped)
    for blob in (held["blob"], wrapped, *stored):
        for purpose in ("vault", "second-factor", "accounts"):
            with pytest.raises(Unreadable):
                crypto.open_app(purpose, blob)
    for text in set(texts):
        if len(text) >= 12:
            with pytest.raises(Unreadable):
                boxes.unwrap(text, wrapped, guessing.key_place(person("qian_it").pk))
    cookie = base64.urlsafe_b64decode(client.cookies["vault"].value)
    assert CANARY in opened_by({cookie}, held["blob"], place)
