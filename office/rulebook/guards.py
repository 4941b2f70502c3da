"""Doors of pages: who may enter is a rule of the book."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from office.rulebook.selectors import may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def permitted(key: str) -> Callable[[View], View]:
    """The view is for signed-in people whose posts hold the permission rule `key`; others get the 403 page."""

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.user, key):
                raise PermissionDenied(key)
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate
