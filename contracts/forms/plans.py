"""Forms of work plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.acts import colleague, day_input, line, lines, scan, select
from contracts.selectors import templates


class PlanForm(forms.Form):
    title = forms.CharField(label=_("Name of the plan"), max_length=120, widget=line(120))
    template = forms.ChoiceField(
        label=_("Template"),
        required=False,
        widget=select(),
        help_text=_("Brings its steps, days and documents; each can be changed on the plan."),
    )
    starts_on = forms.DateField(label=_("Starts on"), widget=day_input())
    owner = colleague(_("Owner of everything for now"))
    aim = forms.CharField(label=_("Aim"), max_length=1000, required=False, widget=lines(3, 1000))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        template = self.fields["template"]
        if isinstance(template, forms.ChoiceField):
            template.choices = [("", _("none: empty plan")), *templates.choices(now)]

    def asked(self) -> dict[str, Any]:
        return owned(self.cleaned_data)


class StepForm(forms.Form):
    title = forms.CharField(label=_("What is to be done"), max_length=120, widget=line(120))
    owner = colleague(_("Owner"))
    starts_on = forms.DateField(label=_("From"), widget=day_input())
    due_on = forms.DateField(label=_("Until"), widget=day_input())

    def asked(self) -> dict[str, Any]:
        return owned(self.cleaned_data)


class ChangeStepForm(StepForm):
    reason = forms.CharField(
        label=_("Why the day is moved"), max_length=300, required=False, widget=lines(2, 300)
    )


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=line(300))


class DropForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=lines(2, 300))


class CloseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False, widget=lines(2, 300))


class DocumentForm(forms.Form):
    name = forms.CharField(label=_("Document"), max_length=120, widget=line(120))
    owner = colleague(_("Owner"))
    due_on = forms.DateField(label=_("Until"), widget=day_input())

    def asked(self) -> dict[str, Any]:
        return owned(self.cleaned_data)


class PaperForm(forms.Form):
    """The paper, and the day it runs out."""

    file = scan(_("Scan"))
    number = forms.CharField(label=_("Number on the paper"), max_length=60, required=False, widget=line(60))
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=day_input(), help_text=_("Empty: it does not run out.")
    )


def owned(said: dict[str, Any]) -> dict[str, Any]:
    """The owner's id in place of the person."""
    rest = dict(said)
    rest["owner_id"] = rest.pop("owner").pk
    return rest
