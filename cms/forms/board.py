"""Forms of the message board: the visitor's, and those of the staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.forms.acts import ActForm, lines
from cms.models import BoardMessage
from cms.rules import board as rules


class AskForm(forms.Form):
    """What a visitor fills in. `website` is a trap: people do not see it, so only a machine fills it in."""

    name = forms.CharField(label=_("Your name"), max_length=rules.FIELDS["name"], required=False)
    phone = forms.CharField(
        label=_("Phone for the answer"),
        max_length=rules.FIELDS["phone"],
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=_("or e-mail"),
        max_length=rules.FIELDS["email"],
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    topic = forms.CharField(label=_("What it is about"), max_length=rules.FIELDS["topic"], required=False)
    text = forms.CharField(label=_("Your message"), widget=forms.Textarea(attrs={"rows": 6}))
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"})
    )

    @property
    def trapped(self) -> bool:
        """Whether only a machine can have filled this in."""
        return bool(self.data.get("website"))


class AnswerForm(ActForm):
    way = forms.ChoiceField(label=_("How it was given"), choices=rules.WAYS)
    text = forms.CharField(label=_("Answer"), max_length=2000, widget=lines(5, 2000))


class BoardNoteForm(ActForm):
    text = forms.CharField(label=_("For colleagues only"), max_length=2000, widget=lines(3, 2000))

    def arguments(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"]}


class SpamForm(ActForm):
    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (BoardMessage.State.SPAM.value, _("Spam")),
            (BoardMessage.State.ABUSE.value, _("Abuse")),
        ],
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ReopenForm(ActForm):
    """Nothing to fill in."""


class PublishForm(ActForm):
    question = forms.CharField(
        label=_("Question, without names and numbers"), max_length=1000, widget=lines(4, 1000)
    )
    reply = forms.CharField(label=_("Answer for everybody"), max_length=2000, widget=lines(5, 2000))


class WithdrawForm(ActForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def arguments(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"]}


class SenderForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=30, help_text=_("Small letters, digits, dashes."))
    name = forms.CharField(label=_("Name"), max_length=60)
