"""Payments, releases of withheld payments and penalties as something that is agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.kinds.bank import other_holder
from contracts.models import BankDetails, Freeze, Invoice, Payable, SetOff, Supplier, Violation
from contracts.selectors import account, read_out
from contracts.services import breaches, payments, saying
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook import api as rulebook
from office.staff.models import Employee

SEE = "contracts.money"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def supplier_of(subject_id: str) -> int:
    """Of a request for a payment: "7-31" is about supplier 7."""
    return _number(subject_id.partition("-")[0])


def _sees(person: Employee, subject_id: str) -> bool:
    return rulebook.holds(person, SEE, timezone.now())


def yuan(amount: Decimal | str) -> str:
    return f"¥ {Decimal(amount):,.2f}"


def payment_fields(subject_id: str) -> Mapping[str, str]:
    """Another account, or more or less withheld of the supplier's payments, voids a request for one."""
    supplier = supplier_of(subject_id)
    details = BankDetails.objects.filter(supplier=supplier).order_by("-at", "-pk").first()
    return {
        "withheld": f"{account.withheld(supplier):f}",
        "account": str(details.pk) if details else "",
    }


def payment_changes(run: Run) -> list[approvals.Change]:
    """Each payable with its order and day, what is set off against it, and the money that goes."""
    asked = run.payload
    named = {line["payable"] for line in asked["lines"]} | {use["payable"] for use in asked["uses"]}
    rows = {
        each.pk: each
        for each in Payable.objects.filter(pk__in=named).select_related("order").order_by("due_on", "pk")
    }
    claims = SetOff.objects.in_bulk([use["set_off"] for use in asked["uses"]])
    money = {line["payable"]: line["money"] for line in asked["lines"]}
    found = [approvals.Change("supplier", _("Supplier"), "", Supplier.objects.get(pk=asked["supplier"]).name)]
    details = BankDetails.objects.filter(pk=asked.get("bank_details") or 0).first()
    if details is not None:
        to = f"{details.holder} · {details.bank} · {details.account}"
        found.append(approvals.Change("account", _("Account it is paid to"), "", to))
    for pk, each in rows.items():
        label = _("{order}, {what}, due {day}").format(
            order=each.order.number, what=each.get_kind_display(), day=each.due_on.isoformat()
        )
        found.append(approvals.Change(f"payable_{pk}", label, yuan(each.amount), yuan(money.get(pk, "0"))))
    for use in asked["uses"]:
        claim = claims[use["set_off"]]
        label = _("Set off: {what}").format(what=claim.get_kind_display())
        found.append(
            approvals.Change(
                f"set_off_{claim.pk}_{use['payable']}", label, claim.text, f"− {yuan(use['amount'])}"
            )
        )
    found.append(approvals.Change("total", _("To pay"), "", yuan(asked["total"])))
    return found


def payment_evidence(run: Run) -> list[approvals.Evidence]:
    """What the supplier said of the orders after one of us had read a code out to him, and what one of us wrote down
    for it: nobody but that person has heard that it was the supplier. An account in another name."""
    named = {line["payable"] for line in run.payload["lines"]}
    orders = set(Payable.objects.filter(pk__in=named).values_list("order_id", flat=True))
    details = BankDetails.objects.filter(pk=run.payload.get("bank_details") or 0).first()
    return [
        *(other_holder(run.payload["supplier"], details.holder) if details else []),
        *(
            approvals.Evidence(
                gettext_lazy("Written down for the supplier"),
                _("{order}, {what}: written down by {by}, not said at the door.").format(
                    order=event.order.number,
                    what=saying.VERBS[f"contracts.order_{event.word}"],
                    by=event.by.name if event.by else "",
                ),
                url=reverse("contracts:order", args=[event.order_id]),
                at=event.at,
            )
            for event in read_out.written_for_it(orders)
        ),
        *(
            approvals.Evidence(
                gettext_lazy("Code read out by phone"),
                _("{order}, {what}: {contact}, after {by} had read the code out.").format(
                    order=event.order.number,
                    what=saying.VERBS[f"contracts.order_{event.word}"],
                    contact=event.contact.name if event.contact else "",
                    by=by.name,
                ),
                url=reverse("contracts:order", args=[event.order_id]),
                at=event.at,
            )
            for event, by in read_out.of_orders(orders)
        ),
    ]


def release_fields(subject_id: str) -> Mapping[str, str]:
    return {"freeze": str(Freeze.objects.filter(pk=_number(subject_id), release=None).exists())}


