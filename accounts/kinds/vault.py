"""What the deciders see of requests of the vault. A paper holds digests of what was sealed, never a secret."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import vault_book
from accounts.models import Account, Lending, RecoveryKey, Sealed
from accounts.rules import fields as names
from accounts.selectors import vault
from accounts.services.vault import applying, importing, keys, lending, proposing, recovery
from office.approvals import api as approvals
from office.approvals.models import Run
from office.enumerating import enumerated
from office.errors import Invalid
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LABELS: dict[str, StrOrPromise] = {
    "kind": gettext_lazy("kind"),
    "name": gettext_lazy("name"),
    "url": gettext_lazy("web address"),
    "login": gettext_lazy("login"),
    "owner": gettext_lazy("owner"),
    "renew_on": gettext_lazy("renewed until"),
    "change_days": gettext_lazy("password changed every (days)"),
    "closed": gettext_lazy("closed"),
    "custodians": gettext_lazy("custodians"),
    "state": gettext_lazy("state"),
    "facts": gettext_lazy("facts"),
}


def field_name(field: str) -> StrOrPromise:
    return LABELS.get(field, field)


def fields(subject_id: str) -> Mapping[str, str]:
    return fields_of_many([subject_id]).get(subject_id, {})


def fields_of_many(subject_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """A request is void when the account was changed otherwise meanwhile."""
    kept = vault.custodian_ids([int(each) for each in subject_ids])
    return {
        str(each.pk): {
            "state": each.state,
            "facts": str(each.facts_id or ""),
            "custodians": ",".join(str(pk) for pk in sorted(kept[each.pk])),
        }
        for each in Account.objects.filter(pk__in=subject_ids)
    }


def check(payload: Mapping[str, Any]) -> None:
    if not payload.get("rows"):
        raise Invalid(_("Nothing is asked for."), code="empty")


def changes(run: Run) -> list[approvals.Change]:
    """Row by row: facts before and after, which secrets are replaced, who comes and who goes."""
    rows = run.payload["rows"]
    several = len(rows) > 1
    accounts = {each.pk: each for each in Account.objects.filter(pk__in=[row["account"] for row in rows])}
    people, sealed = _people(rows), _sealed(rows)
    return [
        change
        for index, row in enumerate(rows)
        for change in _of_row(run, row, accounts[row["account"]], people, sealed, index if several else None)
    ]


@dataclass(frozen=True, slots=True)
class _Secrets:
    """What is proposed, by its id; what is in force, by account and field."""

    proposed: Mapping[int, Sealed]
    present: Mapping[tuple[int, str], Sealed]


def _sealed(rows: list[dict[str, Any]]) -> _Secrets:
    """Of all rows at once: an import has two hundred."""
    proposed = Sealed.objects.in_bulk(
        [secret["sealed"] for row in rows for secret in row["secrets"] if secret["sealed"]]
    )
    versions = vault.current_versions([row["account"] for row in rows])
    present = {
        (each.account_id, each.field): each.sealed
        for found in versions.values()
        for each in found
        if each.sealed is not None
    }
    return _Secrets(proposed, present)


def _people(rows: list[dict[str, Any]]) -> dict[int, str]:
    ids = {pk for row in rows for pk in (*row["add"], *row["remove"])}
    ids |= {row["facts"]["owner"] for row in rows if row["facts"]}
    return dict(Employee.objects.filter(pk__in=ids).values_list("pk", "name"))


def _of_row(
    run: Run,
    row: Mapping[str, Any],
    account: Account,
    people: Mapping[int, str],
    sealed: _Secrets,
    index: int | None,
) -> list[approvals.Change]:
    called = f"{account.name} #{account.pk}" if index is not None else ""

    def change(
        field: str, label: StrOrPromise, before: StrOrPromise, after: StrOrPromise
    ) -> approvals.Change:
        return approvals.Change(field, label, before, after, called, index)

    found = []
    if row["facts"]:
        before = proposing.Facts.of(account).as_payload() if account.facts_id else {}
        for field, value in row["facts"].items():
            old, new = (_said(field, each, people, run) for each in (before.get(field), value))
            if old != new:
                found.append(change(field, field_name(field), old, new))
    for secret in row["secrets"]:
        found.append(_secret(change, account, secret, sealed))
    for field, label, ids in (
        ("add", _("Becomes custodian"), row["add"]), ("remove", _("Ceases to be custodian"), row["remove"]),
    ):  # fmt: skip
        if ids:
            found.append(change(field, label, "", enumerated(people.get(pk, str(pk)) for pk in ids)))
    return found


def _secret(
    change: Callable[..., approvals.Change], account: Account, secret: Mapping[str, Any], secrets: _Secrets
) -> approvals.Change:
    field = secret["field"]
    sealed = secrets.proposed.get(secret["sealed"]) if secret["sealed"] else None
    now = secrets.present.get((account.pk, field))
    before = _("version {number}").format(number=now.number) if now else ""
    if sealed is None:
        after = _("none any more")
    elif sealed.renews_id:
        after = _("version {number}: the same, sealed anew").format(number=sealed.number)
    else:
        marks = [str(_("weak"))] if sealed.weak else []
        marks += [str(_("used elsewhere too"))] if sealed.repeated else []
        after = _("version {number}, sealed").format(number=sealed.number)
        after += f" ({'、'.join(marks)})" if marks else ""
    return change(field, names.name_of(field, sealed.label if sealed else ""), before, after)


def _said(field: str, value: Any, people: Mapping[int, str], run: Run) -> str:
    if value in (None, ""):
        return ""
    if field == "kind":
        return vault_book.kind_name(value, run.submitted_at)
    if field == "owner":
        return people.get(value) or Employee.objects.get(pk=value).name
    if field == "closed":
        return _("yes") if value else ""
    return str(value)


def _knows_account(person: Employee, subject_id: str) -> bool:
    """Whoever may know of the account; for everybody else there is neither it nor a request about it."""
    now = timezone.now()
    return subject_id.isdecimal() and vault.visible_to(person, now).filter(pk=int(subject_id)).exists()


def change_kind() -> approvals.Kind:
    return approvals.Kind(
        code=proposing.CHANGE,
        name=gettext_lazy("Change of an official account"),
        visible=_knows_account,
        closed=True,
        subject_type="official_account",
        fields=fields,
        fields_of_many=fields_of_many,
        changes=changes,
        apply=applying.apply,
        ended=applying.ended,
        check=check,
        ask=lambda subject_id: reverse("accounts:account", args=[subject_id]),
        field_name=field_name,
        fresh=True,
    )


def import_kind() -> approvals.Kind:
    return approvals.Kind(
        code=importing.IMPORT,
        name=gettext_lazy("Accounts from another manager"),
        closed=True,
        subject_type="vault_import",
        fields=lambda subject_id: {},
        changes=changes,
        apply=applying.apply,
        ended=applying.ended,
        check=check,
        ask=lambda subject_id: reverse("accounts:import_again", args=[subject_id]),
        field_name=field_name,
        fresh=True,
    )


def _key_changes(run: Run) -> list[approvals.Change]:
    person = Employee.objects.get(pk=run.payload["employee"])
    return [
        approvals.Change("employee", _("Person"), "", f"{person.name} ({person.number})"),
        approvals.Change("reason", _("Reason"), "", run.payload["reason"]),
        approvals.Change(
            "effect", _("What follows"), "",
            _("The old key ends. He reads again what another custodian seals to the new one."),
        ),
    ]  # fmt: skip


def _key_fields(subject_id: str) -> Mapping[str, str]:
    active = Employee.objects.filter(pk=int(subject_id)).values_list("is_active", flat=True).first()
    return {"active": str(active)}


def _new_key(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    keys.new_key_agreed(run=run, payload=payload, by=by, now=now)


def _lent(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    lending.agreed(run=run, payload=payload, by=by, now=now)


def key_kind() -> approvals.Kind:
    return approvals.Kind(
        code=keys.NEW_KEY,
        name=gettext_lazy("New vault key after a lost passphrase"),
        closed=True,
        subject_type="vault_key",
        fields=_key_fields,
        changes=_key_changes,
        apply=_new_key,
        ended=keys.new_key_refused,
        ask=lambda subject_id: reverse("accounts:vault"),
        field_name=lambda field: {"active": _("May sign in")}.get(field, field),
        fresh=True,
    )


def _recovery_changes(run: Run) -> list[approvals.Change]:
    former = RecoveryKey.objects.get(pk=run.payload["replaces"])
    return [
        approvals.Change(
            "mark", _("Mark of the key"), recovery.mark_of(bytes(former.public)),
            recovery.mark_of(bytes.fromhex(run.payload["public"])),
        ),
        approvals.Change("reason", _("Reason"), "", run.payload["reason"]),
        approvals.Change(
            "effect", _("What follows"), "",
            _("Whoever holds the new paper and the database reads every secret. Look at the paper before you agree:"
              " it bears the mark, and lies in the safe."),
        ),
    ]  # fmt: skip


def _recovery_fields(subject_id: str) -> Mapping[str, str]:
    ended = RecoveryKey.objects.filter(pk=int(subject_id)).values_list("ended_at", flat=True).first()
    return {"ended": "" if ended is None else ended.isoformat()}


def _another_key(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    recovery.agreed(run=run, payload=payload, by=by, now=now)


def recovery_kind() -> approvals.Kind:
    return approvals.Kind(
        code=recovery.ANOTHER,
        name=gettext_lazy("Another recovery key"),
        closed=True,
        subject_type="recovery_key",
        fields=_recovery_fields,
        changes=_recovery_changes,
        apply=_another_key,
        ask=lambda subject_id: reverse("accounts:vault"),
        field_name=lambda field: {"ended": _("Recovery key")}.get(field, field),
        fresh=True,
    )


def _lending_changes(run: Run) -> list[approvals.Change]:
    found = Lending.objects.select_related("account", "borrower", "lender").get(pk=run.payload["lending"])
    return [
        approvals.Change("account", _("Account"), "", found.account.name),
        approvals.Change("borrower", _("Enters with it"), "", f"{found.borrower.name} ({found.borrower.number})"),
        approvals.Change(
            "hours", _("For how long"), "", _("{count} hours from the handing out").format(count=found.hours)
        ),
        approvals.Change("reason", _("Reason"), "", found.reason),
        approvals.Change(
            "after", _("Afterwards"), "", _("The password is changed directly; until then it is not lent again.")
        ),
    ]  # fmt: skip


def _lending_fields(subject_id: str) -> Mapping[str, str]:
    found = (
        Lending.objects.filter(pk=int(subject_id))
        .values_list("account__state", "borrower__is_active")
        .first()
    )
    return {"state": str(found)}


def lending_kind() -> approvals.Kind:
    return approvals.Kind(
        code=lending.SHARED,
        name=gettext_lazy("Lending of an account"),
        closed=True,
        subject_type="lending",
        fields=_lending_fields,
        changes=_lending_changes,
        apply=_lent,
        ended=lending.ended,
        ask=lambda subject_id: reverse("accounts:lending", args=[subject_id]),
        field_name=field_name,
        fresh=True,
    )
