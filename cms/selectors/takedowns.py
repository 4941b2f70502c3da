"""Reading takedowns: what is wrong by which list, evidence gathered, cases and what can be done about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.models import BoardEntry, Item, LiabilityCase, Publication, Takedown
from cms.rules import evidence
from cms.rules.content import TEXTS
from cms.selectors import access, live
from cms.selectors.said import timeline
from office.approvals.models import Vote
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

PAGE = 50
LISTS = ("cms.words_unlawful", "cms.words_indecent", "cms.words_harmful")
#: Not a liability: the case is closed as unfounded.
UNFOUNDED = "unfounded"
DECIDE, VIEW = "cms.decide_case", "cms.cases"


def categories(now: datetime) -> list[tuple[str, str]]:
    """What the book forbids (C6.4 to C6.6): (code, name)."""
    book = rulebook.book(now)
    codes = [code for key in LISTS for code in rulebook.parameter_rule(key, at=now).texts()]
    return [(code, str(book.names.get(code, code))) for code in codes]


def liabilities(now: datetime) -> list[tuple[str, str]]:
    """Whom the law or the department may hold to account for, by the book; "" is nobody, UNFOUNDED that it should
    not have been taken down."""
    book = rulebook.book(now)
    codes = rulebook.parameter_rule("cms.liability", at=now).texts()
    return [
        ("", str(_("No liability"))),
        (UNFOUNDED, str(_("Taken down without ground: it may be published again"))),
        *((code, str(book.names.get(code, code))) for code in codes),
    ]


def facts_of(item: Item, by: Employee, now: datetime) -> dict[str, Any]:
    """What is kept: the content as it was shown (or as it lies here), its writer, every publication with who agreed,
    who took it down and when."""
    shown = live.live_of(item, now)
    version = shown.version if shown else item.newest
    publications = list(item.publications.select_related("run__requester", "by", "version").order_by("id"))
    votes = _votes([each.run_id for each in publications])
    return {
        "item": {"id": item.pk, "kind": item.kind, "column": item.column.name, "flags": item.flags},
        "shown": shown is not None,
        "version": {
            "id": version.pk,
            "number": version.number,
            "digest": version.digest,
            "files": version.files,
            "written_by": _named(version.written_by),
            "at": version.at.isoformat(),
            **{name: getattr(version, name) for name in TEXTS},
        }
        if version
        else None,
        "publications": [
            _published(each, votes.get(each.run_id or 0, []))
            | {"version": each.version.number, "digest": each.digest, "starts_at": each.starts_at.isoformat()}
            | {"by": _named(each.by)}
            for each in publications
        ],
        "taken_down": {"by": _named(by), "at": now.isoformat()},
    }


def entry_of(entry_id: int) -> BoardEntry:
    """A message as the public reads it, or once read it. Raises NotFound."""
    found = BoardEntry.objects.select_related("run__requester", "withdrawal", "takedown").filter(pk=entry_id)
    entry: BoardEntry | None = found.first()
    if entry is None:
        raise NotFound(_("There is no such public message."))
    return entry


def facts_of_entry(entry: BoardEntry, by: Employee, now: datetime) -> dict[str, Any]:
    """As `facts_of`, of a message on the public board. What the visitor wrote stays sealed with the message."""
    return {
        "entry": {
            "id": entry.pk,
            "message": entry.message_id,
            "question": entry.question,
            "answer": entry.answer,
            "at": entry.at.isoformat(),
        },
        "shown": not hasattr(entry, "withdrawal"),
        "publications": [
            _published(entry, _votes([entry.run_id]).get(entry.run_id or 0, []))
            | {"starts_at": entry.at.isoformat(), "by": ""}
        ],
        "taken_down": {"by": _named(by), "at": now.isoformat()},
    }


def _published(shown: Publication | BoardEntry, votes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": shown.pk,
        "run": shown.run_id,
        "asked_by": _named(shown.run.requester) if shown.run else "",
        "votes": votes,
    }


def _named(person: Employee | None) -> str:
    return f"{person.name} ({person.number})" if person else ""


def _votes(runs: Iterable[int | None]) -> dict[int, list[dict[str, Any]]]:
    """Who agreed to each run, and what he wrote."""
    votes: dict[int, list[dict[str, Any]]] = {}
    for vote in (
        Vote.objects.filter(run_id__in=[run for run in runs if run]).select_related("person").order_by("id")
    ):
        votes.setdefault(vote.run_id, []).append(
            {
                "person": _named(vote.person),
                "decision": vote.decision,
                "comment": vote.comment,
                "at": vote.at.isoformat(),
            }
        )
    return votes


def author_of(item: Item, now: datetime) -> Employee:
    """Who wrote what was shown, else the newest version."""
    shown = live.live_of(item, now)
    version = shown.version if shown else item.newest
    return version.written_by if version else item.created_by


def may_decide(person: Employee, author_id: int, now: datetime) -> bool:
    """The post of the book, never on one's own text; where its holder is the author, the post above."""
    if person.pk == author_id:
        return False
    if rulebook.may(person, DECIDE, now):
        return True
    book = rulebook.book(now)
    posts = rulebook.positions_with(DECIDE, now)
    by_author = {code for code in posts if any(each.pk == author_id for each in staff.holders(code, now))}
    return bool({book.superiors.get(code) for code in by_author} & staff.positions_of(person, now))


