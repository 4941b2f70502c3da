"""What the pages of purchase orders and samples ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from contracts.forms.choosing import SupplierField
from contracts.models import (
    OrderEnd,
    OrderLine,
    PurchaseOrder,
    Sample,
    StepReport,
    SupplierContact,
)
from contracts.selectors import agreements, ready, terms
from contracts.services.ending import CAUSES
from contracts.services.ordering import LineWish
from office.enumerating import enumerated


class Dressed(forms.Form):
    """Every field in the look of the house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.BooleanField):
                field.widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(field.widget, forms.Select):
                field.widget.attrs.setdefault("class", "form-select")
            elif not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs.setdefault("class", "form-control")


def _text(
    label: Any, longest: int = 500, *, required: bool = True, rows: int = 2, **more: Any
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        **more,
    )


def _pieces(label: Any, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, widget=forms.NumberInput(attrs={"inputmode": "numeric"}), **{"min_value": 0, **more}
    )


def _day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more
    )


def _money(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=9, decimal_places=2, min_value=0,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}), **more,
    )  # fmt: skip


def _file(**more: Any) -> forms.FileField:
    return forms.FileField(
        label=more.pop("label", _("File")),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*,.pdf"}),
        **more,
    )


class SupplierForm(Dressed):
    supplier = SupplierField()


class NewOrderForm(SupplierForm):
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class NewSampleForm(SupplierForm):
    name = forms.CharField(label=_("Name of the goods"), max_length=120)
    sku = forms.CharField(label=_("SKU"), max_length=60, required=False)
    demands = _text(_("What the sample and its photos must show"), 2000, rows=4)
    wanted_on = _day(_("Wanted by"), required=False)


class OfOrder(Dressed):
    """A form about one order; fields that depend on it are laid in `about`."""

    def __init__(self, *args: Any, order: PurchaseOrder, **kwargs: Any) -> None:
        self.order = order
        super().__init__(*args, **kwargs)

    def lines(self) -> list[tuple[int, str]]:
        return [(line.pk, f"{line.n} {line.name}") for line in self.order.lines.order_by("n")]

    def contacts(self) -> list[tuple[int, str]]:
        found = self.order.supplier.contacts.filter(active=True).order_by("pk")
        return [(each.pk, " · ".join(filter(None, (each.name, each.post, each.phone)))) for each in found]


