"""Switching the active rulebook: proposed, looked at with its differences, signed by the general manager (C14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from office.approvals.kinds import Change, Exhibit
from office.approvals.models import Annex, Run
from office.approvals.selectors.outlook import outlook, plain
from office.approvals.selectors.runs import language
from office.approvals.services.submitting import submit
from office.deadlines.replay import replay
from office.errors import Conflict, Invalid
from office.rulebook import api as rulebook
from office.rulebook.compare import compare
from office.rulebook.models import Version
from office.rulebook.parser.book import CODES
from office.rulebook.selectors import shipped_book, versions
from office.rulebook.services import shipped_digest
from office.staff.models import Employee
from office.subjects import Subject

KIND = "rulebook.activation"
#: One switch at a time, whichever book it is about.
SUBJECT_ID = "active"
#: How far ahead one may be proposed.
LONGEST = timedelta(days=731)


def _newest() -> Version | None:
    """The version that is or will be in force last."""
    return next((version for version in versions() if not version.effective.isempty), None)


def propose_activation(
    *, book: str, starts_at: datetime, by: Employee, now: datetime, comment: str = ""
) -> Run:
    """Ask that the shipped book be in force from `starts_at` on. Raises Invalid, Conflict (it is in force already), and
    what `submit` raises."""
    if book not in CODES:
        raise Invalid(_("There is no such rulebook."), code="book")
    if starts_at <= now:
        raise Invalid(
            _(
                "A rulebook cannot take force in the past: what has happened was judged by the rules of its time."
            ),
            code="from",
        )
    if starts_at > now + LONGEST:
        raise Invalid(_("A rulebook is proposed for the next two years at most."), code="from")
    digest = shipped_digest(book)
    latest = _newest()
    if latest is not None and (latest.book, latest.sha256) == (book, digest):
        raise Conflict(_("This rulebook is in force already."), code="in_force")
    payload = {"book": book, "sha256": digest, "from": starts_at}
    subject = Subject("rulebook", SUBJECT_ID, str(shipped_book(book).title)[:120])
    return submit(kind=KIND, subject=subject, payload=payload, by=by, now=now, comment=comment)


def choices() -> list[str]:
    """The shipped books that differ from the one that is, or will be, in force last."""
    latest = _newest()
    now = (latest.book, latest.sha256) if latest else None
    return [code for code in CODES if (code, shipped_digest(code)) != now]


def proposed_book(run: Run) -> rulebook.Book:
    """The book a run asks for, as this release ships it. Raises Conflict when the release ships another text now."""
    asked = run.payload
    if shipped_digest(asked["book"]) != asked["sha256"]:
        raise Conflict(
            _("This release ships another text than the one that was proposed. Please propose it again."),
            clause=run.clause,
            code="another_text",
        )
    return shipped_book(asked["book"])


def annex(run: Run, now: datetime) -> Mapping[str, Mapping[str, Any]]:
    """The differences clause by clause and what would have happened, as of the hour of the request: what the general
    manager is shown when he signs is this and stays this."""
    old, new = rulebook.book_by_version(run.version_id), proposed_book(run)
    outcome = replay(new, now)
    found: dict[str, Mapping[str, Any]] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = plain(outlook(old, new, now, outcome))
    return found


def exhibits(run: Run, reader: Employee, now: datetime) -> list[Exhibit]:
    """What was kept with the present paper, whether it is decided or not."""
    kept = Annex.objects.filter(paper__run=run, paper__round=run.round).first()
    if kept is None:
        return []
    context = {"outlook": kept.in_language(language()), "kept": kept}
    try:
        proposed_book(run)
    except Conflict as refused:
        context["refused"] = refused.message if run.live else ""
    return [Exhibit(_("What would have happened"), "approvals/_outlook.html", context)]


def fields(subject_id: str) -> Mapping[str, str]:
    """The newest version: another activation meanwhile is another matter."""
    latest = _newest()
    return {"version": "" if latest is None else str(latest.pk)}


def changes(run: Run) -> list[Change]:
    """The book, the date, and each clause that differs with its rules in words."""
    old, new = rulebook.book_by_version(run.version_id), proposed_book(run)
    starts_at = parse_datetime(run.payload["from"])
    found = [
        Change("book", _("Rulebook"), str(old.title), str(new.title)),
        Change("from", _("In force from"), "", f"{localtime(starts_at):%Y-%m-%d %H:%M}" if starts_at else ""),
    ]
    for each in compare(old, new):
        before = "; ".join(phrase for rule in each.rules for phrase in rule.before)
        after = "; ".join(phrase for rule in each.rules for phrase in rule.after)
        found.append(
            Change(
                each.id,
                f"{each.id} {each.title}",
                before or (str(each.before.text) if each.before else ""),
                after or (str(each.after.text) if each.after else ""),
            )
        )
    return found


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Put it in force, in the name of who signed."""
    proposed_book(run)
    starts_at = parse_datetime(payload["from"])
    if starts_at is None:
        raise Invalid(_("The request for a rulebook is incomplete."), code="payload")
    rulebook.activate_book(code=payload["book"], starts_at=starts_at, by=by, now=now, run_id=run.pk)


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no book, digest and instant."""
    try:
        starts_at = parse_datetime(str(payload.get("from", "")))
    except ValueError:
        starts_at = None
    if payload.get("book") not in CODES or not isinstance(payload.get("sha256"), str) or starts_at is None:
        raise Invalid(_("The request for a rulebook is incomplete."), code="payload")
