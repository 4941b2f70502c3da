"""Bytes on disk, under their SHA-256: $ECDEPT_HOME/files/ab/cd/abcd….

Written beside their place, flushed, then renamed: whole or not at all. The same content is there once.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

PIECE = 1 << 20


def folder() -> Path:
    return Path(settings.FILES_ROOT)


def path_of(sha256: str) -> Path:
    return folder() / sha256[:2] / sha256[2:4] / sha256


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(content: bytes, sha256: str) -> None:
    """Keep the content under its SHA-256. What is there already only becomes young again."""
    place = path_of(sha256)
    if place.exists() and place.stat().st_size == len(content):
        os.utime(place)
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=place.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, place)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    directory = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def preview_of(sha256: str, make: Callable[[bytes], bytes]) -> Path:
    """The small version of a kept picture, made when it is first asked for; it may be thrown away at any time.
    FileNotFoundError when the picture is gone."""
    place = folder() / "previews" / sha256[:2] / f"{sha256}.webp"
    if not place.exists():
        content = make(path_of(sha256).read_bytes())
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=place.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(part, place)
    return place


def digest_of(sha256: str) -> str:
    """The SHA-256 of what lies there now; "" when nothing does."""
    digest = hashlib.sha256()
    try:
        with path_of(sha256).open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


def lying_there() -> Iterator[tuple[str, Path, float]]:
    """(SHA-256, place, when it was written) of every file; halves of broken writes have "" for a name."""
    for place in folder().glob("[0-9a-f][0-9a-f]/??/*"):
        name = place.name
        try:
            yield "" if name.startswith(".part-") else name, place, place.stat().st_mtime
        except FileNotFoundError:
            continue
    for place in folder().glob("[0-9a-f][0-9a-f]/??/.part-*"):
        try:
            yield "", place, place.stat().st_mtime
        except FileNotFoundError:
            continue