class LineForm(OfOrder):
    name = forms.CharField(label=_("Name of the goods"), max_length=120)
    sku = forms.CharField(label=_("SKU"), max_length=60, required=False)
    spec = forms.CharField(label=_("Specification"), max_length=120, required=False)
    quantity = _pieces(_("Quantity"), min_value=1, max_value=1_000_000)
    unit_price = _money(_("Unit price, yuan"))
    due_on = _day(_("Deliver by"))
    warehouse = forms.CharField(label=_("Place of delivery"), max_length=120)
    design_owner = forms.ChoiceField(label=_("Whose design"), choices=OrderLine.DesignOwner.choices)
    trademark_licensed = forms.BooleanField(label=_("May bear our trademark"), required=False)
    steps = _text(
        _("Process steps"),
        1000,
        rows=4,
        help_text=_("One on each line. The supplier reports on every one of them."),
    )
    sample_id = forms.TypedChoiceField(label=_("Sample"), coerce=int, empty_value=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = (
            Sample.objects.filter(supplier=self.order.supplier_id)
            .exclude(state=Sample.State.GIVEN_UP)
            .order_by("-pk")[:100]
        )
        self.fields["sample_id"].choices = [  # type: ignore[attr-defined]
            ("", _("named later")), *((row.pk, f"{row} · {row.get_state_display()}") for row in rows)
        ]  # fmt: skip

    def wish(self) -> LineWish:
        data = dict(self.cleaned_data)
        return LineWish(**{**data, "steps": data["steps"].splitlines()})


def place_of(order: PurchaseOrder, at: Any) -> str:
    """The place of delivery that the contract names, to begin with."""
    held = agreements.for_supplier(order.supplier, at)
    return terms.of(held, at).warehouse if held else ""


class NothingForm(OfOrder):
    """One button."""


class ReasonForm(OfOrder):
    reason = _text(_("Reason"))


class SendForm(OfOrder):
    contact_id = forms.TypedChoiceField(label=_("To whom"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_id"].choices = self.contacts()  # type: ignore[attr-defined]


class ReturnForm(OfOrder):
    file = _file(label=_("The countersigned order"))
    text = forms.CharField(label=_("Note"), max_length=500, required=False)


class OnBehalfForm(OfOrder):
    text = _text(_("Who of the supplier confirmed it, when and how"))
    file = _file(label=_("What it signed, or a picture of its message"))


class SampleOfLineForm(OfOrder):
    line_id = forms.TypedChoiceField(label=_("Line"), coerce=int)
    sample_id = forms.TypedChoiceField(label=_("Sample"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = (
            Sample.objects.filter(supplier=self.order.supplier_id)
            .exclude(state=Sample.State.GIVEN_UP)
            .order_by("-pk")[:100]
        )
        self.fields["line_id"].choices = self.lines()  # type: ignore[attr-defined]
        self.fields["sample_id"].choices = [(row.pk, f"{row} · {row.get_state_display()}") for row in rows]  # type: ignore[attr-defined]


class ReportForm(OfOrder):
    step_id = forms.TypedChoiceField(label=_("Process step"), coerce=int)
    mode = forms.ChoiceField(label=_("How inspected"), choices=StepReport.Mode.choices)
    standard = forms.ChoiceField(label=_("By which standard"), choices=StepReport.Standard.choices)
    standard_name = forms.CharField(label=_("Number of the standard"), max_length=60, required=False)
    passed = forms.BooleanField(label=_("Passed"), required=False, initial=True)
    file = _file(label=_("The report"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step_id"].choices = [  # type: ignore[attr-defined]
            (step.pk, f"{line.n} {line.name} · {step.name}")
            for line in self.order.lines.order_by("n").prefetch_related("steps")
            for step in line.steps.all()
        ]


class ReadyForm(OfOrder):
    """How many pieces of each line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pk, label in self.lines():
            self.fields[f"line_{pk}"] = _pieces(label, required=False, max_value=1_000_000)
            self.fields[f"line_{pk}"].widget.attrs["class"] = "form-control"

    def pieces(self) -> dict[int, int]:
        return {pk: self.cleaned_data.get(f"line_{pk}") or 0 for pk, _label in self.lines()}


class ShipForm(ReadyForm):
    number = forms.CharField(label=_("Number of the delivery note"), max_length=40)
    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    note = _file(label=_("The delivery note"), required=False)


class ReadyBackForm(OfOrder):
    notice_id = forms.TypedChoiceField(label=_("What was stated ready"), coerce=int)
    reason = _text(_("Reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [each for each in ready.standing(self.order) if each.untouched]
        self.fields["notice_id"].choices = [  # type: ignore[attr-defined]
            (each.notice.pk, f"{localtime(each.notice.at):%m-%d %H:%M} · {_said(each)}") for each in rows
        ]


def _said(standing: ready.Standing) -> str:
    return enumerated(f"{line.line.n} {line.line.name} × {left}" for line, left in standing.lines)


class PlaceForm(OfOrder):
    warehouse = forms.CharField(label=_("New place of delivery"), max_length=120)
    agreed = _text(_("With whom of the supplier it was agreed, and how"))


class DelayForm(OfOrder):
    line_id = forms.TypedChoiceField(label=_("Line"), coerce=int)
    cause = forms.ChoiceField(label=_("Who caused it"), choices=list(CAUSES.items()))
    reason = _text(_("How you know"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line_id"].choices = self.lines()  # type: ignore[attr-defined]


class EndForm(OfOrder):
    ground = forms.ChoiceField(label=_("Ground"), choices=OrderEnd.Ground.choices)
    reason = _text(_("Reason"))


class DesignForm(OfOrder):
    file = _file(label=_("The design (PDF or picture)"))
    contact_id = forms.TypedChoiceField(label=_("To whom"), coerce=int)
    purpose = forms.CharField(label=_("Used for"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_id"].choices = self.contacts()  # type: ignore[attr-defined]


class SampleDesignForm(Dressed):
    """A design that the supplier needs to make a sample."""

    file = _file(label=_("The design (PDF or picture)"))
    contact_id = forms.TypedChoiceField(label=_("To whom"), coerce=int)
    purpose = forms.CharField(label=_("Used for"), max_length=200)

    def __init__(self, *args: Any, supplier_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = SupplierContact.objects.filter(supplier=supplier_id, active=True).order_by("pk")
        self.fields["contact_id"].choices = [(each.pk, each.name) for each in people]  # type: ignore[attr-defined]


class AcceptForm(Dressed):
    """Prefixed by the arrival line."""

    accepted = _pieces(_("Pieces accepted"))
    refused = _pieces(_("Not accepted"), required=False)
    remedy = forms.ChoiceField(
        label=_("What becomes of it"), required=False,
        choices=[("", _("all in order")), ("redo", _("made anew")), ("repair", _("repaired")),
                 ("price_cut", _("kept at a lower price")), ("return", _("returned"))],
    )  # fmt: skip
    cut = _money(_("Lower by, yuan"), required=False)
    reason = forms.CharField(label=_("What is wrong"), max_length=500, required=False)


class PhotoForm(Dressed):
    file = _file(label=_("Photo"))
    text = forms.CharField(label=_("Note"), max_length=500, required=False)


class SampleReasonForm(Dressed):
    reason = _text(_("What has to be different"))


class GiveUpForm(Dressed):
    reason = _text(_("Reason"))


class SignForm(Dressed):
    text = forms.CharField(label=_("Note"), max_length=500, required=False)


class ResultForm(Dressed):
    checked = _pieces(_("Pieces looked at"))
    bad = _pieces(_("Of those bad"))
    text = _text(_("What was found"), 1000, required=False)
    file = _file(label=_("Photo or paper"), required=False)


class AnswerForm(Dressed):
    text = _text(_("How it was put right"), 1000)
    file = _file(label=_("Photo or paper"), required=False)


class JudgeForm(Dressed):
    good = forms.ChoiceField(
        label=_("Is it put right?"), choices=[("yes", _("Yes, it is")), ("no", _("No, not yet"))]
    )
    text = _text(_("What has to be different"), 1000, required=False)


class InspectForm(OfOrder):
    line_id = forms.TypedChoiceField(label=_("Line"), coerce=int)
    stage = forms.ChoiceField(
        label=_("What is looked at"),
        choices=[("arrived", _("on arrival")), ("finished", _("finished goods"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line_id"].choices = self.lines()  # type: ignore[attr-defined]


class PlanForm(Dressed):
    title = forms.CharField(label=_("Title of the plan"), max_length=120)


class NeedForm(Dressed):
    name = forms.CharField(label=_("Name of the goods"), max_length=120)
    sku = forms.CharField(label=_("SKU"), max_length=60, required=False)
    spec = forms.CharField(label=_("Specification"), max_length=120, required=False)
    quantity = _pieces(_("Quantity"), min_value=1, max_value=1_000_000)
    needed_on = _day(_("Needed by"))
