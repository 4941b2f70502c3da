"""Forms of a supplier's record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.acts import day_input, hour_input, line, lines, scan, select, tick
from contracts.models import Supplier, SupplierContact
from contracts.services.bank import Call
from office.rulebook import api as rulebook


class FactsForm(forms.Form):
    """The record as it is changed."""

    name = forms.CharField(label=_("Full name"), max_length=120, widget=line(120))
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=30,
        required=False,
        widget=line(30),
        help_text=_("18 signs, as on the business licence."),
    )
    address = forms.CharField(label=_("Address"), max_length=200, required=False, widget=line(200))


class NewSupplierForm(FactsForm):
    code = forms.CharField(
        label=_("Code"), max_length=20, widget=line(20), help_text=_("Stays for ever, such as FS01.")
    )
    field_order = ("code", "name", "credit_code", "address")


class EditSupplierForm(FactsForm):
    active = forms.BooleanField(label=_("Gets new contracts and orders"), required=False, widget=tick())


class ContactForm(forms.Form):
    """Somebody there."""

    name = forms.CharField(label=_("Name"), max_length=60, widget=line(60))
    post = forms.CharField(label=_("Post"), max_length=60, required=False, widget=line(60))
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False, widget=line(30))
    mail = forms.CharField(label=_("E-mail"), max_length=254, required=False, widget=line(254))


class EditContactForm(ContactForm):
    active = forms.BooleanField(label=_("Still works there"), required=False, widget=tick())


class CertificateForm(forms.Form):
    """A paper and the day it runs out."""

    kind = forms.ChoiceField(label=_("Kind"), widget=select())
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        widget=line(120),
        help_text=_("Only where one kind has several, such as the product of a report."),
    )
    number = forms.CharField(label=_("Number on the paper"), max_length=60, required=False, widget=line(60))
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=day_input(), help_text=_("Empty: it does not run out.")
    )
    file = scan(_("Scan"))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = rulebook.book(now).names
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [
                (code, str(names[code]))
                for code in rulebook.parameter_rule("contracts.certificates", at=now).texts()
            ]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=lines(2, 200))


class Reached(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Contacts with the number that is called."""

    def label_from_instance(self, obj: SupplierContact) -> str:
        return f"{obj.name} · {obj.phone}"


class BankForm(forms.Form):
    """The account, and the call in which the supplier confirmed or denied it."""

    holder = forms.CharField(label=_("Account holder"), max_length=120, widget=line(120))
    bank = forms.CharField(label=_("Bank"), max_length=120, widget=line(120), help_text=_("With its branch."))
    account = forms.CharField(label=_("Account"), max_length=60, widget=line(60))
    contact = Reached(label=_("Who was called"), queryset=SupplierContact.objects.none(), widget=select())
    called_at = forms.DateTimeField(label=_("When"), widget=hour_input())
    spoke_with = forms.CharField(label=_("Who answered"), max_length=60, widget=line(60))
    outcome = forms.ChoiceField(
        label=_("What the supplier said"),
        choices=(
            ("", "—"),
            ("yes", _("It is our account: read out and confirmed")),
            ("no", _("We know nothing of it")),
        ),
        widget=select(),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=lines(2, 300))

    def __init__(self, *args: Any, supplier: Supplier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["contact"]
        if isinstance(who, forms.ModelChoiceField):
            who.queryset = supplier.contacts.filter(active=True).exclude(phone="")

    def asked(self) -> dict[str, Any]:
        said = self.cleaned_data
        call = Call(
            contact_id=said["contact"].pk,
            called_at=said["called_at"],
            spoke_with=said["spoke_with"],
            confirmed=said["outcome"] == "yes",
            note=said["note"],
        )
        return {"holder": said["holder"], "bank": said["bank"], "account": said["account"], "call": call}
