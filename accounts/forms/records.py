"""Forms of the records: a signature, a document's text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import lines
from accounts.services import advisories
from office.files.api import readable_size


class SignForm(forms.Form):
    done = forms.CharField(
        label=_("What was done"), max_length=2000, widget=lines(4, 2000),
        help_text=_("What was updated, what waits and why."),
    )  # fmt: skip


class AdvisoryForm(forms.Form):
    """The file of advisories. What is missing or wrong with it the verb says."""

    file = forms.FileField(
        label=_("File of advisories"), required=False,
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".json,application/json"}),
    )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("OSV’s JSON for PyPI, at most {size}.").format(
            size=readable_size(advisories.limits(now).document)
        )


class TextForm(forms.Form):
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=lines(24, 20_000))
