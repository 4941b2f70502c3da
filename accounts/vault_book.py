"""What the book in force says about the vault (C8, C6.2; in the mall M6, M4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from office import boxes
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment, Employee

#: Who may be a custodian of the official accounts, and enters these pages.
CUSTODIANS = "accounts.custodians"
#: Who holds the passwords of site, server and database.
SITE_PASSWORDS = "accounts.site_passwords"
OVERSEE = "accounts.oversee"


@dataclass(frozen=True, slots=True)
class Passphrase:
    """What a vault passphrase must be, and what one guess of it costs."""

    cost: boxes.Cost
    min_length: int
    score: int


def kinds(at: datetime) -> tuple[str, ...]:
    """Codes of every kind of account: those of C8.1, then site, server and database (C6.2)."""
    return (
        *rulebook.parameter_rule("accounts.kinds", at).texts(),
        *rulebook.parameter_rule("accounts.site_kinds", at).texts(),
    )


def kind_name(code: str, at: datetime) -> str:
    """As people call the kind."""
    return str(rulebook.book(at).names.get(code, code))


def is_site(kind: str, at: datetime) -> bool:
    return kind in rulebook.parameter_rule("accounts.site_kinds", at).texts()


def clause_of(kind: str, at: datetime) -> str:
    """The clause that says who keeps such an account."""
    return rulebook.permission_rule(SITE_PASSWORDS if is_site(kind, at) else CUSTODIANS, at).clause


def positions(kind: str, at: datetime) -> frozenset[str]:
    """The posts whose holders may be custodians of an account of this kind."""
    return rulebook.positions_with(SITE_PASSWORDS if is_site(kind, at) else CUSTODIANS, at)


def keepers(at: datetime) -> dict[str, set[int]]:
    """Ids of the people who may be custodians, by kind of account: one query."""
    by_kind = {kind: positions(kind, at) for kind in kinds(at)}
    held = Appointment.objects.filter(
        position__in=frozenset().union(*by_kind.values()), during__contains=at, employee__is_active=True
    ).values_list("position", "employee_id")
    found: dict[str, set[int]] = {kind: set() for kind in by_kind}
    for position, employee_id in held:
        for kind, posts in by_kind.items():
            if position in posts:
                found[kind].add(employee_id)
    return found


def by_post(person: Employee, key: str, at: datetime) -> bool:
    """Whether one of the person's posts gives a right of the vault; no grant does, whatever a book says."""
    return person.is_active and bool(rulebook.positions_with(key, at) & staff.positions_of(person, at))


def may_keep(person: Employee, kind: str, at: datetime) -> bool:
    """Whether one of the person's posts lets him be a custodian of such an account: posts alone, no other grant."""
    return person.is_active and bool(positions(kind, at) & staff.positions_of(person, at))


def passphrase(at: datetime) -> Passphrase:
    rule = rulebook.parameter_rule("accounts.passphrase", at)
    return Passphrase(
        boxes.Cost(rule.integer("passes"), rule.integer("kib")),
        rule.integer("min_length"),
        rule.integer("score"),
    )


def span(key: str, at: datetime) -> timedelta:
    """A limit of the book that is a duration, by the last part of its key."""
    return rulebook.limit_rule(f"accounts.{key}", at).span
