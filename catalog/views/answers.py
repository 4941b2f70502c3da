"""What views of the catalog answer alike."""

from __future__ import annotations

from django.forms import BaseForm

from office.errors import Invalid, Refused


def explain(form: BaseForm, refused: Refused) -> None:
    """What a verb refused, beside the fields it speaks of, else above the form."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not told:
        form.add_error(None, str(refused.message))


def number(text: str | None) -> int | None:
    """A key out of an address; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
