"""Forms of complaints and disputes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.choosing import SupplierField
from contracts.models import Complaint, ComplaintForm, Dispute, OrderLine
from contracts.models.complaints import Liable
from contracts.sales import Sale
from contracts.services.complaints.filing import Filled
from contracts.templatetags.complaints import PLACES
from office.errors import Invalid, Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LINES = 100


def lines(rows: int, longest: int = 2000) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", "maxlength": longest})


class LineField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Lines as people call them."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.order.number} · {obj.n} {obj.name} · {obj.order.supplier.code}"


class NewComplaintForm(forms.Form):
    """The complaint form (投诉表)."""

    supplier = SupplierField()
    line = LineField(
        label=_("Line of a purchase order"),
        required=False,
        queryset=OrderLine.objects.none(),
        empty_label=_("not known"),
    )
    goods = forms.CharField(label=_("Goods"), max_length=120)
    sku = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    quantity = forms.IntegerField(label=_("Pieces concerned"), min_value=1, max_value=100_000, initial=1)
    kind = forms.ChoiceField(
        label=_("When it was noticed"), choices=Complaint.Kind.choices, widget=forms.RadioSelect
    )
    packaging = forms.ChoiceField(
        label=_("Packaging on arrival"),
        required=False,
        choices=ComplaintForm.Packaging.choices,
        widget=forms.RadioSelect,
    )
    packaging_places = forms.MultipleChoiceField(
        label=_("The packaging is damaged at"),
        required=False,
        choices=[(word, name) for word, name in PLACES.items() if word != "inside"],
        widget=forms.CheckboxSelectMultiple,
    )
    damage_places = forms.MultipleChoiceField(
        label=_("The goods are hurt at"),
        required=False,
        choices=list(PLACES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    said = forms.CharField(
        label=_("What is wrong with the goods"),
        widget=lines(4),
        max_length=2000,
        help_text=_("The supplier reads this: no name, number or address of the customer."),
    )
    wish = forms.ChoiceField(
        label=_("What the customer wants"), choices=ComplaintForm.Wish.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, sale: Sale | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sale = sale
        self.fields["line"].queryset = _lines(sale)  # type: ignore[attr-defined]

    def filled(self) -> Filled:
        given = self.cleaned_data
        return Filled(
            supplier_id=given["supplier"].pk,
            kind=given["kind"],
            goods=given["goods"],
            said=given["said"],
            wish=given["wish"],
            quantity=given["quantity"],
            sku=given["sku"],
            line_id=given["line"].pk if given["line"] else None,
            packaging=given["packaging"] if given["kind"] == Complaint.Kind.DELIVERY else "",
            packaging_places=given["packaging_places"]
            if given["packaging"] == ComplaintForm.Packaging.DAMAGED
            and given["kind"] == Complaint.Kind.DELIVERY
            else [],
            damage_places=given["damage_places"],
            sale=self.sale,
        )


def _lines(sale: Sale | None) -> Any:
    """The newest lines of purchase orders for what the customer bought, else the newest of all."""
    found = OrderLine.objects.exclude(order__state="draft").select_related("order__supplier")
    skus = {line.sku for line in sale.lines if line.sku} if sale else set()
    if skus and found.filter(sku__in=skus).exists():
        found = found.filter(sku__in=skus)
    newest = found.order_by("-pk").values_list("pk", flat=True)[:LINES]
    return OrderLine.objects.filter(pk__in=list(newest)).select_related("order__supplier").order_by("-pk")


class ActForm(forms.Form):
    """`seen`: the version of the row that the writer had before his eyes."""

    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}-%s")
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """What the verb takes, by its own names."""
        return dict(self.cleaned_data)


class DecideForm(ActForm):
    liable = forms.ChoiceField(label=_("Who is liable"), choices=Liable.choices, widget=forms.RadioSelect)
    cost = forms.DecimalField(
        label=_("Cost in all (yuan)"), min_value=0, max_digits=12, decimal_places=2, initial=0
    )
    percent = forms.IntegerField(
        label=_("The supplier’s part in percent, where both are liable"),
        required=False,
        min_value=1,
        max_value=99,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=lines(3),
        max_length=2000,
        help_text=_("Needed where you depart from the proposal, or after an objection."),
    )


class WithdrawForm(ActForm):
    reason = forms.CharField(label=_("Reason"), widget=lines(2, 500), max_length=500)


class WordForm(ActForm):
    accepted = forms.ChoiceField(
        label=_("What the customer says"),
        choices=[("yes", _("is content: settled for him")), ("no", _("is not content"))],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("In his words, without name and number"), required=False, widget=lines(2), max_length=2000
    )

    def arguments(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return given | {"accepted": given["accepted"] == "yes"}


class ChargeForm(ActForm):
    """Nothing to fill in."""


class DisputeForm(forms.Form):
    title = forms.CharField(label=_("What it is about"), max_length=120)
    text = forms.CharField(label=_("What each side holds"), widget=lines(4), max_length=2000)


class NewDisputeForm(DisputeForm):
    supplier = SupplierField(every=True)
    field_order = ["supplier", "title", "text"]


class StepForm(ActForm):
    stage = forms.ChoiceField(label=_("Where it stands now"), choices=Dispute.Stage.choices)
    court = forms.CharField(label=_("Court at the plaintiff’s place"), required=False, max_length=120)
    text = forms.CharField(label=_("What was said or done"), widget=lines(4), max_length=2000)


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done on a page. `ask`: the effect spelled out before it is done."""

    key: str
    label: StrOrPromise
    form: forms.Form
    main: bool = False
    ask: StrOrPromise = ""
    opened: bool = False

    @property
    def plain(self) -> bool:
        return not self.form.visible_fields()


def refuse(form: forms.Form, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))
