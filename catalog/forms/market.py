"""What the pages of the market ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    sku_code = forms.CharField(label=_("Style number"), max_length=40)
    competitor = forms.CharField(label=_("Competitor"), max_length=80)
    price = forms.DecimalField(label=_("Price"), max_digits=12, decimal_places=2)
    on = forms.DateField(
        label=_("Seen on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    url = forms.CharField(
        label=_("Link"),
        max_length=500,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )


class SummaryForm(forms.Form):
    text = forms.CharField(
        label=_("Summary of the week"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What moved, why, and what you suggest."),
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
