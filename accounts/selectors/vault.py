"""Which accounts a person may know of, what is in them, whom their secrets are sealed to. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermission

from accounts import vault_book
from accounts.models import (
    Account,
    Box,
    CustodianChange,
    Lending,
    RecoveryKey,
    Reveal,
    Sealed,
    SecretVersion,
    VaultKey,
)
from office.errors import NotFound
from office.staff.models import Employee

READ = "read_secrets"


def _granted() -> QuerySet[UserObjectPermission]:
    """The permissions behind which a signed change stands (C8.2): one that was written into the table by hand is
    none."""
    signed = (
        CustodianChange.objects.alias(as_text=Cast("account_id", CharField()))
        .filter(employee=OuterRef("user"), as_text=OuterRef("object_pk"))
        .order_by("-id")
        .values("added")[:1]
    )
    found: QuerySet[UserObjectPermission] = UserObjectPermission.objects.alias(
        signed=Subquery(signed)
    ).filter(
        permission__codename=READ,
        content_type__app_label="accounts",
        content_type__model="account",
        signed=True,
    )
    return found


def kept_ids(person: Employee) -> set[int]:
    """Ids of the accounts that the person was made a custodian of."""
    return {int(pk) for pk in _granted().filter(user=person).values_list("object_pk", flat=True)}


def kept_by(person: Employee) -> QuerySet[Account]:
    """The open accounts that the person was made a custodian of."""
    return Account.objects.filter(pk__in=kept_ids(person), state=Account.State.OPEN)


def oversees(person: Employee, now: datetime) -> bool:
    """Whether the person sees every account, without its secrets."""
    return vault_book.by_post(person, vault_book.OVERSEE, now)


def visible_to(person: Employee, now: datetime) -> QuerySet[Account]:
    """What the person keeps, owns or has proposed; everything for who oversees. None without a post that keeps
    accounts: posts are lost before the list is."""
    if not vault_book.by_post(person, vault_book.CUSTODIANS, now):
        return Account.objects.none()
    found = Account.objects.select_related("facts", "facts__owner", "proposed_by")
    if oversees(person, now):
        return found
    return found.filter(
        Q(pk__in=kept_ids(person))
        | Q(facts__owner=person)
        | Q(proposed_by=person, state__in=[Account.State.PROPOSED, Account.State.DROPPED])
    )


def access_account(pk: int, person: Employee, now: datetime) -> Account:
    """Raises NotFound for one that the person may not know of."""
    found = visible_to(person, now).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such account."))
    return found


def keeps(person: Employee, account: Account, now: datetime) -> bool:
    """Whether the person reads the account's secrets: named for it, and still in a post that may."""
    named = _granted().filter(user=person, object_pk=str(account.pk)).exists()
    return named and vault_book.may_keep(person, account.kind, now)


