"""Doors of pages: who may enter is a rule of the book."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from office.rulebook.selectors import holds
from office.staff.models import Employee

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def person(request: HttpRequest) -> Employee:
    """Who is signed in. Raises PermissionDenied for a visitor, whom `permitted` has already sent to sign
    in.
    """
    if not isinstance(request.user, Employee):
        raise PermissionDenied
    return request.user


def permitted(key: str) -> Callable[[View], View]:
    """The view is for signed-in people whose posts hold the permission rule `key`; others get the 403 page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not holds(person(request), key):
                raise PermissionDenied(key)
            return view(request, *args, **kwargs)

        return cast("View", login_required(guarded))

    return decorate
