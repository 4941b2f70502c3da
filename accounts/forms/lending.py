"""The form that asks for a lending."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from office.staff.models import Employee


class LendForm(forms.Form):
    """Who enters with it, for how long, and why he must."""

    borrower = forms.ModelChoiceField(
        label=_("Who enters with it"),
        queryset=Employee.objects.none(),
        empty_label=_("Choose"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    hours = forms.IntegerField(
        label=_("For how many hours"), min_value=1, widget=forms.NumberInput(attrs={"class": "form-control"})
    )
    reason = forms.CharField(
        label=_("Why this cannot be done otherwise"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "maxlength": 200}),
        help_text=_("A vacant post is filled by an acting appointment, not by a borrowed password (C13.4)."),
    )

    def __init__(self, *args: Any, people: QuerySet[Employee], most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        borrower = self.fields["borrower"]
        assert isinstance(borrower, forms.ModelChoiceField)  # noqa: S101
        borrower.queryset = people
        self.fields["hours"].initial = min(4, most)
        self.fields["hours"].widget.attrs["max"] = most
