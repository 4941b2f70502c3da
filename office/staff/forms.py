"""What the staff pages ask for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from office.staff.models import Employee, Position


class Particulars(forms.Form):
    """A person's particulars, the number left out: it never changes."""

    name = forms.CharField(label=_("Full name"), max_length=60)
    department = forms.CharField(label=_("Department"), max_length=60, required=False)
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)


class NewEmployee(Particulars):
    """Somebody joins; a one-time password is made and shown once."""

    number = forms.CharField(label=_("Employee number"), max_length=20)
    position = forms.ChoiceField(label=_("Post"), choices=[("", "—"), *Position.choices], required=False)

    field_order = ("number", "name", "position", "department", "phone", "email")


class NewAppointment(forms.Form):
    """A post, from a day to a day: the first from its start, the last to its end."""

    position = forms.ChoiceField(label=_("Post"), choices=[("", "—"), *Position.choices])
    first_day = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last_day = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: until further notice. An acting appointment needs one."),
    )  # fmt: skip
    acting = forms.BooleanField(label=_("Acting for a vacant post"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def clean_first_day(self) -> date:
        return _sane(self.cleaned_data["first_day"])

    def clean_last_day(self) -> date | None:
        day = self.cleaned_data["last_day"]
        return _sane(day) if day else None

    def span(self, now: datetime) -> tuple[datetime, datetime | None]:
        """The appointment's instants: today begins now, so that the past keeps its holders."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        start = now if first == timezone.localdate(now) else _midnight(first)
        return start, _midnight(last + timedelta(days=1)) if last else None


class Reason(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class Decision(forms.Form):
    """Yes or no to a proposal of somebody else, or one's own taken back."""

    act = forms.ChoiceField(choices=[("confirm", ""), ("refuse", ""), ("withdraw", "")])
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class Language(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class Search(forms.Form):
    """Wrong values are left out rather than refused: a list is a list."""

    q = forms.CharField(max_length=60, required=False)
    position = forms.ChoiceField(choices=[("", _("Every post")), *Position.choices], required=False)
    active = forms.ChoiceField(choices=[("", _("In service")), ("no", _("Left"))], required=False)


def _sane(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise forms.ValidationError(_("Please give a day between 2000 and 2100."))
    return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def particulars_of(employee: Employee) -> dict[str, str]:
    return {field: getattr(employee, field) for field in ("name", "department", "phone", "email")}
