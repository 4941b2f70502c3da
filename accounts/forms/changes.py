"""Forms of changes of the database."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import line, lines, select
from accounts.forms.room import hour
from accounts.models import DatabaseChange
from accounts.services.changes import Content


class ChangeForm(forms.Form):
    """What a change is."""

    title = forms.CharField(label=_("Name of the change"), max_length=120, widget=line(120))
    why = forms.CharField(label=_("Why"), max_length=2000, widget=lines(3, 2000))
    plan = forms.CharField(label=_("Plan"), max_length=4000, widget=lines(6, 4000))
    continuity = forms.CharField(
        label=_("How data go on and history stays usable"), max_length=2000, widget=lines(3, 2000)
    )
    rollback = forms.CharField(label=_("How it is taken back"), max_length=2000, widget=lines(3, 2000))
    tested = forms.CharField(label=_("What the test showed"), max_length=2000, widget=lines(3, 2000))
    done_by = forms.ChoiceField(label=_("Who does it"), choices=DatabaseChange.By.choices, widget=select())
    firm = forms.CharField(label=_("Outside firm"), required=False, max_length=120, widget=line(120))
    how = forms.ChoiceField(label=_("Done by"), choices=DatabaseChange.How.choices, widget=select())
    starts_at = forms.DateTimeField(label=_("Window from"), widget=hour())
    ends_at = forms.DateTimeField(label=_("Window to"), widget=hour())

    def content(self) -> Content:
        return Content(**self.cleaned_data)


def of_change(change: DatabaseChange) -> dict[str, Any]:
    """What the form begins with."""
    return {name: getattr(change, name) for name in ChangeForm.base_fields}


class OpinionForm(forms.Form):
    agrees = forms.ChoiceField(
        label=_("Your section"),
        choices=[("yes", _("in favour")), ("no", _("has doubts"))],
        widget=select(),
    )
    text = forms.CharField(label=_("Opinion"), max_length=2000, widget=lines(3, 2000))


class OutcomeForm(forms.Form):
    ran_from = forms.DateTimeField(label=_("Carried out from"), widget=hour())
    ran_to = forms.DateTimeField(label=_("To"), widget=hour())
    worked = forms.ChoiceField(
        label=_("What came of it"),
        choices=[("yes", _("It stays")), ("no", _("It was rolled back"))],
        widget=select(),
    )
    outcome = forms.CharField(label=_("In words"), max_length=2000, widget=lines(3, 2000))


class FeedbackForm(forms.Form):
    text = forms.CharField(label=_("What is inconvenient"), max_length=2000, widget=lines(3, 2000))
