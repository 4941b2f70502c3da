"""What the import pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.intake.format_names import FORMAT_NAMES
from orders.intake.formats import GENERIC, LAYOUTS
from orders.intake.formats.generic import FIELDS
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Shop

_LINES = 20


def max_bytes() -> int:
    """The largest upload, in bytes."""
    return int(settings.ECDEPT_MAX_IMPORT_MB) << 20


class ImportForm(forms.Form):
    """A file of orders and what to make of it."""

    file = forms.FileField(label=_("File"), help_text=_("CSV or Excel (.xlsx) as the platform exports it."))
    detail = forms.FileField(
        label=_("Detail list"),
        required=False,
        help_text=_("Only for Taobao: the second file (订单详情), which names the goods one by one."),
    )
    format = forms.ChoiceField(
        label=_("Format"),
        required=False,
        choices=[("", _("Recognise it")), *((name, FORMAT_NAMES[name]) for name in (*LAYOUTS, GENERIC))],
    )
    historical = forms.BooleanField(
        label=_("Old orders: book without starting clocks"),
        required=False,
        help_text=_("They are on record at once, but nobody has to accept them."),
    )
    mends = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    field_order = ("shop", "file", "detail", "format", "historical", "mends")

    def __init__(self, *args: Any, shops: QuerySet[Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"] = forms.ModelChoiceField(
            label=_("Shop"), queryset=shops, empty_label=_("Choose the shop")
        )
        self.order_fields(self.field_order)


class MappingForm(forms.Form):
    """One select per header of the file: which field of an order it is. Headers are told apart by their place."""

    def __init__(self, *args: Any, headers: list[str], proposal: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._headers = headers
        choices = [("", _("Keep as it is, beside the order")), *FIELDS.items()]
        for place, header in enumerate(headers):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=header, required=False, choices=choices, initial=proposal.get(header, "")
            )

    def clean(self) -> dict[str, Any]:
        chosen = [self.cleaned_data.get(f"column_{place}", "") for place in range(len(self._headers))]
        for name in {name for name in chosen if name and chosen.count(name) > 1}:
            self.add_error(
                None, _("“%(field)s” is chosen for more than one column.") % {"field": FIELDS[name]}
            )
        return self.cleaned_data

    @property
    def columns(self) -> dict[str, str]:
        """Field → header, as chosen."""
        return {
            self.cleaned_data[f"column_{place}"]: header
            for place, header in enumerate(self._headers)
            if self.cleaned_data.get(f"column_{place}")
        }


class LineForm(forms.Form):
    """One line of goods."""

    sku = forms.CharField(label=_("SKU"), max_length=120, required=False)
    title = forms.CharField(label=_("Title"), max_length=500, required=False)
    quantity = forms.DecimalField(
        label=_("Quantity"), min_value=0, max_digits=14, decimal_places=3, required=False
    )
    price = forms.DecimalField(label=_("Price"), min_value=0, max_digits=14, decimal_places=4, required=False)
    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not any(value not in (None, "") for value in data.values()):
            return data
        if not data.get("sku") and not data.get("title") and not self.errors:
            self.add_error("title", _("Say what was ordered: a title or an SKU."))
        if data.get("quantity") is None and "quantity" not in self.errors:
            self.add_error("quantity", _("The quantity is missing."))
        return data

    @property
    def filled(self) -> bool:
        return any(value not in (None, "") for value in self.cleaned_data.values())


LineFormSet = forms.formset_factory(LineForm, extra=3, max_num=_LINES, absolute_max=_LINES, validate_max=True)


class OrderForm(forms.Form):
    """An order typed by hand; its lines are a formset beside it."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=64,
        help_text=_("As the shop or the customer names it; once per shop."),
    )
    placed_at = forms.DateTimeField(
        label=_("Ordered at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    name = forms.CharField(label=_("Customer"), max_length=120, required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=60, required=False, widget=forms.TextInput({"inputmode": "tel"})
    )
    address = forms.CharField(label=_("Address"), max_length=500, required=False)
    total = forms.DecimalField(label=_("Total"), min_value=0, max_digits=14, decimal_places=2, required=False)
    paid = forms.DecimalField(label=_("Paid"), min_value=0, max_digits=14, decimal_places=2, required=False)
    remark = forms.CharField(
        label=_("Remark"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    field_order = ("shop", "number", "placed_at", "name", "phone", "address", "total", "paid", "remark")

    def __init__(self, *args: Any, shops: QuerySet[Shop], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"] = forms.ModelChoiceField(
            label=_("Shop"), queryset=shops, empty_label=_("Choose the shop")
        )
        self.order_fields(self.field_order)

    def clean_placed_at(self) -> Any:
        placed = self.cleaned_data["placed_at"]
        if placed and placed > timezone.now():
            raise forms.ValidationError(_("This time is still to come."))
        return placed

    def incoming(self, lines: list[LineForm]) -> IncomingOrder:
        """The order that the two valid forms describe."""
        data = self.cleaned_data
        shop: Shop = data["shop"]
        return IncomingOrder(
            number=data["number"],
            lines=tuple(
                IncomingLine(
                    sku=line.cleaned_data["sku"],
                    title=line.cleaned_data["title"],
                    quantity=line.cleaned_data["quantity"],
                    price=line.cleaned_data["price"],
                    amount=line.cleaned_data["amount"],
                )
                for line in lines
            ),
            customer=IncomingCustomer(name=data["name"], phone=data["phone"], address=data["address"]),
            placed_at=data["placed_at"],
            currency=shop.currency,
            total=data["total"],
            paid=data["paid"],
            facts={"remark": data["remark"]} if data["remark"] else {},
        )
