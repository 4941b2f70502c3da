"""Forms of a takedown and its case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.forms.acts import ActForm, lines
from cms.selectors.takedowns import categories, liabilities


class TakeDownForm(forms.Form):
    """What is wrong; where and why can be left out when it is urgent."""

    category = forms.ChoiceField(label=_("What is wrong with it"))
    reason = forms.CharField(label=_("Where and why"), max_length=500, required=False, widget=lines(2, 500))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        if isinstance(field, forms.ChoiceField):
            field.choices = categories(now)


class HearForm(ActForm):
    statement = forms.CharField(label=_("What the author says"), max_length=2000, widget=lines(5, 2000))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class DecideForm(ActForm):
    liability = forms.ChoiceField(label=_("What the author answers for"), required=False)
    decision = forms.CharField(label=_("Decision and grounds"), max_length=2000, widget=lines(5, 2000))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["liability"]
        if isinstance(field, forms.ChoiceField):
            field.choices = liabilities(now)
