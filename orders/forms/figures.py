"""The filter of the figures page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Shop
from orders.selectors.figures import MAX_DAYS, Period


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """From – to (local days, both included) and a shop. Without dates: the last seven days."""

    first = forms.DateField(label=_("From day"), required=False, widget=_day())
    last = forms.DateField(label=_("To day"), required=False, widget=_day())
    shop = forms.ModelChoiceField(
        label=_("Shop"),
        required=False,
        queryset=Shop.objects.filter(active=True),
        empty_label=_("All shops"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    @classmethod
    def asked(cls, data: QueryDict) -> PeriodForm:
        """The form with the default days filled in, so that the page shows what it counts."""
        today = timezone.localdate()
        filled = data.copy()
        if not filled.get("last"):
            filled["last"] = today.isoformat()
        if not filled.get("first"):
            try:
                last = date.fromisoformat(str(filled["last"]))
            except ValueError:
                last = today
            filled["first"] = (max(last, date(1, 1, 8)) - timedelta(days=6)).isoformat()
        return cls(filled)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        today = timezone.localdate()
        last: date = cleaned.get("last") or today
        first: date = cleaned.get("first") or last - timedelta(days=6)
        if first > last:
            self.add_error("first", _("The first day is after the last."))
        elif (last - first).days >= MAX_DAYS:
            self.add_error("first", _("At most %(days)d days at a time.") % {"days": MAX_DAYS})
        elif first.year < 2000 or last.year > 2100:
            self.add_error("first", _("A day between 2000 and 2100, please."))
        else:
            cleaned["period"] = Period(first, last)
        return cleaned
