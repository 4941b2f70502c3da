"""What the application itself must read: AES-256-GCM, HMAC-SHA-256, HKDF-SHA-256 (RFC 5869), keys from the system.

What it must not be able to read is the work of office.boxes.

Three kinds of keys:

- The *application's keys*, `ECDEPT_KEYS` = "id:base64,id2:base64", newest first, 32 bytes each. They never encrypt data
  themselves: HKDF makes one subkey per purpose. New blobs use the newest, old blobs name the one they need.
- *Data keys* (a customer's, a batch's): random, stored wrapped under the application's newest key.
- The *index key*: random, made once per database and stored wrapped beside the data. It keys the hashes by which people
  are found again, so it must outlive the application's keys: rotating those re-wraps it and every index stays valid.
  Only a database and an application key in the same wrong hands reveal it; then `rotate_keys --reindex` makes another
  and rebuilds every hash. While it does, some hashes are under the one key and some under the other: `mac` writes under
  the key of now, who looks for something asks `macs`.

Blobs: `1 ‖ nonce(12) ‖ ciphertext ‖ tag(16)`; a blob of `seal_app` has `2 ‖ len(id) ‖ id` in front.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
_NONCE = 12
_TAG = 16
#: Random bytes that a new data key takes with its wrapping, and that sealing something takes (`drawing`).
DATA_KEY, SEALING = KEY_BYTES + _NONCE, _NONCE
_SEALED = b"\x01"
_SEALED_APP = b"\x02"
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,20}")


class Unreadable(Exception):
    """A blob cannot be opened: another key, another place (aad), cut or changed."""


@dataclass(slots=True)
class Keyring:
    """The application's keys by id, the newest id, and the ciphers already made from them."""

    keys: dict[str, bytes]
    newest: str
    _ciphers: dict[tuple[str, str], AESGCM] = field(default_factory=dict)

    def cipher(self, kek_id: str, purpose: str) -> AESGCM:
        """AES-256-GCM under the subkey of `purpose` of the key `kek_id`. Unreadable when that key is not configured."""
        known = self._ciphers.get((kek_id, purpose))
        if known is None:
            if kek_id not in self.keys:
                raise Unreadable(f"the application's key {kek_id!r} is not in ECDEPT_KEYS")
            known = AESGCM(subkey(self.keys[kek_id], purpose))
            self._ciphers[kek_id, purpose] = known
        return known


@lru_cache(maxsize=8)
def parse_keyring(text: str) -> Keyring:
    """Read "id:base64,id2:base64". ImproperlyConfigured names what is wrong, never a key."""
    keys: dict[str, bytes] = {}
    for number, pair in enumerate((part.strip() for part in text.split(",")), 1):
        key_id, _, encoded = pair.partition(":")
        if not _KEY_ID.fullmatch(key_id) or key_id in keys:
            raise ImproperlyConfigured(
                f"ECDEPT_KEYS: entry {number} needs an id of its own, 1 to 20 letters or digits"
            )
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"ECDEPT_KEYS: the key {key_id!r} is not {KEY_BYTES} bytes of base64")
        keys[key_id] = key
    return Keyring(keys, next(iter(keys)))


def keyring() -> Keyring:
    return parse_keyring(settings.ECDEPT_KEYS)


def newest_key_id() -> str:
    """The id under which new things are wrapped."""
    return keyring().newest


