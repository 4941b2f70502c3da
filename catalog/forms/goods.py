"""What the pages of goods ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.models import ModelChoiceIterator
from django.utils.translation import gettext_lazy as _

from catalog.limits import picture_limits
from catalog.models import Category
from catalog.selectors.tree import branches
from catalog.services.uploads import Sent


class Dressed(forms.Form):
    """Every field in the look of the house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.BooleanField):
                field.widget.attrs.setdefault("class", "form-check-input")
            elif isinstance(field.widget, forms.Select):
                field.widget.attrs.setdefault("class", "form-select")
            elif not isinstance(field.widget, forms.CheckboxSelectMultiple | forms.HiddenInput):
                field.widget.attrs.setdefault("class", "form-control")


class BranchIterator(ModelChoiceIterator[Category]):
    """The categories in use, each below the one that it stands in."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for branch in branches():
            yield branch.pk, branch.indented


class BranchField(forms.ModelChoiceField[Category]):
    """A category out of the tree."""

    iterator = BranchIterator


def amount(**more: Any) -> forms.DecimalField:
    """An amount of CNY; what is wrong with it, the verb says."""
    widget = forms.NumberInput(
        attrs={"inputmode": "decimal", "step": "0.01", "min": "0.01", "class": "form-control num"}
    )
    return forms.DecimalField(max_digits=14, decimal_places=4, widget=widget, **more)


class ProductForm(Dressed):
    """A product."""

    title = forms.CharField(label=_("Name of the product"), max_length=120)
    category = BranchField(label=_("Category"), queryset=Category.objects.filter(active=True))
    brand = forms.CharField(label=_("Brand"), max_length=60, required=False)


class SkuForm(Dressed):
    """A new SKU. The style number stays for ever."""

    code = forms.CharField(
        label=_("Style number"),
        max_length=40,
        help_text=_("Orders and tables know it by this; it never changes."),
    )
    spec = forms.CharField(label=_("Specification"), max_length=80, required=False)
    barcode = forms.CharField(label=_("Barcode"), max_length=20, required=False)
    cost = amount(label=_("Cost a piece"), required=False)


class SkuChange(Dressed):
    """What may change of a SKU."""

    spec = forms.CharField(label=_("Specification"), max_length=80, required=False)
    barcode = forms.CharField(label=_("Barcode"), max_length=20, required=False)
    cost = amount(label=_("Cost a piece"), required=False)
    active = forms.BooleanField(
        label=_("In the range"), required=False, help_text=_("Out of the range it is no longer asked about.")
    )


class ChannelForm(Dressed):
    """A new sales channel."""

    code = forms.CharField(
        label=_("Code"), max_length=30, help_text=_("That of the shop, where orders come in.")
    )
    name = forms.CharField(label=_("Name"), max_length=80)


class NameForm(Dressed):
    """A name, and whether it is used."""

    name = forms.CharField(label=_("Name"), max_length=80)
    active = forms.BooleanField(label=_("In use"), required=False)


class CategoryForm(NameForm):
    """A category, and the one that it stands in."""

    parent = BranchField(
        label=_("Within"), queryset=Category.objects.all(), required=False, empty_label=_("none: at the top")
    )


class PictureForm(Dressed):
    """A picture of a product."""

    file = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/gif,image/webp"}),
    )
    caption = forms.CharField(label=_("Caption"), max_length=80, required=False)
    offer = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**53)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("file") and not given.get("offer") and "file" not in self.errors:
            self.add_error("file", _("Choose a file first."))
        return given

    def sent(self) -> Sent:
        """What was chosen, else the offer that is accepted."""
        file = self.cleaned_data["file"]
        if file is None:
            return Sent(offer=self.cleaned_data["offer"])
        return Sent(file.read(picture_limits().largest() + 1), str(file.name))


class TextForm(Dressed):
    """A version of a product's text."""

    title = forms.CharField(label=_("Text title"), max_length=120)
    points = forms.CharField(
        label=_("Selling points"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on each line."),
    )
    body = forms.CharField(
        label=_("Product text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 12})
    )
