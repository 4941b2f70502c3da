"""Suppliers and contracts as pages show them, in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    BankDetails,
    Certificate,
    Contract,
    ContractForce,
    ContractSignature,
    ContractVersion,
    Supplier,
    SupplierContact,
)
from contracts.rules.days import today
from contracts.rules.terms import Parameter
from contracts.selectors import departing, records
from contracts.selectors.agreements import holding
from contracts.subjects import contract_subject, supplier_subject
from office.approvals.models import Run
from office.audit import api as audit
from office.audit.selectors import TimelineRow
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.finding import wanted
from office.rulebook import api as rulebook

PAGE = 40
#: Entries of a supplier's timeline: each payment and each claim is one.
LATEST = 60
#: A request that ended without an agreement.
OVER = (Run.State.REJECTED, Run.State.WITHDRAWN, Run.State.VOIDED)
STATES = ("in_force", "unsigned", "ending", "ended")


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """A row of the list. `until`: to when the contract in force runs; `late`, `near`: certificates."""

    supplier: Supplier
    contacts: int
    until: date | None
    late: int
    near: int


def supplier_list(query: str, *, inactive: bool, after: str, at: datetime) -> tuple[list[SupplierLine], str]:
    """Rows by code, and the code after which the next page begins ("" for none)."""
    ahead = rulebook.deadline_rule("contracts.certificate", at=at).warn_before or timedelta()
    day = today(at)
    running = Certificate.objects.filter(supplier=OuterRef("pk"), end=None).order_by().values("supplier")
    found: QuerySet[Supplier] = Supplier.objects.filter(active=not inactive, code__gt=after)
    if query:
        found = found.filter(words__contains=wanted(query))
    late = running.filter(expires_on__lt=day).annotate(n=Count("pk"))
    near = running.filter(expires_on__gte=day, expires_on__lt=day + ahead).annotate(n=Count("pk"))
    until = (
        holding(at)
        .filter(contract__supplier=OuterRef("pk"))
        .order_by("-force__at", "-pk")
        .values("ends_on")[:1]
    )
    rows = list(
        found.annotate(
            contact_count=Count("contacts", filter=Q(contacts__active=True)),
            until=Subquery(until),
            late=Subquery(late.values("n")),
            near=Subquery(near.values("n")),
        ).order_by("code")[: PAGE + 1]
    )
    lines = [
        SupplierLine(row, row.contact_count, row.until, row.late or 0, row.near or 0) for row in rows[:PAGE]
    ]
    return lines, rows[PAGE - 1].code if len(rows) > PAGE else ""


@dataclass(frozen=True, slots=True)
class SupplierPage:
    supplier: Supplier
    contacts: Sequence[SupplierContact]
    contracts: Sequence[ContractLine]
    papers: Sequence[records.Paper]
    missing: Sequence[str]
    account: BankDetails | None
    run: Run | None
    timeline: Sequence[TimelineRow]


def access_supplier(pk: int) -> Supplier:
    """Raises NotFound."""
    found = Supplier.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such supplier."))
    return found


def supplier_page(pk: int, at: datetime) -> SupplierPage:
    """Raises NotFound."""
    supplier = access_supplier(pk)
    subject = supplier_subject(supplier)
    account = records.account_of(supplier, at)
    return SupplierPage(
        supplier=supplier,
        contacts=list(supplier.contacts.order_by("-active", "pk")),
        contracts=contract_lines(Contract.objects.filter(supplier=supplier).order_by("-pk")[:PAGE], at),
        papers=records.papers(supplier, at),
        missing=records.missing(supplier, at),
        account=account,
        run=live_run(subject.type, subject.id, "contracts.bank_details"),
        timeline=audit.timeline(subject, latest=LATEST),
    )


def live_run(subject_type: str, subject_id: str, kind: str) -> Run | None:
    """The request about it that waits for somebody."""
    return (
        Run.objects.filter(
            subject_type=subject_type,
            subject_id=subject_id,
            kind=kind,
            state__in=(Run.State.RUNNING, Run.State.RETURNED, Run.State.AGREED),
        )
        .order_by("-pk")
        .first()
    )


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract in a list. `state`: in_force, waiting (drawn, not signed by both), empty, over (its day has passed) or
    ended; `current`: the version that holds; `newest`: the last one put."""

    contract: Contract
    state: str
    current: ContractVersion | None
    newest: ContractVersion | None
    signed: int
    tone: str

    @property
    def waits(self) -> bool:
        """Whether a version waits for signatures."""
        return self.newest is not None and self.signed < 2 and self.state != "ended"

    @property
    def unagreed(self) -> bool:
        """Whether a version that both have signed waits for the agreement to its terms."""
        return self.newest is not None and self.signed == 2 and self.state != "ended" and not self.in_force

    @property
    def in_force(self) -> bool:
        """Whether the newest version has come into force, now or for a later day."""
        return bool(getattr(self.newest, "forced", False))


