"""The file of a backup, `.ecbak`: sealed on this server, opened only with a private key that is not on it.

    "ECBAK1\\r\\n"
    u32 length, header JSON        format, id, kind, made_at, to: fingerprints of the keys it is sealed to
    for each part, in order:
        "P", u32 length, JSON      name, keys: {fingerprint: sealed box of this part's own data key, base64}
        frames: u32 length, bytes  a stream of office.boxes (XChaCha20-Poly1305, its end marked)
        u32 0
    "M", u32 length, manifest JSON what is inside: versions, counts, and size and SHA-256 of every part
    "A", u32 length, JSON          stamp: id of the application's key, HMAC-SHA-256 of header, part headers and manifest
    "E", SHA-256 of every byte before it

The last part, "manifest", holds the same manifest sealed. So the file can be checked as a whole without any key (a cut,
a changed byte), and with a key it is shown that nobody wrote another manifest or took another part. Each part is bound
to the id of its backup, its name and its place in the file, so parts cannot be exchanged or moved.

Whoever has the public key can seal a whole file of his own. The stamp is what he cannot make: it covers the sealed data
keys, so every part is of this file, and it is made under a key of `ECDEPT_KEYS`. Files from before have none.

Memory: a few chunks. A file gets its name only when it is whole and on the disk: before, it is `.NAME.part-PID`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from office import boxes, crypto
from office.crypto import Unreadable

MAGIC = b"ECBAK1\r\n"
SUFFIX = ".ecbak"
MANIFEST = "manifest"
#: Longest header, part header and manifest that is read: a forged length must not take all memory.
MOST_JSON = 8 << 20
_LENGTH = struct.Struct(">I")
_MOST_FRAME = boxes.CHUNK + 4096
_PIECE = 1 << 20
_PART = re.compile(r"[A-Za-z0-9_]+(?:[./-][A-Za-z0-9_]+)*")


class Broken(Exception):
    """The file is not a whole backup; one sentence says what is wrong with it."""


class WrongKey(Exception):
    """The key given does not open this file."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a backup is sealed to."""

    fingerprint: str
    public: bytes


@dataclass(slots=True)
class Written:
    """A finished file, and the data keys that open its parts, until they are forgotten."""

    path: Path
    size: int
    sha256: str
    manifest: dict[str, Any]
    keys: dict[str, bytes] = field(repr=False)

    def forget(self) -> None:
        """The data keys are gone from here; only the private key opens the file from now on."""
        self.keys.clear()


def fingerprint(public: bytes) -> str:
    """Sixteen hexadecimal digits by which people tell public keys apart."""
    return hashlib.sha256(b"ecdept backup key" + public).hexdigest()[:16]


def write(
    path: Path,
    *,
    backup_id: str,
    kind: str,
    made_at: str,
    to: Iterable[Recipient],
    parts: Iterable[tuple[str, Iterable[bytes]]],
    manifest: Callable[[], Mapping[str, Any]],
) -> Written:
    """Write `parts` (name, pieces of bytes) in order, then what `manifest` says once they are all read.

    OSError, or whatever a part raises: then nothing is left under any name.
    """
    to = list(to)
    if not to:
        raise ValueError("a backup is sealed to at least one key")
    partial = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        with open(partial, "wb", opener=_private) as file:
            written = _Out(file)
            written.add(MAGIC)
            header = {"format": 1, "id": backup_id, "kind": kind, "made_at": made_at,
                      "to": [each.fingerprint for each in to]}  # fmt: skip
            written.json(header)
            sealed: dict[str, Mapping[str, str]] = {}
            keys: dict[str, bytes] = {}
            facts: list[dict[str, Any]] = []
            for name, pieces in parts:
                keys[name], told, sealed[name] = _part(written, backup_id, len(facts), name, pieces, to)
                facts.append(told)
            content = {
                **manifest(),
                "format": 1,
                "id": backup_id,
                "kind": kind,
                "made_at": made_at,
                "parts": facts,
            }
            text = _encode(content)
            keys[MANIFEST], _told, sealed[MANIFEST] = _part(
                written, backup_id, len(facts), MANIFEST, [text], to
            )
            written.add(b"M" + _LENGTH.pack(len(text)) + text)
            key_id = crypto.newest_key_id()
            written.add(b"A")
            written.json({"key": key_id, "mac": _stamp(key_id, header, sealed, content)})
            written.add(b"E" + written.digest.digest())
            file.flush()
            os.fsync(file.fileno())
            size, sha256 = written.size, written.digest.hexdigest()
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return Written(path, size, sha256, content, keys)


def sync_folder(folder: Path) -> None:
    """The name itself is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clear_partials(folder: Path) -> int:
    """Take away what killed writers left: nobody writes while this is called."""
    left = [each for each in folder.glob(f".*{SUFFIX}.part-*") if re.search(r"part-\d+$", each.name)]
    for each in left:
        each.unlink(missing_ok=True)
    return len(left)


class _Out:
    """Counts and hashes what is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def add(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)

    def json(self, content: Mapping[str, Any]) -> None:
        text = _encode(content)
        self.add(_LENGTH.pack(len(text)) + text)


