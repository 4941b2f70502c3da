"""The form of a review's line."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import line
from accounts.models import GrantWord


class WordForm(forms.Form):
    decision = forms.ChoiceField(choices=GrantWord.Decision.choices)
    reason = forms.CharField(label=_("Why"), max_length=500, widget=line(500))
