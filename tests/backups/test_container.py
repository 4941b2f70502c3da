"""The file of a backup: whole or nothing, and only its own key opens it."""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backups.container import (
    MAGIC,
    Broken,
    Reader,
    Recipient,
    Written,
    WrongKey,
    clear_partials,
    fingerprint,
    write,
)
from office import boxes

SIZE = 3 * boxes.CHUNK + 1000
CANARY = b"Zhang San 13800138000"


@pytest.fixture
def written(tmp_path: Path, recipient: Recipient) -> Written:
    return make(tmp_path / "a.ecbak", recipient)


def make(path: Path, *to: Recipient, backup_id: str = "one") -> Written:
    big = random.Random(7).randbytes(SIZE)
    parts = [("dump", [big[:1000], big[1000:]]), ("empty/x", []), ("rows/x", [CANARY])]
    return write(
        path, backup_id=backup_id, kind="database", made_at="2026-11-26T10:00:00+00:00", to=to, parts=parts,
        manifest=lambda: {"counts": {"x": 1}},
    )  # fmt: skip


def opened(path: Path, private: bytes) -> dict[str, bytes]:
    """Everything a careful reader does."""
    reader = Reader(path)
    reader.check()
    keys = reader.keys_with(private)
    reader.sealed_manifest(keys)
    return {name: b"".join(reader.open_part(name, keys)) for name in reader.parts}


def test_what_went_in_comes_out(written: Written, pair: boxes.Pair) -> None:
    found = opened(written.path, pair.private)
    assert found["dump"] == random.Random(7).randbytes(SIZE)
    assert (found["empty/x"], found["rows/x"]) == (b"", CANARY)
    assert json.loads(found["manifest"]) == written.manifest == Reader(written.path).manifest
    assert written.manifest["parts"][0]["size"] == SIZE
    assert written.path.stat().st_mode & 0o077 == 0


def test_the_data_keys_open_it_until_they_are_forgotten(written: Written) -> None:
    reader = Reader(written.path)
    assert b"".join(reader.open_part("rows/x", written.keys)) == CANARY
    written.forget()
    with pytest.raises(Broken):
        b"".join(reader.open_part("rows/x", written.keys))


def test_nothing_of_it_can_be_read_without_a_key(written: Written) -> None:
    assert CANARY not in written.path.read_bytes()
    assert b"Zhang" not in written.path.read_bytes()


def test_another_key_does_not_open_it_and_is_told_which_would(written: Written, recipient: Recipient) -> None:
    with pytest.raises(WrongKey, match=recipient.fingerprint):
        Reader(written.path).keys_with(boxes.new_pair().private)


def test_two_keys_open_the_same_file(tmp_path: Path, pair: boxes.Pair, recipient: Recipient) -> None:
    second = boxes.new_pair()
    path = make(tmp_path / "b.ecbak", recipient, Recipient(fingerprint(second.public), second.public)).path
    assert opened(path, second.private) == opened(path, pair.private)


def test_every_cut_shows_without_a_key(written: Written) -> None:
    """Not one byte less passes for whole."""
    whole = written.path.read_bytes()
    lengths = {*range(0, len(whole), 20_011), len(whole) - 1, len(whole) - 33, len(whole) - 34, len(MAGIC)}
    for length in sorted(lengths):
        written.path.write_bytes(whole[:length])
        with pytest.raises(Broken):
            Reader(written.path).check()


def test_every_changed_byte_shows_without_a_key(written: Written) -> None:
    whole = bytearray(written.path.read_bytes())
    for place in [*range(0, len(whole), 30_011), *range(len(whole) - 60, len(whole))]:
        whole[place] ^= 1
        written.path.write_bytes(whole)
        with pytest.raises(Broken):
            Reader(written.path).check()
        whole[place] ^= 1


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (b'"to":[', b'"ot":['),
        (b'"made_at":', b'"made_ta":'),
        (b"10:00:00+00:00", b"10:00:00000000"),
        (b"2026-11-26T10:00:00+00:00", b"2026-11-26T10:00:00      "),
        (b'"counts":{"x":1}', b'"counts":{"":""}'),
        (b'"counts":{"x":1}', b'"counts":["x",1]'),
        (b'"counts":{"x":1}', b'"apart":{"xy":1}'),
        (b'"counts":{"x":1}', b'"erasures":"111"'),
        (b'"name":"dump"', b'"name":"../p"'),
        (b'"name":"dump"', b'"name":[1234]'),
    ],
)
def test_a_hostile_header_or_manifest_is_no_backup(written: Written, change: bytes, by: bytes) -> None:
    assert len(change) == len(by)
    forged(written.path, change, by)
    with pytest.raises(Broken):
        Reader(written.path).check()


def test_nested_too_deeply_is_no_backup(tmp_path: Path) -> None:
    text = b"[" * 100_000
    path = tmp_path / "deep.ecbak"
    path.write_bytes(MAGIC + len(text).to_bytes(4, "big") + text)
    with pytest.raises(Broken):
        Reader(path)


def test_something_behind_the_end_shows(written: Written) -> None:
    with written.path.open("ab") as file:
        file.write(b"x")
    with pytest.raises(Broken):
        Reader(written.path)


