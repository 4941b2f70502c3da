"""Verbs of writing: begin, save another version, set the flags, read a second time.

A version is never edited: saving makes another one. Whoever saves says which version he saw, so that nobody writes over
somebody else's words. An edit while a request is on its way voids the request, which says what was changed (C6.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import Column, Item, SecondReading, Version
from cms.rules import content, html
from cms.searching import grams
from cms.selectors import access, live
from cms.services.reading import read_files
from office.approvals import api as approvals
from office.approvals.services.drafting import drop_draft
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.files.models import StoredFile
from office.rulebook.selectors import require
from office.staff.models import Employee
from office.subjects import Subject

VERBS = {
    "cms.begin": _("Content begun"),
    "cms.save_version": _("Another version saved"),
    "cms.classify": _("Column or marks changed"),
    "cms.read_second": _("Read a second time"),
}
LENGTHS = {"title": 120, "summary": 300, "author": 60, "source": 200, "source_url": 500, "link": 500}
MOST_FILES = 30
FLAGS = tuple(name for name, _label in content.FLAGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What somebody has written: the texts of a version, where it belongs, its marks, its files ((SHA-256, name), in
    order)."""

    column_id: int
    texts: Mapping[str, str]
    flags: frozenset[str] = frozenset()
    department: str = ""
    files: Sequence[tuple[str, str]] = field(default=())


def _cleaned(writing: Writing) -> dict[str, str]:
    """The texts as they are kept. Raises Invalid."""
    errors: list[dict[str, str]] = []
    texts = {name: html.line(writing.texts.get(name, "")) for name in LENGTHS}
    for name, length in LENGTHS.items():
        if len(texts[name]) > length:
            message = _("At most {n} characters; this has {count}.").format(n=length, count=len(texts[name]))
            errors.append({"path": name, "code": "too_long", "message": message})
    if not texts["title"]:
        errors.append({"path": "title", "code": "required", "message": str(_("Give it a title."))})
    for name in ("source_url", "link"):
        if texts[name] and not _is_address(texts[name], inside=name == "link"):
            wrong = str(_("An address begins with https:// or http://."))
            errors.append({"path": name, "code": "address", "message": wrong})
    body = writing.texts.get("body", "")
    texts["body"] = html.clean(body) if len(body) <= html.LONGEST else ""
    if len(body) > html.LONGEST:
        message = _("At most {n} characters; this has {count}.").format(n=html.LONGEST, count=len(body))
        errors.append({"path": "body", "code": "too_long", "message": message})
    errors += [*_wrong_files(writing), *_wrong_pictures(texts["body"], writing)]
    if len(html.line(writing.department)) > 60:
        message = _("At most {n} characters.").format(n=60)
        errors.append({"path": "department", "code": "too_long", "message": message})
    if errors:
        raise Invalid(_("Not saved: please look at the marked fields."), errors=errors)
    return texts


def _wrong_files(writing: Writing) -> list[dict[str, str]]:
    """Files are of the library, each once, and not too many."""
    named = [sha256 for sha256, _name in writing.files]
    known = (
        set(StoredFile.objects.filter(sha256__in=named).values_list("sha256", flat=True)) if named else set()
    )
    if set(named) <= known and len(set(named)) == len(named) <= MOST_FILES:
        return []
    message = _("Attach files out of the library, each once, at most {n}.").format(n=MOST_FILES)
    return [{"path": "files", "code": "files", "message": message}]


def _wrong_pictures(body: str, writing: Writing) -> list[dict[str, str]]:
    """A picture in the text is an attachment of it: then it is agreed to, shown and taken down with it."""
    placed = set(html.pictures(body))
    attached = placed & {sha256 for sha256, _name in writing.files}
    right = StoredFile.objects.filter(sha256__in=attached, family="image").values_list("sha256", flat=True)
    if not placed or placed <= set(right):
        return []
    message = _(
        "A picture in the text has to be attached: choose it from the library, or take it out of the text."
    )
    return [{"path": "body", "code": "picture", "message": str(message)}]


def _is_address(text: str, *, inside: bool) -> bool:
    """An http or https address, or (`inside`) a path of this site."""
    if inside and text.startswith("/") and not text.startswith("//"):
        return True
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _column(column_id: int, kind: str) -> Column:
    """An active column that takes the kind. Raises Invalid."""
    found = Column.objects.filter(pk=column_id, active=True).first()
    if found is None or kind not in found.kinds:
        message = _("Choose a column that takes this kind of content.")
        raise Invalid(message, errors=[{"path": "column", "code": "choice", "message": str(message)}])
    return found


def _department(writing: Writing, by: Employee) -> str:
    return html.line(writing.department) or by.department


@transaction.atomic
def begin_item(*, kind: str, writing: Writing, by: Employee, now: datetime) -> Item:
    """A new item with its first version. Raises Forbidden (C4.1, C4.2, C5.1, C5.2, J4, M2, M3), Invalid."""
    if kind not in dict(content.KINDS):
        raise NotFound(_("There is no such kind of content."))
    access.require_author(by, kind, now)
    access.require_source(by, kind, now)
    column = _column(writing.column_id, kind)
    texts = _cleaned(writing)
    flags = {name: name in writing.flags for name in FLAGS}
    item = Item.objects.create(
        kind=kind,
        column=column,
        title=texts["title"],
        **flags,
        department=_department(writing, by),
        created_by=by,
        created_at=now,
        updated_at=now,
    )
    _add_version(item, 1, texts, writing.files, "", by, now)
    drop_draft(kind=content.approval_of(kind), subject_ids=[new_key(kind)], by=by)
    audit.record(
        "cms.begin",
        subject=item.subject,
        by=by,
        now=now,
        data={"kind": kind, "column": column.slug, "flags": item.flags, "digest": _digest(item)},
    )
    return item


