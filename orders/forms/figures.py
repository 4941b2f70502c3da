"""The filter of the figures page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Shop
from orders.selectors.figures import MAX_DAYS, Period, Scope, shops_of


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """From – to (local days, both included) and a shop. Without dates: the last seven days."""

    first = forms.DateField(label=_("From day"), required=False, widget=_day())
    last = forms.DateField(label=_("To day"), required=False, widget=_day())
    shop = forms.ModelChoiceField(
        label=_("Shop"),
        required=False,
        queryset=Shop.objects.none(),
        empty_label=_("All shops"),
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, data: QueryDict, *, hidden: Collection[int]) -> None:
        super().__init__(data)
        choice = self.fields["shop"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = shops_of(hidden)
        self.hidden = tuple(sorted(hidden))

    @property
    def scope(self) -> Scope:
        """What a valid form counts."""
        shop = self.cleaned_data["shop"]
        return Scope(shop.pk if shop else None, self.hidden)

    @classmethod
    def asked(cls, data: QueryDict, hidden: Collection[int]) -> PeriodForm:
        """The form with the default days filled in, so that the page shows what it counts. `hidden`: ids of the shops
        that the reader may not see, which are neither offered nor counted."""
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
        return cls(filled, hidden=hidden)

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
