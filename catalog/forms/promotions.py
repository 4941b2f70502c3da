"""A promotion: its plan, and the prices of its SKUs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.goods import Dressed
from catalog.models import Channel, Product

INSTANT = {"type": "datetime-local", "step": "1", "class": "form-control"}


class PlanForm(Dressed):
    """The plan, as it will be decided."""

    title = forms.CharField(label=_("Name of the promotion"), max_length=80)
    starts_at = forms.DateTimeField(
        label=_("Begins"), widget=forms.DateTimeInput(attrs=INSTANT, format="%Y-%m-%dT%H:%M:%S")
    )
    ends_at = forms.DateTimeField(
        label=_("Ends"),
        widget=forms.DateTimeInput(attrs=INSTANT, format="%Y-%m-%dT%H:%M:%S"),
        help_text=_("To the second: at this instant the prior price is back."),
    )
    channels = forms.ModelMultipleChoiceField(
        label=_("Sales channels"),
        queryset=Channel.objects.filter(active=True),
        widget=forms.CheckboxSelectMultiple,
    )
    goal = forms.CharField(
        label=_("Plan"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What it is for, for whom, what it costs, how it is announced."),
    )
    may_overlap = forms.BooleanField(
        label=_("May meet other promotions that allow it too"),
        required=False,
        help_text=_("The lower price counts then."),
    )


class StopForm(Dressed):
    """Why it is to end before its time."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class GoodsForm(Dressed):
    """Which product's SKUs to show for prices."""

    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["product"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Product.objects.order_by("title")
