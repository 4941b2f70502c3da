"""Money: verbs, kinds, clocks, notices, subjects."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.kinds import money as kinds
from contracts.models import PayableVoid
from contracts.services import payables, scores
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "contracts.open_payable": _("Fell due"),
            "contracts.void_payable": _("No longer owed"),
            "contracts.claim": _("Claimed and to be set off"),
            "contracts.take_back_claim": _("Claim taken back"),
            "contracts.credit_note": _("Credit note recorded"),
            "contracts.record_invoice": _("Tax invoice recorded"),
            "contracts.strike_out_invoice": _("Tax invoice struck out"),
            "contracts.add_invoice_scan": _("Scan of a tax invoice added"),
            "contracts.agree_payment": _("Payment agreed to"),
            "contracts.pay": _("Payment made"),
            "contracts.drop_payment": _("Payment dropped"),
            "contracts.give_consent": _("Consent on record"),
            "contracts.record_breach": _("Breach recorded"),
            "contracts.freeze": _("Payments withheld"),
            "contracts.release": _("Payments go on"),
            "contracts.open_review": _("Review of the supplier opened"),
            "contracts.decide_review": _("Review of the supplier decided"),
            "contracts.export_statement": _("Statement taken out"),
        }
    )
    for kind in kinds.kinds():
        approvals.register_kind(kind)
    deadlines.register_kind(payables.DEPOSIT, title=_("paying in advance"))
    deadlines.register_kind(payables.BALANCE, title=_("paying the balance"))
    deadlines.register_kind(scores.CLOCK, title=_("deciding the review of a supplier"))
    notices.register_kind(
        "contracts.frozen",
        title=_("Payments withheld"),
        text=_("{percent} % of every payment to {supplier} is withheld because of a breach."),
        mutable=False,
    )
    notices.register_kind(
        "contracts.review_opened",
        title=_("A supplier’s score fell"),
        text=_(
            "{supplier} keeps the conditions less well than before. Please decide what follows by {due_at}."
        ),
    )
    _subjects()


def _subjects() -> None:
    register_subject(
        "payable",
        _("payable"),
        lambda pk: reverse("contracts:payable", args=[pk]),
        numbered(_("Payable")),
    )
    register_subject("payable_void", _("payable no longer owed"), _void_url)
    register_subject("payment_request", _("payment request"), kinds.account_url)
    register_subject(
        "payment",
        _("payment to a supplier"),
        lambda pk: reverse("contracts:payment", args=[pk]),
        numbered(_("Payment")),
    )
    register_subject(
        "set_off",
        _("claim against a supplier"),
        lambda pk: reverse("contracts:set_off", args=[pk]),
        numbered(_("Claim")),
    )
    register_subject("invoice", _("tax invoice"), kinds.invoice_url)
    register_subject("credit_note", _("credit note"), kinds.credit_note_url)
    register_subject(
        "violation",
        _("breach"),
        lambda pk: reverse("contracts:breach", args=[pk]),
        numbered(_("Breach")),
    )
    register_subject("freeze", _("freeze of payments"), kinds.freeze_url, numbered(_("Freeze")))
    register_subject(
        "supplier_review",
        _("review of a supplier"),
        lambda pk: reverse("contracts:supplier_review", args=[pk]),
        numbered(_("Review")),
    )


def _void_url(key: str) -> str:
    found = (
        PayableVoid.objects.filter(pk=key).values_list("payable", flat=True).first()
        if key.isdecimal()
        else None
    )
    return reverse("contracts:payable", args=[found]) if found else ""
