"""Forms of the vault. What is secret is never given back to the browser: not after an error either."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import vault_book
from accounts.rules import fields, passwords
from accounts.services.vault.proposing import Facts
from office.errors import Invalid, Refused
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def refuse(form: forms.BaseForm, refused: Refused) -> None:
    """The refusal onto the fields it names; what was typed and is no secret stays."""
    errors = refused.errors if isinstance(refused, Invalid) else []
    for error in errors:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not errors:
        form.add_error(None, str(refused.message))


def _hidden(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"class": "form-control", "autocomplete": autocomplete})


def _text(longest: int) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "maxlength": longest, "autocomplete": "off"})


class SecretArea(forms.Textarea):
    """Several lines that are never given back."""

    def format_value(self, value: Any) -> str:
        return ""


class UnlockForm(forms.Form):
    passphrase = forms.CharField(
        label=_("Vault passphrase"), strip=False, max_length=300, widget=_hidden("off")
    )


class NewPassphraseForm(forms.Form):
    """Twice, hidden."""

    passphrase = forms.CharField(
        label=_("New vault passphrase"),
        strip=False,
        max_length=300,
        widget=_hidden("new-password"),
        help_text=_(
            "Several words that do not belong together. Not your sign-in password; nobody can look it up for you."
        ),
    )
    again = forms.CharField(label=_("Once more"), strip=False, max_length=300, widget=_hidden("new-password"))


class ChangePassphraseForm(NewPassphraseForm):
    old = forms.CharField(
        label=_("Present vault passphrase"), strip=False, max_length=300, widget=_hidden("off")
    )
    field_order = ("old", "passphrase", "again")


class LostForm(NewPassphraseForm):
    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_text(200))
    field_order = ("reason", "passphrase", "again")


class AnotherKeyForm(forms.Form):
    """Why the recovery key in the safe is replaced."""

    reason = forms.CharField(label=_("Reason"), max_length=200, widget=_text(200))


class FactsForm(forms.Form):
    """What is known of an account and no secret."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.Select(attrs={"class": "form-select"}))
    name = forms.CharField(label=_("Name"), max_length=80, widget=_text(80))
    url = forms.CharField(label=_("Web address"), max_length=300, required=False, widget=_text(300))
    login = forms.CharField(label=_("Login"), max_length=120, required=False, widget=_text(120))
    owner = forms.TypedChoiceField(
        label=_("Owner"), coerce=int, widget=forms.Select(attrs={"class": "form-select"}),
        help_text=_("Answers for the account and sees who has looked at it."),
    )  # fmt: skip
    renew_on = forms.DateField(
        label=_("Renewed until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
    )
    change_days = forms.IntegerField(
        label=_("Password changed every … days"),
        required=False,
        min_value=1,
        max_value=3650,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
        help_text=_("Empty: as the rulebook says."),
    )
    comment = forms.CharField(
        label=_("What the general manager should know"), max_length=300, required=False, widget=_text(300)
    )

    def __init__(
        self, *args: Any, people: Sequence[Employee], now: datetime, offered: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        kind, owner = self.fields["kind"], self.fields["owner"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101
        assert isinstance(owner, forms.TypedChoiceField)  # noqa: S101
        kind.choices = [(code, vault_book.kind_name(code, now)) for code in offered]
        owner.choices = [(each.pk, f"{each.name} ({each.number})") for each in people]

    def renewing(self, address: str) -> None:
        """Another kind has other owners and custodians: what is typed stays, these are fetched anew."""
        self.fields["kind"].widget.attrs |= {
            "hx-get": address, "hx-trigger": "change", "hx-target": "#keepers", "hx-select": "#keepers",
            "hx-select-oob": "#id_owner", "hx-swap": "outerHTML",
        }  # fmt: skip

    def facts(self, *, closed: bool = False) -> Facts:
        given = self.cleaned_data
        return Facts(
            given["kind"], given["name"], given["owner"], given["url"], given["login"], given["renew_on"],
            given["change_days"], closed,
        )  # fmt: skip


class CloseForm(forms.Form):
    comment = forms.CharField(label=_("Reason"), max_length=300, widget=_text(300))


class CustodiansForm(forms.Form):
    custodians = forms.TypedMultipleChoiceField(
        label=_("Custodians"), coerce=int, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only they read the secrets, each with his own vault passphrase."),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Sequence[Employee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        custodians = self.fields["custodians"]
        assert isinstance(custodians, forms.TypedMultipleChoiceField)  # noqa: S101
        custodians.choices = [(each.pk, f"{each.name} ({each.number})") for each in people]


class CommentForm(forms.Form):
    """Beside what is asked for."""

    comment = forms.CharField(
        label=_("What the general manager should know"), max_length=300, required=False, widget=_text(300)
    )


class _Made(forms.Form):
    """A password that the system makes."""

    generate = forms.BooleanField(label=_("Let a password be made"), required=False)
    length = forms.IntegerField(
        label=_("Its length"), required=False, initial=passwords.USUAL, min_value=passwords.SHORTEST,
        max_value=passwords.LONGEST, widget=forms.NumberInput(attrs={"class": "form-control"}),
    )  # fmt: skip
    plain = forms.BooleanField(
        label=_("Of letters and digits alone: the site takes no signs"), required=False
    )

    def made(self) -> bytes:
        given = self.cleaned_data
        return passwords.generate(given["length"] or passwords.USUAL, signs=not given["plain"]).encode()


def _secret_field(label: StrOrPromise, help_text: StrOrPromise = "") -> forms.CharField:
    attrs = {
        "class": "form-control masked", "rows": 2, "autocomplete": "off", "spellcheck": "false",
        "autocapitalize": "off",
    }  # fmt: skip
    return forms.CharField(
        label=label, strip=False, required=False, max_length=fields.LONGEST_TEXT, widget=SecretArea(attrs=attrs),
        help_text=help_text,
    )  # fmt: skip


def _file_field() -> forms.FileField:
    return forms.FileField(
        label=_("File"), required=False, widget=forms.ClearableFileInput(attrs={"class": "form-control"})
    )


def _anyway_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Take it although it is weak or used elsewhere: the site leaves no choice"), required=False
    )


SEALED_FIRST = _("It is sealed before anybody is asked, and never shown again on this form.")


class FirstSecretsForm(_Made):
    """All that a new account has, so that it takes one signature."""

    secret = _secret_field(fields.NAMES[fields.PASSWORD], SEALED_FIRST)
    anyway = _anyway_field()
    totp = _secret_field(
        fields.NAMES[fields.SEED], _("As the site gives it, or the whole address that begins with otpauth.")
    )
    codes = _secret_field(fields.NAMES[fields.CODES])
    file = _file_field()
    field_order = ("secret", "generate", "length", "plain", "anyway", "totp", "codes", "file")


class SecretForm(_Made):
    """One secret: typed, made by the system, or a file."""

    field = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (fields.PASSWORD, fields.NAMES[fields.PASSWORD]),
            (fields.SEED, fields.NAMES[fields.SEED]),
            (fields.CODES, fields.NAMES[fields.CODES]),
            ("file", _("File")),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    secret = _secret_field(_("The secret itself"), SEALED_FIRST)
    file = _file_field()
    anyway = _anyway_field()
    field_order = ("field", "secret", "generate", "length", "plain", "anyway", "file")


class LineForm(forms.Form):
    """One account of an import that was given back."""

    name = forms.CharField(label=_("Name"), max_length=80, widget=_text(80))
    url = forms.CharField(label=_("Web address"), max_length=300, required=False, widget=_text(300))
    login = forms.CharField(label=_("Login"), max_length=120, required=False, widget=_text(120))
    leave_out = forms.BooleanField(label=_("Leave it out"), required=False)


class ImportAgainForm(CustodiansForm):
    """What is one for all lines of an import that was given back."""

    comment = forms.CharField(
        label=_("What the general manager should know"), max_length=300, required=False, widget=_text(300)
    )


class ImportForm(CustodiansForm):
    """Another manager's file, and who keeps what is in it."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".csv,text/csv"}),
        help_text=_("CSV of Bitwarden, KeePass, KeePassXC or Chrome, at most 1 MB. It is not kept."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of all of them"), widget=forms.Select(attrs={"class": "form-select"})
    )
    field_order = ("file", "kind", "custodians")

    def __init__(self, *args: Any, now: datetime, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101
        kind.choices = [(code, vault_book.kind_name(code, now)) for code in offered]