def _part(
    out: _Out, backup_id: str, number: int, name: str, pieces: Iterable[bytes], to: list[Recipient]
) -> tuple[bytes, dict[str, Any], dict[str, str]]:
    key = boxes.new_key()
    sealed_keys = {
        each.fingerprint: base64.b64encode(boxes.seal_to(each.public, key)).decode() for each in to
    }
    out.add(b"P")
    out.json({"name": name, "keys": sealed_keys})
    plain, plain_size = hashlib.sha256(), 0
    sealed_size = 0

    def counted() -> Iterator[bytes]:
        nonlocal plain_size
        for piece in pieces:
            plain.update(piece)
            plain_size += len(piece)
            yield piece

    for frame in boxes.seal_stream(key, counted(), _place(backup_id, number, name)):
        out.add(_LENGTH.pack(len(frame)))
        out.add(frame)
        sealed_size += len(frame)
    out.add(_LENGTH.pack(0))
    told = {"name": name, "size": plain_size, "sha256": plain.hexdigest(), "sealed_size": sealed_size}
    return key, told, sealed_keys


def _stamp(
    key_id: str,
    header: Mapping[str, Any],
    sealed: Mapping[str, Mapping[str, str]],
    manifest: Mapping[str, Any],
) -> str:
    """What only an installation with that key can write under a file."""
    key = crypto.subkey(crypto.keyring().keys[key_id], "backup file")
    text = _encode({"header": header, "keys": sealed, "manifest": manifest})
    return hmac.digest(key, text, "sha256").hex()


def _place(backup_id: str, number: int, name: str) -> bytes:
    return f"ecbak|{backup_id}|{number}|{name}".encode()


