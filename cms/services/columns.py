"""Verbs on columns: add, change. What is published in one stays what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import Column
from cms.rules import html
from cms.rules.content import KINDS
from cms.selectors.words import scanner
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.rulebook.selectors import require
from office.staff.models import Employee
from office.subjects import Subject

VERBS = {
    "cms.add_column": _("Column added"),
    "cms.update_column": _("Column changed"),
}
PERMISSION = "cms.columns"
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
            message = _("This text cannot be used: it holds {words}.").format(words="、".join(found[:8]))
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
) -> Column:
    """A new column. Raises Forbidden, Invalid, Conflict (the address is taken)."""
    require(by, PERMISSION, now)
    fields = _fields(
        slug=slug,
        name=name,
        description=description,
        kinds=kinds,
        officer_id=officer_id,
        freshness_days=freshness_days,
        place=place,
        active=True,
    )
    _checked(fields)
    column, made = Column.objects.get_or_create(slug=fields["slug"], defaults={**fields, "created_at": now})
    if not made:
        raise Conflict(_("There is already a column with this address."), code="taken")
    audit.record("cms.add_column", subject=subject_of_column(column), by=by, now=now, data=fields)
    return column


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
) -> Column:
    """Change a column; nothing changed: nothing recorded. Raises Forbidden, NotFound, Invalid, Conflict (the address is
    taken, or the company's website already reads under it)."""
    require(by, PERMISSION, now)
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
        if Column.objects.filter(slug=wanted["slug"]).exists():
            raise Conflict(_("There is already a column with this address."), code="taken")
        if column.publications.exists():
            raise Conflict(
                _(
                    "Something has been published under this address, and the website reads it there: it stays."
                ),
                code="published",
            )
    if changed:
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
    return column