def subkey(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose: HKDF-Expand of one block. The key is uniformly random, so Extract is not needed."""
    return hmac.digest(key, purpose.encode() + b"\x01", "sha256")


class _Drawn(threading.local):
    """What this thread has drawn and not used yet."""

    left = b""


_drawn = _Drawn()


class drawing:
    """`with drawing(size):` inside, keys and nonces come out of `size` random bytes that the system is asked for at
    once, and more when they are used up. Each byte is used once, what is left over is dropped at the end.

    Every such call lets other threads go first: a thread that makes ten keys while others wait is interrupted ten
    times. Only for a stretch of work in one thread that neither forks nor waits: what is drawn must not live on."""

    __slots__ = ("_size",)

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        _drawn.left = os.urandom(self._size)

    def __exit__(self, *error: object) -> None:
        _drawn.left = b""


def _random(size: int) -> bytes:
    left = _drawn.left
    if len(left) < size:
        return os.urandom(size)
    _drawn.left = left[size:]
    return left[:size]


def new_key() -> bytes:
    """32 random bytes."""
    return _random(KEY_BYTES)


def new_keys(count: int) -> list[bytes]:
    """Many of them by one call to the system."""
    pool = os.urandom(KEY_BYTES * count)
    return [pool[start : start + KEY_BYTES] for start in range(0, len(pool), KEY_BYTES)]


def wrap(key: bytes) -> tuple[str, bytes]:
    """A data key under the application's newest key: (its id, 60 bytes)."""
    ring = keyring()
    nonce = _random(_NONCE)
    return ring.newest, nonce + ring.cipher(ring.newest, "wrap").encrypt(nonce, key, ring.newest.encode())


def unwrap(kek_id: str, wrapped: bytes | memoryview) -> bytes:
    """The data key again. Unreadable: the key is not configured, or this is not what `wrap` made."""
    blob = bytes(wrapped)
    try:
        return keyring().cipher(kek_id, "wrap").decrypt(blob[:_NONCE], blob[_NONCE:], kek_id.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"a data key does not open under the application's key {kek_id!r}") from error


def rewrap(kek_id: str, wrapped: bytes | memoryview) -> tuple[str, bytes]:
    """The same data key under the newest key."""
    return wrap(unwrap(kek_id, wrapped))


def seal(key: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """Encrypt under a data key. `aad` binds the blob to its place ("order 12"); 29 bytes longer than the text."""
    nonce = _random(_NONCE)
    return _SEALED + nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def open_sealed(key: bytes, blob: bytes | memoryview, aad: bytes = b"") -> bytes:
    """The plaintext of `seal`. Unreadable: another key or place, or the blob was changed."""
    data = bytes(blob)
    if data[:1] != _SEALED or len(data) < 1 + _NONCE + _TAG:
        raise Unreadable("this is not a sealed blob")
    try:
        return AESGCM(key).decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], aad)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("a sealed blob does not open under this key") from error


def seal_app(purpose: str, plaintext: bytes) -> bytes:
    """Encrypt under the application's newest key, for `purpose` only; the blob carries the key's id."""
    ring = keyring()
    nonce = os.urandom(_NONCE)
    key_id = ring.newest.encode()
    body = ring.cipher(ring.newest, f"app:{purpose}").encrypt(nonce, plaintext, purpose.encode())
    return _SEALED_APP + bytes([len(key_id)]) + key_id + nonce + body


def app_key_id(blob: bytes | memoryview) -> str:
    """The id of the application's key that a `seal_app` blob needs. Unreadable when it is no such blob."""
    data = bytes(blob)
    if data[:1] != _SEALED_APP or len(data) < 2 + data[1] + _NONCE + _TAG:
        raise Unreadable("this is not a blob of the application")
    return data[2 : 2 + data[1]].decode("ascii", "replace")


def open_app(purpose: str, blob: bytes | memoryview) -> bytes:
    """The plaintext of `seal_app` for the same purpose. Unreadable otherwise."""
    data = bytes(blob)
    key_id = app_key_id(data)
    start = 2 + data[1]
    try:
        return (
            keyring()
            .cipher(key_id, f"app:{purpose}")
            .decrypt(data[start : start + _NONCE], data[start + _NONCE :], purpose.encode())
        )
    except (InvalidTag, ValueError) as error:
        raise Unreadable("a blob of the application does not open") from error


def reseal_app(purpose: str, blob: bytes | memoryview) -> bytes | None:
    """The same plaintext under the newest key; None when it already is."""
    if app_key_id(blob) == newest_key_id():
        return None
    return seal_app(purpose, open_app(purpose, blob))


@dataclass(frozen=True, slots=True)
class IndexKeys:
    """The key under which hashes are written, and while they are being rebuilt the one that others are still under."""

    now: bytes
    other: bytes | None = None


@dataclass(slots=True)
class _Index:
    """The index keys as this process knows them, until it asks again, with the subkeys made from them."""

    keys: IndexKeys
    until: float
    subkeys: dict[str, bytes] = field(default_factory=dict)
    others: dict[str, bytes] = field(default_factory=dict)


