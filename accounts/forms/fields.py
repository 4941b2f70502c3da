"""What the forms of this desk share: how a refusal lands on the fields it speaks of, usual widgets."""

from __future__ import annotations

from django import forms

from office.errors import Invalid, Refused


def lines(rows: int, longest: int) -> forms.Textarea:
    """A field for some lines of text."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", "maxlength": longest})


def line(longest: int) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "maxlength": longest})


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})


def select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def tick() -> forms.CheckboxInput:
    return forms.CheckboxInput(attrs={"class": "form-check-input"})


def refuse(form: forms.BaseForm, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))


def number(text: str | None) -> int | None:
    """A key out of an address or a form; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
