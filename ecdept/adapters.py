"""allauth's hooks: nobody signs up, passwords go through the staff verb, secrets are sealed."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ecdept import lockout, proofs, second_factor
from office import crypto
from office.staff import api as staff
from office.staff.models import Employee

#: Said by the page itself, or not worth a toast.
QUIET = {
    "account/messages/logged_in.txt",
    "account/messages/logged_out.txt",
    "account/messages/login_failed.txt",
    "usersessions/messages/sessions_logged_out.txt",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are appointed (staff.services.people.add_employee)."""

    #: People sign in with a number, which the library calls a user name.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("The employee number or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: Employee, password: str) -> None:
        staff.change_password(employee=user, password=password, by=user, now=timezone.now())

    def get_client_ip(self, request: HttpRequest) -> str:
        address = lockout.client_address(request)
        return address or str(super().get_client_ip(request))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords for one number from anywhere are counted together, those of a known device apart."""
        key = str(super()._get_login_attempts_cache_key(request, **credentials))
        device = lockout.device_of(request, str(credentials.get("username", "")))
        return f"{key}:{device}" if device else key

    def post_login(self, request: HttpRequest, user: Employee, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if second_factor.required(user, timezone.now()) and not second_factor.has_one(user):
            # Nothing but the set-up of the second step opens to him: the password of a moment ago is enough for it.
            record_authentication(request, user, method="password", reauthenticated=True)
        if not lockout.device_of(request, user.number):
            proofs.tell_new_device(request, user, timezone.now())
        lockout.remember_device(request, response, user.number)
        return response

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in QUIET:
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def get_reauthentication_methods(self, user: Employee | AnonymousUser) -> list[dict[str, Any]]:
        """By the second factor only, where there is one: a password that somebody saw typed proves nothing."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        strong = [way for way in ways if way["id"] != "reauthenticate"]
        return strong if isinstance(user, Employee) and second_factor.has_one(user) else ways

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing leaves by mail: the trail and the inbox tell what changed."""


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP secrets and recovery seeds are sealed at rest under the application's key."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is wrong. Type the one that the authenticator shows now."),
    }

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """The library calls a passkey that does not fit an incorrect code too."""
        if code == "incorrect_code" and "credential" in context.request.POST:
            return ValidationError(
                _(
                    "This passkey was not accepted: it is not known here, or was made for another address. "
                    "Try again, or use another way."
                ),
                code=code,
            )
        error: ValidationError = super().validation_error(code, *args)
        return error

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.seal_app(second_factor.PURPOSE, text.encode())).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.open_app(second_factor.PURPOSE, base64.b64decode(encrypted_text)).decode()

    def get_totp_label(self, user: Employee) -> str:
        return user.number

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays while a post of its owner requires one."""
        if authenticator.type not in second_factor.FACTORS:
            return True
        return not (
            second_factor.is_last(authenticator)
            and second_factor.required(authenticator.user, timezone.now())
        )

    def generate_authenticator_name(self, user: Employee, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Key {number}").format(number=count + 1)
