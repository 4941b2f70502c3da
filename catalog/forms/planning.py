"""Seasons with their styles, and what the planner writes down."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.goods import Dressed
from catalog.models import SeasonPick

_DAY = {"type": "date"}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))


class SeasonForm(Dressed):
    name = forms.CharField(label=_("Name"), max_length=60)
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"))


class PickForm(Dressed):
    """A style and its role."""

    sku_code = forms.CharField(label=_("Style number"), max_length=40)
    role = forms.ChoiceField(label=_("Role"), choices=SeasonPick.Role.choices)
    why = forms.CharField(
        label=_("Why"), max_length=200, help_text=_("Sales, stock, margin, what competitors do.")
    )


class RecordForm(Dressed):
    """A record; without `kinds` what it is stands fast."""

    kind = forms.ChoiceField(label=_("What it is"))
    title = forms.CharField(label=_("Record title"), max_length=80)
    on = _day(_("For the day"))
    text = forms.CharField(label=_("Text"), max_length=8_000, widget=forms.Textarea(attrs={"rows": 10}))

    def __init__(self, *args: Any, kinds: list[tuple[str, Any]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        if not kinds:
            del self.fields["kind"]
        elif isinstance(field, forms.ChoiceField):
            field.choices = kinds


class DeclineForm(Dressed):
    reason = forms.CharField(label=_("Reason"), max_length=200)
