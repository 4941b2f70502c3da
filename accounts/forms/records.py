"""Forms of the records: a signature, a document's text."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import lines


class SignForm(forms.Form):
    done = forms.CharField(
        label=_("What was done"), max_length=2000, widget=lines(4, 2000),
        help_text=_("What was updated, what waits and why."),
    )  # fmt: skip


class TextForm(forms.Form):
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=lines(24, 20_000))