def custodian_ids(account_ids: Collection[int]) -> dict[int, set[int]]:
    """Who is a custodian, by account."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = _granted().filter(object_pk__in=[str(pk) for pk in account_ids])
    for pk, user in rows.values_list("object_pk", "user_id"):
        found[int(pk)].add(user)
    return found


def custodians(account: Account) -> list[Employee]:
    """Everybody who was made one and not removed, whatever his posts are now."""
    ids = custodian_ids([account.pk])[account.pk]
    return list(Employee.objects.filter(pk__in=ids).order_by("name_key", "number"))


def readers_of(account: Account, now: datetime) -> list[Employee]:
    """The custodians whose posts still let them read."""
    may = {person.pk for person in eligible(account.kind, now)}
    return [person for person in custodians(account) if person.pk in may]


def eligible(kind: str, now: datetime) -> list[Employee]:
    """Who may be made a custodian of such an account: the holders of the posts of the rule."""
    ids = vault_book.keepers(now).get(kind, set())
    return list(Employee.objects.filter(pk__in=ids).order_by("name_key", "number"))


def all_custodian_ids(now: datetime) -> set[int]:
    """Everybody who may be a custodian of an account of any kind."""
    return set().union(*vault_book.keepers(now).values())


def current_versions(account_ids: Collection[int]) -> dict[int, list[SecretVersion]]:
    """The newest version of every field that has a secret, by account."""
    newest = (
        SecretVersion.objects.filter(account_id__in=account_ids)
        .order_by("account_id", "field", "-id")
        .distinct("account_id", "field")
        .values_list("id", flat=True)
    )
    found: dict[int, list[SecretVersion]] = defaultdict(list)
    rows = SecretVersion.objects.filter(id__in=list(newest), sealed__isnull=False).select_related("sealed")
    for row in rows.order_by("field"):
        found[row.account_id].append(row)
    return found


def current_secrets(account: Account) -> list[Sealed]:
    """What is sealed in the account now."""
    return [row.sealed for row in current_versions([account.pk])[account.pk] if row.sealed]


def is_current(sealed: Sealed) -> bool:
    newest = (
        SecretVersion.objects.filter(account_id=sealed.account_id, field=sealed.field).order_by("-id").first()
    )
    return newest is not None and newest.sealed_id == sealed.pk


def origin_ids(sealed: Collection[Sealed]) -> dict[int, set[int]]:
    """Each secret with those that it is a renewal of: the same text, under older data keys. One query."""
    accounts = {each.account_id for each in sealed if each.renews_id is not None}
    renewed = Sealed.objects.filter(account_id__in=accounts, renews__isnull=False) if accounts else None
    before: dict[int, int | None] = (
        dict(renewed.values_list("pk", "renews_id")) if renewed is not None else {}
    )
    found: dict[int, set[int]] = {}
    for each in sealed:
        line, at = {each.pk}, each.renews_id
        while at is not None and at not in line:
            line.add(at)
            at = before.get(at)
        found[each.pk] = line
    return found


def changed_at(sealed: Sealed) -> datetime:
    """Since when the text is what it is: a renewal of the data key does not count."""
    first = min(origin_ids([sealed])[sealed.pk])
    return SecretVersion.objects.filter(sealed_id=first).values_list("at", flat=True).first() or sealed.at


@dataclass(frozen=True, slots=True)
class Missing:
    """A box that should be there: of a secret, for a person's key or the recovery key."""

    sealed: Sealed
    key: VaultKey | None
    recovery: RecoveryKey | None


def missing_boxes(account_ids: Collection[int], now: datetime) -> list[Missing]:
    """What is not yet sealed to whom it should be: every version that ever was, to every custodian who may read and has
    a key, and to the recovery key."""
    found_kinds = dict(
        Account.objects.filter(pk__in=account_ids, state=Account.State.OPEN).values_list("pk", "kind")
    )
    ids = list(found_kinds)
    may = vault_book.keepers(now)
    granted = custodian_ids(ids)
    kept = {pk: granted[pk] & may.get(kind, set()) for pk, kind in found_kinds.items()}
    everybody = set().union(*kept.values()) if kept else set()
    keys = {
        key.employee_id: key
        for key in VaultKey.objects.filter(employee_id__in=everybody, state=VaultKey.State.CURRENT)
    }
    recovery = RecoveryKey.objects.filter(ended_at=None).first()
    sealed = list(Sealed.objects.filter(account_id__in=ids, version__isnull=False).order_by("pk"))
    there: set[tuple[int, int | None, int | None]] = set(
        Box.objects.filter(sealed__in=sealed, lending=None).values_list("sealed_id", "key_id", "recovery_id")
    )
    found = []
    for each in sealed:
        for person_id in sorted(kept[each.account_id]):
            key = keys.get(person_id)
            if key is not None and (each.pk, key.pk, None) not in there:
                found.append(Missing(each, key, None))
        if recovery is not None and (each.pk, None, recovery.pk) not in there:
            found.append(Missing(each, None, recovery))
    return found


