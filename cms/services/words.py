"""Verbs on the word lists: a list is never edited, it gets another version (C6.4 to C6.6)."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import WordList, WordListVersion
from cms.rules import html
from cms.selectors.words import lines
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.rulebook.selectors import require
from office.staff.models import Employee
from office.subjects import Subject

VERBS = {
    "cms.add_word_list": _("Word list added"),
    "cms.save_word_list": _("Word list changed"),
}
PERMISSION = "cms.words_edit"
#: Words and phrases of one list, and characters of one.
MOST, LONGEST = 20_000, 60
_CODE = re.compile(r"[a-z][a-z0-9_]{1,29}")


def subject_of_list(found: WordList) -> Subject:
    return Subject("wordlist", found.code, found.name)


def _checked(words: str, allow: str, severity: str) -> tuple[list[str], list[str]]:
    """The words and the phrases. Raises Invalid."""
    errors = []
    if severity not in WordListVersion.Severity.values:
        errors.append({"path": "severity", "code": "choice", "message": str(_("Choose what a hit does."))})
    given = {"words": lines(words), "allow": lines(allow)}
    for path, entries in given.items():
        long = next((entry for entry in entries if len(entry) > LONGEST), None)
        if long is not None:
            message = _("“{word}…” is too long: a word has at most {n} characters.").format(
                word=long[:12], n=LONGEST
            )
            errors.append({"path": path, "code": "too_long", "message": message})
        if len(entries) > MOST:
            message = _("A list holds at most {n} words.").format(n=MOST)
            errors.append({"path": path, "code": "too_many", "message": message})
    both = set(given["words"]) & set(given["allow"])
    if both:
        message = _("“{word}” cannot be a word and a harmless phrase at once.").format(word=min(both))
        errors.append({"path": "allow", "code": "both", "message": message})
    if errors:
        raise Invalid(_("The word list was not saved."), errors=errors)
    return given["words"], given["allow"]


@transaction.atomic
def add_list(
    *, code: str, name: str, clause: str, severity: str, by: Employee, now: datetime
) -> WordListVersion:
    """A list of the department's own, empty at first. Raises Forbidden, Invalid, Conflict (the code is taken)."""
    require(by, PERMISSION, now)
    code, name = code.strip(), html.line(name)
    errors = []
    if not _CODE.fullmatch(code):
        message = _("A code has 2 to 30 small letters, digits or underscores and begins with a letter.")
        errors.append({"path": "code", "code": "characters", "message": str(message)})
    if not 0 < len(name) <= 60:
        errors.append(
            {"path": "name", "code": "required", "message": str(_("Give it a name of up to 60 characters."))}
        )
    if clause not in {"C6.4", "C6.5", "C6.6"}:
        errors.append({"path": "clause", "code": "choice", "message": str(_("Choose the clause."))})
    if errors:
        raise Invalid(_("The word list was not added."), errors=errors)
    _checked("", "", severity)
    found, made = WordList.objects.get_or_create(
        code=code, defaults={"name": name, "clause": clause, "place": 100, "created_at": now}
    )
    if not made:
        raise Conflict(_("There is already a word list with this code."), code="taken")
    version = WordListVersion.objects.create(
        list=found, number=1, severity=severity, by_id=by.pk, by_name=by.name, at=now
    )
    audit.record("cms.add_word_list", subject=subject_of_list(found), by=by, now=now, clause=clause)
    return version


@transaction.atomic
def save_list(
    *,
    code: str,
    seen: int,
    severity: str,
    words: str,
    allow: str,
    active: bool,
    reason: str,
    by: Employee,
    now: datetime,
) -> WordListVersion:
    """Another version of a list; the same content gives none. `seen`: the number of the version that the person saw.

    Raises Forbidden, NotFound, Invalid (a reason is needed), Conflict (somebody saved meanwhile).
    """
    require(by, PERMISSION, now)
    found = WordList.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such word list."))
    newest: WordListVersion | None = found.versions.order_by("-number").first()
    if newest is not None and newest.number != seen:
        raise Conflict(
            _("{name} has saved version {n} of this list meanwhile. Please look at it again.").format(
                name=newest.by_name or _("The system"), n=newest.number
            ),
            code="moved_on",
        )
    listed, allowed = _checked(words, allow, severity)
    wanted = {
        "severity": severity,
        "words": "\n".join(listed),
        "allow": "\n".join(allowed),
        "active": active,
    }
    if newest is not None and all(getattr(newest, name) == value for name, value in wanted.items()):
        return newest
    said = html.line(reason)[:200]
    if not said:
        message = _("Say why the list is changed.")
        raise Invalid(message, errors=[{"path": "reason", "code": "required", "message": str(message)}])
    before = lines(newest.words) if newest else []
    version = WordListVersion.objects.create(
        list=found, number=seen + 1, **wanted, reason=said, by_id=by.pk, by_name=by.name, at=now
    )
    data = {
        "number": version.number,
        "severity": severity,
        "active": active,
        "added": len(set(listed) - set(before)),
        "removed": len(set(before) - set(listed)),
        "reason": said,
    }
    audit.record(
        "cms.save_word_list", subject=subject_of_list(found), by=by, now=now, clause=found.clause, data=data
    )
    return version
