"""office.boxes against published vectors and independent libraries; and what is said when something does not open."""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from typing import Any

import pytest
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st
from nacl import bindings

from office import boxes
from office.crypto import Unreadable

CHEAP = boxes.Cost(1, 8)
KEY = bytes(range(0x80, 0xA0))


def test_the_public_half_is_that_of_rfc_7748() -> None:
    private = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    assert (
        boxes.public_of(private).hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    )
    assert private.hex() not in repr(boxes.Pair(private, boxes.public_of(private)))


def test_a_bound_blob_is_that_of_the_xchacha_draft() -> None:
    """draft-irtf-cfrg-xchacha-03, appendix A.3.1."""
    nonce = bytes(range(0x40, 0x58))
    place = bytes.fromhex("50515253c0c1c2c3c4c5c6c7")
    sealed = bytes.fromhex(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
        "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
    )
    plain = boxes.unbind(KEY, b"\x01" + nonce + sealed, place)
    assert plain.startswith(b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip")


def test_a_sealed_box_is_built_as_libsodium_documents_it() -> None:
    """Ephemeral public key, then a box whose nonce is BLAKE2b-24 of both public keys."""
    pair = boxes.new_pair()
    box = boxes.seal_to(pair.public, "密钥".encode())
    nonce = hashlib.blake2b(box[:32] + pair.public, digest_size=24).digest()
    assert bindings.crypto_box_open(box[32:], nonce, box[:32], pair.private) == "密钥".encode()
    assert boxes.open_sealed(pair.private, box) == "密钥".encode()
    assert boxes.seal_to(pair.public, b"same") != boxes.seal_to(pair.public, b"same")


def test_a_passphrase_is_stretched_by_argon2id() -> None:
    """The reference implementation (its own vector first) and libsodium give the same key."""
    reference = hash_secret_raw(b"password", b"somesalt", 2, 65536, 1, 32, Type.ID)
    assert reference.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    blob = boxes.wrap("口令口令", b"private", b"person 1", boxes.Cost(2, 64))
    key = hash_secret_raw("口令口令".encode(), blob[9:25], 2, 64, 1, 32, Type.ID)
    assert boxes.unbind(key, blob[25:], blob[:25] + b"person 1") == b"private"


def test_what_does_not_fit_is_unreadable() -> None:
    pair, blob = boxes.new_pair(), boxes.bind(KEY, b"secret", b"account 1, version 2, password")
    box, wrapped = boxes.seal_to(pair.public, b"secret"), boxes.wrap("correct", b"secret", b"p", CHEAP)
    wrongs: list[Any] = [
        lambda: boxes.unbind(KEY, blob, b"account 1, version 1, password"),
        lambda: boxes.unbind(boxes.new_key(), blob, b"account 1, version 2, password"),
        lambda: boxes.unbind(KEY, blob[:-1], b"account 1, version 2, password"),
        lambda: boxes.unbind(KEY, b"\x02" + blob[1:], b"account 1, version 2, password"),
        lambda: boxes.unbind(KEY, b"", b""),
        lambda: boxes.open_sealed(boxes.new_key(), box),
        lambda: boxes.open_sealed(pair.private, box[:-1]),
        lambda: boxes.open_sealed(pair.private, b"short"),
        lambda: boxes.unwrap("wrong", wrapped, b"p"),
        lambda: boxes.unwrap("correct", wrapped, b"q"),
        lambda: boxes.unwrap("correct", wrapped[:20], b"p"),
        lambda: boxes.unwrap("correct", wrapped[:8] + b"\x09" + wrapped[9:], b"p"),
        lambda: boxes.unwrap("correct", b"\x01" + b"\xff" * 8 + wrapped[9:], b"p"),
    ]
    for wrong in wrongs:
        with pytest.raises(Unreadable):
            wrong()


def test_a_passphrase_typed_in_full_width_letters_is_the_same() -> None:
    wrapped = boxes.wrap("correct horse 1", b"secret", b"p", CHEAP)
    assert boxes.unwrap("ｃｏｒｒｅｃｔ　ｈｏｒｓｅ　１", wrapped, b"p") == b"secret"
    assert boxes.cost_of(wrapped) == CHEAP
    assert boxes.cost_of(boxes.wrap("x", b"", b"")) == boxes.Cost(3, 65536)
    for passes, kib in ((0, 8), (1, 7), (21, 8), (1, 2**21)):
        with pytest.raises(ValueError, match="cost"):
            boxes.Cost(passes, kib)


@pytest.mark.parametrize("size", [0, 1, boxes.CHUNK - 1, boxes.CHUNK, boxes.CHUNK + 1, 3 * boxes.CHUNK])
def test_a_stream_is_read_as_it_was_written(size: int) -> None:
    plain = hashlib.shake_128(b"plain").digest(size)
    pieces = [plain[i : i + 100_000] for i in range(0, size, 100_000)]
    sealed = b"".join(boxes.seal_stream(KEY, pieces, b"backup 1"))
    assert b"".join(boxes.open_stream(KEY, io.BytesIO(sealed).read, b"backup 1")) == plain
    # A pipe may give less at a time than it was asked for.
    dribble = io.BytesIO(sealed)
    assert b"".join(boxes.open_stream(KEY, lambda n: dribble.read(min(n, 70_000)), b"backup 1")) == plain


def test_a_stream_cut_swapped_repeated_or_moved_is_unreadable() -> None:
    parts = list(boxes.seal_stream(KEY, [b"a" * boxes.CHUNK, b"b" * boxes.CHUNK, b"c"], b"backup 1"))
    header, first, second, last = parts
    assert len(parts) == 4
    wrong = {
        "cut at a chunk": header + first + second,
        "cut inside one": header + first + second[:-1],
        "swapped": header + second + first + last,
        "left out": header + first + last,
        "repeated": header + first + first + second + last,
        "longer": header + first + second + last + b"x",
        "changed": header + first + second[:9] + bytes([second[9] ^ 1]) + second[10:] + last,
        "empty": b"",
        "header only": header,
        "half a header": header[:20],
    }
    read: list[str] = []
    for what, sealed in wrong.items():
        with suppress(Unreadable):
            list(boxes.open_stream(KEY, io.BytesIO(sealed).read, b"backup 1"))
            read.append(what)
    assert read == []
    whole = b"".join(parts)
    for key, place in ((boxes.new_key(), b"backup 1"), (KEY, b"backup 2")):
        with pytest.raises(Unreadable):
            list(boxes.open_stream(key, io.BytesIO(whole).read, place))


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_read_from_its_text_as_people_type_it(key: bytes) -> None:
    text = boxes.key_text(key)
    assert len(text) == 69
    assert not set(text) & set("ILOU")
    assert boxes.key_of_text(text) == key
    assert (
        boxes.key_of_text(f" {text.lower().replace('0', 'o').replace('1', 'l')}\n".replace("-", " ")) == key
    )


def test_a_key_text_with_any_wrong_letter_is_refused_without_repeating_it() -> None:
    text = boxes.key_text(KEY)
    places = [i for i, letter in enumerate(text) if letter != "-"]
    for i in places:
        other = text[:i] + ("7" if text[i] != "7" else "8") + text[i + 1 :]
        with pytest.raises(boxes.WrongKeyText) as refusal:
            boxes.key_of_text(other)
        assert other not in str(refusal.value)
    for other in ("", text[:-1], text + "0", text.replace("-", "") * 2, "密" + text[1:], "U" + text[1:]):
        with pytest.raises(boxes.WrongKeyText):
            boxes.key_of_text(other)
