"""The form that changes a day of the calendar."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from office.rulebook.models import DayOverride


class DayForm(forms.Form):
    day = forms.DateField(
        label=_("Date"), widget=forms.DateInput(attrs={"type": "date", "class": "form-control"})
    )
    kind = forms.ChoiceField(
        label=_("This day is"),
        choices=[*DayOverride.Kind.choices, ("", _("as in the national calendar"))],
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    source = forms.CharField(
        label=_("On what it rests"),
        max_length=200,
        required=False,
        help_text=_("The notice or decision, so that it can be found again."),
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
