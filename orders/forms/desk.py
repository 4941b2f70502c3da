"""Forms of the desk. They parse; whether an act is allowed is the verb's question."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from office.staff import selectors as staff
from office.staff.models import Employee
from orders.models import ContactRecord
from orders.searching import opened
from orders.selectors.desk import Filters
from orders.services.desk.notes import TEXT_LIMIT
from orders.services.desk.reasons import (
    AfterSales,
    CancelReason,
    InvalidReason,
    ReassignReason,
    UnmaskReason,
)
from orders.services.export import FORMATS

if TYPE_CHECKING:
    from orders.selectors.order import Viewer

TRIES = [
    ("10", _("in 10 min")),
    ("30", _("in 30 min")),
    ("60", _("in 1 h")),
    ("120", _("in 2 h")),
    ("at", _("at …")),
]

#: What somebody may give as his reason; the holder at work needs none.
UNMASK_REASONS = [choice for choice in UnmaskReason.choices if choice[0] != UnmaskReason.HOLDER]

#: The order in its place is named by an act of its own.
CANCEL_REASONS = [choice for choice in CancelReason.choices if choice[0] != CancelReason.REPLACED]


def _line() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"})


def _local_time() -> forms.DateTimeInput:
    return forms.DateTimeInput(
        attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
    )


def _words(rows: int = 2) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "form-control", "maxlength": TEXT_LIMIT})


class ActForm(forms.Form):
    """What every act carries: `seen`, the version of the order that its writer saw."""

    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, who: Viewer, **kwargs: Any) -> None:
        self.who = who
        kwargs["auto_id"] = f"{type(self).__name__.lower()}-%s"  # several forms share a page
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """What the verb takes, by its own names."""
        return dict(self.cleaned_data)


class PlainForm(ActForm):
    """An act that needs no words: accept, hand over, take."""


class UnseenForm(ActForm):
    """An act whose verb settles a race itself."""

    def arguments(self) -> dict[str, Any]:
        return {}


class NotedForm(ActForm):
    note = forms.CharField(label=_("Note"), required=False, max_length=TEXT_LIMIT, widget=_words())


class ContactForm(ActForm):
    """One try. `confirm` ("1") confirms the order in the same go when the customer was reached."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=ContactRecord.Outcome.choices, widget=forms.RadioSelect, initial="reached"
    )
    channel = forms.ChoiceField(
        label=_("Channel"), choices=ContactRecord.Channel.choices, widget=forms.RadioSelect, initial="phone"
    )
    confirmed = forms.MultipleChoiceField(
        label=_("Confirmed with the customer"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("goods", _("Goods")),
            ("amount", _("Amount")),
            ("address", _("Address")),
            ("phone", _("Phone")),
        ],
    )
    next_try = forms.ChoiceField(
        label=_("Next try"), choices=TRIES, required=False, widget=forms.RadioSelect, initial="30"
    )
    next_try_at = forms.DateTimeField(label=_("Next try at"), required=False, widget=_local_time())
    at = forms.DateTimeField(label=_("When it was, if not just now"), required=False, widget=_local_time())
    note = forms.CharField(label=_("Note"), required=False, max_length=TEXT_LIMIT, widget=_words())
    confirm = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def arguments(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given.pop("confirm")
        wish = given.pop("next_try")
        if given["outcome"] == ContactRecord.Outcome.REACHED:
            given["next_try_at"] = None
        elif wish and wish != "at":
            given["next_try_at"] = self.who.at + timedelta(minutes=int(wish))
        return given

    @property
    def wants_confirmation(self) -> bool:
        return bool(
            self.cleaned_data.get("confirm") and self.cleaned_data["outcome"] == ContactRecord.Outcome.REACHED
        )


class InvalidForm(NotedForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=InvalidReason.choices, widget=forms.RadioSelect)
    field_order = ("reason", "note")


class CancelForm(NotedForm):
    reason = forms.ChoiceField(label=_("Reason"), choices=CANCEL_REASONS, widget=forms.RadioSelect)
    field_order = ("reason", "note")


class ReplaceForm(NotedForm):
    number = forms.CharField(label=_("Number of the other order"), max_length=64, widget=_line())
    field_order = ("number", "note")


class AfterSalesForm(NotedForm):
    what = forms.ChoiceField(
        label=_("What came after the sale"), choices=AfterSales.choices, widget=forms.RadioSelect
    )
    field_order = ("what", "note")


class _OnDutyField(forms.ModelChoiceField[Employee]):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.number})"


class ReassignForm(NotedForm):
    """`to` offers who is on duty; the verb looks again."""

    to = _OnDutyField(
        label=_("Give it to"),
        queryset=Employee.objects.none(),
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    reason = forms.ChoiceField(
        label=_("Reason"), choices=ReassignReason.choices, widget=forms.RadioSelect, initial="workload"
    )
    field_order = ("to", "reason", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = [row.employee_id for row in staff.on_duty_now(self.who.at)]
        field = self.fields["to"]
        if isinstance(field, _OnDutyField):
            field.queryset = Employee.objects.filter(pk__in=present, is_active=True).order_by(
                "name_key", "number"
            )


class NoteForm(ActForm):
    text = forms.CharField(label=_("Note"), max_length=TEXT_LIMIT, widget=_words(3))
    callback_at = forms.DateTimeField(label=_("Call back at"), required=False, widget=_local_time())
    follow_up = forms.BooleanField(label=_("This is the follow-up note"), required=False)

    def arguments(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class UnmaskForm(ActForm):
    reason = forms.ChoiceField(
        label=_("Why do you need to see it?"),
        required=False,
        choices=UNMASK_REASONS,
        widget=forms.RadioSelect,
    )

    def arguments(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"]}


class FilterForm(forms.Form):
    """The query string of a list. What does not fit is left out, never an error page."""

    tab = forms.CharField(required=False, max_length=10)
    shop = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    state = forms.CharField(required=False, max_length=12)
    s = forms.CharField(required=False, max_length=800)
    after = forms.CharField(required=False, max_length=60)
    sort = forms.CharField(required=False, max_length=10)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def filters(self, who: Viewer) -> Filters:
        """What a query string asks for."""
        self.is_valid()
        given = self.cleaned_data
        return Filters(
            tab=given.get("tab") or "",
            shop=given.get("shop"),
            state=given.get("state") or "",
            sealed=given.get("s") or "",
            query=opened(given.get("s") or "", by=who.user.pk, now=who.at),
            after=given.get("after") or "",
            sort=given.get("sort") or "",
            since=_sensible(given.get("since")),
            until=_sensible(given.get("until")),
        )


def _sensible(day: date | None) -> date | None:
    """A day of this world: the ends of the calendar have none before or behind them."""
    return day if day and 2000 <= day.year <= 2100 else None


class ExportForm(FilterForm):
    """The filters of the list at hand, and how it is taken along."""

    format = forms.ChoiceField(choices=[(each, each.upper()) for each in FORMATS])
    with_customers = forms.BooleanField(required=False)
    reason = forms.CharField(required=False, max_length=20)