def can_open(sealed_ids: Collection[int], people: Collection[Employee]) -> bool:
    """Whether one of these people has a box of each of these secrets, for his present key."""
    held: dict[int, set[int]] = defaultdict(set)
    rows = Box.objects.filter(
        sealed__in=sealed_ids, key__employee__in=people, key__state=VaultKey.State.CURRENT, lending=None
    )
    for sealed_id, employee_id in rows.values_list("sealed_id", "key__employee_id"):
        held[employee_id].add(sealed_id)
    return any(each >= set(sealed_ids) for each in held.values())


def without_key(people: Iterable[Employee]) -> list[Employee]:
    """Who has not set up a vault passphrase yet."""
    people = list(people)
    has = set(
        VaultKey.objects.filter(employee__in=people, state=VaultKey.State.CURRENT).values_list(
            "employee_id", flat=True
        )
    )
    return [person for person in people if person.pk not in has]


def seen_since_change(account: Account) -> list[Reveal]:
    """Who has looked at what is in the account now, since it was last changed; the newest first."""
    secrets = current_secrets(account)
    ids = set().union(*origin_ids(secrets).values()) if secrets else set()
    return list(Reveal.objects.filter(sealed_id__in=ids).select_related("employee", "sealed").order_by("-at"))


@dataclass(frozen=True, slots=True)
class Exposed:
    """A secret that a person could see, or saw, since its last change."""

    account: Account
    sealed: Sealed
    could: bool
    saw: int


def blast_radius(person: Employee) -> list[Exposed]:
    """Every secret of now that the person could open, or looked at, since its last change (C8.2, C13.4)."""
    could = set(
        Box.objects.filter(key__employee=person, sealed__version__isnull=False).values_list(
            "sealed_id", flat=True
        )
    )
    seen: dict[int, int] = defaultdict(int)
    for pk in Reveal.objects.filter(employee=person).values_list("sealed_id", flat=True):
        seen[pk] += 1
    touched = Sealed.objects.filter(pk__in={*could, *seen}).values_list("account_id", flat=True)
    accounts = {
        each.pk: each for each in Account.objects.filter(pk__in=set(touched), state=Account.State.OPEN)
    }
    found = []
    now = [
        version.sealed
        for versions in current_versions(list(accounts)).values()
        for version in versions
        if version.sealed is not None
    ]
    lines = origin_ids(now)
    for sealed in now:
        line = lines[sealed.pk]
        saw = sum(seen[pk] for pk in line)
        if line & could or saw:
            found.append(Exposed(accounts[sealed.account_id], sealed, bool(line & could), saw))
    return sorted(found, key=lambda each: (each.account.name, each.sealed.field))


def no_longer_theirs(now: datetime) -> list[tuple[Employee, list[Exposed]]]:
    """Custodians who have left or lost the post, with what they could see of accounts that they may not read now."""
    may = vault_book.keepers(now)
    people = Employee.objects.filter(pk__in=_granted().values("user_id")).order_by("pk")
    found = []
    for person in people:
        lost = [account.pk for account in kept_by(person) if person.pk not in may.get(account.kind, ())]
        exposed = [each for each in blast_radius(person) if each.account.pk in lost] if lost else []
        if exposed:
            found.append((person, exposed))
    return found


def still_blocked(account: Account) -> Lending | None:
    """The lending after which the secret has not been changed yet, or that is still under way (C13.4)."""
    return account.lendings.filter(
        Q(state__in=[Lending.State.ASKED, Lending.State.AGREED, Lending.State.RELEASED])
        | Q(state=Lending.State.OVER, released_at__isnull=False, changed_at=None)
    ).first()


def was_custodian(account: Account, person: Employee) -> bool:
    newest = CustodianChange.objects.filter(account=account, employee=person).order_by("-id").first()
    return newest is not None and newest.added


def has_recovery_key() -> bool:
    """Whether one was ever made: only the first is made by one person alone."""
    return RecoveryKey.objects.exists()
