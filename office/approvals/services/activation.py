"""Switching the active rulebook: proposed, looked at with its differences, signed by the general manager (C14)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
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
from office.approvals.services.drafting import NEW, drop_draft
from office.approvals.services.submitting import resubmit, submit
from office.deadlines.replay import replay
from office.errors import Conflict, Invalid
from office.rulebook import api as rulebook
from office.rulebook.compare import compare
from office.rulebook.models import Version
from office.rulebook.parser import Problem, WrongBook, parse_book, shipped_source
from office.rulebook.parser.book import CODES
from office.rulebook.selectors import shipped_book, text_of, versions
from office.rulebook.services import digest_of, shipped_digest
from office.staff.models import Employee
from office.subjects import Subject

KIND = "rulebook.activation"
#: One switch at a time, whichever book it is about.
SUBJECT_ID = "active"
#: A text of one's own: how it is called in its problems, how long it may be (a draft holds as much), how much of its
#: differences line by line is kept.
OWN_FILE, LONGEST_TEXT, MOST_LINES = "own.toml", 190_000, 2_000
#: How far ahead one may be proposed.
LONGEST = timedelta(days=731)


def _newest() -> Version | None:
    """The version that is or will be in force last."""
    return next((version for version in versions() if not version.effective.isempty), None)


def propose_activation(
    *, book: str, starts_at: datetime, by: Employee, now: datetime, comment: str = ""
) -> Run:
    """Ask that the shipped book be in force from `starts_at` on; again, where the requester was given it back. Raises
    Invalid, Conflict (it is in force already), and what `submit` raises."""
    if book not in CODES:
        raise Invalid(_("There is no such rulebook."), code="book")
    payload = {"book": book, "sha256": shipped_digest(book)}
    return _propose(payload, str(shipped_book(book).title), starts_at, by, now, comment)


def _propose(
    payload: Mapping[str, Any], title: str, starts_at: datetime, by: Employee, now: datetime, comment: str
) -> Run:
    if starts_at <= now:
        raise Invalid(
            _(
                "A rulebook cannot take force in the past: what has happened was judged by the rules of its time."
            ),
            code="from",
        )
    if starts_at > now + LONGEST:
        raise Invalid(_("A rulebook is proposed for the next two years at most."), code="from")
    latest = _newest()
    if latest is not None and (latest.book, latest.sha256) == (payload["book"], payload["sha256"]):
        raise Conflict(_("This rulebook is in force already."), code="in_force")
    asked = {**payload, "from": starts_at}
    again = returned_to(by)
    if again is not None:
        drop_draft(kind=KIND, subject_ids=[NEW], by=by)
        return resubmit(run_id=again.pk, payload=asked, by=by, now=now, comment=comment)
    subject = Subject("rulebook", SUBJECT_ID, title[:120])
    draft = NEW if "source" in asked else None
    return submit(kind=KIND, subject=subject, payload=asked, by=by, now=now, comment=comment, draft=draft)


class WrongText(Invalid):
    """A text that is no rulebook. `problems`: everything that is wrong with it, each with its line."""

    code = "wrong_text"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            _("This text is no rulebook yet: {n} places are wrong.").format(n=len(problems)), clause="C14"
        )
        self.problems = problems


def read_text(source: str) -> rulebook.Book:
    """A text of one's own as a book; one that includes another takes the shipped one. Raises WrongText, Invalid."""
    if len(source) > LONGEST_TEXT:
        raise Invalid(_("A rulebook has at most {n} characters.").format(n=LONGEST_TEXT), code="too_long")
    try:
        found = parse_book(source, file=OWN_FILE)
    except WrongBook as wrong:
        raise WrongText(wrong.problems) from wrong
    if not isinstance(found.rules.get(KIND), rulebook.ChainRule):
        raise Invalid(
            _("The text has no chain {key}: nobody could propose another rulebook any more.").format(
                key=KIND
            ),
            code="no_way_back",
            clause="C14",
        )
    return found


