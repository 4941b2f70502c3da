"""Secrets that this server stores and cannot open: sealed boxes, bound blobs, passphrases, streams (libsodium).

`office.crypto` guards what the application itself must read; its keys are in the settings. What is sealed here is
opened only by a private key that lives elsewhere: in a custodian's head (wrapped under his passphrase), in a safe
(printed), or away from this machine (backups). No other module imports nacl.

- *Pairs* are X25519 keys of 32 bytes; `seal_to` is libsodium's anonymous sealed box (an ephemeral pair,
  XSalsa20-Poly1305).
- *Bound blobs* are XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with associated data,
  `1 ‖ nonce(24) ‖ ciphertext ‖ tag(16)`: a blob moved to another place (account, version, field) does not open.
- *Passphrases* go through Argon2id (RFC 9106); its costs and salt stand in front of the blob and are bound to it:
  `1 ‖ passes u32 ‖ KiB u32 ‖ salt(16) ‖ 1 ‖ nonce(24) ‖ ciphertext ‖ tag(16)`, big-endian.
- *Streams* are libsodium's secretstream: header(24), then chunks of `CHUNK` bytes, each with 17 bytes more, the
  last one marked as the last. Chunks left out, swapped, repeated or cut off at the end are noticed.
- *Key texts* are what people print and type: Crockford's base32 in groups of five, with four bytes of checksum.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from nacl import bindings, utils
from nacl.exceptions import CryptoError

from office.crypto import Unreadable

KEY_BYTES = 32
#: Bytes of plain text in one chunk of a stream.
CHUNK = 256 * 1024
_V1 = b"\x01"
_NONCE = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_TAG = bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
_SALT = bindings.crypto_pwhash_SALTBYTES
_COSTS = struct.Struct(">II")
_STREAM_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_STREAM_MORE = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_MESSAGE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_CHECK = 4
_GROUP = 5
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_CROCKFORD = str.maketrans(_RFC4648, _CROCKFORD)
_FROM_CROCKFORD = str.maketrans(_CROCKFORD, _RFC4648)
_READ_AS = str.maketrans("OIL", "011")


class WrongKeyText(ValueError):
    """What was typed is no key text: a letter is wrong, missing or too many. Never says what was typed."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An X25519 pair, 32 bytes each."""

    private: bytes = field(repr=False)
    public: bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of a passphrase costs: passes over `kib` KiB of memory, one lane. Default: RFC 9106."""

    passes: int = 3
    kib: int = 64 * 1024

    #: What a stored blob may ask of us at most, so that a forged one cannot take all memory.
    MOST_PASSES = 20
    MOST_KIB = 1024 * 1024

    def __post_init__(self) -> None:
        if not (1 <= self.passes <= self.MOST_PASSES and 8 <= self.kib <= self.MOST_KIB):
            raise ValueError("a passphrase's cost is 1 to 20 passes over 8 KiB to 1 GiB")


def new_key() -> bytes:
    """A random key of 32 bytes."""
    return utils.random(KEY_BYTES)


def new_pair() -> Pair:
    private = new_key()
    return Pair(private, public_of(private))


def public_of(private: bytes) -> bytes:
    """The public half (RFC 7748: multiplication of the base point)."""
    return bindings.crypto_scalarmult_base(private)


def seal_to(public: bytes, message: bytes) -> bytes:
    """A sealed box: only the private half of `public` opens it, and it does not tell who sealed. 48 bytes more."""
    return bindings.crypto_box_seal(message, public)


def open_sealed(private: bytes, box: bytes) -> bytes:
    """What was sealed to this private key. Unreadable: another key, or changed."""
    try:
        return bindings.crypto_box_seal_open(box, public_of(private), private)
    except (CryptoError, TypeError, ValueError) as error:
        raise Unreadable("the box is not sealed to this key, or it was changed") from error


def bind(key: bytes, message: bytes, place: bytes) -> bytes:
    """`message` under `key`, readable at `place` only (associated data: not stored, must be said again)."""
    nonce = utils.random(_NONCE)
    sealed = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(message, place, nonce, key)
    return _V1 + nonce + sealed


def unbind(key: bytes, blob: bytes, place: bytes) -> bytes:
    """What `bind` took. Unreadable: another key, another place, cut or changed."""
    if blob[:1] != _V1 or len(blob) < 1 + _NONCE + _TAG:
        raise Unreadable("not a blob of the first version")
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            blob[1 + _NONCE :], place, blob[1 : 1 + _NONCE], key
        )
    except (CryptoError, TypeError, ValueError) as error:
        raise Unreadable("another key, another place, or changed") from error


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    # NFKC: a Chinese input method may give full-width letters today and half-width ones tomorrow.
    typed = unicodedata.normalize("NFKC", passphrase).encode()
    return bindings.crypto_pwhash_alg(
        KEY_BYTES, typed, salt, cost.passes, cost.kib * 1024, bindings.crypto_pwhash_ALG_ARGON2ID13
    )


def wrap(passphrase: str, secret: bytes, place: bytes, cost: Cost | None = None) -> bytes:
    """`secret` under a passphrase, readable at `place` only."""
    cost = cost or Cost()
    salt = utils.random(_SALT)
    front = _V1 + _COSTS.pack(cost.passes, cost.kib) + salt
    return front + bind(_stretched(passphrase, salt, cost), secret, front + place)


def cost_of(blob: bytes) -> Cost:
    """The cost a wrapped blob names. Unreadable when it is none, or asks for more than the most."""
    if blob[:1] != _V1 or len(blob) < 1 + _COSTS.size + _SALT:
        raise Unreadable("not a wrapped blob of the first version")
    try:
        return Cost(*_COSTS.unpack_from(blob, 1))
    except ValueError as error:
        raise Unreadable(str(error)) from error


def unwrap(passphrase: str, blob: bytes, place: bytes) -> bytes:
    """What `wrap` took. Unreadable: another passphrase, another place, or changed; nobody can tell which."""
    cost = cost_of(blob)
    end = 1 + _COSTS.size + _SALT
    front = blob[:end]
    return unbind(_stretched(passphrase, blob[end - _SALT : end], cost), blob[end:], front + place)


def seal_stream(key: bytes, plain: Iterable[bytes], place: bytes) -> Iterator[bytes]:
    """`plain` (pieces of any size) as a stream under `key`, which must be used for this one stream only.

    `place` is bound to every chunk. Holds one chunk in memory."""
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    yield bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)

    def push(chunk: bytes, tag: int) -> bytes:
        return bindings.crypto_secretstream_xchacha20poly1305_push(state, chunk, place, tag)

    held = bytearray()
    for piece in plain:
        held += piece
        # The last chunk is only known at the end, so one whole chunk is always kept back.
        while len(held) > CHUNK:
            yield push(bytes(held[:CHUNK]), _MESSAGE)
            del held[:CHUNK]
    yield push(bytes(held), _FINAL)


def open_stream(key: bytes, read: Callable[[int], bytes], place: bytes) -> Iterator[bytes]:
    """The plain chunks of a stream that `read(n)` gives (n bytes, fewer only at the end).

    Unreadable: another key or place, a chunk changed, left out, repeated or swapped, an end cut off or something
    after it. What was yielded before is true as far as it goes; the whole is whole only when the iteration ends without
    error."""
    header = _filled(read, _STREAM_HEADER)
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    if len(header) != _STREAM_HEADER:
        raise Unreadable("the stream ends before it begins")
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    while True:
        sealed = _filled(read, CHUNK + _STREAM_MORE)
        if len(sealed) < _STREAM_MORE:
            raise Unreadable("the end of the stream is missing")
        try:
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, sealed, place)
        except (CryptoError, RuntimeError, ValueError) as error:
            raise Unreadable("another key, or a chunk was changed, left out or cut") from error
        yield plain
        if tag == _FINAL:
            if read(1):
                raise Unreadable("something follows the end of the stream")
            return


def _filled(read: Callable[[int], bytes], size: int) -> bytes:
    """`size` bytes, or what is left: a pipe may give less than was asked for."""
    parts: list[bytes] = []
    while size > 0 and (part := read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def key_text(key: bytes) -> str:
    """A key of 32 bytes to print and type again: twelve groups of up to five letters and digits, no I, L, O, U."""
    whole = key + hashlib.sha256(b"key text" + key).digest()[:_CHECK]
    letters = base64.b32encode(whole).decode().rstrip("=").translate(_TO_CROCKFORD)
    return "-".join(letters[i : i + _GROUP] for i in range(0, len(letters), _GROUP))


def key_of_text(text: str) -> bytes:
    """The key of a key text; case, blanks and dashes do not matter, O is read as 0, I and L as 1. WrongKeyText."""
    typed = unicodedata.normalize("NFKC", text).upper()
    letters = "".join(letter for letter in typed if letter not in "-—–_" and not letter.isspace())
    wrong = WrongKeyText(
        "this is not the whole key as it was printed: a letter is wrong, missing or too many"
    )
    letters = letters.translate(_READ_AS)
    try:
        key = base64.b32decode(letters.translate(_FROM_CROCKFORD) + "=" * (-len(letters) % 8))[:KEY_BYTES]
    except (binascii.Error, ValueError) as error:
        raise wrong from error
    # Written again it must be the same, checksum and unused bits included.
    if len(key) != KEY_BYTES or key_text(key).replace("-", "") != letters:
        raise wrong
    return key
