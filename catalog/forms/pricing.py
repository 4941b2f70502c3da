"""A price that is asked for, with what competitors ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.goods import Dressed, amount
from catalog.models import Channel

#: Rows for competitors that the form shows at least, and takes at most.
SHOWN, MOST = 2, 8
DATE = {"type": "date", "class": "form-control"}


class PriceForm(Dressed):
    """The price itself."""

    channel = forms.ModelChoiceField(
        label=_("Sales channel"),
        queryset=Channel.objects.filter(active=True),
        required=False,
        empty_label=_("All channels"),
    )
    price = amount(label=_("New selling price"))
    starts_on = forms.DateField(
        label=_("Effective from"),
        widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
        help_text=_("From midnight of that day; today means as soon as it is carried out."),
    )
    comment = forms.CharField(
        label=_("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class CompetitorForm(Dressed):
    """What one competitor asks."""

    source = forms.CharField(label=_("Competitor, and where"), max_length=80)
    price = amount(label=_("Competitor’s price"))
    on = forms.DateField(label=_("Seen on"), widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d"))
    url = forms.URLField(label=_("Link"), max_length=500, required=False, assume_scheme="https")
    file = forms.FileField(
        label=_("Screenshot or PDF"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )
    kept = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=2**53)


CompetitorFormSet = forms.formset_factory(
    CompetitorForm, extra=0, min_num=1, max_num=MOST, validate_min=True, validate_max=True, absolute_max=MOST
)
PREFIX = "c"


def competitors_in(initial: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a kept form: "c-0-source" and so on."""
    rows: dict[int, dict[str, Any]] = {}
    for name, value in initial.items():
        parts = name.split("-", 2)
        if len(parts) == 3 and parts[0] == PREFIX and parts[1].isdecimal() and len(parts[1]) < 3:
            rows.setdefault(int(parts[1]), {})[parts[2]] = value
    return [row for _place, row in sorted(rows.items()) if any(row.values())][:MOST]


def padded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At least as many rows as the form shows."""
    return rows + [{}] * max(0, SHOWN - len(rows))


class SheetForm(Dressed):
    """A table of prices."""

    file = forms.FileField(label=_("Table"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt,.zip"}))
