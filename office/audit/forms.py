"""The filter of the trail."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from office.audit.registry import known_verbs, verb_label


def _text() -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control"})


class TrailForm(forms.Form):
    """By what, about what, by whom. All may be empty."""

    verb = forms.ChoiceField(
        label=_("Act"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    subject = forms.CharField(label=_("Subject"), required=False, max_length=120, widget=_text())
    actor = forms.CharField(label=_("Person"), required=False, max_length=60, widget=_text())

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Form's own signature is wide
        field = self.fields["verb"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All acts"))] + [(verb, verb_label(verb)) for verb in known_verbs()]
