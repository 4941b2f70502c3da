"""What the vault's pages show. Reads only; nothing here opens anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from accounts import vault_book
from accounts.models import (
    Account,
    Box,
    Lending,
    RecoveryKey,
    Reveal,
    Rotation,
    Sealed,
    SecretVersion,
    VaultKey,
)
from accounts.rules import fields
from accounts.selectors import vault
from accounts.services.vault import duties, importing, proposing
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
#: A renewal that is as near as this is called so on the page of what is wrong.
SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One account of the list."""

    account: Account
    kind: str
    custodians: int
    waiting: bool
    to_change: bool


def listed(
    person: Employee,
    now: datetime,
    *,
    kind: str = "",
    search: str = "",
    state: str = "open",
    after: int | None = None,
) -> list[Line]:
    """Those that the person may know of, by name; one more than a page holds."""
    found = vault.visible_to(person, now)
    states = {"closed": ["closed", "dropped"], "proposed": ["proposed"]}.get(state, ["open"])
    found = found.filter(state__in=states)
    if kind:
        found = found.filter(kind=kind)
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(facts__login__icontains=search) | Q(facts__url__icontains=search)
        )
    if after is not None:
        last = Account.objects.filter(pk=after).values_list("name", flat=True).first()
        if last is not None:
            found = found.filter(Q(name__gt=last) | Q(name=last, pk__gt=after))
    accounts = list(found.order_by("name", "pk")[: PAGE + 1])
    ids = [each.pk for each in accounts]
    kept = vault.custodian_ids(ids)
    waiting = {each.sealed.account_id for each in vault.missing_boxes(ids, now)}
    due = set(Rotation.objects.filter(account_id__in=ids, done_at=None).values_list("account_id", flat=True))
    return [
        Line(
            each, vault_book.kind_name(each.kind, now), len(kept[each.pk]), each.pk in waiting, each.pk in due
        )
        for each in accounts
    ]


@dataclass(frozen=True, slots=True)
class SecretLine:
    """One secret of now, or an earlier one."""

    sealed: Sealed
    at: datetime
    mine: bool
    seen: Sequence[Reveal] = ()

    @property
    def name(self) -> StrOrPromise:
        return fields.name_of(self.sealed.field, self.sealed.label)

    @property
    def is_file(self) -> bool:
        return fields.is_file(self.sealed.field)

    @property
    def is_seed(self) -> bool:
        return self.sealed.field == fields.SEED

    @property
    def is_text(self) -> bool:
        return self.sealed.field == fields.CODES


@dataclass(slots=True)
class Page:
    account: Account
    kind: str
    clause: str
    custodians: list[Employee]
    without_key: set[int]
    gone: set[int]
    secrets: list[SecretLine]
    older: list[SecretLine]
    keeps: bool
    oversees: bool
    sees_looks: bool
    waiting: int
    can_let_in: bool
    rotations: list[Rotation]
    clocks: list[Clock]
    runs: list[approvals.Run]
    returned: approvals.Run | None
    import_back: int | None
    lendings: list[Lending]
    blocked: Lending | None
    timeline: list[audit.TimelineRow] = field(default_factory=list)


def page(account: Account, person: Employee, now: datetime) -> Page:
    """All of one account's page. Looks are shown to its owner and to who oversees, and one's own."""
    keeps = account.state == Account.State.OPEN and vault.keeps(person, account, now)
    oversees = vault.oversees(person, now)
    sees = oversees or bool(account.facts and account.facts.owner_id == person.pk)
    people = vault.custodians(account)
    may = {each.pk for each in vault.eligible(account.kind, now)}
    versions = list(
        SecretVersion.objects.filter(account=account, sealed__isnull=False)
        .select_related("sealed", "sealed__by")
        .order_by("field", "-id")
    )
    current = {version.pk for version in vault.current_versions([account.pk])[account.pk]}
    boxes = set(
        Box.objects.filter(
            sealed__account=account, key__employee=person, key__state=VaultKey.State.CURRENT, lending=None
        ).values_list("sealed_id", flat=True)
    )
    seen: dict[str, list[Reveal]] = defaultdict(list)
    for look in vault.seen_since_change(account):
        if sees or look.employee_id == person.pk:
            seen[look.sealed.field].append(look)
    lines = [
        SecretLine(
            version.sealed, version.at, keeps and version.sealed_id in boxes,
            seen[version.field] if version.pk in current else (),
        )
        for version in versions
        if version.sealed is not None
    ]  # fmt: skip
    missing = vault.missing_boxes([account.pk], now)
    return Page(
        account=account,
        kind=vault_book.kind_name(account.kind, now),
        clause=vault_book.clause_of(account.kind, now),
        custodians=people,
        without_key={each.pk for each in vault.without_key(people)},
        gone={each.pk for each in people if each.pk not in may},
        secrets=[line for line, version in zip(lines, versions, strict=True) if version.pk in current],
        older=[line for line, version in zip(lines, versions, strict=True) if version.pk not in current],
        keeps=keeps,
        oversees=oversees,
        sees_looks=sees,
        waiting=len(missing),
        can_let_in=keeps and any(each.sealed.pk in boxes for each in missing),
        rotations=list(account.rotations.filter(done_at=None).select_related("employee").order_by("pk")),
        clocks=_clocks(account),
        runs=list(approvals.runs_about(account.subject, person, now)),
        returned=proposing.returned_run(account, person, now),
        import_back=importing.returned_with(account, person),
        lendings=list(account.lendings.select_related("borrower", "lender").order_by("-pk")[:10])
        if keeps or sees
        else [],
        blocked=vault.still_blocked(account),
        timeline=audit.timeline(account.subject),
    )


