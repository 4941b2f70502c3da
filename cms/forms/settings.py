"""What the pages of columns and word lists ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.models import Column, WordListVersion
from cms.rules.content import KINDS
from office.staff.models import Employee


class ColumnForm(forms.Form):
    """A column. The verb says what is wrong."""

    name = forms.CharField(
        label=_("Name"), max_length=40, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    slug = forms.CharField(
        label=_("Address"), max_length=40, widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("Small letters, digits and dashes: /pages/news/"),
    )  # fmt: skip
    description = forms.CharField(
        label=_("Description"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Takes"),
        choices=KINDS,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    officer = forms.ChoiceField(
        label=_("Section officer"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    freshness_days = forms.IntegerField(
        label=_("New content at least every … days"), required=False, min_value=1, max_value=366,
        widget=forms.NumberInput(attrs={"class": "form-control"}), help_text=_("Empty: nobody asks."),
    )  # fmt: skip
    place = forms.IntegerField(
        label=_("Place"), min_value=0, max_value=999, initial=0,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    active = forms.BooleanField(
        label=_("Shown to visitors"), required=False, initial=True,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["officer"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        people = Employee.objects.filter(is_active=True).order_by("name_key", "number")
        field.choices = [("", "–"), *((str(each.pk), f"{each.name} {each.number}") for each in people)]

    def given(self) -> dict[str, Any]:
        """As the verbs take it."""
        data = dict(self.cleaned_data)
        officer = data.pop("officer")
        return {**data, "officer_id": int(officer) if officer else None}


def initial_of(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "slug": column.slug,
        "description": column.description,
        "kinds": column.kinds,
        "officer": str(column.officer_id or ""),
        "freshness_days": column.freshness_days,
        "place": column.place,
        "active": column.active,
    }


class WordListForm(forms.Form):
    """The next version of a list."""

    severity = forms.ChoiceField(
        label=_("A hit"), choices=WordListVersion.Severity.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("Words"), required=False, max_length=1_300_000, help_text=_("One a line."),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 14}),
    )  # fmt: skip
    allow = forms.CharField(
        label=_("Harmless phrases"), required=False, max_length=1_300_000,
        help_text=_("One a line. A word inside such a phrase is no hit: 路口交通."),
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 14}),
    )  # fmt: skip
    active = forms.BooleanField(label=_("Texts are searched for these words"), required=False)
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)


class NewWordListForm(forms.Form):
    """A list of the department's own."""

    name = forms.CharField(
        label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    code = forms.CharField(
        label=_("Code"), max_length=30, widget=forms.TextInput(attrs={"class": "form-control"}),
        help_text=_("Small letters, digits, underscores; it stays."),
    )  # fmt: skip
    clause = forms.ChoiceField(
        label=_("Clause"), choices=[(each, each) for each in ("C6.4", "C6.5", "C6.6")],
        widget=forms.Select(attrs={"class": "form-select"}),
    )  # fmt: skip
    severity = forms.ChoiceField(
        label=_("A hit"), choices=WordListVersion.Severity.choices, initial="second", widget=forms.RadioSelect
    )
