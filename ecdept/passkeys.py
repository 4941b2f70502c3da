"""The forms that take what a browser calls a passkey. The library parses it with whatever Python raises for what it is
not: here that is a refusal in words."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as library
from django import forms
from django.core.exceptions import ValidationError


class CredentialField(forms.JSONField):
    """JSON of a browser; nested without end it is none."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (RecursionError, ValidationError):
            raise get_adapter().validation_error("incorrect_code") from None


class AddPasskeyForm(library.AddWebAuthnForm):  # type: ignore[misc]
    """A new key."""

    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        try:
            return dict(super().clean())
        except ValidationError:
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error


class _Using(library.AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            raise
        except Exception as error:
            raise get_adapter().validation_error("incorrect_code") from error


class AuthenticatePasskeyForm(_Using):
    """The second step of a sign-in."""


class LoginPasskeyForm(_Using, library.LoginWebAuthnForm):  # type: ignore[misc]
    """A sign-in with a key alone."""


class ReauthenticatePasskeyForm(_Using, library.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirming who one is."""
