"""What the forms of this desk share: how a refusal lands on the fields it speaks of, fields of some lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from office.errors import Invalid, Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def lines(rows: int, longest: int) -> forms.Textarea:
    """A field for some lines of text."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", "maxlength": longest})


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})


def select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def refuse(form: forms.BaseForm, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))


def number(text: str | None) -> int | None:
    """A key out of a form; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done on a page: its form under its name. `ask`: the effect spelled out before it is done;
    `opened`: it is what comes next."""

    key: str
    label: StrOrPromise
    form: forms.Form
    ask: StrOrPromise = ""
    opened: bool = False
    file: bool = False

    @property
    def plain(self) -> bool:
        """Nothing to fill in: one button."""
        return not self.form.visible_fields()


class NothingForm(forms.Form):
    """A button."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = False
