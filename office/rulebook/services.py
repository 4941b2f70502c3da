"""The verbs of the rulebook, and the only writers of its tables."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, NoReturn

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.audit import services as audit
from office.audit.models import Entry
from office.errors import Invalid
from office.rulebook.calendar import ZONE
from office.rulebook.errors import ActivationRefused
from office.rulebook.models import DayOverride, Version
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.selectors import book, forget
from office.rulebook.types import ChainRule
from office.staff.selectors import holders
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee


#: From when on the first book of an empty database holds: before anything that people will look back at.
BEGINNING = datetime(2020, 1, 1, tzinfo=ZONE)
#: The kind of incident that a book without a signature is.
UNSIGNED = "unsigned_book"


def digest_of(source: str, base_source: str) -> str:
    """SHA-256 over the book's own text and the text it includes, kept apart by a NUL byte, in hexadecimal."""
    return hashlib.sha256(source.encode() + b"\0" + base_source.encode()).hexdigest()


def begins_at(version: Version) -> datetime:
    """When the version takes or took force; ranges without a beginning are never written."""
    begins = version.effective.lower
    if begins is None:
        raise ValueError(f"version {version.pk} has no beginning")
    return begins


@transaction.atomic
def activate_book(
    *,
    code: str,
    starts_at: datetime,
    by: Employee | None,
    now: datetime,
    source: str | None = None,
    base_source: str | None = None,
    run_id: int | None = None,
) -> Version:
    """Put a book in force from `starts_at` on (C14); the version in force until then ends there.

    Reached from the approval that the general manager signed, and from the terminal (`by` and `run_id` None) as long as
    no version has ever been signed: a person needs a `run_id`, and the database looks whether that run agreed to this
    very text and instant.

    `source` None takes the text shipped with this release. A version that was scheduled for later and not
    yet begun is superseded: its range becomes empty. The same text already in force for good is returned
    unchanged. Raises WrongBook for a text that does not hold, ActivationRefused for a past instant once
    anything but the choice of books is in the trail, and (`signed_before`, an incident) without a signature once one
    was given.
    """
    if by is not None and run_id is None:
        raise ActivationRefused(
            _("A rulebook is put in force by an approval that the general manager signs."),
            clause="C14",
            code="not_agreed",
        )
    text = shipped_source(code) if source is None else source
    parsed = parse_book(text, file=f"{code}.toml", base_source=base_source)
    if parsed.code != code:
        raise ActivationRefused(_("This file is another book than the one named."), clause="C14")
    base = (shipped_source(parsed.include) if base_source is None else base_source) if parsed.include else ""
    digest = digest_of(text, base)
    known = list(Version.objects.select_for_update().defer("source", "base_source").order_by("id"))
    live = [version for version in known if not version.effective.isempty]
    last = max(live, key=begins_at, default=None)
    if last is not None and (last.book, last.sha256) == (code, digest) and begins_at(last) <= starts_at:
        return last
    if run_id is None and any(version.run_id is not None for version in known):
        _refuse_unsigned(code, now)
    if known and starts_at < now and _something_happened():
        raise ActivationRefused(
            _(
                "A rulebook cannot take force in the past: what has happened was judged by the rules of its time."
            ),
            clause="C14",
        )
    for version in live:
        begins, ends = begins_at(version), version.effective.upper
        if ends is not None and ends <= starts_at:
            continue
        version.effective = (
            DateTimeTZRange(begins, starts_at) if begins < starts_at else DateTimeTZRange(empty=True)
        )
        version.save(update_fields=["effective"])
    version = Version.objects.create(
        book=code,
        effective=DateTimeTZRange(starts_at, None),
        source=text,
        base_source=base,
        sha256=digest,
        activated_by_id=None if by is None else by.pk,
        activated_by_name="" if by is None else by.name,
        run_id=run_id,
        at=now,
    )
    audit.record(
        "rulebook.activate",
        subject=Subject("rulebook", str(version.pk), code),
        by=by,
        now=now,
        data={"book": code, "from": starts_at.isoformat(), "sha256": digest, "run": run_id},
        clause="C14",
    )
    _forget()
    return version


def _refuse_unsigned(code: str, now: datetime) -> NoReturn:
    """Nobody takes back at the terminal what the general manager signed; whoever tries is named."""
    audit.incident(
        UNSIGNED,
        subject=Subject("rulebook", code, code),
        now=now,
        clause="C14",
        detail=f"putting {code} in force without a signature was refused: the book in force is a signed one",
    )
    raise ActivationRefused(
        _(
            "The general manager has signed a rulebook; another one takes a signature too. "
            "It is proposed on the rulebook’s page, {page}."
        ).format(page=reverse("rulebook:list")),
        clause="C14",
        code="signed_before",
    )


def note_unsigned(*, version: Version, now: datetime) -> None:
    """A book was switched at the terminal although somebody could have signed it: an incident that names who did."""
    chain = book(now).rules.get("rulebook.activation")
    signers = (
        [post for step in chain.steps for post in step.positions] if isinstance(chain, ChainRule) else []
    )
    if any(holders(post, now) for post in signers):
        audit.incident(
            UNSIGNED,
            subject=Subject("rulebook", str(version.pk), version.book),
            now=now,
            clause="C14",
            detail=f"{version.book} was put in force at the terminal, without a signature",
        )


def shipped_digest(code: str) -> str:
    """The digest that the shipped text of a book has once it is in force. Raises LookupError for an unknown code."""
    text = shipped_source(code)
    include = parse_book(text, file=f"{code}.toml").include
    return digest_of(text, shipped_source(include) if include else "")


def _something_happened() -> bool:
    return Entry.objects.exclude(verb__startswith="rulebook.").exists()


def install_first_book(*, now: datetime) -> Version | None:
    """Put the site book in force in a database that has no version: every verb needs one. None when there is one."""
    if Version.objects.exists():
        return None
    return activate_book(code="site", starts_at=BEGINNING, by=None, now=now)


@transaction.atomic
def set_day(
    *, day: date, kind: str, name: str, source: str, by: Employee | None, now: datetime
) -> DayOverride | None:
    """Declare a local day off ("off") or worked ("work"), or take such a declaration back ("").

    `source` says on what it rests (a notice, a decision). Deadlines opened before keep the due instant they
    have. Raises Invalid for an unknown kind, a day more than ten years away, or a missing name or source.
    """
    today = now.astimezone(ZONE).date()
    if kind not in ("", *DayOverride.Kind.values):
        raise Invalid(_("A day is either off or worked."), code="kind")
    if abs(day.year - today.year) > 10:
        raise Invalid(_("That day is too far away."), code="date")
    if kind and not (name.strip() and source.strip()):
        raise Invalid(_("Give the day a name and say on what the change rests."), code="source")
    before = DayOverride.objects.select_for_update().filter(date=day).first()
    after: DayOverride | None = None
    if kind:
        after, _made = DayOverride.objects.update_or_create(
            date=day, defaults={"kind": kind, "name": name.strip()[:60], "source": source.strip()[:200]}
        )
    elif before is not None:
        before.delete()
    audit.record(
        "rulebook.set_day",
        subject=Subject("day", day.isoformat(), day.isoformat()),
        by=by,
        now=now,
        data={"kind": kind, "was": "" if before is None else before.kind, "name": name.strip()[:60]},
        clause="C14",
    )
    _forget()
    return after


def _forget() -> None:
    """This transaction sees what it wrote at once, the rest of the process after the commit."""
    forget()
    transaction.on_commit(forget)
