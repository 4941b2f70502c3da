"""People: joining, their particulars, their password, leaving."""

from __future__ import annotations

import secrets
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.staff import second_person, wiring
from office.staff.models import Employee
from office.staff.services.duty import end_duty
from office.staff.services.guards import locked, require
from office.staff.subjects import subject_of

#: Without letters and digits that look alike; the first character is a letter (C13.3).
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"
SYMBOLS = LETTERS + "23456789"


def one_time_password() -> str:
    """Four groups of four, 92 bits: read out once, changed at the first sign-in."""
    first = secrets.choice(LETTERS) + "".join(secrets.choice(SYMBOLS) for _n in range(3))
    return "-".join([first, *("".join(secrets.choice(SYMBOLS) for _n in range(4)) for _g in range(3))])


def name_key(name: str) -> str:
    """Pinyin of a Chinese name, lower case, for sorting and finding: 李雷 → "li lei"."""
    # Its dictionary takes half a second to load, and few processes name anybody.
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(name)).lower()[:200]


def _clean(text: str, path: str, most: int, *, needed: bool = True) -> str:
    text = text.strip()
    if "\x00" in text or len(text) > most or (needed and not text):
        message = _("Please give between 1 and {most} characters.").format(most=most)
        raise Invalid(message, errors=[{"path": path, "code": "text", "message": str(message)}])
    return text


@transaction.atomic
def add_employee(
    *,
    number: str,
    name: str,
    password: str,
    by: Employee | None,
    now: datetime,
    email: str = "",
    phone: str = "",
    department: str = "",
    must_change: bool = True,
    joined_at: datetime | None = None,
) -> Employee:
    """A person joins, now or at `joined_at`: from then on his service counts. `password` is checked by the rule of
    C13.3; `must_change` asks for another at the first sign-in.

    Raises Forbidden, Invalid, Conflict (the number is taken).
    """
    require(by, "staff.manage", now)
    number = _clean(number, "number", 20)
    if Employee.objects.filter(number__iexact=number).exists():
        raise Conflict(_("The employee number {number} is taken.").format(number=number), code="number_taken")
    name = _clean(name, "name", 60)
    employee = Employee(
        number=number,
        name=name,
        name_key=name_key(name),
        email=_clean(email, "email", 254, needed=False),
        phone=_clean(phone, "phone", 20, needed=False),
        department=_clean(department, "department", 60, needed=False),
        joined_at=joined_at or now,
        must_change_password=must_change,
        password_changed_at=now,
    )
    _set(employee, password)
    employee.save()
    audit.record("staff.add", subject=subject_of(employee), by=by, now=now, data={"number": number})
    return employee


@transaction.atomic
def update_employee(
    *,
    employee: Employee,
    by: Employee | None,
    now: datetime,
    name: str,
    email: str,
    phone: str,
    department: str,
) -> Employee:
    """Mends a person's particulars. The trail names the fields, not their contents. Raises Forbidden, Invalid."""
    require(by, "staff.manage", now)
    person = locked(employee.pk)
    wanted = {
        "name": _clean(name, "name", 60),
        "email": _clean(email, "email", 254, needed=False),
        "phone": _clean(phone, "phone", 20, needed=False),
        "department": _clean(department, "department", 60, needed=False),
    }
    changed = [field for field, value in wanted.items() if getattr(person, field) != value]
    if not changed:
        return person
    for field in changed:
        setattr(person, field, wanted[field])
    person.name_key = name_key(person.name)
    person.save(update_fields=[*changed, "name_key"])
    audit.record("staff.update", subject=subject_of(person), by=by, now=now, data={"fields": changed})
    return person


@transaction.atomic
def change_password(*, employee: Employee, password: str, by: Employee | None, now: datetime) -> None:
    """A person sets a new password for himself (C13.3). Raises Invalid, Conflict (somebody else's)."""
    if by is not None and by.pk != employee.pk:
        raise Conflict(
            _("A password is personal: nobody sets another person's."), clause="C13.4", code="not_yours"
        )
    person = locked(employee.pk)
    if person.has_usable_password() and person.check_password(password):
        message = _("The new password must differ from the old one.")
        raise Invalid(
            message, clause="C13.3", errors=[{"path": "password1", "code": "same", "message": str(message)}]
        )
    _set(person, password)
    person.password_changed_at = now
    person.must_change_password = False
    person.save(update_fields=["password", "password_changed_at", "must_change_password"])
    employee.password = person.password
    employee.must_change_password = False
    employee.password_changed_at = now
    audit.record("staff.change_password", subject=subject_of(person), by=by, now=now, clause="C13.3")


@transaction.atomic
def reset_password(*, employee: Employee, by: Employee | None, now: datetime) -> str:
    """A one-time password, told once to the person, who must change it at the next sign-in. All sessions end; the
    person and his superior are told at once.

    Raises Forbidden, Conflict (one's own: change it instead; `needs_second`: who holds a sensitive post, see
    `proposals.propose_reset`).
    """
    require(by, "staff.manage", now)
    guard_not_oneself(employee, by)
    person = locked(employee.pk)
    guard_second(person, by, now)
    return reset_confirmed(person, proposed_by=None, by=by, now=now)


