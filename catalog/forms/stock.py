"""What the pages of stock ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms.goods import BranchField
from catalog.models import Category, Reason
from catalog.models.stock import BACK_REASONS, CLEARANCE_REASONS, VARIANCE_REASONS

if TYPE_CHECKING:
    from office.approvals.api import FormDraft

MOST = 10_000_000
FILE_MB = 5


def reasons(allowed: Iterable[Reason]) -> list[tuple[str, Any]]:
    """Choices with an empty first one."""
    return [("", _("Choose the reason")), *((each.value, each.label) for each in allowed)]


def _pieces(**more: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Pieces"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "step": 1}),
        **{"min_value": 1, "max_value": MOST, **more},
    )


class ReceiveForm(forms.Form):
    pieces = _pieces()
    reference = forms.CharField(label=_("Delivery note"), max_length=100, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class ClearForm(forms.Form):
    pieces = _pieces()
    reason = forms.ChoiceField(label=_("Way"), choices=reasons(CLEARANCE_REASONS))
    reference = forms.CharField(label=_("With whom, by which paper"), max_length=100)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class CorrectForm(forms.Form):
    change = _pieces(min_value=-MOST)
    reason = forms.ChoiceField(label=_("Reason"), choices=reasons(VARIANCE_REASONS))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["change"].label = _("Pieces more, or less with a minus")


class BackForm(forms.Form):
    pieces = _pieces()
    reason = forms.ChoiceField(label=_("Reason"), choices=reasons(BACK_REASONS))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class MatchForm(forms.Form):
    sku_code = forms.CharField(label=_("Style number"), max_length=40)
    pieces = _pieces(required=False)


class DismissForm(forms.Form):
    note = forms.CharField(label=_("What is it?"), max_length=200)


class OpenCountForm(forms.Form):
    category = BranchField(
        label=_("Category"),
        queryset=Category.objects.filter(active=True),
        empty_label=_("Choose the category"),
    )


class UploadForm(forms.Form):
    """A table of at most FILE_MB megabytes."""

    file = forms.FileField(label=_("File"), help_text=_("CSV or Excel (.xlsx), at most 5 MB."))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_MB << 20:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        return file


class CountLineForm(forms.Form):
    """One line of a count sheet; empty while it is not counted."""

    counted = forms.IntegerField(
        label=_("Counted"),
        min_value=0,
        max_value=MOST,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off", "step": 1}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=reasons(VARIANCE_REASONS), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


def line_forms(
    rows: Sequence[Any], data: Any = None, draft: FormDraft | None = None
) -> list[tuple[Any, CountLineForm]]:
    """(SKU row of the sheet, its form) for every line. Of a draft stand the figures of lines that nobody has saved
    since."""
    found = []
    for row in rows:
        initial = (
            {"counted": row.line.counted, "reason": row.line.reason, "note": row.line.note}
            if row.line
            else {}
        )
        kept = draft.saved_at if draft else None
        if draft is not None and kept is not None and not (row.line and row.line.entered_at > kept):
            typed = {name: draft.initial.get(f"s{row.pk}-{name}") for name in ("counted", "reason", "note")}
            initial |= {name: text for name, text in typed.items() if isinstance(text, str)}
        found.append((row, CountLineForm(data, prefix=f"s{row.pk}", initial=initial)))
    return found