@dataclass(frozen=True, slots=True)
class Clock:
    title: StrOrPromise
    clause: str
    due_at: datetime
    started_at: datetime
    met_at: datetime | None


def _clocks(account: Account) -> list[Clock]:
    rules = (duties.RENEWAL, duties.REGULAR, duties.ROTATE, duties.RESEAL)
    return [
        Clock(deadlines.title_of(each.rule), each.clause, each.due_at, each.started_at, each.met_at)
        for each in deadlines.of(account.subject)
        if each.rule in rules and each.state == Deadline.State.OPEN
    ]


@dataclass(frozen=True, slots=True)
class OwnVault:
    """Of one person: the key, what waits for it."""

    key: VaultKey | None
    waiting: VaultKey | None
    recovery: RecoveryKey | None
    kept: int
    unreadable: int
    let_in: list[Account]
    borrowed: list[Lending]


def own_vault(person: Employee, now: datetime) -> OwnVault:
    """What one's own page says."""
    keys = {
        each.state: each
        for each in VaultKey.objects.filter(employee=person, state__in=["current", "waiting"])
    }
    key = keys.get("current")
    may = vault_book.keepers(now)
    kept = [each for each in vault.kept_by(person) if person.pk in may.get(each.kind, ())]
    missing = vault.missing_boxes([each.pk for each in kept], now)
    mine = set(Box.objects.filter(key=key).values_list("sealed_id", flat=True)) if key else set()
    waiting = {each.sealed.account_id for each in missing if each.sealed.pk in mine}
    return OwnVault(
        key=key,
        waiting=keys.get("waiting"),
        recovery=RecoveryKey.objects.filter(ended_at=None).select_related("made_by").first(),
        kept=len(kept),
        unreadable=len(
            {each.sealed.account_id for each in missing if key and each.key and each.key.pk == key.pk}
        ),
        let_in=[each for each in kept if each.pk in waiting],
        borrowed=list(
            Lending.objects.filter(borrower=person, state__in=["agreed", "released"]).select_related(
                "account", "lender"
            )
        ),
    )


@dataclass(frozen=True, slots=True)
class ExposedLine:
    """One secret that somebody could see or saw, and since when it stands on the list of what is to be changed."""

    of: vault.Exposed
    name: StrOrPromise
    since: datetime | None


def exposed(person: Employee) -> list[ExposedLine]:
    """What the person could see or saw, by account."""
    open_tasks = {
        (each.account_id, each.field): each.opened_at
        for each in Rotation.objects.filter(employee=person, done_at=None)
    }
    return [
        ExposedLine(
            each,
            fields.name_of(each.sealed.field, each.sealed.label),
            open_tasks.get((each.account.pk, each.sealed.field)),
        )
        for each in vault.blast_radius(person)
    ]


@dataclass(frozen=True, slots=True)
class Ill:
    """Something about an account that wants doing. `whom`: because of that person."""

    account: Account
    what: str
    detail: str = ""
    at: datetime | None = None
    whom: int | None = None


def health(person: Employee, now: datetime) -> list[Ill]:
    """Weak, used twice, too old, to be renewed, to be changed, not readable by whom it should be; by account."""
    accounts = {each.pk: each for each in vault.visible_to(person, now).filter(state=Account.State.OPEN)}
    found: list[Ill] = []
    for pk, versions in vault.current_versions(list(accounts)).items():
        for version in versions:
            sealed = version.sealed
            if sealed is not None and sealed.weak:
                found.append(Ill(accounts[pk], "weak", at=sealed.at))
            if sealed is not None and sealed.repeated:
                found.append(Ill(accounts[pk], "repeated", at=sealed.at))
    late = Deadline.objects.filter(
        subject_type="official_account", subject_id__in=[str(pk) for pk in accounts], rule=duties.REGULAR,
        state=Deadline.State.OPEN, due_at__lt=now,
    )  # fmt: skip
    found += [Ill(accounts[int(each.subject_id)], "stale", at=each.due_at) for each in late]
    today = timezone.localdate(now)
    for account in accounts.values():
        ends = account.facts.renew_on if account.facts else None
        if ends is not None and ends - today <= SOON:
            found.append(Ill(account, "expired" if ends < today else "expiring", f"{ends}"))
    for rotation in Rotation.objects.filter(account_id__in=accounts, done_at=None).select_related("employee"):
        found.append(
            Ill(
                accounts[rotation.account_id],
                "exposed",
                rotation.employee.name,
                rotation.opened_at,
                rotation.employee_id,
            )
        )
    for pk in sorted({each.sealed.account_id for each in vault.missing_boxes(list(accounts), now)}):
        found.append(Ill(accounts[pk], "unsealed"))
    return sorted(found, key=lambda ill: (ill.account.name, ill.account.pk, ill.what))


def lending(pk: int, person: Employee, now: datetime) -> Lending | None:
    """One that the person borrows, keeps the account of, agrees to, or oversees; None otherwise."""
    found = (
        Lending.objects.select_related("account__facts", "borrower", "lender", "run").filter(pk=pk).first()
    )
    if found is None:
        return None
    may = (
        person.pk in (found.borrower_id, found.lender_id)
        or vault.keeps(person, found.account, now)
        or vault.oversees(person, now)
        or approvals.may_read_about(found.subject, person, now)
    )
    return found if may else None


def lent_secrets(lending: Lending, now: datetime) -> list[SecretLine]:
    """What the borrower may look at now."""
    if lending.state != Lending.State.RELEASED or lending.until is None or lending.until <= now:
        return []
    return [
        SecretLine(each, each.at, True)
        for each in Sealed.objects.filter(boxes__lending=lending).order_by("field")
    ]
