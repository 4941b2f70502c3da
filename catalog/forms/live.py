"""What the pages of live checks ask for."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.stock import UploadForm
from catalog.models import Channel


class CheckForm(UploadForm):
    channel = forms.ModelChoiceField(
        label=_("Sales channel"),
        queryset=Channel.objects.filter(active=True),
        empty_label=_("Choose the channel"),
    )
    whole = forms.BooleanField(
        label=_("It names everything that is on sale there"), required=False, initial=True
    )

    field_order = ("channel", "file", "whole")


class FeedForm(forms.Form):
    url = forms.CharField(
        label=_("Address of the feed"),
        max_length=1000,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    active = forms.BooleanField(label=_("Read by itself"), required=False, initial=True)


class SolveForm(forms.Form):
    reason = forms.CharField(
        label=_("What it was, and what was done"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
