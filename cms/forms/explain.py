"""What a verb refused, beside the fields it speaks of."""

from __future__ import annotations

from collections.abc import Mapping

from django.forms import BaseForm

from office.errors import Invalid, Refused


def explain(form: BaseForm, refused: Refused, names: Mapping[str, str] | None = None) -> None:
    """`names`: the verb's word for a field → the form's, where they differ."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        path = (names or {}).get(error["path"], error["path"])
        form.add_error(path if path in form.fields else None, error["message"])
    if not told:
        form.add_error(None, str(refused.message))
