"""A supplier's bank details as something that is agreed to (P2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import CallBack, Supplier
from contracts.rules.invoices import same_company
from contracts.selectors.records import account_of
from contracts.services import bank
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

FIELDS = {"account": _("account"), "active": _("active")}


def fields(subject_id: str) -> Mapping[str, str]:
    """The account as it is: another one agreed to meanwhile voids the request."""
    supplier = Supplier.objects.filter(pk=subject_id).first()
    if supplier is None:
        return {}
    current = supplier.bank_details.order_by("-at", "-pk").first()
    return {"account": current.account if current else "", "active": str(supplier.active)}


def changes(run: Run) -> list[approvals.Change]:
    asked = run.payload
    supplier = Supplier.objects.get(pk=asked["supplier"])
    current = account_of(supplier, run.submitted_at)
    before = (current.holder, current.bank, current.account) if current else ("", "", "")
    return [
        approvals.Change("holder", _("Account holder"), before[0], asked["holder"]),
        approvals.Change("bank", _("Bank"), before[1], asked["bank"]),
        approvals.Change("account", _("Account"), before[2], asked["account"]),
    ]


def evidence(run: Run) -> list[approvals.Evidence]:
    """The call: whom, at which number, since when that number is known."""
    call = CallBack.objects.select_related("contact", "by").get(pk=run.payload["call_back"])
    known = call.contact.phone_since.astimezone(ZONE)
    text = _("{by} called {name} at {phone}, on file since {since}, and spoke with {who}.").format(
        by=call.by.name,
        name=call.contact.name,
        phone=call.phone,
        since=f"{known:%Y-%m-%d}",
        who=call.spoke_with,
    )
    called = approvals.Evidence(_("Call back"), f"{text} {call.note}".strip(), at=call.called_at)
    return [called, *other_holder(run.payload["supplier"], run.payload["holder"])]


def other_holder(supplier_id: int, holder: str) -> list[approvals.Evidence]:
    """That an account is in another name than the supplier's; nothing when it is in its own."""
    supplier = Supplier.objects.get(pk=supplier_id)
    if same_company(holder, supplier.name):
        return []
    said = _("The account is in the name of {holder}, not of {supplier}.")
    return [approvals.Evidence(_("Another holder"), said.format(holder=holder, supplier=supplier.name))]


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    bank.carry_out(run=run, payload=payload, by=by, now=now)


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=bank.KIND,
        name=_("Bank details of a supplier"),
        subject_type="supplier",
        fields=fields,
        changes=changes,
        apply=apply,
        check=bank.check,
        evidence=evidence,
        ask=lambda subject_id: reverse("contracts:bank_ask", args=[subject_id]),
        field_name=lambda field: FIELDS.get(field, field),
        fresh=True,
    )
