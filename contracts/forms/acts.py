"""What the forms of this desk share: usual widgets, how a refusal lands on the fields it names, things to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from office.errors import Invalid, Refused
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def lines(rows: int, longest: int) -> forms.Textarea:
    """A field for some lines of text."""
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", "maxlength": longest})


def line(longest: int) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "maxlength": longest})


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"})


def hour_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "form-control"}
    )


def select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


def tick() -> forms.CheckboxInput:
    return forms.CheckboxInput(attrs={"class": "form-check-input"})


def scan(label: StrOrPromise) -> forms.FileField:
    """A paper that is sent along; what may be in it the verb says."""
    return forms.FileField(
        label=label, allow_empty_file=True, widget=forms.FileInput(attrs={"class": "form-control"})
    )


def colleague(label: StrOrPromise) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    """Somebody of the staff. The form asks for the people when it is drawn."""
    return forms.ModelChoiceField(
        label=label,
        queryset=Employee.objects.filter(is_active=True).order_by("name_key", "number"),
        widget=select(),
    )


def sent(form: forms.Form) -> dict[str, Any]:
    """What was typed, with the bytes and the name of the file in place of the upload."""
    given = dict(form.cleaned_data)
    upload = given.pop("file")
    if not isinstance(upload, UploadedFile):
        raise TypeError("the form has no file")
    return {**given, "content": upload.read(), "name": str(upload.name or "")}


def refuse(form: forms.BaseForm, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(
            "file" if "file" in form.fields and refused.code in FILE_CODES else None, str(refused.message)
        )


#: Refusals of office.files that speak of the upload.
FILE_CODES = frozenset(
    {
        "unknown", "svg", "macros", "embedded", "legacy_office", "archive", "remote", "bomb", "active", "locked",
        "damaged", "too_many_pixels", "too_many_frames", "not_a_picture", "empty", "too_large", "too_long", "virus",
        "no_scanner", "missing",
    }
)  # fmt: skip


def number(text: str | None) -> int | None:
    """A key out of an address or a form; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done on a page: its form under its name. `ask`: the effect spelled out before it is done;
    `opened`: it is what comes next; `file`: the form sends one."""

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
