"""What takes what a browser calls a passkey. The library parses it with whatever Python raises for what it is not: here
that is a refusal in words. And whoever was refused stays where he was on his way to."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as library
from allauth.mfa.webauthn import views
from django import forms
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect


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


class ReauthenticatePasskeyView(views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """The library leads who was refused to the sign-in page, which leads who is signed in to my day."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        for message in form.errors.get("credential", []):
            get_account_adapter().add_message(self.request, messages.ERROR, message=message)
        return HttpResponseRedirect(self.passthrough_next_url(self.request.path))


class LoginPasskeyView(views.LoginWebAuthnView):  # type: ignore[misc]
    """The library forgets where the person wanted to go."""

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        answer: HttpResponseRedirect = super().form_invalid(form)
        return HttpResponseRedirect(
            passthrough_next_redirect_url(self.request, answer.url, REDIRECT_FIELD_NAME)
        )
