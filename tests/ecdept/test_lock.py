"""The lock files are closed: what a locked package needs is locked too. Installation passes `--no-deps`, so a gap would
show only on somebody's machine, at an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.ecdept.homes import ROOT

#: Python 3.11 to 3.14 on what the README names, both machines.
PLACES = [
    {
        "python_version": minor,
        "python_full_version": full,
        "sys_platform": platform,
        "platform_system": system,
        "platform_machine": machine,
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "implementation_version": full,
        "platform_release": "",
        "platform_version": "",
    }
    for minor, full in (
        ("3.11", "3.11.2"), ("3.11", "3.11.9"), ("3.12", "3.12.3"), ("3.13", "3.13.5"), ("3.14", "3.14.0"),
    )
    for platform, system, machine in (
        ("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"),
    )
]  # fmt: skip


def asked(name: str) -> Iterator[Requirement]:
    """The lines of a .in file, and of those it includes."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("-r "):
            yield from asked(line[3:].strip().replace(".txt", ".in"))
        elif line:
            yield Requirement(line)


def locked(name: str) -> list[Requirement]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [Requirement(line) for line in re.findall(r"^([\w.-]+==[^\\\n]+?) *\\?$", text, re.MULTILINE)]


def applies(wanted: Requirement, place: dict[str, str], extra: str = "") -> bool:
    return wanted.marker is None or wanted.marker.evaluate({**place, "extra": extra})


def gaps(lock: list[Requirement], roots: list[Requirement], place: dict[str, str]) -> set[str]:
    """What is needed at `place` and not locked for it, from the roots on through extras."""
    have = {
        canonicalize_name(each.name): Version(str(each.specifier)[2:])
        for each in lock
        if applies(each, place)
    }
    wrong: set[str] = set()
    seen: set[tuple[str, str]] = set()
    to_do = [(each, "") for each in roots if applies(each, place)]
    while to_do:
        wanted, by = to_do.pop()
        name = canonicalize_name(wanted.name)
        if name not in have or not wanted.specifier.contains(have[name], prereleases=True):
            wrong.add(f"{by or 'the .in file'} needs {wanted}, locked is {have.get(name, 'none')}")
            continue
        for extra in ("", *wanted.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            to_do += [(each, name) for each in needs(name) if applies(each, place, extra)]
    return wrong


def needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in distribution(name).requires or ()]
    except PackageNotFoundError:  # locked for another platform than this one
        return []


@pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
def test_what_a_locked_package_needs_is_locked(kind: str) -> None:
    lock, roots = locked(f"{kind}.txt"), list(asked(f"{kind}.in"))
    assert len(lock) >= len(roots)
    wrong = {gap for place in PLACES for gap in gaps(lock, roots, place)}
    assert wrong == set()


def test_a_gap_is_found() -> None:
    lock = [each for each in locked("requirements.txt") if each.name != "kombu"]
    found = gaps(lock, list(asked("requirements.in")), PLACES[0])
    assert any(gap.startswith("celery needs kombu") and gap.endswith("locked is none") for gap in found)


@pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
def test_every_locked_package_has_a_hash(kind: str) -> None:
    text = (ROOT / f"{kind}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("path", ["ecdept/embedded/bootstrap.py", "Dockerfile"])
def test_who_installs_looks_at_nothing_but_the_lock(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert "--require-hashes" in text
    assert "--no-deps" in text
