"""When a session counts as confirmed (office.rulebook.sudo): at the sign-in, and by what the person confirms with."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import authentication_step_completed
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from ecdept import second_factor
from office.rulebook import sudo
from office.staff.models import Employee


def _signed_in(sender: object, request: HttpRequest | None, user: Employee, **_kwargs: Any) -> None:
    if request is not None:
        sudo.confirm(request)


def _confirmed(
    sender: object,
    request: HttpRequest,
    user: Employee,
    method: str,
    reauthenticated: bool = False,
    **_kwargs: Any,
) -> None:
    """A password alone proves nothing for somebody who has a second factor."""
    if reauthenticated and (method == "mfa" or not second_factor.has_one(user)):
        sudo.confirm(request)


def connect() -> None:
    """The libraries that sign people in have no other hook than their signals."""
    user_logged_in.connect(_signed_in, dispatch_uid="sudo.signed_in")
    authentication_step_completed.connect(_confirmed, dispatch_uid="sudo.confirmed")