def clean_text(source: str) -> str:
    """As it is kept: lines end as in a file, whatever the browser sends."""
    return source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def propose_text(*, source: str, starts_at: datetime, by: Employee, now: datetime, comment: str = "") -> Run:
    """Ask that a text of one's own be in force from `starts_at` on. Raises WrongText, and as `propose_activation`."""
    source = clean_text(source)
    found = read_text(source)
    digest = digest_of(source, shipped_source(found.include) if found.include else "")
    payload = {"book": found.code, "sha256": digest, "source": source}
    return _propose(payload, str(found.title), starts_at, by, now, comment)


def returned_to(person: Employee) -> Run | None:
    """What the person proposed and is to ask again."""
    return Run.objects.filter(kind=KIND, requester=person, state=Run.State.RETURNED).first()


def choices() -> list[str]:
    """The shipped books that differ from the one that is, or will be, in force last."""
    latest = _newest()
    now = (latest.book, latest.sha256) if latest else None
    return [code for code in CODES if (code, shipped_digest(code)) != now]


def proposed_book(run: Run) -> rulebook.Book:
    """The book a run asks for: its own text, or the one this release ships. Raises Conflict when the release ships
    another text now, of the book itself or of the one that it includes."""
    asked = run.payload
    own = asked.get("source")
    if own is not None:
        found = read_text(own)
        digest = digest_of(own, shipped_source(found.include) if found.include else "")
    else:
        found, digest = shipped_book(asked["book"]), shipped_digest(asked["book"])
    if digest != asked["sha256"]:
        raise Conflict(
            _("This release ships another text than the one that was proposed. Please propose it again."),
            clause=run.clause,
            code="another_text",
        )
    return found


def text_changes(run_text: str, code: str, at: datetime) -> list[list[str]]:
    """A text of one's own line by line against the one it would replace: ["+", line], ["-", line], [" ", line] or
    ["@", place]; at most MOST_LINES of them."""
    lines = difflib.unified_diff(text_of(code, at).splitlines(), run_text.splitlines(), lineterm="", n=2)
    found = [[line[:1], line if line.startswith("@") else line[1:]] for line in islice(lines, 2, MOST_LINES)]
    return [[mark, text[:300]] for mark, text in found]


def annex(run: Run, now: datetime) -> Mapping[str, Mapping[str, Any]]:
    """The differences clause by clause and what would have happened, as of the hour of the request: what the general
    manager is shown when he signs is this and stays this."""
    old, new = rulebook.book_by_version(run.version_id), proposed_book(run)
    outcome = replay(new, now)
    found: dict[str, Mapping[str, Any]] = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found[code] = plain(outlook(old, new, now, outcome))
    if own := run.payload.get("source"):
        lines = text_changes(own, new.code, now)
        found = {code: {**each, "lines": lines} for code, each in found.items()}
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
        *(
            [
                Change(
                    "text", _("Text"), "", _("a text of one's own, {n} lines").format(n=len(own.splitlines()))
                )
            ]
            if (own := run.payload.get("source"))
            else []
        ),
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
    rulebook.activate_book(
        code=payload["book"],
        starts_at=starts_at,
        by=by,
        now=now,
        source=payload.get("source"),
        run_id=run.pk,
    )


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no book, digest and instant, WrongText for a text that is none."""
    try:
        starts_at = parse_datetime(str(payload.get("from", "")))
    except ValueError:
        starts_at = None
    if payload.get("book") not in CODES or not isinstance(payload.get("sha256"), str) or starts_at is None:
        raise Invalid(_("The request for a rulebook is incomplete."), code="payload")
    own = payload.get("source")
    if own is not None and (not isinstance(own, str) or read_text(own).code != payload["book"]):
        raise Invalid(_("The request for a rulebook is incomplete."), code="payload")
