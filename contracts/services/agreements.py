"""The contract with a supplier: opened, put to both sides version by version, signed, in force, ended (P6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from contracts.limits import upload_limits
from contracts.models import Contract, ContractForce, ContractSignature, ContractVersion
from contracts.rules import paper, wording
from contracts.rules import terms as rules
from contracts.selectors import departing
from contracts.selectors import terms as selectors
from contracts.selectors.library import library
from contracts.services import clocks
from contracts.services.suppliers import KEEP, locked_supplier
from contracts.subjects import contract_subject, version_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.files import api as files
from office.rulebook.allowed import require, unless, words, wrong
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

#: Kinds of file that can show a signature or a seal.
SCANS = ("image/jpeg", "image/png", "image/webp", "application/pdf")
CLAUSE = "P6"


@transaction.atomic
def open_contract(*, supplier_id: int, title: str, number: str = "", by: Employee, now: datetime) -> Contract:
    """A contract without a text yet. `number` "": the next of the year. Raises Forbidden, NotFound, Invalid,
    Conflict."""
    clause = require(by, KEEP, now)
    supplier = locked_supplier(supplier_id)
    if not supplier.active:
        raise Conflict(_("This supplier is no longer active."), code="inactive", clause=clause)
    said = words(title, path="title", longest=120, missing=_("Say what the contract is about."))
    given = words(number, path="number", longest=30) or _next_number(now)
    with unless(
        "contracts_contract_number", lambda: wrong("number", _("This number is taken."), code="taken")
    ):
        contract = Contract.objects.create(
            number=given, supplier=supplier, title=said, created_by=by, created_at=now
        )
    audit.record(
        "contracts.open_contract",
        subject=contract_subject(contract),
        by=by,
        now=now,
        clause=clause,
        data={"supplier": supplier.pk, "title": said},
    )
    return contract


@transaction.atomic
def put_version(
    *,
    contract_id: int,
    starts_on: date,
    ends_on: date,
    terms: Mapping[str, Any],
    extra: Sequence[Mapping[str, str]] = (),
    reason: str = "",
    our_name: str = "",
    by: Employee,
    now: datetime,
) -> ContractVersion:
    """The text for both sides to sign. `terms`: the contract's own values; what it does not name is written down as the
    book says it today, since the paper shows it. `extra`: further clauses [{"title", "text"}]. From the second version
    on `reason` says what is amended; the one in force holds until both sides have signed this. `our_name`: our
    company's full name, "" for the one last used.

    Raises Forbidden, NotFound, Invalid, Conflict (`ended`, `other_book`).
    """
    clause = require(by, KEEP, now)
    _hold(contract_id)
    contract = locked_contract(contract_id)
    last = contract.versions.order_by("-n").first()
    if ends_on < starts_on:
        raise wrong("ends_on", _("The end is before the beginning."), code="order")
    if ends_on < now.astimezone(ZONE).date():
        raise wrong("ends_on", _("That day is over."), code="past")
    why = words(reason, path="reason", longest=500, missing=_("Say what is amended and why.") if last else "")
    complete = _terms(terms, now)
    parties = {
        "ours": words(our_name, path="our_name", longest=120) or selectors.our_name(now),
        "theirs": {
            "name": contract.supplier.name,
            "credit_code": contract.supplier.credit_code,
            "address": contract.supplier.address,
        },
    }
    clauses = _clauses(complete, extra)
    n = last.n + 1 if last else 1
    other = Conflict(
        _(
            "A contract drawn under the same rulebook says that the book says otherwise. Nothing is drawn until the "
            "administrator has found out how that came about."
        ),
        code="other_book",
        clause=CLAUSE,
    )
    with unless("one book says one thing", lambda: other):
        version = ContractVersion.objects.create(
            contract=contract,
            n=n,
            starts_on=starts_on,
            ends_on=ends_on,
            parties=parties,
            terms=complete,
            book=dict(selectors.defaults(now)),
            clauses=clauses,
            reason=why,
            sha256=paper.digest(
                number=contract.number,
                n=n,
                parties=parties,
                title=contract.title,
                starts_on=starts_on,
                ends_on=ends_on,
                terms=complete,
                clauses=clauses,
            ),
            by=by,
            at=now,
        )
    audit.record(
        "contracts.put_version",
        subject=contract_subject(contract),
        by=by,
        now=now,
        clause=clause,
        data={"version": version.n, "sha256": version.sha256, "terms": complete},
    )
    if last is not None:
        approvals.subject_changed(subject=version_subject(last), by=by, now=now)
    return version


def _hold(contract_id: int) -> None:
    """What is asked about its newest version is locked before the contract, as executing does."""
    last = (
        ContractVersion.objects.select_related("contract").filter(contract=contract_id).order_by("-n").first()
    )
    if last is not None:
        approvals.hold(version_subject(last))


@transaction.atomic
def sign(
    *,
    version_id: int,
    side: str,
    means: str,
    signer: str,
    signed_on: date,
    content: bytes,
    name: str,
    by: Employee,
    now: datetime,
) -> ContractSignature:
    """Keeps the scan that one side signed or sealed the paper. With the second side the version comes into force, or,
    where its terms depart from the book's or it has clauses of its own, once the chain has agreed to them too.

    Raises Forbidden, NotFound, Invalid, Conflict (`overtaken`, `signed`, `ended`), FileRefused.
    """
    clause = require(by, KEEP, now)
    version = ContractVersion.objects.select_related("contract").filter(pk=version_id).first()
    if version is None:
        raise NotFound(_("There is no such version."))
    _hold(version.contract_id)
    contract = locked_contract(version.contract_id)
    if contract.versions.filter(n__gt=version.n).exists():
        raise Conflict(
            _("A later version has been put to both sides. This one can no longer be signed."),
            code="overtaken",
            clause=CLAUSE,
        )
    if side not in ContractSignature.Side.values or means not in ContractSignature.Means.values:
        raise wrong("side", _("Choose who signed, and whether by signature or seal."))
    who = words(signer, path="signer", longest=60, missing=_("Name who signed or sealed."))
    if signed_on > now.astimezone(ZONE).date():
        raise wrong("signed_on", _("This day is still to come."), code="future")
    kept = files.keep_file(content=content, name=name, by=by, now=now, limits=upload_limits(now))
    if kept.mime not in SCANS:
        raise wrong("file", _("A scan is a picture or a PDF."), code="kind", clause=CLAUSE)
    with unless(
        "contractsignature_side_once",
        lambda: Conflict(_("This side has signed already."), code="signed", clause=CLAUSE),
    ):
        signature = ContractSignature.objects.create(
            version=version, side=side, means=means, signer=who, signed_on=signed_on, file=kept, by=by, at=now
        )
    audit.record(
        "contracts.sign",
        subject=contract_subject(contract),
        by=by,
        now=now,
        clause=clause,
        data={"version": version.n, "side": side, "means": means, "file": kept.sha256},
    )
    come_into_force(contract=contract, version=version, by=by, now=now)
    return signature


def come_into_force(
    *, contract: Contract, version: ContractVersion, by: Employee | None, now: datetime
) -> None:
    """If nothing is wanting: both signatures, and the chain's agreement to terms that depart from the book's and to
    clauses of its own."""
    departs, run = departing.needs_agreement(version), departing.agreed_run(version)
    if version.signatures.count() < len(ContractSignature.Side) or (departs and run is None):
        return
    ContractForce.objects.create(
        version=version, run=run if departs else None, authority_clause="" if departs else CLAUSE, at=now
    )
    clocks.wind(contract, version, now)
    audit.record(
        "contracts.in_force",
        subject=contract_subject(contract),
        by=by,
        now=now,
        clause=CLAUSE,
        data={"version": version.n, "sha256": version.sha256},
    )


@transaction.atomic
def end_contract(*, contract_id: int, reason: str, by: Employee, now: datetime) -> Contract:
    """From now on nothing more is ordered under it; what was ordered goes on. Raises Forbidden, NotFound, Invalid,
    Conflict (`ended`)."""
    clause = require(by, KEEP, now)
    _hold(contract_id)
    contract = locked_contract(contract_id)
    why = words(reason, path="reason", longest=500, missing=_("Say why."))
    contract.ended_at = now
    contract.save(update_fields=["ended_at"])
    clocks.stop(contract, now)
    last = contract.versions.order_by("-n").first()
    if last is not None:
        approvals.subject_changed(subject=version_subject(last), by=by, now=now)
    audit.record(
        "contracts.end_contract",
        subject=contract_subject(contract),
        by=by,
        now=now,
        clause=clause,
        data={"reason": why},
    )
    return contract


@transaction.atomic
def let_run_out(*, contract_id: int, reason: str, by: Employee, now: datetime) -> Contract:
    """Decides not to renew: the contract holds until its day and then ends by itself. A later amendment takes that
    back. Raises Forbidden, NotFound, Invalid, Conflict (`ended`, `decided`)."""
    clause = require(by, KEEP, now)
    contract = locked_contract(contract_id)
    why = words(reason, path="reason", longest=500, missing=_("Say why."))
    if contract.not_renewed_at is not None:
        raise Conflict(_("It is decided already that it runs out."), code="decided", clause=CLAUSE)
    contract.not_renewed_at = now
    contract.save(update_fields=["not_renewed_at"])
    clocks.decided(contract, now)
    audit.record(
        "contracts.let_run_out",
        subject=contract_subject(contract),
        by=by,
        now=now,
        clause=clause,
        data={"reason": why},
    )
    return contract


def locked_contract(contract_id: int) -> Contract:
    """Raises NotFound, Conflict (`ended`)."""
    contract = (
        Contract.objects.select_for_update(of=("self",))
        .select_related("supplier")
        .filter(pk=contract_id)
        .first()
    )
    if contract is None:
        raise NotFound(_("There is no such contract."))
    if contract.ended_at is not None:
        raise Conflict(_("This contract has ended."), code="ended", clause=CLAUSE)
    return contract


def _terms(own: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Every parameter as the paper says it. Raises Invalid."""
    complete = dict(selectors.defaults(now))
    try:
        for name, value in own.items():
            if name not in rules.BY_NAME:
                raise rules.WrongTerm(name, _("There is no such term."))
            complete[name] = rules.stored(rules.BY_NAME[name], value)
        if not complete["warehouse"]:
            raise rules.WrongTerm("warehouse", _("Name the warehouse or place where the goods go (P7a)."))
        disagreed = rules.disagreement(rules.read(complete, {}))
        if disagreed is not None:
            raise disagreed
    except rules.WrongTerm as error:
        raise wrong(error.name, error.message, code="term") from error
    return complete


def _clauses(terms: Mapping[str, Any], extra: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    with connection.cursor() as cursor:  # nobody revises the library until this version is there
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('contracts.library', 0))")
    found = [
        {"id": each.id, "title": each.title, "text": wording.filled(each.text, terms)} for each in library()
    ]
    for number, each in enumerate(extra, 1):
        found.append(
            {
                "id": f"X{number}",
                "title": words(
                    each["title"], path="extra", longest=60, missing=_("Give the clause a title.")
                ),
                "text": words(each["text"], path="extra", longest=3000, missing=_("The clause has no text.")),
            }
        )
    return found


def _next_number(now: datetime) -> str:
    """HT-2026-001 and so on; two at once wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('contracts.number', 0))")
    start = f"HT-{now.astimezone(ZONE):%Y}-"
    taken = Contract.objects.filter(number__startswith=start).values_list("number", flat=True)
    highest = max((int(tail) for each in taken if (tail := each[len(start) :]).isdecimal()), default=0)
    return f"{start}{highest + 1:03d}"
