"""Suppliers and contracts: verbs, subjects."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "contracts.add_supplier": _("Added the supplier"),
            "contracts.edit_supplier": _("Changed the supplier’s record"),
            "contracts.add_contact": _("Added a contact"),
            "contracts.edit_contact": _("Changed a contact"),
            "contracts.open_contract": _("Opened the contract"),
            "contracts.put_version": _("Put a version to both sides"),
            "contracts.sign": _("Kept a signed scan"),
            "contracts.in_force": _("Came into force"),
            "contracts.end_contract": _("Ended the contract"),
        }
    )
    register_subject("supplier", _("supplier"))
    register_subject("contract", _("contract"))
