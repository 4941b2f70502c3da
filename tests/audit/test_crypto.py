"""office.crypto: what opens what, and what is said when something does not."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from office import crypto

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Iterator[None]:
    settings.ECDEPT_KEYS = OLD
    yield
    crypto.parse_keyring.cache_clear()


def test_sealed_under_a_data_key_opens_only_in_its_place() -> None:
    key = crypto.new_key()
    blob = crypto.seal(key, "张三".encode(), b"order 1")
    assert crypto.open_sealed(key, memoryview(blob), b"order 1") == "张三".encode()
    assert len(blob) == len("张三".encode()) + 29
    wrongs: list[Any] = [
        lambda: crypto.open_sealed(key, blob, b"order 2"),
        lambda: crypto.open_sealed(crypto.new_key(), blob, b"order 1"),
        lambda: crypto.open_sealed(key, blob[:-1], b"order 1"),
        lambda: crypto.open_sealed(key, b"", b"order 1"),
        lambda: crypto.open_sealed(key, b"\x02" + blob[1:], b"order 1"),
    ]
    for wrong in wrongs:
        with pytest.raises(crypto.Unreadable):
            wrong()


def test_the_same_text_is_never_sealed_the_same_twice() -> None:
    key = crypto.new_key()
    assert crypto.seal(key, b"x") != crypto.seal(key, b"x")


def test_a_wrapped_key_survives_a_rotation(settings: Any) -> None:
    key = crypto.new_key()
    kek, wrapped = crypto.wrap(key)
    assert (kek, len(wrapped)) == ("old", 60)
    settings.ECDEPT_KEYS = f"{NEW},{OLD}"
    assert crypto.unwrap(kek, wrapped) == key
    kek, wrapped = crypto.rewrap(kek, wrapped)
    settings.ECDEPT_KEYS = NEW
    assert kek == "new"
    assert crypto.unwrap(kek, memoryview(wrapped)) == key
    with pytest.raises(crypto.Unreadable, match="old"):
        crypto.unwrap("old", wrapped)
    with pytest.raises(crypto.Unreadable):
        crypto.unwrap("new", wrapped[:-1])


def test_a_blob_of_the_application_names_its_key_and_its_purpose(settings: Any) -> None:
    blob = crypto.seal_app("shop secret", b"s3cret")
    assert crypto.app_key_id(blob) == "old"
    assert crypto.open_app("shop secret", memoryview(blob)) == b"s3cret"
    with pytest.raises(crypto.Unreadable):
        crypto.open_app("totp", blob)
    with pytest.raises(crypto.Unreadable):
        crypto.open_app("shop secret", b"rubbish")
    assert crypto.reseal_app("shop secret", blob) is None
    settings.ECDEPT_KEYS = f"{NEW},{OLD}"
    resealed = crypto.reseal_app("shop secret", blob)
    assert resealed is not None
    settings.ECDEPT_KEYS = NEW
    assert crypto.open_app("shop secret", resealed) == b"s3cret"
    with pytest.raises(crypto.Unreadable, match="old"):
        crypto.open_app("shop secret", blob)


@pytest.mark.parametrize(
    "text", ["", "k1", "k1:", "k1:AAAA", f"{OLD},{OLD}", f"{OLD},", "bad id:" + OLD[4:], "k:*" + OLD[5:]]
)
def test_a_wrong_keyring_is_refused_without_printing_a_key(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        crypto.parse_keyring(text)
    assert OLD[4:] not in str(refused.value)


@pytest.mark.django_db
def test_macs_depend_on_purpose_and_not_on_the_applications_key(settings: Any) -> None:
    settings.ECDEPT_KEYS = f"{NEW},{_configured()}"
    crypto.forget_index_keys()
    one = crypto.mac("phone", b"13812345678")
    assert (len(one), one) == (32, crypto.mac("phone", b"13812345678"))
    assert one != crypto.mac("last4", b"13812345678")
    crypto.forget_index_keys()
    assert crypto.mac("phone", b"13812345678") == one


def _configured() -> str:
    import os

    return os.environ["ECDEPT_KEYS"]


def test_without_a_store_there_is_no_index_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "_load_index_keys", None)
    crypto.forget_index_keys()
    with pytest.raises(ImproperlyConfigured):
        crypto.mac("phone", b"1")
    crypto.forget_index_keys()


def test_what_is_drawn_at_once_is_used_once_and_dropped_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return bytes(n % 256 for n in range(size))

    monkeypatch.setattr("office.crypto.os.urandom", random)
    with crypto.drawing(crypto.DATA_KEY):
        key = crypto.new_key()
        _kek, wrapped = crypto.wrap(key)
        assert asked == [crypto.DATA_KEY]
        assert key + wrapped[:12] == bytes(range(crypto.DATA_KEY))
        crypto.seal(key, b"more than was drawn")
        assert asked == [crypto.DATA_KEY, crypto.SEALING]
    with suppress(KeyError), crypto.drawing(100):
        raise KeyError
    crypto.new_key()
    assert asked[2:] == [100, crypto.KEY_BYTES], "what is left over is never used"


def test_one_thread_draws_for_itself_alone() -> None:
    with crypto.drawing(crypto.KEY_BYTES), ThreadPoolExecutor(1) as other:
        theirs = other.submit(crypto.new_key).result()
        assert crypto.new_key() != theirs
