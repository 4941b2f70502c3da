"""What the content pages ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.models import Column, Item, Version
from cms.rules import content, html
from cms.services.writing import LENGTHS, Writing

#: What a kind has no use for is not asked.
LEFT_OUT: dict[str, frozenset[str]] = {
    content.HEADLINE: frozenset({"author", "source", "source_url"}),
    content.FLOATING_AD: frozenset({"author", "source", "source_url"}),
    content.POPUP: frozenset({"author", "source", "source_url"}),
    content.PAGE: frozenset({"author", "source", "source_url", "link"}),
    content.PROFILE: frozenset({"link"}),
    content.NEWS: frozenset({"link"}),
    content.EVENT: frozenset({"link"}),
}


def _text(
    name: str, label: Any, *, required: bool = False, help_text: Any = "", rows: int = 0
) -> forms.CharField:
    widget: forms.Widget = (
        forms.Textarea(attrs={"class": "form-control", "rows": rows})
        if rows
        else forms.TextInput(attrs={"class": "form-control"})
    )
    return forms.CharField(
        label=label, max_length=LENGTHS[name], required=required, help_text=help_text, widget=widget
    )


class ItemForm(forms.Form):
    """One version of an item with its column and marks. Lengths are checked by the verb, which says what is wrong."""

    title = _text("title", _("Content title"), required=True)
    summary = _text("summary", _("Summary"), rows=2)
    body = forms.CharField(
        label=_("Body"), required=False, widget=forms.Textarea(attrs={"class": "form-control", "rows": 16})
    )
    link = _text(
        "link", _("Leads to"), help_text=_("Where a click leads: https://… or a page of the site, /…")
    )
    author = _text("author", _("Author"), help_text=_("The name under the title; empty shows none."))
    source = _text(
        "source", _("Source"), help_text=_("Where it comes from: a department, a paper, a data sheet.")
    )
    source_url = _text("source_url", _("Address of the source"))
    column = forms.ChoiceField(label=_("Site column"), widget=forms.Select(attrs={"class": "form-select"}))
    department = forms.CharField(
        label=_("Source department"), max_length=60, required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    flags = forms.MultipleChoiceField(
        label=_("Marks"),
        required=False,
        choices=content.FLAGS,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    note = forms.CharField(
        label=_("What is different"), max_length=200, required=False,
        help_text=_("For those who compare the versions later."),
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=10**9)

    def __init__(self, *args: Any, kind: str, columns: Iterable[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(column.pk), column.name) for column in columns]
        field = self.fields["column"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = choices
        for name in LEFT_OUT.get(kind, ()):
            del self.fields[name]
        if kind == content.PRODUCT:
            for name in ("summary", "source"):
                self.fields[name].required = True

    def writing(self, files: Iterable[tuple[str, str]] = ()) -> Writing:
        """What was typed."""
        data = self.cleaned_data
        return Writing(
            column_id=int(data["column"]),
            texts={name: data.get(name, "") for name in content.TEXTS},
            flags=frozenset(data["flags"]),
            department=data["department"],
            files=tuple(files),
        )

    @property
    def short_fields(self) -> list[forms.BoundField]:
        """Those beside the text, in their order."""
        return [self[name] for name in ("link", "author", "source", "source_url") if name in self.fields]


def initial_of(item: Item, version: Version) -> dict[str, Any]:
    """The form of an item as it is."""
    return {
        **{name: getattr(version, name) for name in content.TEXTS},
        "column": str(item.column_id),
        "department": item.department,
        "flags": item.flags,
        "seen": version.number,
    }


class SubmitForm(forms.Form):
    """When it is to be on the site, and a word to the deciders."""

    starts_at = forms.DateTimeField(
        label=_("Goes live"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"class": "form-control", "type": "datetime-local", "step": 1}),
        help_text=_("Empty: as soon as it is published."),
    )  # fmt: skip
    ends_at = forms.DateTimeField(
        label=_("Comes off"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"class": "form-control", "type": "datetime-local", "step": 1}),
        help_text=_("Empty: it stays."),
    )  # fmt: skip
    comment = forms.CharField(
        label=_("Comment"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 2}),
    )  # fmt: skip

    def times(self) -> dict[str, datetime | None]:
        return {"starts_at": self.cleaned_data["starts_at"], "ends_at": self.cleaned_data["ends_at"]}


class FilterForm(forms.Form):
    """The filters of the list, out of the address: what makes no sense is left out."""

    column = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    kind = forms.ChoiceField(required=False, choices=[("", ""), *content.KINDS])
    state = forms.CharField(required=False, max_length=12)
    q = forms.CharField(required=False, max_length=60)
    mine = forms.BooleanField(required=False)
    after = forms.CharField(required=False, max_length=60)


def typed_texts(data: Any) -> dict[str, str]:
    """What stands in an editor that has not been saved, cleaned as saving would."""
    texts = {name: html.line(data.get(name, ""))[:1000] for name in LENGTHS}
    body = data.get("body", "")
    return {**texts, "body": html.clean(body[: html.LONGEST])}