def forged(path: Path, change: bytes, by: bytes) -> None:
    """What somebody without the key can do: exchange bytes, and make the open checksum fit again."""
    import hashlib

    whole = path.read_bytes()
    assert change in whole
    body = whole[:-33].replace(change, by)
    path.write_bytes(body + b"E" + hashlib.sha256(body).digest())


def frames_of(path: Path, name: str) -> list[bytes]:
    reader = Reader(path)
    return list(reader._frames(reader.parts[name]))


def test_swapped_chunks_show_with_the_key(written: Written, pair: boxes.Pair) -> None:
    frames = frames_of(written.path, "dump")
    head = len(frames[1]).to_bytes(4, "big")
    forged(written.path, head + frames[1] + head + frames[2], head + frames[2] + head + frames[1])
    Reader(written.path).check()
    with pytest.raises(Broken, match="does not open"):
        opened(written.path, pair.private)


def test_a_dropped_last_chunk_shows_with_the_key(written: Written, pair: boxes.Pair) -> None:
    last = frames_of(written.path, "dump")[-1]
    forged(written.path, len(last).to_bytes(4, "big") + last, b"")
    reader = Reader(written.path)
    with pytest.raises(Broken, match="end of the stream is missing"):
        b"".join(reader.open_part("dump", reader.keys_with(pair.private)))


def test_another_manifest_shows_with_the_key(written: Written, pair: boxes.Pair) -> None:
    forged(written.path, b'"counts":{"x":1}', b'"counts":{"x":2}')
    assert Reader(written.path).check()
    with pytest.raises(Broken, match="not the one that was sealed"):
        opened(written.path, pair.private)


def test_a_part_of_another_backup_shows_with_the_key(
    written: Written, pair: boxes.Pair, recipient: Recipient, tmp_path: Path
) -> None:
    """A part taken whole, its own key included, out of another backup that is sealed to the same key."""
    other = make(tmp_path / "o.ecbak", recipient, backup_id="two")
    mine, theirs = written.path.read_bytes(), other.path.read_bytes()

    def part(whole: bytes) -> bytes:
        start = whole.index(b'"rows/x"}', whole.index(b"P")) if b'"rows/x"}' in whole else 0
        start = whole.rindex(b"P", 0, start - 20)
        return whole[start : whole.rindex(b"P")]

    assert b"rows/x" in part(theirs)
    forged(written.path, part(mine), part(theirs))
    with pytest.raises(Broken):
        opened(written.path, pair.private)


def test_a_file_sealed_by_somebody_else_to_our_key_is_not_genuine(
    written: Written, recipient: Recipient, tmp_path: Path, settings: Any
) -> None:
    """He has the public key and the store; without ECDEPT_KEYS he makes no stamp, takes none over and gains none by
    tearing it off."""
    assert Reader(written.path).genuine()
    ours = settings.ECDEPT_KEYS
    key_id = ours.partition(":")[0]
    settings.ECDEPT_KEYS = f"{key_id}:{base64.b64encode(bytes(32)).decode()}"
    theirs = make(tmp_path / "f.ecbak", recipient).path
    settings.ECDEPT_KEYS = f"another:{base64.b64encode(bytes(32)).decode()}"
    assert not Reader(theirs).genuine()  # a key that is not here shows nothing
    settings.ECDEPT_KEYS = ours
    with pytest.raises(Broken, match="stamp does not fit"):
        Reader(theirs).genuine()
    whole, other = theirs.read_bytes(), written.path.read_bytes()
    mark = b"A" + len(whole[whole.rindex(b'{"key":') : -33]).to_bytes(4, "big")
    stamp, true = whole[whole.rindex(mark) : -33], other[other.rindex(mark) : -33]
    for by in (true, b""):
        theirs.write_bytes(whole)
        forged(theirs, stamp, by)
        Reader(theirs).check()
        if by:
            with pytest.raises(Broken, match="stamp does not fit"):
                Reader(theirs).genuine()
        else:
            assert not Reader(theirs).genuine()


def test_what_fails_in_the_middle_leaves_nothing(tmp_path: Path, recipient: Recipient) -> None:
    def failing() -> Iterator[bytes]:
        yield b"x" * SIZE
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write(
            tmp_path / "c.ecbak", backup_id="c", kind="database", made_at="", to=[recipient],
            parts=[("dump", failing())], manifest=dict,
        )  # fmt: skip
    assert os.listdir(tmp_path) == []


def test_a_backup_is_sealed_to_somebody(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one key"):
        make(tmp_path / "d.ecbak")


def test_what_killed_writers_left_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / ".a.ecbak.part-12").write_bytes(b"x")
    (tmp_path / "b.ecbak").write_bytes(b"x")
    assert clear_partials(tmp_path) == 1
    assert os.listdir(tmp_path) == ["b.ecbak"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        MAGIC,
        MAGIC + b"\xff\xff\xff\xff",
        MAGIC + b"\0\0\0\2{}",
        MAGIC + b"\0\0\0\2[]",
        MAGIC + b'\0\0\0\x0c{"format":1}P\0\0\0\3{}}',
    ],
)
def test_whatever_is_no_backup_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.ecbak"
    path.write_bytes(content)
    with pytest.raises(Broken, match=r"x\.ecbak"):
        Reader(path)