def release_changes(run: Run) -> list[approvals.Change]:
    found = Violation.objects.select_related("supplier", "freeze").get(pk=run.payload["violation"])
    return [
        approvals.Change("supplier", _("Supplier"), "", found.supplier.name),
        approvals.Change("breach", _("Breach"), "", f"{found.happened_on}: {found.text}"),
        approvals.Change("withheld", _("Withheld"), f"{found.freeze.percent:f} %", _("nothing")),
        approvals.Change("reason", _("Reason"), "", run.payload["reason"]),
    ]


def penalty_fields(subject_id: str) -> Mapping[str, str]:
    """Another sum than the paper's voids it."""
    found = Violation.objects.filter(pk=_number(subject_id)).select_related("supplier").first()
    return {"penalty": str(breaches.reckon(found, timezone.now()).penalty) if found else ""}


def penalty_changes(run: Run) -> list[approvals.Change]:
    asked = run.payload
    found = Violation.objects.select_related("supplier").get(pk=asked["violation"])
    rows = Payable.objects.filter(pk__in=asked["payables"]).select_related("order").order_by("due_on", "pk")
    return [
        approvals.Change("supplier", _("Supplier"), "", found.supplier.name),
        approvals.Change("breach", _("Breach"), "", f"{found.happened_on}: {found.text}"),
        *[
            approvals.Change(
                f"payable_{each.pk}", f"{each.order.number} · {each.due_on}", "", yuan(each.amount)
            )
            for each in rows
        ],
        approvals.Change("penalty", _("Penalty"), "", yuan(asked["penalty"])),
        approvals.Change("reason", _("Reason"), "", asked["reason"]),
    ]


def _pay(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    payments.carry_out(run=run, payload=payload, by=by, now=now)


def _release(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    breaches.carry_out_release(run=run, payload=payload, by=by, now=now)


def _claim(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    breaches.carry_out_penalty(run=run, payload=payload, by=by, now=now)


def account_url(subject_id: str) -> str:
    return reverse("contracts:account", args=[supplier_of(subject_id)])


def breach_url(subject_id: str) -> str:
    return reverse("contracts:breach", args=[_number(subject_id)])


def credit_note_url(subject_id: str) -> str:
    """A credit note that stands by itself ("7:HZ-1") is on the page of its claim."""
    found = SetOff.objects.filter(paper_type="credit_note", paper_id=subject_id).values_list("pk", flat=True)
    return reverse("contracts:set_off", args=[pk]) if (pk := found.first()) else ""


def invoice_url(subject_id: str) -> str:
    found = Invoice.objects.filter(pk=_number(subject_id)).values_list("supplier_id", flat=True).first()
    return f"{reverse('contracts:invoices', args=[found])}#invoice-{subject_id}" if found else ""


def freeze_url(subject_id: str) -> str:
    found = Freeze.objects.filter(pk=_number(subject_id)).values_list("violation_id", flat=True).first()
    return reverse("contracts:breach", args=[found or 0])


FIELDS = {
    "withheld": gettext_lazy("what is withheld"),
    "account": gettext_lazy("the supplier’s account"),
    "freeze": gettext_lazy("the freeze"),
    "penalty": gettext_lazy("what fell due in the month"),
}


def kinds() -> list[approvals.Kind]:
    def name(field: str) -> Any:
        return FIELDS.get(field, field)

    return [
        approvals.Kind(
            code=payments.KIND,
            name=gettext_lazy("Payment to a supplier"),
            subject_type="payment_request",
            fields=payment_fields,
            changes=payment_changes,
            apply=_pay,
            check=payments.check,
            visible=_sees,
            ask=account_url,
            again=payments.ask_again,
            evidence=payment_evidence,
            field_name=name,
        ),
        approvals.Kind(
            code=breaches.RELEASE,
            name=gettext_lazy("Release of withheld payments"),
            subject_type="freeze",
            fields=release_fields,
            changes=release_changes,
            apply=_release,
            check=breaches.check_reason,
            visible=_sees,
            ask=freeze_url,
            field_name=name,
            in_words=lambda run, now: True,
        ),
        approvals.Kind(
            code=breaches.COMMISSION,
            name=gettext_lazy("Penalty for a commission"),
            subject_type="violation",
            fields=penalty_fields,
            changes=penalty_changes,
            apply=_claim,
            check=breaches.check_reason,
            visible=_sees,
            ask=breach_url,
            field_name=name,
            in_words=lambda run, now: True,
        ),
    ]
