"""What a claim of losses asks for: what it rests on, and its lines, as many as there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.acts import lines, select
from contracts.forms.money import Yuan
from contracts.models import LossLine
from contracts.services.losses import CLAUSES, MOST_LINES

PREFIX = "loss"
FIRST_ROWS = 2


class ClaimForm(forms.Form):
    clause = forms.ChoiceField(label=_("The claim rests on"), widget=select())
    text = forms.CharField(label=_("What happened"), max_length=1000, widget=lines(3, 1000))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clause"].choices = [(key, f"{key} {label}") for key, label in CLAUSES.items()]  # type: ignore[attr-defined]


class LossForm(forms.Form):
    """One loss, with the paper that shows it."""

    #: Its first choice counts for nothing typed.
    kind = forms.ChoiceField(
        label=_("Direct or indirect"),
        choices=LossLine.Kind.choices,
        initial=LossLine.Kind.DIRECT,
        widget=select(),
    )
    what = forms.CharField(
        label=_("What was lost"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "maxlength": 200}),
    )
    amount = Yuan(label=_("Yuan"))
    file = forms.FileField(
        label=_("Paper that shows it"),
        required=False,
        widget=forms.FileInput(attrs={"class": "form-control", "accept": "image/*,.pdf"}),
    )
    #: Names a file that was sent by itself; read by `services.loss_files`.
    kept = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)


class StandForm(forms.Form):
    """Why a claim stands that was objected to, or not answered in time."""

    reason = forms.CharField(label=_("Why it stands"), max_length=1000, widget=lines(2, 1000))


class _Losses(forms.BaseFormSet):  # type: ignore[type-arg]
    """Empty lines count for nothing, wherever they stand."""

    def initial_form_count(self) -> int:
        return 0 if self.is_bound else int(super().initial_form_count())


def _rows(extra: int) -> Any:
    return forms.formset_factory(
        LossForm,
        formset=_Losses,
        extra=extra,
        max_num=MOST_LINES,
        absolute_max=MOST_LINES + 1,
        validate_max=True,
    )


def rows(data: Any = None, files: Any = None) -> Any:
    """The lines as they were sent, or a few empty ones."""
    return _rows(FIRST_ROWS)(data, files, prefix=PREFIX)


def one_more(data: Mapping[str, str]) -> Any:
    """The lines as they were typed and an empty one, judged by nobody yet."""
    typed = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    count = min(int(typed), MOST_LINES) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
    known = [
        {name: data.get(f"{PREFIX}-{n}-{name}", "") for name in ("kind", "what", "amount", "kept")}
        for n in range(count)
    ]
    return _rows(1)(prefix=PREFIX, initial=known)
