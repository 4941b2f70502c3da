"""Which installed packages the advisories of a file speak of. The file is OSV's JSON: a list of records, or an object
with "vulns". Only the ecosystem PyPI counts; versions and ranges as OSV defines them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from packaging.version import Version

MOST = 20_000


class BadFile(ValueError):
    """The file is no list of advisories; the message says why, for people."""


def normal(name: str) -> str:
    """A package's name as PyPI compares it: "Django_X" → "django-x"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def records(content: Any) -> list[Mapping[str, Any]]:
    """The advisories of a parsed file. Raises BadFile."""
    listed = content.get("vulns") if isinstance(content, Mapping) else content
    if not isinstance(listed, list):
        raise BadFile('neither a list of advisories nor an object with "vulns"')
    if len(listed) > MOST:
        raise BadFile(f"more than {MOST} advisories")
    for place, each in enumerate(listed):
        if not isinstance(each, Mapping) or not isinstance(each.get("id"), str):
            raise BadFile(f"number {place + 1} is no advisory with an id")
        if not isinstance(each.get("affected", []), list):
            raise BadFile(f'{each["id"]}: "affected" is no list')
    return listed


def matches(packages: Mapping[str, str], advisories: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """{package, version, id, summary, fixed} for each installed package that an advisory speaks of, by package."""
    installed = {normal(name): (name, version) for name, version in packages.items()}
    found = []
    for each in advisories:
        if each.get("withdrawn"):
            continue
        for affected in each.get("affected", []):
            package = affected.get("package") if isinstance(affected, Mapping) else None
            if (
                not isinstance(package, Mapping)
                or str(package.get("ecosystem", "")).partition(":")[0] != "PyPI"
            ):
                continue
            name, version = installed.get(normal(str(package.get("name", ""))), ("", ""))
            if name and touches(version, affected):
                found.append(
                    {
                        "package": name,
                        "version": version,
                        "id": said(each["id"])[:60],
                        "summary": said(each.get("summary") or each.get("details") or "")[:200],
                        "fixed": said(", ".join(sorted(set(_fixed(affected)))))[:100],
                    }
                )
    unique = {(row["package"], row["id"]): row for row in found}
    return [unique[key] for key in sorted(unique)]


def touches(version: str, affected: Mapping[str, Any]) -> bool:
    """Whether this version is among the affected: named, or within a range of versions."""
    if version in _list(affected.get("versions")):
        return True
    here = _version(version)
    if here is None:
        return False
    return any(
        _within(here, _list(span.get("events")))
        for span in _list(affected.get("ranges"))
        if isinstance(span, Mapping) and span.get("type") in ("ECOSYSTEM", "SEMVER")
    )


def _within(here: Version, events: list[Any]) -> bool:
    """OSV's own evaluation: the last event at or before the version decides."""
    marks: list[tuple[Version, int, bool]] = []
    for event in events:
        if not isinstance(event, Mapping):
            continue
        for word, rank, inside in (("introduced", 0, True), ("fixed", 0, False), ("last_affected", 1, False)):
            if word in event:
                at = _version("0" if str(event[word]) == "0" else str(event[word]))
                if at is not None:
                    marks.append((at, rank, inside))
    state = False
    for at, rank, inside in sorted(marks, key=lambda mark: (mark[0], mark[1])):
        if at < here or (at == here and rank == 0):
            state = inside
    return state


def _fixed(affected: Mapping[str, Any]) -> Iterable[str]:
    for span in _list(affected.get("ranges")):
        for event in _list(span.get("events")) if isinstance(span, Mapping) else []:
            if isinstance(event, Mapping) and "fixed" in event:
                yield str(event["fixed"])[:40]


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # InvalidVersion, or a number too long to be one
        return None


def said(value: object) -> str:
    """As text that can be kept: a file may hold what no database takes."""
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()


def broken(wrong: Exception) -> str:
    """Why a file is no list of advisories, for people."""
    return f"{_('The advisory file is not in the expected form.')} {said(wrong)[:200]}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
