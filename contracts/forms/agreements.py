"""Forms of a contract: opened, drawn with its terms, signed, ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contracts.forms.acts import day_input, line, lines, scan, select
from contracts.forms.choosing import SupplierField
from contracts.models import ContractVersion
from contracts.rules import terms as rules
from contracts.selectors import terms as selectors

#: Further clauses that one version may have on the form.
EXTRA = 3


class OpenForm(forms.Form):
    supplier = SupplierField()
    title = forms.CharField(
        label=_("What the contract is about"), max_length=120, widget=line(120), initial="实木家具协作加工"
    )
    number = forms.CharField(
        label=_("Contract number"),
        max_length=30,
        required=False,
        widget=line(30),
        help_text=_("Empty: the next of the year."),
    )


class VersionForm(forms.Form):
    """The dates, every term with what the book says beside it, further clauses."""

    our_name = forms.CharField(label=_("Our company’s full name"), max_length=120, widget=line(120))
    starts_on = forms.DateField(label=_("From"), widget=day_input())
    ends_on = forms.DateField(label=_("Until"), widget=day_input())
    reason = forms.CharField(
        label=_("What is amended and why"), max_length=500, required=False, widget=lines(2, 500)
    )

    def __init__(self, *args: Any, last: ContractVersion | None, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.book = selectors.defaults(now)
        self.last = last
        if last is None:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = True
        before: Mapping[str, Any] = last.terms if last else self.book
        for each in rules.PARAMETERS:
            self.fields[each.name] = _field(each, self.book[each.name])
            self.fields[each.name].initial = before.get(each.name, self.book[each.name])
        old = [clause for clause in last.clauses if clause["id"].startswith("X")] if last else []
        for place in range(1, max(EXTRA, len(old) + 1) + 1):
            known = old[place - 1] if place <= len(old) else {}
            self.fields[f"extra_title_{place}"] = forms.CharField(
                label=_("Title of the clause"),
                max_length=60,
                required=False,
                widget=line(60),
                initial=known.get("title", ""),
            )
            self.fields[f"extra_text_{place}"] = forms.CharField(
                label=_("Text of the clause"),
                max_length=3000,
                required=False,
                widget=lines(3, 3000),
                initial=known.get("text", ""),
            )

    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("our_name", "starts_on", "ends_on", "reason") if name in self.fields]

    def of_terms(self) -> list[forms.BoundField]:
        return [self[each.name] for each in rules.PARAMETERS]

    def of_clauses(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        places = [
            name.removeprefix("extra_title_") for name in self.fields if name.startswith("extra_title_")
        ]
        return [(self[f"extra_title_{place}"], self[f"extra_text_{place}"]) for place in places]

    def asked(self) -> dict[str, Any]:
        said = self.cleaned_data
        extra = [
            {"title": said[title.name], "text": said[text.name]}
            for title, text in self.of_clauses()
            if said[title.name].strip() or said[text.name].strip()
        ]
        return {
            "our_name": said["our_name"],
            "starts_on": said["starts_on"],
            "ends_on": said["ends_on"],
            "reason": said.get("reason", ""),
            "terms": {each.name: said[each.name] for each in rules.PARAMETERS},
            "extra": extra,
        }


def _field(parameter: rules.Parameter, default: Any) -> forms.Field:
    """With what the book says as the hint."""
    label = f"{parameter.label} ({parameter.unit})" if parameter.unit else str(parameter.label)
    hint = _("By the book: {value}").format(value=shown(parameter, default)) if default != "" else ""
    if parameter.kind == "choice":
        return forms.ChoiceField(label=label, choices=parameter.choices, widget=select(), help_text=hint)
    if parameter.kind == "flag":
        return forms.TypedChoiceField(
            label=label,
            choices=((True, _("yes")), (False, _("no"))),
            coerce=lambda value: value == "True",
            widget=select(),
            help_text=hint,
        )
    if parameter.kind == "text":
        return forms.CharField(
            label=label, max_length=parameter.highest, widget=line(parameter.highest), help_text=hint
        )
    entry = forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal", "maxlength": 8})
    return forms.CharField(label=label, max_length=8, widget=entry, help_text=hint)


def shown(parameter: rules.Parameter, value: Any) -> str:
    """A value as pages show it."""
    if parameter.kind == "choice":
        return str(dict(parameter.choices)[value])
    if parameter.kind == "flag":
        return str(_("yes") if value else _("no"))
    if parameter.kind == "percent":
        return f"{value}%"
    return f"{value} {parameter.unit}".strip()


class SignForm(forms.Form):
    """The scan of one side."""

    side = forms.ChoiceField(label=_("Who signed"), widget=select())
    means = forms.ChoiceField(
        label=_("How it is signed"),
        choices=(("seal", _("by seal")), ("signature", _("by signature"))),
        widget=select(),
    )
    signer = forms.CharField(label=_("Name of who signed or sealed"), max_length=60, widget=line(60))
    signed_on = forms.DateField(label=_("Day on the paper"), widget=day_input())
    file = scan(_("Scan of the signed paper"))

    def __init__(self, *args: Any, open_sides: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        side = self.fields["side"]
        if isinstance(side, forms.ChoiceField):
            called = {"ours": _("Our side"), "theirs": _("Supplier’s side")}
            side.choices = [(code, called[code]) for code in open_sides]


class AskForm(forms.Form):
    comment = forms.CharField(
        label=_("Why it departs from the book"), max_length=500, required=False, widget=lines(2, 500)
    )


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=lines(2, 500))


class ClauseForm(forms.Form):
    """A clause's wording. `seen` is the number of the one that was read."""

    title = forms.CharField(label=_("Title of the clause"), max_length=60, widget=line(60))
    text = forms.CharField(label=_("Text of the clause"), max_length=3000, widget=lines(6, 3000))
    seen = forms.IntegerField(min_value=0, max_value=9999, widget=forms.HiddenInput())