@dataclass(frozen=True, slots=True)
class CasePage:
    """Everything on the page of a takedown. `acts`: what this person may do now; `facts` and `title`: empty where the
    content is hidden from him (C4.3)."""

    takedown: Takedown
    case: LiabilityCase
    title: str
    facts: dict[str, Any]
    category: str
    liability: str
    clocks: list[Deadline]
    rows: list[dict[str, Any]]
    acts: tuple[str, ...]


def case_page(pk: int, person: Employee, permissions: Collection[str], now: datetime) -> CasePage:
    """Raises NotFound, also for who is neither the author nor concerned by his post."""
    takedown = (
        Takedown.objects.select_related(
            "item__column", "entry", "author", "by", "case__heard_by", "case__decided_by"
        )
        .filter(pk=pk)
        .first()
    )
    if takedown is None or not (VIEW in permissions or person.pk == takedown.author_id):
        raise NotFound(_("There is no such takedown."))
    case = takedown.case
    acts: tuple[str, ...] = ()
    decides = may_decide(person, takedown.author_id, now)
    if case.state == LiabilityCase.State.OPEN and (decides or person.pk == takedown.author_id):
        acts = ("hear",)
    elif case.state == LiabilityCase.State.HEARD and decides:
        acts = ("decide",)
    shown = decides or not hidden_from(person, [takedown], now)
    return CasePage(
        takedown,
        case,
        takedown.title if shown else "",
        evidence.read(takedown.evidence) if shown else {},
        dict(categories(now)).get(takedown.category, takedown.category),
        dict(liabilities(now)).get(UNFOUNDED if case.unfounded else case.liability, case.liability),
        deadlines.of(takedown.subject),
        timeline(takedown.subject),
        acts,
    )


def hidden_from(person: Employee, found: Collection[Takedown], now: datetime) -> set[int]:
    """The takedowns of confidential content that the person may not see, nor has written (C4.3): one query at most."""
    secret = {each.pk: each.item_id for each in found if each.item is not None and each.item.confidential}
    if not secret:
        return set()
    seen = set(
        access.visible_to(person, now).filter(pk__in=set(secret.values())).values_list("pk", flat=True)
    )
    own = {each.pk for each in found if each.author_id == person.pk}
    return {pk for pk, item_id in secret.items() if item_id not in seen} - own


def listed(*, before: int | None = None) -> list[Takedown]:
    """One page and one more, newest first."""
    rows = Takedown.objects.select_related("item", "entry", "author", "by", "case")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: PAGE + 1])


def waiting_for(person: Employee, now: datetime) -> list[tuple[LiabilityCase, Deadline | None]]:
    """Cases that wait on this person: to be heard as the author, to be decided by the post."""
    found = LiabilityCase.objects.select_related("takedown").filter(
        Q(state=LiabilityCase.State.OPEN, takedown__author=person)
        | Q(state=LiabilityCase.State.HEARD) & ~Q(takedown__author=person)
    )
    rows = [
        case
        for case in found.order_by("pk")[:50]
        if case.state == LiabilityCase.State.OPEN or may_decide(person, case.takedown.author_id, now)
    ]
    clocks = {
        clock.subject_id: clock
        for clock in Deadline.objects.filter(
            subject_type="takedown", subject_id__in=[str(case.pk) for case in rows], state=Deadline.State.OPEN
        )
    }
    return [(case, clocks.get(str(case.pk))) for case in rows]
