"""What people type about assets, redesigns and reviews."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.models import Asset

_SPLIT = re.compile(r"[,，、;；\n]+")


def tags_of(text: str) -> list[str]:
    """ "促销, 沙发" → ["促销", "沙发"]; Chinese commas too."""
    return [tag.strip() for tag in _SPLIT.split(text) if tag.strip()]


class DescribeForm(forms.Form):
    """The words of an asset."""

    title = forms.CharField(
        label=_("What it is called"),
        max_length=80,
        required=False,
        help_text=_("Empty: as the file is called."),
    )
    tags = forms.CharField(
        label=_("Tags"), max_length=240, required=False, help_text=_("Separated by commas, ten at most.")
    )
    rights = forms.CharField(
        label=_("Source and rights"),
        max_length=200,
        required=False,
        help_text=_("Who made it, and what we may use it for."),
    )


class AssetForm(DescribeForm):
    """A new asset."""

    purpose = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("as the file is")), *Asset.Purpose.choices],
    )
    field_order = ("purpose", "title", "tags", "rights")


class RedesignForm(forms.Form):
    """A proposal."""

    title = forms.CharField(label=_("What it is called"), max_length=80)
    page = forms.CharField(label=_("Page"), max_length=120, help_text=_("Which page, or its address."))
    aim = forms.CharField(
        label=_("Aim"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What shall be better, and how one will see it."),
    )
