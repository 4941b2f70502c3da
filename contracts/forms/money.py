"""Forms of money: vouchers, credit notes, breaches, consents, reviews."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.models import SupplierReview, Violation
from contracts.rules import money
from office.errors import Invalid, Refused


def refuse(form: forms.BaseForm, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))


def _line(longest: int) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "maxlength": longest})


def _lines(longest: int, rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "form-control", "maxlength": longest, "rows": rows})


def _day() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})


def _file(*, required: bool = False) -> forms.FileField:
    widget = forms.ClearableFileInput(attrs={"class": "form-control"})
    return forms.FileField(label=gettext_lazy("Scan"), required=required, widget=widget)


class Day(forms.DateField):
    """A day of our time; nothing before 2000."""

    widget = forms.DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=_day(), input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if isinstance(found, date) and not 2000 <= found.year <= 2100:
            raise forms.ValidationError(_("A day between 2000 and 2100."))
        return found


SAID = {
    "format": gettext_lazy("An amount such as 1,234.50."),
    "negative": gettext_lazy("An amount above zero."),
    "zero": gettext_lazy("An amount above zero."),
    "too_much": gettext_lazy("So much cannot be."),
    "currency": gettext_lazy("Settlement is in renminbi only (P2.1): an amount in yuan."),
}


class Yuan(forms.CharField):
    """An amount as people type it."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"class": "form-control num", "inputmode": "decimal"})
        super().__init__(max_length=40, widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if not typed:
            return typed
        try:
            return money.read(typed)
        except money.NotMoney as refused:
            raise forms.ValidationError(SAID[refused.code]) from refused

    def run_validators(self, value: Any) -> None:
        if not isinstance(value, Decimal):
            super().run_validators(value)


class VoucherForm(forms.Form):
    voucher = forms.CharField(label=gettext_lazy("Voucher number"), max_length=40, widget=_line(40))
    paid_on = Day(label=gettext_lazy("Paid on"))
    invoices = forms.MultipleChoiceField(
        label=gettext_lazy("Tax invoices"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={
            "invalid_choice": gettext_lazy(
                "Invoice %(value)s is not recorded, or nothing is left of it: record it first."
            )
        },
    )
    file = _file()

    def __init__(self, *args: Any, invoices: Iterable[Any] = (), **kwargs: Any) -> None:
        """`invoices`: those of the supplier of which something is `left`."""
        super().__init__(*args, **kwargs)
        self.fields["invoices"].choices = [(each.number, _called(each)) for each in invoices]  # type: ignore[attr-defined]


def _called(invoice: Any) -> str:
    """As people tell it from others: number, day, what is left."""
    return _("{number}, {day}, ¥ {left} left").format(
        number=invoice.number, day=invoice.issued_on.isoformat(), left=f"{invoice.left:,.2f}"
    )


class InvoiceForm(forms.Form):
    """A tax invoice as it stands on the paper."""

    number = forms.CharField(
        label=gettext_lazy("Invoice number"),
        max_length=30,
        widget=forms.TextInput(attrs={"class": "form-control mono", "inputmode": "numeric", "maxlength": 30}),
        help_text=gettext_lazy("20 digits of a fully digital one; else 8 digits and the code beside them."),
    )
    code = forms.CharField(
        label=gettext_lazy("Invoice code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "form-control mono", "inputmode": "numeric", "maxlength": 20}),
    )
    amount = Yuan(label=gettext_lazy("Price and tax together, in yuan"))
    issued_on = Day(label=gettext_lazy("Issued on"))
    seller = forms.CharField(label=gettext_lazy("Seller"), max_length=120, widget=_line(120))
    tax_id = forms.CharField(
        label=gettext_lazy("Seller’s tax number"),
        max_length=30,
        widget=forms.TextInput(attrs={"class": "form-control mono", "maxlength": 30}),
    )
    file = _file()


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=_lines(500, 2))


class StrikeOutForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is struck out"), max_length=200, widget=_line(200))


class ScanForm(forms.Form):
    file = _file(required=True)


class CreditNoteForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("Number"), max_length=40, widget=_line(40))
    issued_on = Day(label=gettext_lazy("Issued on"))
    amount = Yuan(label=gettext_lazy("Amount in yuan"))
    invoices = forms.CharField(
        label=gettext_lazy("Invoices that it corrects"), required=False, max_length=500, widget=_line(500)
    )
    file = _file()


class OwnCreditNoteForm(CreditNoteForm):
    """One that no claim of ours is behind."""

    text = forms.CharField(label=gettext_lazy("What for"), max_length=500, widget=_lines(500, 2))
    field_order = ("number", "issued_on", "amount", "text", "invoices", "file")


class BreachForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of breach"),
        choices=Violation.Kind.choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    happened_on = Day(label=gettext_lazy("Happened on"))
    text = forms.CharField(
        label=gettext_lazy("What happened, and how it is known"), max_length=2000, widget=_lines(2000, 5)
    )
    file = _file()
    sure = forms.BooleanField(
        label=gettext_lazy("I have read what follows from it"),
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class ConsentForm(forms.Form):
    design = forms.CharField(label=gettext_lazy("Design"), max_length=200, widget=_line(200))
    third_party = forms.CharField(label=gettext_lazy("To whom"), max_length=120, widget=_line(120))
    starts_on = Day(label=gettext_lazy("From"))
    ends_on = Day(label=gettext_lazy("Until"))
    file = _file(required=True)


class ReviewForm(forms.Form):
    decision = forms.ChoiceField(
        label=gettext_lazy("What follows from the review"),
        choices=SupplierReview.Decision.choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=_lines(2000, 3))
