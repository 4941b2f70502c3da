"""The filter of the figures page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Shop
from orders.selectors.figures import MAX_DAYS, Period


class PeriodForm(forms.Form):
    """From – to (local days, both included) and a shop. Without dates: the last seven days."""

    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    shop = forms.ModelChoiceField(
        label=_("Shop"), required=False, queryset=Shop.objects.filter(active=True), empty_label=_("All shops")
    )

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
