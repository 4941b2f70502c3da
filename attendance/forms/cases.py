"""Forms of cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.forms.acts import day_input, lines, select
from attendance.models import Case
from attendance.selectors.cases import choices
from attendance.selectors.measures import ABSENCE, clauses
from attendance.services.cases import Proposal
from office.staff.models import Employee


class OpenForm(forms.Form):
    """Who, which clause, what happened."""

    employee = forms.ModelChoiceField(label=_("Person"), queryset=Employee.objects.none(), widget=select())
    clause = forms.ChoiceField(label=_("Clause"), widget=select())
    facts = forms.CharField(
        label=_("What happened"), max_length=2000, widget=lines(6, 2000),
        help_text=_("When, where, who saw it. Facts, no opinions."),
    )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, me: Employee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, clause = self.fields["employee"], self.fields["clause"]
        if isinstance(people, forms.ModelChoiceField):
            people.queryset = (
                Employee.objects.filter(is_active=True).exclude(pk=me.pk).order_by("name_key", "number")
            )
        if isinstance(clause, forms.ChoiceField):
            clause.choices = [
                (code, f"{code} {each.clause.title}")
                for code, each in clauses(now).items()
                if code != ABSENCE
            ]


class AnswerForm(forms.Form):
    statement = forms.CharField(label=_("Your answer"), max_length=4000, widget=lines(6, 4000))


class ProposeForm(forms.Form):
    measure = forms.ChoiceField(label=_("Measure"), widget=select())
    fine = forms.DecimalField(
        label=_("Fine (yuan)"), required=False, max_digits=8, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.01", "min": "0"}),
    )  # fmt: skip
    last_day = forms.DateField(label=_("Last day"), required=False, widget=day_input())
    grounds = forms.CharField(label=_("Grounds"), max_length=2000, widget=lines(5, 2000))

    def __init__(self, *args: Any, case: Case, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["measure"]
        known = choices(case, now)
        if isinstance(field, forms.ChoiceField):
            field.choices = known
        codes = {code for code, _name in known}
        if "fine" not in codes:
            del self.fields["fine"]
        if not codes & {"dismissal", "treated_as_left"}:
            del self.fields["last_day"]

    def proposal(self) -> Proposal:
        given = self.cleaned_data
        return Proposal(
            given["measure"], given["grounds"], fine=given.get("fine"), last_day=given.get("last_day")
        )


class CloseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(2, 500))
