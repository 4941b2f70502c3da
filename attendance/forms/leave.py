"""Forms of leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.forms.acts import day_input, lines, select
from attendance.models import Leave
from attendance.selectors.leave_kinds import kinds
from attendance.services.asking import Asked
from office.staff.models import Employee


def clock_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": "form-control"})


def instant_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "form-control"}
    )


class _Days(forms.Form):
    """Which days, how much of them."""

    kind = forms.ChoiceField(label=_("Kind of leave"), widget=select())
    portion = forms.ChoiceField(
        label=_("How much of the day"), choices=Leave.Portion.choices, widget=select()
    )
    first_day = forms.DateField(label=_("First day"), widget=day_input())
    last_day = forms.DateField(
        label=_("Last day of leave"), required=False, widget=day_input(), help_text=_("Empty: the same day.")
    )
    begins = forms.TimeField(label=_("Hours: from"), required=False, widget=clock_input())
    ends = forms.TimeField(label=_("Hours: until"), required=False, widget=clock_input())

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(kind.code, str(kind.name)) for kind in kinds(now).values()]

    def asked(self) -> Asked:
        given = self.cleaned_data
        return Asked(
            kind=given["kind"],
            first_day=given["first_day"],
            last_day=given["last_day"] or given["first_day"],
            portion=given["portion"],
            begins=given["begins"],
            ends=given["ends"],
        )


class AskForm(_Days):
    """S2a: one day ahead, with the reason."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(3, 500))
    field_order: tuple[str, ...] = ("kind", "portion", "first_day", "last_day", "begins", "ends", "reason")


class AgainForm(AskForm):
    """What came back, as it was asked; `words`: what is said to it."""

    words = forms.CharField(
        label=_("What you say to it"), max_length=500, required=False, widget=lines(2, 500)
    )
    field_order = (*AskForm.field_order, "words")


def asked_before(leave: Leave) -> dict[str, Any]:
    """The fields of `AskForm` as the leave fills them."""
    hours = leave.portion == Leave.Portion.HOURS
    return {
        "kind": leave.kind,
        "portion": leave.portion,
        "first_day": leave.first_day,
        "last_day": leave.last_day,
        "begins": timezone.localtime(leave.starts_at).time() if hours else None,
        "ends": timezone.localtime(leave.ends_at).time() if hours else None,
        "reason": leave.reason,
    }


class TellForm(_Days):
    """S2c: who, when, to whom, in which words."""

    employee = forms.ModelChoiceField(
        label=_("Who called"), queryset=Employee.objects.none(), required=False, widget=select()
    )
    told_to = forms.ModelChoiceField(
        label=_("Who was told"), queryset=Employee.objects.none(), required=False, widget=select()
    )
    told_at = forms.DateTimeField(label=_("When"), widget=instant_input())
    told_what = forms.CharField(label=_("What was said on the phone"), max_length=500, widget=lines(3, 500))
    field_order = (
        "employee", "told_to", "told_at", "told_what", "kind", "portion", "first_day", "last_day", "begins", "ends",
    )  # fmt: skip

    def __init__(self, *args: Any, now: datetime, me: Employee, hearers: set[int], **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        active = Employee.objects.filter(is_active=True).order_by("name_key", "number")
        callers, told = self.fields["employee"], self.fields["told_to"]
        if isinstance(callers, forms.ModelChoiceField) and isinstance(told, forms.ModelChoiceField):
            told.queryset = active.filter(pk__in=hearers - {me.pk})
            told.empty_label = str(_("Me")) if me.pk in hearers else None
            callers.queryset = active.exclude(pk=me.pk) if me.pk in hearers else active.none()
            callers.empty_label = str(_("I myself"))
        if not self.is_bound:
            self.initial.setdefault("told_at", timezone.localtime(now))
            self.initial.setdefault("first_day", timezone.localdate(now))


class SlipForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(3, 500))


class LateSlipForm(forms.Form):
    """A slip after its time: why so late, and the proof."""

    reason = forms.CharField(label=_("Why the slip came late"), max_length=500, widget=lines(3, 500))
    file = forms.FileField(
        label=_("Proof"),
        help_text=_("A picture or a PDF that shows why you had to be away."),
        widget=forms.FileInput(attrs={"class": "form-control"}),
    )

    def __init__(self, *args: Any, again: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if again:
            self.fields["file"].required = False
            self.fields["file"].help_text = _("Empty: what you attached before stays.")


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=lines(2, 200))


class BackForm(forms.Form):
    back_at = forms.DateTimeField(label=_("Back at work since"), widget=instant_input())


class CallForm(forms.Form):
    """Whether the call was made."""

    confirmed = forms.TypedChoiceField(
        label=_("The call"), widget=select(), coerce=lambda value: value == "yes",
        choices=[("yes", _("I was called, as stated")), ("no", _("I was not called"))],
    )  # fmt: skip
    reason = forms.CharField(label=_("words to it"), max_length=200, required=False, widget=lines(2, 200))


class RulingForm(forms.Form):
    """What is decided about a document that never came."""

    accepted = forms.TypedChoiceField(
        label=_("The leave"), widget=select(), coerce=lambda value: value == "yes",
        choices=[("no", _("does not count: the days are absence")), ("yes", _("counts: shown in another way"))],
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=lines(2, 200))


class BalanceForm(forms.Form):
    """Add or take away, by human resources."""

    kind = forms.ChoiceField(label=_("Kind of leave"), widget=select())
    amount = forms.DecimalField(
        label=_("Add (take away with a minus)"), max_digits=6, decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "0.5"}),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=lines(2, 200))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(kind.code, str(kind.name)) for kind in kinds(now).values() if kind.kept]


class ServiceForm(forms.Form):
    """Years of service before coming here."""

    months = forms.IntegerField(
        label=_("Months worked before"), min_value=0, max_value=720,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    note = forms.CharField(label=_("Shown by"), max_length=200, widget=lines(2, 200))
