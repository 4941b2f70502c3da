"""What comes from the pages of approvals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from office.approvals.models import Run
from office.approvals.selectors.asked import Key
from office.approvals.selectors.page import colleagues
from office.approvals.services.deciding import Decision
from office.errors import Invalid

#: No file of a rulebook is longer, in bytes: whatever the text holds, it is then too long.
LONGEST_FILE = 800_000
TABS = ("waiting", "asked", "decided", "copied")
NUMBER = {"min_value": 0, "max_value": 2**31 - 1, "required": False}


class Numbers(forms.Field):
    """Any number of whole numbers under one name. Invalid for anything else."""

    widget = forms.SelectMultiple

    def clean(self, value: object) -> list[int]:
        given = value if isinstance(value, list) else []
        if not all(
            isinstance(each, str) and each.isascii() and each.isdigit() and len(each) < 16 for each in given
        ):
            raise forms.ValidationError(_("There is no such person."), code="number")
        return [int(each) for each in given]


class Act(forms.Form):
    """One act on one run. `words` is the comment or the reason: which acts need one, the verbs say."""

    revision = forms.IntegerField(**NUMBER)  # type: ignore[arg-type]  # one dictionary for three fields
    words = forms.CharField(max_length=500, required=False)
    person = forms.IntegerField(**NUMBER)  # type: ignore[arg-type]  # as above
    people = Numbers(required=False)
    where = forms.ChoiceField(choices=[("after", ""), ("before", "")], required=False)
    step = forms.IntegerField(**NUMBER)  # type: ignore[arg-type]  # as above
    refuse_rows = Numbers(required=False)
    ok = forms.ChoiceField(choices=[("yes", ""), ("no", "")], required=False)


class NewDeputy(forms.Form):
    """Somebody who decides in one's place, from an instant to another, both in local time."""

    person = forms.TypedChoiceField(label=_("Deputy"), coerce=int)
    starts_at = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends_at = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: object, but: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # what a form takes
        field = self.fields["person"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "—"), *colleagues(but)]
        for name, bound in self.fields.items():
            bound.widget.attrs["class"] = "form-select" if name == "person" else "form-control"


class NewActivation(forms.Form):
    """Which shipped book, from when on (local time), and why."""

    book = forms.ChoiceField(label=_("Rulebook"))
    starts_at = forms.DateTimeField(
        label=_("In force from"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    comment = forms.CharField(
        label=_("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: object, books: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # what a form takes
        field = self.fields["book"]
        if isinstance(field, forms.ChoiceField):
            field.choices = books
        for name, bound in self.fields.items():
            bound.widget.attrs["class"] = "form-select" if name == "book" else "form-control"


class OwnText(forms.Form):
    """A rulebook of one's own: its text or a file of it, from when on (local time), and why."""

    source = forms.CharField(
        label=_("Text of the rulebook (TOML)"),
        required=False,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 24, "class": "form-control mono own-text", "spellcheck": "false"}
        ),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("Its text takes the place of what stands above."),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".toml,text/plain"}),
    )
    starts_at = forms.DateTimeField(
        label=_("In force from"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "class": "form-control"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    comment = forms.CharField(
        label=_("Why"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
    )

    def clean(self) -> dict[str, Any]:
        """`source` is what counts: the file's text where there is one."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        sent = given.get("file")
        if sent is not None:
            try:
                given["source"] = sent.read(LONGEST_FILE + 1).decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", _("This file is not text in UTF-8."))
        if "file" not in self.errors and not str(given.get("source") or "").strip():
            self.add_error("source", _("Paste the text, or choose a file."))
        return given


def read_after(text: str | None) -> Key | None:
    """The key of a page's end out of its address; None for the first page, and for what is no key."""
    instant, _mark, number = (text or "").rpartition("_")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    try:
        due_at: datetime | None = parse_datetime(instant)
    except ValueError:
        return None
    return Key(due_at, int(number)) if due_at is not None and due_at.tzinfo is not None else None


def write_after(key: Key | None) -> str:
    return f"{key.due_at.isoformat()}_{key.run_id}" if key else ""


def read_number(text: str | None) -> int | None:
    """A key that is a number; None for the first page, and for what is no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


ACTS = ("approve", "reject", "return")
#: Decided in one go.
MOST = 200


def read_decisions(data: QueryDict) -> list[Decision]:
    """Out of the queue's form: `one` = "approve:12" names a single line, otherwise `act` and every ticked `pick`. Each
    line brings the revision it showed, its own words, or the words for all. Raises Invalid."""
    act, picked = str(data.get("act", "")), list(data.getlist("pick"))
    if data.get("one"):
        act, _colon, one = str(data.get("one")).partition(":")
        picked = [one]
    if act not in ACTS:
        raise Invalid(_("Please say what you decide."), code="act")
    if not picked:
        raise Invalid(_("Please tick the requests first."), code="none_ticked")
    if len(picked) > MOST:
        raise Invalid(_("That is too many at once."), code="too_many")
    found: list[Decision] = []
    for text in dict.fromkeys(picked):
        number = read_number(text)
        if number is None:
            raise Invalid(_("There is no such request."), code="run")
        words = str(data.get(f"words-{number}") or data.get("words") or "")[:500]
        found.append(Decision(number, act, read_number(data.get(f"revision-{number}")), words))  # type: ignore[arg-type]  # one of ACTS
    return found


def line_after(data: QueryDict, decided: Collection[int]) -> int | None:
    """The line that stood below the last of the decided ones, else the last that is left above them. Each line of the
    queue sends the revision it showed, in the order of the page."""
    shown = [read_number(name.removeprefix("revision-")) for name in data if name.startswith("revision-")]
    places = [place for place, each in enumerate(shown) if each in decided]
    last = max(places, default=-1)
    left = [*(each for each in shown[last + 1 :]), *reversed(shown[:last])] if places else []
    return next((each for each in left if each is not None and each not in decided), None)


def kind_filter(text: str | None) -> str:
    """A kind's code as the filter takes it: anything longer than one fits nothing."""
    limit = Run._meta.get_field("kind").max_length or 60
    return (text or "")[:limit]