#: For how long a process trusts the index keys it has read. `rotate_keys --reindex` waits as long after each change.
INDEX_KEYS_TRUSTED = 5.0  # seconds
# The index key lives in the database, which this module does not know: the trail's app registers how to load it.
_load_index_keys: Callable[[], IndexKeys] | None = None
_index: _Index | None = None


def register_index_keys(load: Callable[[], IndexKeys]) -> None:
    """Called in `apps.ready()`: `load` returns this database's index keys, making one if need be."""
    global _load_index_keys
    _load_index_keys = load


def forget_index_keys() -> None:
    """The next `mac` loads the index keys again (another database, or a new index key)."""
    global _index
    _index = None
    _short_mac.cache_clear()


def _known_index() -> _Index:
    global _index
    known = _index
    if known is None or time.monotonic() >= known.until:
        if _load_index_keys is None:
            raise ImproperlyConfigured("no store of the index key is registered")
        keys, until = _load_index_keys(), time.monotonic() + INDEX_KEYS_TRUSTED
        if known is not None and known.keys == keys:
            known.until = until
        else:
            known = _index = _Index(keys, until)
    return known


def mac_key(purpose: str) -> bytes:
    """The subkey `mac` uses for `purpose`, for loops over many values."""
    index = _known_index()
    known = index.subkeys.get(purpose)
    if known is None:
        known = index.subkeys[purpose] = subkey(index.keys.now, f"index:{purpose}")
    return known


def mac(purpose: str, data: bytes) -> bytes:
    """HMAC-SHA-256 (32 bytes) under the index key: the same for the same data until the indexes are rebuilt."""
    return hmac.digest(mac_key(purpose), data, "sha256")


@lru_cache(maxsize=1 << 16)
def _short_mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def mac_of_few(purpose: str, data: bytes) -> bytes:
    """As `mac`, remembered: for data of which there are few (four digits, two characters)."""
    return _short_mac(mac_key(purpose), data)


def reindexing() -> bool:
    """Whether hashes are being rebuilt: some are under the other key."""
    return _known_index().keys.other is not None


def other_mac(purpose: str, data: bytes) -> bytes | None:
    """`mac` under the other key while hashes are being rebuilt, else None."""
    index = _known_index()
    if index.keys.other is None:
        return None
    known = index.others.get(purpose)
    if known is None:
        known = index.others[purpose] = subkey(index.keys.other, f"index:{purpose}")
    return hmac.digest(known, data, "sha256")


def macs(purpose: str, data: bytes) -> list[bytes]:
    """Every hash under which `data` may be found: one, and while hashes are being rebuilt two."""
    other = other_mac(purpose, data)
    return [mac(purpose, data)] if other is None else [mac(purpose, data), other]


#: One step of a rotation: re-wraps up to `limit` things that are not under the newest key and says how many it did.
Resealer = Callable[[int], int]
resealers: dict[str, Resealer] = {}


def register_resealer(name: str, step: Resealer) -> None:
    """Called in `apps.ready()` by each app that keeps wrapped keys or `seal_app` blobs. `step(limit)` runs in a
    transaction of its own, returns 0 when nothing is left, and may be interrupted between steps."""
    resealers[name] = step


#: One step of rebuilding keyed hashes: looks at up to `limit` things behind `after` (0: from the first), puts those
#: that are under the other key under the one of now, and returns (the last one looked at, how many were changed); the
#: last one is None when there is nothing behind `after`.
ReindexStep = Callable[[int, int], tuple[int | None, int]]


@dataclass(frozen=True, slots=True)
class Reindexer:
    """Who rebuilds the hashes of some tables; `purposes` are those of its `mac`."""

    purposes: frozenset[str]
    step: ReindexStep


reindexers: dict[str, Reindexer] = {}


def register_reindexer(name: str, step: ReindexStep, *, purposes: Iterable[str]) -> None:
    """Called in `apps.ready()` by each app that keeps hashes made by `mac`. The step runs in its caller's transaction,
    and locks what it changes."""
    reindexers[name] = Reindexer(frozenset(purposes), step)