def contract_lines(found: QuerySet[Contract], at: datetime) -> list[ContractLine]:
    contracts = list(found.select_related("supplier"))
    keys = [each.pk for each in contracts]
    current = {each.contract_id: each for each in holding(at).filter(contract__in=keys)}
    newest = {
        each.contract_id: each
        for each in ContractVersion.objects.filter(contract__in=keys, n=_last_n()).annotate(
            signed=Count("signatures"), forced=Exists(ContractForce.objects.filter(version=OuterRef("pk")))
        )
    }
    ahead = timedelta(days=rulebook.limit_rule("contracts.renewal_ahead", at=at).count)
    return [
        ContractLine(
            each,
            (state := _state(each, current.get(each.pk), newest.get(each.pk), at)),
            current.get(each.pk),
            newest.get(each.pk),
            getattr(newest.get(each.pk), "signed", 0),
            _tone(state, current.get(each.pk), at, ahead),
        )
        for each in contracts
    ]


def _last_n() -> Subquery:
    return Subquery(
        ContractVersion.objects.filter(contract=OuterRef("contract"))
        .order_by()
        .values("contract")
        .annotate(last=Max("n"))
        .values("last")
    )


def _state(
    contract: Contract, current: ContractVersion | None, newest: ContractVersion | None, at: datetime
) -> str:
    if contract.ended_at is not None:
        return "ended"
    if current is not None:
        return "in_force"
    if newest is None:
        return "empty"
    return "over" if newest.ends_on < today(at) else "waiting"


def _tone(state: str, current: ContractVersion | None, at: datetime, ahead: timedelta) -> str:
    if current is not None and current.ends_on < today(at) + ahead:
        return "near"
    return {"in_force": "kept", "over": "late"}.get(state, "")


def contract_list(state: str, *, before: int | None, at: datetime) -> tuple[list[ContractLine], int | None]:
    """Newest first; `state` one of STATES or "" for all that have not ended."""
    found = Contract.objects.filter(ended_at__isnull=state != "ended")
    held = Exists(holding(at).filter(contract=OuterRef("pk")))
    if state == "in_force":
        found = found.filter(held)
    elif state == "unsigned":
        waiting = ContractVersion.objects.filter(contract=OuterRef("pk"), n=_last_n(), force=None)
        found = found.filter(Exists(waiting))
    elif state == "ending":
        ahead = timedelta(days=rulebook.limit_rule("contracts.renewal_ahead", at=at).count)
        soon = holding(at).filter(contract=OuterRef("pk"), ends_on__lt=today(at) + 2 * ahead)
        found = found.filter(Exists(soon))
    if before is not None:
        found = found.filter(pk__lt=before)
    lines = contract_lines(found.order_by("-pk")[: PAGE + 1], at)
    return lines[:PAGE], lines[PAGE - 1].contract.pk if len(lines) > PAGE else None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version with who has signed. `state`: holds, signed (both, not its turn), open (to be signed), overtaken;
    `departs`: its terms that differ from the book's; `own`: its own clauses; `run`: the newest request about them."""

    version: ContractVersion
    ours: ContractSignature | None
    theirs: ContractSignature | None
    force: ContractForce | None
    state: str
    departs: Sequence[Parameter]
    own: Sequence[Mapping[str, str]]
    run: Run | None


@dataclass(frozen=True, slots=True)
class ContractPage:
    line: ContractLine
    versions: Sequence[VersionLine]
    clocks: Sequence[Deadline]
    timeline: Sequence[TimelineRow]

    @property
    def open_sides(self) -> list[str]:
        """Who has yet to sign the newest version."""
        if not self.versions or self.line.state == "ended":
            return []
        newest = self.versions[0]
        return [side for side, there in (("ours", newest.ours), ("theirs", newest.theirs)) if there is None]

    @property
    def to_ask(self) -> VersionLine | None:
        """The newest version, where the chain has yet to be asked about its terms."""
        newest = self.versions[0] if self.versions and self.line.state != "ended" else None
        if newest is None or not (newest.departs or newest.own) or newest.force is not None:
            return None
        return newest if newest.run is None or newest.run.state in (*OVER, Run.State.RETURNED) else None


def access_contract(pk: int) -> Contract:
    """Raises NotFound."""
    found = Contract.objects.select_related("supplier").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such contract."))
    return found


def contract_page(pk: int, at: datetime) -> ContractPage:
    """Raises NotFound."""
    lines = contract_lines(Contract.objects.filter(pk=pk), at)
    if not lines:
        raise NotFound(_("There is no such contract."))
    line = lines[0]
    versions = (
        ContractVersion.objects.filter(contract=pk)
        .select_related("by", "force")
        .prefetch_related("signatures__file", "signatures__by")
        .order_by("-n")
    )
    subject = contract_subject(line.contract)
    rows = list(versions)
    runs = {
        run.subject_id: run
        for run in Run.objects.filter(
            kind=departing.KIND,
            subject_type="contract_version",
            subject_id__in=[str(each.pk) for each in rows],
        ).order_by("pk")
    }
    return ContractPage(
        line,
        [_version_line(each, line, runs.get(str(each.pk))) for each in rows],
        [each for each in deadlines.of(subject) if each.state == Deadline.State.OPEN],
        audit.timeline(subject),
    )


def _version_line(version: ContractVersion, line: ContractLine, run: Run | None) -> VersionLine:
    by_side = {each.side: each for each in version.signatures.all()}
    force = getattr(version, "force", None)
    if line.current is not None and line.current.pk == version.pk:
        state = "holds"
    elif force is not None:
        state = "signed"
    else:
        state = "open" if line.newest is not None and line.newest.pk == version.pk else "overtaken"
    departs, own = departing.departs(version), departing.own_clauses(version)
    return VersionLine(version, by_side.get("ours"), by_side.get("theirs"), force, state, departs, own, run)
