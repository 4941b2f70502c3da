"""When a session counts as confirmed (office.rulebook.sudo): at the sign-in, and by what the person confirms with. And
a word to the person when somebody signs in under his number on a device that has not been seen before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.signals import authentication_step_completed
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ecdept import second_factor
from ecdept.lockout import client_address
from office.audit import api as audit
from office.audit.models import Entry
from office.notices import api as notices
from office.rulebook import sudo
from office.staff import api as staff
from office.staff.models import Employee
from office.staff.selectors import device_name


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


NEW_DEVICE = "staff.new_device"


def tell_new_device(request: HttpRequest, employee: Employee, now: datetime) -> None:
    """The trail notes every device on which a person signs in for the first time; from the second on he is told."""
    subject = staff.subject_of(employee)
    known = Entry.objects.filter(verb=NEW_DEVICE, subject_type=subject.type, subject_id=subject.id).exists()
    data = {
        "address": client_address(request) or "",
        "device": device_name(request.headers.get("User-Agent", "")),
    }
    with transaction.atomic():
        entry = audit.record(NEW_DEVICE, subject=subject, by=employee, now=now, clause="C13.4", data=data)
        if known:
            notices.notify(
                NEW_DEVICE,
                [employee.pk],
                source="new_device",
                source_id=entry,
                subject=subject,
                now=now,
                clause="C13.4",
                params=data,
                urgent=True,
            )


def connect() -> None:
    """The libraries that sign people in have no other hook than their signals."""
    audit.register_verbs({NEW_DEVICE: _("Signed in on a new device")})
    notices.register_kind(
        NEW_DEVICE,
        title=_("Signed in on a new device"),
        text=_("{device}, from {address}. If that was not you, change your password now and tell IT."),
        mutable=False,
    )
    user_logged_in.connect(_signed_in, dispatch_uid="sudo.signed_in")
    authentication_step_completed.connect(_confirmed, dispatch_uid="sudo.confirmed")
