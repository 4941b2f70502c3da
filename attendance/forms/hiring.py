"""Forms of hiring."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.forms.acts import day_input, lines, select
from attendance.models import ExamPaper, Vacancy
from office.rulebook import api as rulebook
from office.staff.models import Employee, Position

#: Nothing is chosen before somebody chooses.
POSTS = [("", _("Choose a post")), *Position.choices]


def channels(now: datetime) -> list[tuple[str, str]]:
    """Where people are looked for, by the book (C1)."""
    names = rulebook.book(now).names
    return [
        (code, str(names.get(code, code)))
        for code in rulebook.parameter_rule("hiring.channels", at=now).texts()
    ]


def people() -> list[tuple[str, str]]:
    """Everybody who is here."""
    rows = Employee.objects.filter(is_active=True).order_by("name_key", "number")
    return [("", "—"), *((str(each.pk), f"{each.name} ({each.number})") for each in rows)]


class PersonField(forms.TypedChoiceField):
    """Somebody who is here, as an id."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=people, coerce=int, widget=select(), **kwargs)


class VacancyForm(forms.Form):
    position = forms.ChoiceField(label=_("Post"), choices=POSTS, widget=select())
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=99, initial=1)
    channels = forms.MultipleChoiceField(label=_("Where"), widget=forms.CheckboxSelectMultiple)
    special = forms.BooleanField(label=_("Special talent, on a pay scale of its own"), required=False)
    wanted = forms.CharField(label=_("What is asked of people"), max_length=2000, widget=lines(5, 2000))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(2, 500))

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channels"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = channels(now)


class PayForm(forms.Form):
    low = forms.DecimalField(label=_("From, yuan a month"), max_digits=10, decimal_places=2)
    high = forms.DecimalField(label=_("To, yuan a month"), max_digits=10, decimal_places=2)
    basis = forms.CharField(label=_("Standard of the industry"), max_length=300)


class CandidateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)
    channel = forms.ChoiceField(label=_("Where from"), widget=select())
    about = forms.CharField(label=_("About"), max_length=2000, required=False, widget=lines(4, 2000))

    def __init__(self, *args: Any, vacancy: Vacancy, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [pair for pair in channels(now) if pair[0] in vacancy.channels]


class NoteForm(forms.Form):
    text = forms.CharField(label=_("What colleagues should know"), max_length=2000, widget=lines(3, 2000))


class OutForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(2, 500))


class AssessForm(forms.Form):
    """A mark for each aspect of the book, and words."""

    text = forms.CharField(
        label=_("What you saw, against the job description"), max_length=2000, widget=lines(4, 2000)
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = rulebook.book(now).names
        for aspect in rulebook.parameter_rule("hiring.aspects", at=now).texts():
            self.fields[aspect] = forms.IntegerField(
                label=str(names.get(aspect, aspect)), min_value=1, max_value=5, help_text=_("From 1 to 5.")
            )
        self.order_fields([name for name in self.fields if name != "text"])

    def marks(self) -> dict[str, int]:
        return {name: value for name, value in self.cleaned_data.items() if name != "text"}


class SetExamForm(forms.Form):
    paper = forms.TypedChoiceField(label=_("Paper"), coerce=int, widget=select())
    examiner = PersonField(label=_("Examiner"))

    def __init__(self, *args: Any, papers: Sequence[ExamPaper], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["paper"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(each.pk, f"{each.get_sort_display()} · {each.title}") for each in papers]


class EngageForm(forms.Form):
    number = forms.CharField(label=_("Employee number"), max_length=20)
    starts_on = forms.DateField(label=_("First day"), widget=day_input())
    comment = forms.CharField(
        label=_("What you say to it"), max_length=500, required=False, widget=lines(2, 500)
    )


class PaperForm(forms.Form):
    position = forms.ChoiceField(label=_("Post"), choices=POSTS, widget=select())
    sort = forms.ChoiceField(label=_("Part"), choices=ExamPaper.Sort.choices, widget=select())
    title = forms.CharField(label=_("Title of the paper"), max_length=100)
    task = forms.CharField(label=_("Task"), max_length=3000, widget=lines(5, 3000))


class DescriptionForm(forms.Form):
    position = forms.ChoiceField(label=_("Post"), choices=POSTS, widget=select())
    text = forms.CharField(label=_("Job description"), max_length=5000, widget=lines(8, 5000))


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("Answer"), max_length=20000, required=False, widget=lines(8, 20000))
    file = forms.FileField(
        label=_("File"), required=False, allow_empty_file=True, help_text=_("A picture, a document or a PDF.")
    )


class CorrectScoreForm(forms.Form):
    """Other points than were given: what was wrong, without names, since the request is kept for good."""

    points = forms.IntegerField(label=_("Points"), min_value=0, max_value=100)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=lines(3, 500),
        help_text=_("What was counted wrong. No names: the request is kept for good."),
    )  # fmt: skip


class ScoreForm(forms.Form):
    points = forms.IntegerField(label=_("Points"), min_value=0, max_value=100)
    comment = forms.CharField(label=_("What the points rest on"), max_length=2000, widget=lines(3, 2000))
