"""Forms of grants."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import day_input, lines, select, tick
from accounts.rules import words
from accounts.rules.names import name_of, section_name
from office.rulebook import api as rulebook
from office.staff.models import Employee


class AskForm(forms.Form):
    """Who, what, from when to when, what for."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Employee.objects.none(), widget=select())
    word = forms.ChoiceField(label=_("Level or permission"), widget=select())
    first_day = forms.DateField(label=_("First day"), widget=day_input())
    last_day = forms.DateField(
        label=_("Last day"), widget=day_input(), help_text=_("It ends by itself after this day.")
    )
    reason = forms.CharField(label=_("What it is needed for"), max_length=500, widget=lines(3, 500))
    special = forms.BooleanField(
        label=_("Special user: the general manager decides"), required=False, widget=tick()
    )

    def __init__(self, *args: Any, people: Iterable[Employee], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        who, word = self.fields["person"], self.fields["word"]
        if isinstance(who, forms.ModelChoiceField):
            who.queryset = Employee.objects.filter(pk__in=[each.pk for each in people]).order_by(
                "name_key", "number"
            )
        if isinstance(word, forms.ChoiceField):
            word.choices = [("", "—"), *_grouped(now)]


def _grouped(now: datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every grantable word under its section."""
    book = rulebook.book(now)
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in words.grantable(book):
        groups.setdefault(words.section_of(each), []).append((each, name_of(each, book)))
    return [(section_name(code), choices) for code, choices in groups.items()]


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Why it ends"), max_length=500, widget=lines(2, 500))
