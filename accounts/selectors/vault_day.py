"""What the vault asks of one person, for my day, and what he holds when he leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import vault_book
from accounts.models import Account, Box, Lending, VaultKey
from accounts.selectors import vault
from accounts.services.vault import duties
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LIMIT = 20
#: How long before it is due something stands in the day; what has no entry stands there at once.
AHEAD = {duties.REGULAR: timedelta(days=7), duties.RENEWAL: timedelta(days=30)}
WORDS: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    duties.RESEAL: (gettext_lazy("Let a custodian in"), gettext_lazy("Let him in")),
    duties.ROTATE: (gettext_lazy("Change what somebody could see"), gettext_lazy("Look and change")),
    duties.REGULAR: (gettext_lazy("Change the password"), gettext_lazy("Look and change")),
    duties.RENEWAL: (gettext_lazy("Renew the account"), gettext_lazy("Look")),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do: what, until when, by which clause, and the one button that moves it on."""

    title: StrOrPromise
    label: str
    detail: StrOrPromise
    url: str
    action: StrOrPromise
    due_at: datetime | None
    started_at: datetime | None
    clause: str


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """At most LIMIT of each kind."""
    found = list(_borrowed(person, now))
    if rulebook.has_rule(vault_book.CUSTODIANS, now) and vault_book.CUSTODIANS in rulebook.permissions_of(
        person, now
    ):
        found += [*_clocks(person, now), *_to_hand_out(person)]
    return found


def _borrowed(person: Employee, now: datetime) -> Iterator[Waiting]:
    if not VaultKey.objects.filter(employee=person).exists():
        agreed = Lending.objects.filter(borrower=person, state=Lending.State.AGREED)
        for each in agreed.select_related("account", "lender")[:LIMIT]:
            yield Waiting(
                _("An account will be lent to you"), each.account.name,
                _("Set up a vault passphrase first; then {name} can hand it out.").format(name=each.lender.name),
                reverse("accounts:vault"), _("Set it up"), None, each.asked_at, "C13.4",
            )  # fmt: skip
    lent = Lending.objects.filter(borrower=person, state=Lending.State.RELEASED, until__gt=now)
    for each in lent.select_related("account", "lender")[:LIMIT]:
        yield Waiting(
            _("An account is lent to you"), each.account.name, each.lender.name,
            reverse("accounts:lending", args=[each.pk]), _("Look"), each.until, each.released_at, "C13.4",
        )  # fmt: skip


def _to_hand_out(person: Employee) -> Iterator[Waiting]:
    agreed = Lending.objects.filter(lender=person, state=Lending.State.AGREED)
    for each in agreed.select_related("account", "borrower")[:LIMIT]:
        yield Waiting(
            _("Hand out an account"), each.account.name, each.borrower.name,
            reverse("accounts:lending", args=[each.pk]), _("Look"), None, each.asked_at, "C13.4",
        )  # fmt: skip


def _clocks(person: Employee, now: datetime) -> Iterator[Waiting]:
    ids = vault.kept_ids(person)
    if not ids:
        return
    running = Deadline.objects.filter(
        subject_type="official_account", subject_id__in=[str(pk) for pk in ids], rule__in=WORDS,
        state=Deadline.State.OPEN,
    ).order_by("due_at")  # fmt: skip
    near = [each for each in running if each.due_at - now <= AHEAD.get(each.rule, timedelta.max)][:LIMIT]
    # Only who can open something lets others in.
    mine = set(
        Box.objects.filter(
            key__employee=person, key__state=VaultKey.State.CURRENT, lending=None,
            sealed__account_id__in=[int(each.subject_id) for each in near if each.rule == duties.RESEAL],
        ).values_list("sealed__account_id", flat=True)
    )  # fmt: skip
    for each in near:
        if each.rule == duties.RESEAL and int(each.subject_id) not in mine:
            continue
        title, action = WORDS[each.rule]
        yield Waiting(
            title, each.label, "", reverse("accounts:account", args=[each.subject_id]), action, each.due_at,
            each.started_at, each.clause,
        )  # fmt: skip


def held_by(person: Employee) -> list[tuple[str, str, str]]:
    """(key, label, address) of the accounts that the person keeps or answers for, with how many of their secrets are to
    be changed when he goes."""
    exposed: dict[int, int] = {}
    for each in vault.blast_radius(person):
        exposed[each.account.pk] = exposed.get(each.account.pk, 0) + 1
    accounts = Account.objects.filter(
        Q(pk__in=vault.kept_ids(person)) | Q(facts__owner=person) | Q(pk__in=exposed),
        state=Account.State.OPEN,
    ).order_by("name", "pk")
    return [
        (
            str(account.pk),
            account.name
            + (
                " · " + _("{count} secrets to change").format(count=exposed[account.pk])
                if account.pk in exposed
                else ""
            ),
            reverse("accounts:account", args=[account.pk]),
        )
        for account in accounts
    ]
