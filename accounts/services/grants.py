"""Asking for a permission or a level, giving it, ending it (C13.2, M4.2, M10). Nobody gives anything to himself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.models import Grant, GrantEnd
from accounts.rules import words as rules
from accounts.rules.names import name_of
from accounts.selectors import access as selectors
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, unless, words, wrong
from office.rulebook.calendar import ZONE
from office.rulebook.selectors import granted_in, permissions_in
from office.staff import api as staff
from office.staff.models import Employee
from office.subjects import Subject

ADMIN = "accounts.change_level"
LEVEL_CHANGE, SECTION = "accounts.level_change", "accounts.section_permission"
LONGEST = "accounts.grant_longest"
SPECIAL = "special_user"
GRANT, END = "grant", "end"
#: What a grant's end names that no request asked for: its holder is gone.
LEFT = "C13.2"


def kind_for(book: rulebook.Book, word: str, *, special: bool) -> str:
    """The kind under which the book has this decided: a section's permission by its own chain where the book has one
    (M4.2), a level and whatever is special by the chain of levels (C13.2, M10)."""
    own = SECTION in book.rules and not special and not word.startswith("level.")
    return SECTION if own else LEVEL_CHANGE


def subject_of(person: Employee, word: str, now: datetime) -> Subject:
    """A person's one permission or level, called as people call it, whoever asks."""
    with translation.override(settings.LANGUAGE_CODE):
        called = name_of(word, rulebook.book(now))
    return Subject("access", f"{person.pk}:{word}"[:64], f"{person.name} ({person.number}) · {called}")


def ask_grant(
    *,
    person_id: int,
    word: str,
    first_day: date,
    last_day: date,
    reason: str,
    by: Employee,
    now: datetime,
    special: bool = False,
) -> Run:
    """Asks that a person get a permission or a level from the first day to the end of the last.

    Asked by himself or by somebody above him. Raises NotFound, Forbidden, Invalid, Conflict (`held`: his posts give it
    already; `own_decision`), Refused.
    """
    person = _person(person_id, by, now)
    book = rulebook.book(now)
    if word not in rules.grantable(book):
        raise wrong("word", _("Choose what is to be granted."), code="choice")
    said = words(reason, path="reason", longest=500, missing=_("Say what it is needed for."))
    starts, ends = _span(first_day, last_day, now)
    posts, also = staff.held_by(person, now)
    gives = granted_in(book, frozenset({word}))
    if gives and gives <= permissions_in(book, posts):
        raise Conflict(_("{name}’s posts give this already.").format(name=person.name), code="held")
    held = permissions_in(book, posts, also)
    if not word.startswith("level.") and rules.level_of(book, held, also) == rules.GENERAL:
        raise Conflict(
            _("{name} has the general level only. Ask for the back-office level first.").format(
                name=person.name
            ),
            code="level_first",
            clause=clause_of(LEVEL_CHANGE, now),
        )
    payload = {
        "act": GRANT,
        "person": person.pk,
        "word": word,
        "from": starts.isoformat(),
        "to": ends.isoformat(),
        "reason": said,
    }
    return _submit(person, word, payload, special=special, by=by, now=now)


def ask_end(*, grant_id: int, reason: str, by: Employee, now: datetime) -> Run:
    """Asks that a grant end before its time. Raises NotFound, Invalid, Conflict (`over`), Refused."""
    grant = selectors.access_grant(by, grant_id, now)
    said = words(reason, path="reason", longest=500, missing=_("Say why it ends."))
    _require_live(grant, now)
    payload = {
        "act": END,
        "person": grant.employee_id,
        "word": grant.word,
        "grant": grant.pk,
        "until": grant.ends_at.isoformat(),
        "reason": said,
    }
    return _submit(grant.employee, grant.word, payload, special=False, by=by, now=now)


def _submit(
    person: Employee, word: str, payload: Mapping[str, Any], *, special: bool, by: Employee, now: datetime
) -> Run:
    book = rulebook.book(now)
    posts = staff.positions_of(person, now)
    special = special or rules.special(book, word, posts)
    code = kind_for(book, word, special=special)
    chain = rulebook.chain_rule(code, now)
    if not special and {post for step in chain.steps for post in step.positions} & posts:
        special, code = True, LEVEL_CHANGE  # he would decide about himself
    flags = [SPECIAL] if special else []
    decides = {
        post
        for rule in book.rules.values()
        if isinstance(rule, rulebook.ChainRule)
        and special
        and code in rule.instead_of
        and SPECIAL in rule.when
        for step in rule.steps
        for post in step.positions
    }
    if by.pk != person.pk and decides & posts:
        raise Conflict(
            _("{name} would decide about his own access. He asks for it himself.").format(name=person.name),
            code="own_decision",
            clause=chain.clause,
        )
    subject = subject_of(person, word, now)
    again = Run.objects.filter(
        kind=code, subject_type=subject.type, subject_id=subject.id, requester=by, state=Run.State.RETURNED
    ).first()
    if again is not None and again.flags == flags:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now)
    return approvals.submit(
        kind=code,
        subject=subject,
        payload=payload,
        by=by,
        now=now,
        flags=flags,
        draft="new",
    )


