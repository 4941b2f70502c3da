"""Verbs on columns: add, change, and what an agreement to a change brings about. What is published in one stays what
it is.

What the public reads of a column is part of the site, and nobody changes pages without an agreement (C6.1): a column
begins hidden and is shown when that is agreed to; as long as it is shown, its name, address, description, place and
whether it is shown change by an agreement too. Who keeps it and what it takes are the desk's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import Column, ColumnFace
from cms.rules import html
from cms.rules.content import KINDS
from cms.selectors import asked
from cms.selectors.words import scanner
from office.approvals import api as approvals
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.rulebook.selectors import require
from office.staff.models import Employee
from office.subjects import Subject

VERBS = {
    "cms.add_column": _("Column added"),
    "cms.update_column": _("Column changed"),
    "cms.show_column": _("Column changed on the site, as agreed"),
}
PERMISSION, KIND = "cms.columns", "cms.column"
#: What a draft of a column that is not there yet belongs to.
NEW = "new"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: Addresses under /pages/ that are no columns.
TAKEN = frozenset({"files", "feeds", "messages", "assets"})


def subject_of_column(column: Column) -> Subject:
    return Subject("column", str(column.pk), column.name)


def _checked(fields: dict[str, Any]) -> None:
    """Raises Invalid."""
    errors = []

    def wrong(path: str, message: object) -> None:
        errors.append({"path": path, "code": "invalid", "message": str(message)})

    slug, name = fields["slug"], fields["name"]
    if not _SLUG.fullmatch(slug) or len(slug) > 40 or slug in TAKEN:
        wrong("slug", _("An address has up to 40 small letters and digits, joined by single dashes."))
    if not 0 < len(name) <= 40:
        wrong("name", _("Give it a name of up to 40 characters."))
    if len(fields["description"]) > 200:
        wrong("description", _("At most {n} characters.").format(n=200))
    if not fields["kinds"] or set(fields["kinds"]) - {kind for kind, _label in KINDS}:
        wrong("kinds", _("Choose what the column takes."))
    days = fields["freshness_days"]
    if days is not None and not 1 <= days <= 366:
        wrong("freshness_days", _("Between 1 and 366 days, or nothing."))
    if not 0 <= fields["place"] <= 999:
        wrong("place", _("Between 0 and 999."))
    officer = fields["officer_id"]
    if officer is not None and not Employee.objects.filter(pk=officer, is_active=True).exists():
        wrong("officer_id", _("Choose somebody who works here."))
    _check_words(fields, errors)
    if errors:
        raise Invalid(_("The column was not saved."), errors=errors)


def _check_words(fields: dict[str, Any], errors: list[dict[str, str]]) -> None:
    """Name and description stand on the public pages (C6.4 to C6.6). There is nobody here to give a second approval, so
    words that ask for one are refused like those that stop a text."""
    for path in ("name", "description"):
        found = sorted({hit.found for hit in scanner().scan(fields[path]) if hit.severity != "hint"})
        if found:
            message = _("This text cannot be used: it holds {words}.").format(words=enumerated(found[:8]))
            errors.append({"path": path, "code": "words", "message": message})


def _fields(
    *,
    slug: str,
    name: str,
    description: str,
    kinds: Sequence[str],
    officer_id: int | None,
    freshness_days: int | None,
    place: int,
    active: bool,
) -> dict[str, Any]:
    return {
        "slug": slug.strip(),
        "name": html.line(name),
        "description": html.line(description),
        "kinds": [kind for kind, _label in KINDS if kind in kinds]
        if set(kinds) <= dict(KINDS).keys()
        else [],
        "officer_id": officer_id,
        "freshness_days": freshness_days,
        "place": place,
        "active": active,
    }


@transaction.atomic
def add_column(
    *,
    slug: str,
    name: str,
    kinds: Sequence[str],
    by: Employee,
    now: datetime,
    description: str = "",
    officer_id: int | None = None,
    freshness_days: int | None = None,
    place: int = 0,
    comment: str = "",
) -> tuple[Column, approvals.Run]:
    """A new column, hidden, and the request to show it. Raises Forbidden, Invalid, Conflict (the address is taken), and
    what `approvals.submit` refuses."""
    require(by, PERMISSION, now)
    fields = _fields(
        slug=slug,
        name=name,
        description=description,
        kinds=kinds,
        officer_id=officer_id,
        freshness_days=freshness_days,
        place=place,
        active=False,
    )
    _checked(fields)
    column, made = Column.objects.get_or_create(slug=fields["slug"], defaults={**fields, "created_at": now})
    if not made:
        raise Conflict(_("There is already a column with this address."), code="taken")
    audit.record("cms.add_column", subject=subject_of_column(column), by=by, now=now, data=fields)
    return column, _ask(column, {**fields, "active": True}, by, now, comment, draft=NEW)


@transaction.atomic
def update_column(
    *,
    column_id: int,
    slug: str,
    name: str,
    description: str,
    kinds: Sequence[str],
    officer_id: int | None,
    freshness_days: int | None,
    place: int,
    active: bool,
    by: Employee,
    now: datetime,
    comment: str = "",
) -> tuple[Column, approvals.Run | None]:
    """Change a column: what is the desk's own at once, what the public reads by a request, which is answered; nothing
    changed: nothing recorded. Raises Forbidden, NotFound, Invalid, Conflict (the address is taken, or the company's
    website already reads under it), and what `approvals.submit` refuses."""
    require(by, PERMISSION, now)
    approvals.hold(Subject("column", str(column_id), ""))
    column = Column.objects.select_for_update().filter(pk=column_id).first()
    if column is None:
        raise NotFound(_("There is no such column."))
    wanted = _fields(
        slug=slug,
        name=name,
        description=description,
        kinds=kinds,
        officer_id=officer_id,
        freshness_days=freshness_days,
        place=place,
        active=active,
    )
    _checked(wanted)
    changed = {key: value for key, value in wanted.items() if getattr(column, key) != value}
    if "slug" in changed:
        _check_address(column, wanted["slug"])
    public = {key for key in changed if key in Column.FACE}
    run = None
    if public and (column.active or wanted["active"]):
        run = _ask(column, wanted, by, now, comment)
        changed = {key: value for key, value in changed.items() if key not in public}
    if changed:
        _write(column, changed, by, now)
        if public and run is None:
            approvals.subject_changed(subject=subject_of_column(column), by=by, now=now)
    return column, run


def _write(column: Column, changed: Mapping[str, Any], by: Employee, now: datetime) -> None:
    before = {key: getattr(column, key) for key in changed}
    for key, value in changed.items():
        setattr(column, key, value)
    column.save(update_fields=list(changed))
    audit.record(
        "cms.update_column",
        subject=subject_of_column(column),
        by=by,
        now=now,
        data={"changed": {key: [before[key], value] for key, value in changed.items()}},
    )


def _check_address(column: Column, slug: str) -> None:
    if Column.objects.filter(slug=slug).exclude(pk=column.pk).exists():
        raise Conflict(_("There is already a column with this address."), code="taken")
    if column.publications.exists():
        raise Conflict(
            _("Something has been published under this address, and the website reads it there: it stays."),
            code="published",
        )


def _ask(
    column: Column,
    wanted: Mapping[str, Any],
    by: Employee,
    now: datetime,
    comment: str,
    draft: str | None = None,
) -> approvals.Run:
    subject = subject_of_column(column)
    payload = {"column": column.pk, **{key: wanted[key] for key in Column.FACE}}
    for run in approvals.runs_about(subject, by, now):
        if run.kind == KIND and asked.again(run, by):
            return approvals.resubmit(run_id=run.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=KIND,
        subject=subject,
        payload=payload,
        by=by,
        now=now,
        comment=comment,
        draft=draft,
    )


# -- what the approvals engine asks the desk -----------------------------------------------------------------------


def fields(subject_id: str) -> Mapping[str, str]:
    """What an edit would change, in texts."""
    column = Column.objects.get(pk=int(subject_id))
    return {key: str(getattr(column, key)) for key in Column.FACE}


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what is no whole face of a column."""
    texts = all(isinstance(payload.get(key), str) for key in ("slug", "name", "description"))
    numbers = all(isinstance(payload.get(key), int) for key in ("column", "place"))
    if not texts or not numbers or not isinstance(payload.get("active"), bool):
        raise Invalid(_("The request to change a column is incomplete."), code="payload")


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """As the engine calls it."""
    show_column(run=run, payload=payload, by=by, now=now)


def show_column(
    *, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> None:
    """The agreed face is the column's from now on; words and address are looked at once more. Raises Conflict."""
    column = Column.objects.select_for_update().get(pk=payload["column"])
    face = {key: payload[key] for key in Column.FACE}
    wrong: list[dict[str, str]] = []
    _check_words(face, wrong)
    if wrong:
        raise Conflict(wrong[0]["message"], code="words", clause="C6.4")
    if face["slug"] != column.slug:
        _check_address(column, face["slug"])
    before = {key: getattr(column, key) for key in face if getattr(column, key) != face[key]}
    ColumnFace.objects.create(column=column, run=run, at=now, **face)
    for key, value in face.items():
        setattr(column, key, value)
    column.save(update_fields=list(face))
    audit.record(
        "cms.show_column",
        subject=subject_of_column(column),
        by=by,
        now=now,
        clause=run.clause,
        data={"changed": {key: [old, face[key]] for key, old in before.items()}, "run": run.pk},
    )
