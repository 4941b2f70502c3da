"""Suppliers and contracts: verbs, subjects."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.kinds import bank, departing
from contracts.models import Certificate
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.subjects import register_subject


def register() -> None:
    audit.register_incidents(
        {"bank_details": _("The supplier knows nothing of the account that was given in its name")}
    )
    audit.register_verbs(
        {
            "contracts.add_supplier": _("Added the supplier"),
            "contracts.edit_supplier": _("Changed the supplier’s record"),
            "contracts.add_contact": _("Added a contact"),
            "contracts.edit_contact": _("Changed a contact"),
            "contracts.open_contract": _("Opened the contract"),
            "contracts.put_version": _("Put a version to both sides"),
            "contracts.sign": _("Kept a signed scan"),
            "contracts.ask_terms": _("Asked for terms that depart from the book"),
            "contracts.agree_terms": _("Terms that depart from the book agreed to"),
            "contracts.in_force": _("Came into force"),
            "contracts.end_contract": _("Ended the contract"),
            "contracts.let_run_out": _("Decided to let the contract run out"),
            "contracts.revise_clause": _("Revised a clause of the library"),
            "contracts.add_certificate": _("Kept a certificate"),
            "contracts.end_certificate": _("Took a certificate out"),
            "contracts.call_back": _("Called the supplier back"),
            "contracts.bank_details": _("Changed the bank details"),
        }
    )
    register_subject(
        "supplier",
        _("supplier"),
        lambda pk: reverse("contracts:supplier", args=[pk]) if pk.isdecimal() else "",
    )
    register_subject(
        "contract",
        _("contract"),
        lambda pk: reverse("contracts:contract", args=[pk]) if pk.isdecimal() else "",
    )
    register_subject("contract_version", _("version of a contract"), departing.url)
    register_subject("certificate", _("certificate"), certificate_url)
    register_subject(
        "clause_text", _("wording of a clause"), lambda pk: reverse("contracts:clause", args=[pk])
    )
    deadlines.register_kind("contracts.certificate", title=_("a certificate that runs out"))
    deadlines.register_kind("contracts.renewal", title=_("deciding about the contract’s renewal"))
    deadlines.register_kind("contracts.expiry", title=_("the end of the contract"))
    approvals.register_kind(bank.kind())
    approvals.register_kind(departing.kind())


def certificate_url(pk: str) -> str:
    """The page of the supplier whose it is."""
    found = Certificate.objects.filter(pk=pk).first() if pk.isdecimal() else None
    return reverse("contracts:supplier", args=[found.supplier_id]) if found else ""