def check(payload: Mapping[str, Any]) -> None:
    """What any paper of these kinds holds; a request sent again is read anew. Raises Invalid."""
    if payload.get("act") not in (GRANT, END) or not str(payload.get("reason", "")).strip():
        raise Invalid(_("The request is incomplete."), code="incomplete")


def carry_out(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The administrator gives or ends what was agreed; part of executing. Raises Conflict."""
    if by is None:
        raise Forbidden(_("A grant is carried out by a person."), clause=run.clause)
    if (
        by.pk == payload["person"]
        and payload["act"] == GRANT
        and set(staff.holders(run.executor, now)) - {by}
    ):
        raise Forbidden(
            _("Nobody carries out what he gets himself: the other administrator does it."),
            code="own_grant",
            clause=run.clause,
        )
    if payload["act"] == END:
        _end(run, payload, by, now)
    else:
        _give(run, payload, by, now)


def _give(run: Run, payload: Mapping[str, Any], by: Employee, now: datetime) -> None:
    person = Employee.objects.get(pk=payload["person"])
    ends = _instant(payload["to"])
    if ends <= now:
        raise Conflict(_("The time that was asked for is over."), code="over", clause=run.clause)
    with unless(
        "accounts_grant_of_others",
        lambda: Conflict(
            _("{name} has decided on this himself: it cannot be carried out.").format(name=person.name),
            code="own_decision",
            clause=run.clause,
        ),
    ):
        grant = Grant.objects.create(
            employee=person,
            word=payload["word"],
            starts_at=_instant(payload["from"]),
            ends_at=ends,
            run=run,
            by=by,
            at=now,
        )
    data = {
        "grant": grant.pk,
        "word": grant.word,
        "from": payload["from"],
        "to": payload["to"],
        "run": run.pk,
    }
    _tell(grant, "accounts.grant", "accounts.granted", run, by, now, data)


def _end(run: Run, payload: Mapping[str, Any], by: Employee, now: datetime) -> None:
    grant = Grant.objects.select_related("employee").get(pk=payload["grant"])
    _require_live(grant, now)
    GrantEnd.objects.create(grant=grant, reason=payload["reason"], run=run, by=by, at=now)
    data = {"grant": grant.pk, "word": grant.word, "run": run.pk}
    _tell(grant, "accounts.end_grant", "accounts.grant_ended", run, by, now, data)


def end_of_leaver(*, person: Employee, reason: str, by: Employee | None, now: datetime) -> None:
    """He may no longer sign in: every grant that is not over ends by itself, for good. `by`: who locked him out, for
    the trail; part of that transaction."""
    clause = clause_of(LEVEL_CHANGE, now)
    for grant in selectors.not_over(now).filter(employee=person).order_by("pk"):
        GrantEnd.objects.create(
            grant=grant, reason=reason[:500], authority_clause=LEFT, at=max(now, grant.at)
        )
        data = {"grant": grant.pk, "word": grant.word, "by_itself": True}
        audit.record("accounts.end_grant", subject=grant.subject, by=by, now=now, clause=clause, data=data)
        audit.record(
            "accounts.end_grant", subject=staff.subject_of(person), by=by, now=now, clause=clause, data=data
        )


def _tell(
    grant: Grant, verb: str, kind: str, run: Run, by: Employee, now: datetime, data: Mapping[str, Any]
) -> None:
    audit.record(verb, subject=grant.subject, by=by, now=now, clause=run.clause, data=data)
    audit.record(verb, subject=staff.subject_of(grant.employee), by=by, now=now, clause=run.clause, data=data)
    notices.notify(
        kind,
        {grant.employee_id, run.requester_id} - {by.pk},
        source=kind,
        source_id=grant.pk,
        subject=grant.subject,
        now=now,
        clause=run.clause,
        params={
            "name": grant.employee.name,
            "what": str(name_of(grant.word, rulebook.book(now))),
            "until": f"{grant.last_day:%Y-%m-%d}",
        },
    )


def _person(person_id: int, by: Employee, now: datetime) -> Employee:
    person = Employee.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    if not selectors.may_ask_for(by, person, now):
        raise Forbidden(
            _("A permission is asked for by the person or by somebody above."),
            clause=clause_of(LEVEL_CHANGE, now),
        )
    return person


def _span(first_day: date, last_day: date, now: datetime) -> tuple[datetime, datetime]:
    """From the first midnight to that after the last day, in local time. Raises Invalid."""
    today = now.astimezone(ZONE).date()
    if first_day < today:
        raise wrong("first_day", _("A permission begins today or later."), code="past")
    if last_day < first_day:
        raise wrong("last_day", _("The last day is before the first."), code="order")
    longest = rulebook.limit_rule(LONGEST, now)
    if (last_day - first_day).days >= int(str(longest.value)):
        raise wrong(
            "last_day",
            _("At most {n} days; it can be asked for again.").format(n=longest.value),
            code="too_long",
            clause=longest.clause,
        )
    return (
        datetime.combine(first_day, time.min, ZONE),
        datetime.combine(last_day + timedelta(days=1), time.min, ZONE),
    )


def _require_live(grant: Grant, now: datetime) -> None:
    if grant.ends_at <= now or GrantEnd.objects.filter(grant=grant).exists():
        raise Conflict(_("This grant is over already."), code="over")


def _instant(text: str) -> datetime:
    found = parse_datetime(text)
    if found is None:
        raise Invalid(_("The request is incomplete."), code="incomplete")
    return found
