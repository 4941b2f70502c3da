"""Attachments of content: what a version's `files` point to, and who may have the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.models import Asset, Publication, Version
from cms.selectors import access, assets, live
from office.errors import Invalid, NotFound
from office.files import api as files
from office.files.models import StoredFile

if TYPE_CHECKING:
    from office.staff.models import Employee

MOST = 20


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment as a page shows it."""

    sha256: str
    name: str
    url: str
    family: str
    size_text: str

    @property
    def is_picture(self) -> bool:
        return self.family == "image"


def chosen(sha256s: Sequence[str], kept: Sequence[Sequence[str]], at: datetime) -> list[tuple[str, str]]:
    """(SHA-256, name) in the order chosen: what is attached already stays, anything else comes from the library as it
    offers it now. Raises Invalid: too many, or offered no more."""
    wanted = list(dict.fromkeys(sha256s))
    if len(wanted) > MOST:
        raise _wrong(_("At most {count} attachments.").format(count=MOST))
    names = {str(sha256): str(name) for sha256, name in kept}
    fresh = [sha256 for sha256 in wanted if sha256 not in names]
    if fresh:
        found = Asset.objects.filter(retired_at=None, newest__isnull=False).filter(
            Q(newest__stored__sha256__in=fresh) | Q(final__version__stored__sha256__in=fresh)
        )
        offered = assets.offered(found, at)
        names |= {each.sha256: each.name for each in offered}
    if any(sha256 not in names for sha256 in wanted):
        raise _wrong(_("An attachment is offered no longer. Choose another one."))
    return [(sha256, names[sha256]) for sha256 in wanted]


def as_sent(sha256s: Sequence[str], kept: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """The same for a form that is shown again: whatever has a name, without asking whether it is offered."""
    names = {str(sha256): str(name) for sha256, name in kept}
    wanted = [sha256 for sha256 in dict.fromkeys(sha256s) if sha256 in names or len(sha256) == 64]
    found = StoredFile.objects.filter(sha256__in=[sha256 for sha256 in wanted if sha256 not in names])
    names |= {each.sha256: each.name for each in found.order_by("-id")}
    return [(sha256, names[sha256]) for sha256 in wanted if sha256 in names]


def in_editor(chosen_files: Sequence[tuple[str, str]], newest: Version | None) -> list[Attached]:
    """The lines of the editor's list; what the newest version has comes with its address."""
    known = {each.sha256: each.url for each in of_version(newest)} if newest else {}
    stored = (
        {
            each.sha256: each
            for each in StoredFile.objects.filter(sha256__in=[sha256 for sha256, _name in chosen_files])
        }
        if chosen_files
        else {}
    )
    return [
        Attached(sha256, name, known.get(sha256, ""), stored[sha256].family, stored[sha256].size_text)
        for sha256, name in chosen_files
        if sha256 in stored
    ]


def _wrong(message: str) -> Invalid:
    return Invalid(
        message, code="attachments", errors=[{"path": "", "code": "attachments", "message": message}]
    )


def of_version(version: Version) -> list[Attached]:
    """For staff, with addresses that ask who may see the content."""
    urls = [
        reverse("cms:attachment", args=[version.item_id, version.number, place])
        for place in range(len(version.files))
    ]
    return _attached(version, urls)


def of_publication(row: Publication) -> list[Attached]:
    """For anybody, as long as it is on the site."""
    place = [row.column.slug, row.item_id]
    urls = [reverse("pages:file", args=[*place, sha256]) for sha256, _name in row.version.files]
    return _attached(row.version, urls)


def _attached(version: Version, urls: Sequence[str]) -> list[Attached]:
    if not version.files:
        return []
    stored = {
        each.sha256: each
        for each in StoredFile.objects.filter(sha256__in=[sha256 for sha256, _name in version.files])
    }
    return [
        Attached(sha256, name, url, stored[sha256].family, stored[sha256].size_text)
        for (sha256, name), url in zip(version.files, urls, strict=True)
        if sha256 in stored
    ]


def parts_of(version: Version) -> list[files.Part]:
    """Its attachments as files of a pack, called as they are attached. NotFound when one is gone."""
    return [
        files.stored_part(_stored(str(sha256)), str(name).rpartition(".")[0])
        for sha256, name in version.files
    ]


def staff_file(person: Employee, item_id: int, number: int, place: int, now: datetime) -> StoredFile:
    """Whoever may see the content may have its attachments. Raises NotFound."""
    item = access.access_item(item_id=item_id, person=person, now=now)
    version = Version.objects.filter(item=item, number=number).first()
    if version is None or place >= len(version.files):
        raise NotFound(_("There is no such attachment."))
    return _stored(str(version.files[place][0]))


def public_file(item_id: int, sha256: str, now: datetime) -> StoredFile:
    """An attachment of what is on the site now, in a column that is open. Raises NotFound."""
    row = live.live_at(now).filter(item_id=item_id, column__active=True).select_related("version").first()
    if row is None or sha256 not in [each for each, _name in row.version.files]:
        raise NotFound(_("There is no such attachment."))
    return _stored(sha256)


def _stored(sha256: str) -> StoredFile:
    found = assets.stored_by_sha256(sha256)
    if found is None:
        raise NotFound(_("There is no such attachment."))
    return found
