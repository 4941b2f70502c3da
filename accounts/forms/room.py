"""Forms of the machine room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import line, lines, select
from office.staff.models import Employee


def hour() -> forms.DateTimeInput:
    return forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "form-control"}
    )


class WhoForm(forms.Form):
    """A person of the staff, or a visitor."""

    person = forms.ModelChoiceField(
        label=_("Person"), queryset=Employee.objects.none(), required=False, widget=select()
    )
    visitor = forms.CharField(
        label=_("Or a visitor"),
        required=False,
        max_length=120,
        widget=line(120),
        help_text=_("Name and firm."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who = self.fields["person"]
        if isinstance(who, forms.ModelChoiceField):
            who.queryset = Employee.objects.filter(is_active=True).order_by("name_key", "number")

    def who(self) -> dict[str, Any]:
        person = self.cleaned_data.pop("person", None)
        return {**self.cleaned_data, "person_id": person.pk if person else None}


class AskRoomForm(WhoForm):
    starts_at = forms.DateTimeField(label=_("From"), widget=hour())
    ends_at = forms.DateTimeField(label=_("To"), widget=hour())
    reason = forms.CharField(label=_("What for"), max_length=500, widget=lines(2, 500))


class EnterForm(WhoForm):
    purpose = forms.CharField(label=_("What for"), max_length=300, widget=line(300))
    entered_at = forms.DateTimeField(
        label=_("When"), required=False, widget=hour(), help_text=_("Empty: now.")
    )


class LeaveForm(forms.Form):
    done = forms.CharField(label=_("What was done"), required=False, max_length=500, widget=line(500))