def new_key(kind: str) -> str:
    """The subject under which a draft of a new item is kept."""
    return f"new-{kind}"


def _digest(item: Item) -> str:
    return item.newest.digest if item.newest else ""


def _add_version(
    item: Item,
    number: int,
    texts: Mapping[str, str],
    files: Sequence[tuple[str, str]],
    note: str,
    by: Employee,
    now: datetime,
) -> Version:
    """The row, and the item pointing at it; its documents are read."""
    read_files([sha256 for sha256, _name in files], now)
    version = Version.objects.create(
        item=item,
        number=number,
        **texts,
        files=[list(each) for each in files],
        digest=content.digest(texts, files),
        note=note,
        written_by=by,
        at=now,
    )
    item.newest, item.title, item.updated_at = version, texts["title"], now
    item.grams = grams(texts["title"], texts["summary"], texts["author"], texts["source"], item.department)
    item.save(update_fields=["newest", "title", "updated_at", "grams"])
    return version


def locked(item_id: int) -> Item:
    """The item, locked behind its live requests. Raises NotFound."""
    approvals.hold(Subject(access.SUBJECT, str(item_id)))
    found = Item.objects.select_for_update(no_key=True, of=("self",)).filter(pk=item_id).first()
    if found is None:
        raise NotFound(_("There is no such content."))
    return found


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did: the item, whether there is another version, and the requests that became void."""

    item: Item
    changed: bool
    voided: tuple[approvals.Run, ...] = ()

    @property
    def void_fields(self) -> list[str]:
        return sorted({name for run in self.voided for name in run.changed_fields})


@transaction.atomic
def save_version(
    *, item_id: int, seen: int, writing: Writing, by: Employee, now: datetime, note: str = ""
) -> Saved:
    """Another version of an item; column, flags and department with it. The same content gives none.

    `seen`: the number of the version that the person had before him. Raises NotFound, Forbidden, Invalid, Conflict
    (`moved_on`: somebody saved meanwhile; `taken_down`).
    """
    item = locked(item_id)
    access.require_author(by, item.kind, now)
    newest = item.newest
    if newest is not None and newest.number != seen:
        raise Conflict(
            _(
                "{name} has saved version {n} meanwhile. What you typed is still here; compare before you save."
            ).format(name=newest.written_by.name, n=newest.number),
            code="moved_on",
            version=newest.number,
        )
    if live.kept_hidden(item):
        raise Conflict(_("This was taken down: it is evidence now, and is not edited."), code="taken_down")
    texts = _cleaned(writing)
    column = _column(writing.column_id, item.kind) if writing.column_id != item.column_id else item.column
    classified = _classify(item, column, writing, by, now)
    rewritten = newest is None or newest.digest != content.digest(texts, writing.files)
    drop_draft(kind=content.approval_of(item.kind), subject_ids=[str(item.pk)], by=by)
    if not rewritten and not classified:
        return Saved(item, changed=False)
    if rewritten:
        version = _add_version(item, seen + 1, texts, writing.files, html.line(note)[:200], by, now)
        data = {"version": version.number, "digest": version.digest, "note": version.note}
        audit.record("cms.save_version", subject=item.subject, by=by, now=now, clause="C6.1", data=data)
    voided = approvals.subject_changed(subject=item.subject, by=by, now=now)
    return Saved(item, changed=True, voided=tuple(voided))


def _classify(item: Item, column: Column, writing: Writing, by: Employee, now: datetime) -> dict[str, Any]:
    """Column, flags and department as wanted; what changed."""
    wanted: dict[str, Any] = {name: name in writing.flags for name in FLAGS}
    wanted |= {"column_id": column.pk, "department": _department(writing, by)}
    changed = {name: value for name, value in wanted.items() if getattr(item, name) != value}
    if not changed:
        return {}
    data = {name: [getattr(item, name), value] for name, value in changed.items()}
    for name, value in changed.items():
        setattr(item, name, value)
    item.updated_at = now
    item.save(update_fields=[*(name.removesuffix("_id") for name in changed), "updated_at"])
    audit.record("cms.classify", subject=item.subject, by=by, now=now, clause="C4.3", data={"changed": data})
    return changed


@transaction.atomic
def read_second(
    *, item_id: int, version: int, right: bool, by: Employee, now: datetime, note: str = ""
) -> SecondReading:
    """Somebody other than its writer has compared a version with its source (C4.4). `version`: its number.

    Raises NotFound, Forbidden (the writer himself; a post that does not read), Conflict (it is no longer the newest),
    Invalid (what is wrong must be said).
    """
    item = locked(item_id)
    require(by, "cms.second_read", now)
    newest = item.newest
    if newest is None or newest.number != version:
        raise Conflict(_("There is a newer version now. Please read that one."), code="moved_on")
    if newest.written_by_id == by.pk:
        raise Forbidden(
            _("Nobody reads his own text a second time: somebody else does."),
            clause="C4.4",
            code="own_text",
        )
    said = html.line(note)[:300]
    if not right and not said:
        message = _("Say what is wrong.")
        raise Invalid(message, errors=[{"path": "note", "code": "required", "message": str(message)}])
    reading = SecondReading.objects.create(version=newest, reader=by, right=right, note=said, at=now)
    data = {"version": version, "right": right, "note": said}
    audit.record("cms.read_second", subject=item.subject, by=by, now=now, clause="C4.4", data=data)
    return reading
