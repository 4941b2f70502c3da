"""Revising the clause library: what contracts drawn from now on will say (P6)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import ClauseText
from contracts.rules import wording
from contracts.rules.terms import BY_NAME
from contracts.selectors.library import library
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook.allowed import require, words, wrong
from office.staff.models import Employee
from office.subjects import Subject

REVISE = "contracts.library"


@transaction.atomic
def revise_clause(
    *, clause_id: str, title: str, text: str, seen: int, by: Employee, now: datetime
) -> ClauseText:
    """`seen`: the number of the wording that was before the person's eyes. The text names every parameter that belongs
    to the clause, in braces, and no other: what the paper says is what is computed. Contracts already drawn stay as
    they are. Raises Forbidden, NotFound, Invalid, Conflict (`moved_on`, `same`)."""
    clause = require(by, REVISE, now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('contracts.library', 0))")
    current = next((each for each in library() if each.id == clause_id), None)
    if current is None:
        raise NotFound(_("There is no such clause."))
    if current.n != seen:
        raise Conflict(_("Somebody has revised this clause meanwhile. Look at it again."), code="moved_on")
    called = words(title, path="title", longest=60, missing=_("Give the clause a title."))
    said = words(text, path="text", longest=3000, missing=_("The clause has no text."))
    found, needed = wording.places(said), wording.belonging(clause_id)
    for name in sorted(needed - found):
        raise wrong(
            "text",
            _("{{{name}}} is missing: the paper must say “{label}”.").format(
                name=name, label=BY_NAME[name].label
            ),
            code="parameter",
        )
    for name in sorted(found - needed):
        raise wrong(
            "text", _("{{{name}}} is no parameter of this clause.").format(name=name), code="parameter"
        )
    if (called, said) == (current.title, current.text):
        raise Conflict(_("Nothing was changed."), code="same")
    row = ClauseText.objects.create(
        clause_id=clause_id, n=current.n + 1, title=called, text=said, by=by, at=now
    )
    audit.record(
        "contracts.revise_clause",
        subject=Subject("clause_text", clause_id, clause_id),
        by=by,
        now=now,
        clause=clause,
        data={"n": row.n, "title": called, "text": said},
    )
    return row
