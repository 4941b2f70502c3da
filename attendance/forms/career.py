"""Forms of careers: changes of post, key figures, reviews."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.forms.acts import day_input, lines, select
from attendance.forms.hiring import POSTS
from attendance.models import PostChange
from attendance.selectors.career import Line
from attendance.services import probation
from office.rulebook import api as rulebook
from office.staff.models import Position
from office.staff.selectors import position_label


class ChangeForm(forms.Form):
    """Confirmed, longer on probation, not passed: for who is on probation. Promoted, moved down: for everybody."""

    change = forms.ChoiceField(label=_("What changes"), widget=select())
    before = forms.ChoiceField(label=_("From the post"), required=False, widget=select())
    after = forms.ChoiceField(
        label=_("To the post"),
        required=False,
        choices=[("", "—"), *Position.choices],
        widget=select(),
        help_text=_("Confirmation, a longer probation and its failure leave the post as it is."),
    )
    starts_on = forms.DateField(
        label=_("From the day"),
        widget=day_input(),
        help_text=_("Of who has not passed: the last day. A longer probation begins when the first ends."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(3, 500))

    def __init__(
        self, *args: Any, held: Collection[str], now: datetime, on_probation: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        names = rulebook.book(now).names
        known = [
            code
            for code in rulebook.parameter_rule("hiring.changes", at=now).texts()
            if code in PostChange.Change.values
        ]
        known = [code for code in known if on_probation or code not in probation.OF_PROBATION]
        for name, pairs in (
            ("change", [(code, str(names.get(code) or PostChange.Change(code).label)) for code in known]),
            ("before", [(code, position_label(code)) for code in sorted(held)]),
        ):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = pairs


ROWS = 8


class KpiForm(forms.Form):
    """A table: its post and period, and up to ROWS key figures."""

    position = forms.ChoiceField(label=_("Post"), choices=POSTS, widget=select())
    period = forms.CharField(label=_("Period"), max_length=40, help_text=_("Such as: fourth quarter 2026"))
    first_day = forms.DateField(label=_("begin of the period"), widget=day_input())
    last_day = forms.DateField(label=_("end of the period"), widget=day_input())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in range(ROWS):
            self.fields[f"name-{row}"] = forms.CharField(label=_("key figure"), max_length=80, required=False)
            self.fields[f"target-{row}"] = forms.CharField(label=_("target"), max_length=120, required=False)
            self.fields[f"weight-{row}"] = forms.IntegerField(
                label=_("weight"), min_value=1, max_value=100, required=False
            )

    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("position", "period", "first_day", "last_day")]

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [(self[f"name-{row}"], self[f"target-{row}"], self[f"weight-{row}"]) for row in range(ROWS)]

    def figures(self) -> list[tuple[str, str, int]]:
        """The rows that were filled in."""
        given = self.cleaned_data
        return [
            (given[f"name-{row}"], given[f"target-{row}"], given[f"weight-{row}"] or 0)
            for row in range(ROWS)
            if given[f"name-{row}"] or given[f"target-{row}"] or given[f"weight-{row}"]
        ]


class ScoreReviewForm(forms.Form):
    """Points and a note for each key figure, and words."""

    text = forms.CharField(label=_("What the scores rest on"), max_length=2000, widget=lines(4, 2000))

    def __init__(self, *args: Any, figures: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.figures = figures
        for line in figures:
            self.fields[f"points-{line.pk}"] = forms.IntegerField(label=line.name, min_value=0, max_value=100)
            self.fields[f"note-{line.pk}"] = forms.CharField(label=_("Note"), max_length=200, required=False)

    def rows(self) -> list[tuple[Line, forms.BoundField, forms.BoundField]]:
        return [(line, self[f"points-{line.pk}"], self[f"note-{line.pk}"]) for line in self.figures]

    def points(self) -> dict[int, int]:
        return {line.pk: self.cleaned_data[f"points-{line.pk}"] for line in self.figures}

    def notes(self) -> dict[int, str]:
        return {line.pk: self.cleaned_data[f"note-{line.pk}"] for line in self.figures}


class CommentForm(forms.Form):
    text = forms.CharField(label=_("Your comment"), max_length=2000, widget=lines(4, 2000))
