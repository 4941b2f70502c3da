"""Forms of the backups' pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from office.errors import Invalid, Refused


class KeyForm(forms.Form):
    """The private key as it was printed. Never shown again, never kept."""

    key = forms.CharField(
        label=_("Private key of the backups"),
        max_length=200,
        strip=True,
        help_text=_(
            "The twelve groups on the print. It is used once, to open the newest backup, and not kept."
        ),
        widget=forms.PasswordInput(
            attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}
        ),
    )


class RestoreForm(forms.Form):
    """What the general manager is asked for."""

    database = forms.CharField(
        label=_("Database that is overwritten"),
        max_length=48,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"class": "form-control", "rows": 3})
    )


def refuse(form: forms.Form, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))