def _encode(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part lies in its file."""

    name: str
    number: int
    keys: Mapping[str, str]
    offset: int
    sealed_size: int


def _texts(found: object, *, of: type = list) -> bool:
    """A list of texts, or (`of=dict`) texts by name."""
    if not isinstance(found, of) or not isinstance(found, (list, dict)):
        return False
    values = found.values() if isinstance(found, dict) else found
    return all(isinstance(each, str) for each in values)


def _number(found: object) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 63


def _header_fits(header: dict[str, Any]) -> bool:
    """Whatever is read of it later has the kind of value that it should."""
    if not all(isinstance(header.get(each), str) for each in ("id", "kind", "made_at")):
        return False
    try:
        instant = datetime.fromisoformat(header["made_at"])
    except ValueError:
        return False
    return instant.tzinfo is not None and _texts(header.get("to"))


def _manifest_fits(manifest: dict[str, Any]) -> bool:
    counts, apart, ledger = (manifest.get(each) or {} for each in ("counts", "apart", "ledger"))
    return (
        all(isinstance(each, dict) for each in (counts, apart, ledger))
        and all(map(_number, counts.values()))
        and all(map(_texts, apart.values()))
        and _number(ledger.get("entry") or 0)
        and _number(manifest.get("erasures") or 0)
        and _texts(manifest.get("migrations") or {}, of=dict)
    )


class Reader:
    """A backup's file. Opening it reads the headers only; `check` reads every byte."""

    def __init__(self, path: Path) -> None:
        """Broken when it is not even built like one; OSError when it cannot be read."""
        self.path = path
        self.parts: dict[str, Part] = {}
        self._stamped: dict[str, Any] | None = None
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise Broken(f"{path.name} is not a backup of ecdept.")
            self.header = self._json(file)
            if self.header.get("format") != 1:
                raise Broken(f"{path.name} was written in a format that this release does not know.")
            self.manifest = self._walk(file)
        if not _header_fits(self.header) or not _manifest_fits(self.manifest):
            raise self._broken()
        self.id = str(self.header.get("id"))
        self.kind = str(self.header.get("kind"))
        same = ("id", "kind", "made_at")
        if any(self.header.get(each) != self.manifest.get(each) for each in same):
            raise Broken(f"{path.name}: its beginning and its end are of two different backups.")

    def _walk(self, file: IO[bytes]) -> dict[str, Any]:
        size = os.fstat(file.fileno()).st_size
        while (mark := file.read(1)) == b"P":
            about = self._json(file)
            name = str(about.get("name"))
            keys = about.get("keys")
            if (
                name in self.parts
                or not _PART.fullmatch(name)
                or not isinstance(keys, dict)
                or not _texts(keys, of=dict)
            ):
                raise self._broken()
            offset, sealed_size = file.tell(), 0
            while length := self._length(file):
                if length > _MOST_FRAME:
                    raise self._broken()
                if file.seek(length, os.SEEK_CUR) > size:
                    raise self._cut()
                sealed_size += length
            self.parts[name] = Part(name, len(self.parts), keys, offset, sealed_size)
        if mark != b"M":
            raise self._cut() if not mark else self._broken()
        manifest = self._json(file)
        if MANIFEST not in self.parts:
            raise self._broken()
        tail = file.read(1)
        if tail == b"A":
            self._stamped = self._json(file)
            tail = file.read(1)
        tail += file.read(33)
        if len(tail) < 33:
            raise self._cut()
        if tail[:1] != b"E" or len(tail) > 33:
            raise self._broken()
        return manifest

    def _length(self, file: IO[bytes]) -> int:
        found = file.read(_LENGTH.size)
        if len(found) < _LENGTH.size:
            raise self._cut()
        return int(_LENGTH.unpack(found)[0])

    def _json(self, file: IO[bytes]) -> dict[str, Any]:
        length = self._length(file)
        if length > MOST_JSON:
            raise self._broken()
        text = file.read(length)
        if len(text) < length:
            raise self._cut()
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise self._broken() from None
        if not isinstance(found, dict):
            raise self._broken()
        return found

    def _cut(self) -> Broken:
        return Broken(f"{self.path.name} was cut off: its end is missing.")

    def _broken(self) -> Broken:
        return Broken(f"{self.path.name} is damaged: it is not built as a backup is.")

    def check(self) -> str:
        """Every byte against the file's own sums. Answers the SHA-256 of the file; Broken says what does not fit."""
        whole = hashlib.sha256()
        with self.path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - 32
            while left > 0 and (piece := file.read(min(_PIECE, left))):
                # The mark "E" stands before the sum and is not under it.
                left -= len(piece)
                whole.update(piece if left else piece[:-1])
            end = file.read(32)
            if end != whole.digest():
                raise Broken(f"{self.path.name} was changed or damaged: its checksum does not fit.")
            whole.update(b"E" + end)
        said = {str(each["name"]): each.get("sealed_size") for each in self._said_parts()}
        if said != {name: part.sealed_size for name, part in self.parts.items() if name != MANIFEST}:
            raise Broken(f"{self.path.name}: its list of parts is not what it holds.")
        return whole.hexdigest()

    def genuine(self) -> bool:
        """Whether an installation with our `ECDEPT_KEYS` is shown to have written it: False when it bears no stamp, or
        one under a key that is not here. Broken when the stamp is not of this file."""
        key_id = str((self._stamped or {}).get("key"))
        if self._stamped is None or key_id not in crypto.keyring().keys:
            return False
        sealed = {name: part.keys for name, part in self.parts.items()}
        made = _stamp(key_id, self.header, sealed, self.manifest)
        if not hmac.compare_digest(made.encode(), str(self._stamped.get("mac")).encode()):
            raise Broken(f"{self.path.name} was not written by this installation: its stamp does not fit.")
        return True

    def _said_parts(self) -> list[dict[str, Any]]:
        parts = self.manifest.get("parts")
        if not isinstance(parts, list) or not all(
            isinstance(each, dict) and isinstance(each.get("name"), str) for each in parts
        ):
            raise self._broken()
        return parts

    def keys_with(self, private: bytes) -> dict[str, bytes]:
        """The data keys of all parts, opened with a private key. WrongKey."""
        mine = fingerprint(boxes.public_of(private))
        found = {}
        for part in self.parts.values():
            sealed = part.keys.get(mine)
            if sealed is None:
                others = ", ".join(map(str, self.header.get("to") or [])) or "-"
                raise WrongKey(f"{self.path.name} is sealed to the key {others}; the key given is {mine}.")
            try:
                found[part.name] = boxes.open_sealed(private, base64.b64decode(sealed))
            except (Unreadable, ValueError) as error:
                raise Broken(f"{self.path.name}: the key of the part {part.name} was changed.") from error
        return found

    def open_part(self, name: str, keys: Mapping[str, bytes]) -> Iterator[bytes]:
        """The plain bytes of a part; true as far as they go, whole when the iteration ends. Broken."""
        part = self.parts.get(name)
        if part is None or name not in keys:
            raise Broken(f"{self.path.name} has no part {name}.")
        about = next((each for each in self._said_parts() if each["name"] == name), None)
        digest, size = hashlib.sha256(), 0
        try:
            stream = boxes.open_stream(
                keys[name], Feed(self._frames(part)).read, _place(self.id, part.number, name)
            )
            for piece in stream:
                digest.update(piece)
                size += len(piece)
                yield piece
        except Unreadable as error:
            raise Broken(f"{self.path.name}: the part {name} does not open: {error}.") from error
        if about is not None and (size, digest.hexdigest()) != (about.get("size"), about.get("sha256")):
            raise Broken(f"{self.path.name}: the part {name} is not what the manifest says.")

    def sealed_manifest(self, keys: Mapping[str, bytes]) -> dict[str, Any]:
        """The manifest as it was sealed. Broken when the one in the clear is another."""
        text = b"".join(self.open_part(MANIFEST, keys))
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise self._broken() from None
        if found != self.manifest:
            raise Broken(f"{self.path.name}: the manifest in the clear is not the one that was sealed.")
        return dict(found)

    def _frames(self, part: Part) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(part.offset)
            while length := self._length(file):
                frame = file.read(length)
                if len(frame) < length:
                    raise self._cut()
                yield frame


class Feed:
    """`read(n)` over pieces; it may give less."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        while not self._left:
            found = next(self._pieces, None)
            if found is None:
                return b""
            self._left = found
        taken, self._left = self._left[:size], self._left[size:]
        return taken
