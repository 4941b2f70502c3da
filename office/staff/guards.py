"""Doors of this app's pages. The rulebook stands above and answers through `office.staff.wiring`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from office.staff import wiring
from office.staff.models import Employee

View = Callable[..., HttpResponse]


def me(request: HttpRequest) -> Employee:
    """The signed-in person of a guarded view."""
    return cast(Employee, request.user)


def needs(key: str) -> Callable[[View], View]:
    """The view is for signed-in people one of whose posts holds the permission rule `key`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not wiring.may(me(request), key, timezone.now()):
                raise PermissionDenied(key)
            return view(request, *args, **kwargs)

        guarded.permission = key  # type: ignore[attr-defined]
        return cast(View, login_required(guarded))

    return decorate
