"""What the forms of acts share: ids of their own on a page with several, refusals on the fields they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms

from office.errors import Invalid, Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.approvals.api import FormDraft


def lines(rows: int, longest: int) -> forms.Textarea:
    """A field for some lines of text."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", "maxlength": longest})


class ActForm(forms.Form):
    """`seen`: the version of the row that the writer had before his eyes."""

    seen = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}-%s")
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """What the verb takes, by its own names."""
        return dict(self.cleaned_data)


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done on a page. `ask`: the effect spelled out before it is done; `draft`: its form saves
    itself (the page loads js/drafts.js)."""

    key: str
    label: StrOrPromise
    form: forms.Form
    main: bool = False
    ask: StrOrPromise = ""
    hint: StrOrPromise = ""
    opened: bool = False
    draft: FormDraft | None = None

    @property
    def plain(self) -> bool:
        """Nothing to fill in: one button."""
        return not self.form.visible_fields() and not self.hint


def refuse(form: forms.Form, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))
