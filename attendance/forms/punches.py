"""What the pages of punches, corrections and months ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.intake.tables import FIELDS, REQUIRED
from attendance.models import PunchSource
from attendance.rules.settling import ZONE
from attendance.services.corrections import Missing
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FILE_MB = 30
FIELD_NAMES = {
    "number": _("Person’s number"),
    "at": _("Time (or day and time)"),
    "day": _("Day"),
    "direction": _("In or out"),
    "device": _("Device"),
}


def _tick(label: StrOrPromise, *, initial: bool = False) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return forms.BooleanField(label=label, required=False, initial=initial, widget=widget)


class CorrectionForm(forms.Form):
    """The punches of a day that are missing."""

    arrived = forms.TimeField(
        label=_("Came at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    left = forms.TimeField(
        label=_("Left at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    after_midnight = _tick(_("left after midnight"))
    reason = forms.CharField(
        label=_("Why it is missing"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    file = forms.FileField(
        label=_("Proof"), help_text=_("A picture or a PDF: the door camera, a chat, a delivery note.")
    )

    def __init__(self, *args: Any, again: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if again:
            self.fields["file"].required = False
            self.fields["file"].help_text = _("Empty: what you attached before stays.")

    def missing(self, day: date) -> list[Missing]:
        """The instants that were given."""
        found = []
        if self.cleaned_data.get("arrived"):
            found.append(Missing(datetime.combine(day, self.cleaned_data["arrived"], ZONE), "in"))
        if self.cleaned_data.get("left"):
            night = timedelta(days=1 if self.cleaned_data["after_midnight"] else 0)
            found.append(Missing(datetime.combine(day + night, self.cleaned_data["left"], ZONE), "out"))
        return found


def asked_before(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `CorrectionForm` as a request that came back fills them."""
    found: dict[str, Any] = {"reason": payload["reason"]}
    for row in payload["rows"]:
        at = timezone.localtime(datetime.fromisoformat(row["at"]))
        found["arrived" if row["direction"] == "in" else "left"] = at.time()
        if row["direction"] == "out":
            found["after_midnight"] = at.date().isoformat() > payload["day"]
    return found


class PunchFileForm(forms.Form):
    source = forms.ModelChoiceField(
        label=_("Source"),
        queryset=PunchSource.objects.filter(active=True),
        empty_label=_("Choose the source"),
    )
    file = forms.FileField(label=_("File"), help_text=_("attlog.dat, CSV or Excel (.xlsx), at most 30 MB."))
    mends = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > FILE_MB << 20:
            raise forms.ValidationError(
                _("The file is larger than 30 MB. Send larger ones with import_punches.")
            )
        return file


class ColumnsForm(forms.Form):
    """Which column of the file is what."""

    def __init__(self, *args: Any, header: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "—"), *((name, name) for name in dict.fromkeys(header) if name.strip())]
        for field in FIELDS:
            self.fields[field] = forms.ChoiceField(
                label=FIELD_NAMES[field], choices=choices, required=field in REQUIRED
            )


class SourceForm(forms.Form):
    code = forms.CharField(
        label=_("Code"), max_length=30, help_text=_("Small letters and digits, such as front-door.")
    )
    name = forms.CharField(label=_("Name"), max_length=60)
    format = forms.ChoiceField(label=_("Format"), choices=PunchSource.Format.choices)
    own_numbers = _tick(_("its user numbers are our employee numbers"), initial=True)


class SourceChangeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    own_numbers = _tick(_("its user numbers are our employee numbers"))
    active = _tick(_("in use"))
    forget_mapping = _tick(_("forget the columns that were named"))


class TerminalForm(forms.Form):
    """A ZKTeco time clock that pushes by itself."""

    serial = forms.CharField(label=_("Serial number"), max_length=40, help_text=_("It stands on the device."))
    networks = forms.CharField(
        label=_("Networks it comes from"),
        max_length=400,
        help_text=_("Such as 192.168.1.0/24; several with blanks between."),
    )
    zone = forms.IntegerField(
        label=_("Time zone of its clock, in hours"), min_value=-12, max_value=14, initial=8
    )


class NumberForm(forms.Form):
    number = forms.CharField(label=_("Number on the device"), max_length=60)
    employee = forms.ModelChoiceField(
        label=_("Person"),
        queryset=Employee.objects.order_by("name_key", "number"),
        empty_label=_("Choose the person"),
    )


class WageForm(forms.Form):
    employee = forms.ModelChoiceField(
        label=_("Person"),
        queryset=Employee.objects.filter(is_active=True).order_by("name_key", "number"),
        empty_label=_("Choose the person"),
    )
    amount = forms.DecimalField(
        label=_("Monthly wage (CNY)"), max_digits=10, decimal_places=2, min_value=Decimal("0.01")
    )
    starts_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class WaiveForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