@transaction.atomic
def reset_second_factor(*, employee: Employee, by: Employee | None, now: datetime) -> None:
    """Takes the authenticator app, the passkeys and the recovery codes of a person off (the telephone was lost): he
    sets up others at the next sign-in. Sessions, telling and refusals as `reset_password`."""
    require(by, "staff.manage", now)
    guard_not_oneself(employee, by)
    person = locked(employee.pk)
    guard_second(person, by, now)
    forget_factors_confirmed(person, proposed_by=None, by=by, now=now)


def guard_not_oneself(employee: Employee, by: Employee | None) -> None:
    """Raises Conflict."""
    if by is not None and by.pk == employee.pk:
        raise Conflict(_("Change your own password on your account page."), code="own_password")


def takes_second(person: Employee, by: Employee | None, now: datetime) -> bool:
    """Whether resetting what the person signs in with takes a second person (C13.2)."""
    if by is None:
        return False
    post = second_person.weightiest_post(person, now)
    return bool(post) and not second_person.never_existed(post, person, by, now)


def guard_second(person: Employee, by: Employee | None, now: datetime) -> None:
    """Raises Conflict."""
    if takes_second(person, by, now):
        raise Conflict(
            _(
                "This person’s post gives power over customers’ data or decisions: a second person must confirm."
            ),
            code="needs_second",
            clause=second_person.CLAUSE,
        )


def reset_confirmed(
    person: Employee, *, proposed_by: Employee | None, by: Employee | None, now: datetime
) -> str:
    """The one-time password of a locked person, once everybody who must has agreed."""
    password = one_time_password()
    person.set_password(password)
    person.must_change_password = True
    person.password_changed_at = now
    person.save(update_fields=["password", "must_change_password", "password_changed_at"])
    _reset_done(person, "staff.reset_password", proposed_by=proposed_by, by=by, now=now)
    return password


def forget_factors_confirmed(
    person: Employee, *, proposed_by: Employee | None, by: Employee | None, now: datetime
) -> None:
    """Takes off the second factors of a locked person, once everybody who must has agreed."""
    Authenticator.objects.filter(user=person).delete()
    _reset_done(person, "staff.reset_second_factor", proposed_by=proposed_by, by=by, now=now)


def _reset_done(
    person: Employee, verb: str, *, proposed_by: Employee | None, by: Employee | None, now: datetime
) -> None:
    _end_sessions(person)
    entry = audit.record(
        verb,
        subject=subject_of(person),
        by=by,
        now=now,
        clause="C13.4",
        data={"proposed_by": proposed_by.name} if proposed_by else {},
    )
    actors = {each.pk for each in (by, proposed_by) if each}
    posts = person.appointments.filter(during__contains=now).values_list("position", flat=True)
    superiors = {
        each.pk for post in posts for each in second_person.superiors(post, now, {person.pk, *actors})
    }
    wiring.tell(
        verb,
        {person.pk, *superiors} - actors,
        about=person,
        source="staff_reset",
        source_id=entry,
        now=now,
        params={"by": by.name if by else "", "proposed_by": proposed_by.name if proposed_by else ""},
    )


@transaction.atomic
def set_active(
    *, employee: Employee, active: bool, by: Employee | None, now: datetime, reason: str = ""
) -> Employee:
    """Lets a person sign in or not. Going: duty and every session end, what was held is given back.

    Raises Forbidden, Conflict (oneself).
    """
    require(by, "staff.manage", now)
    if by is not None and by.pk == employee.pk:
        raise Conflict(_("Nobody locks himself out: ask a colleague who may."), code="oneself")
    person = locked(employee.pk)
    if person.is_active == active:
        return person
    if not active:
        end_duty(employee=person, by=by, now=now, reason="deactivated")
        _end_sessions(person)
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        for act in wiring.wiring.gone:
            act(person, by, now, reason)
    verb = "staff.activate" if active else "staff.deactivate"
    audit.record(verb, subject=subject_of(person), by=by, now=now, data={"reason": reason} if reason else {})
    return person


@transaction.atomic
def set_language(*, by: Employee, language: str, now: datetime) -> None:
    """The language of a person's pages and notices."""
    person = locked(by.pk)
    if person.language != language:
        person.language = language
        person.save(update_fields=["language"])
        audit.record(
            "staff.set_language", subject=subject_of(person), by=by, now=now, data={"language": language}
        )


@transaction.atomic
def end_sessions(*, by: Employee, now: datetime, only: int | None = None, keep: str = "") -> int:
    """Signs a person's own devices out: one (`only`, a session's id), or all but the session key `keep`.

    Returns how many. Raises NotFound for a session that is not his.
    """
    sessions = UserSession.objects.filter(user=by).exclude(session_key=keep)
    if only is not None:
        sessions = sessions.filter(pk=only)
        if not sessions:
            raise NotFound(_("This session has ended already."))
    ended = 0
    for session in sessions:
        session.end()
        ended += 1
    if ended:
        audit.record("staff.end_sessions", subject=subject_of(by), by=by, now=now, data={"count": ended})
    return ended


def _set(employee: Employee, password: str) -> None:
    try:
        validate_password(password, employee)
    except ValidationError as wrong:
        raise Invalid(
            _("The password does not meet the rule."),
            clause="C13.3",
            errors=[{"path": "password1", "code": "password", "message": text} for text in wrong.messages],
        ) from wrong
    employee.set_password(password)


def _end_sessions(employee: Employee) -> None:
    for session in UserSession.objects.filter(user=employee):
        session.end()
