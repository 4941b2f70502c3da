"""Doors of pages: who may enter is a rule of the book."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone

from office.rulebook.errors import RuleNotAdopted
from office.rulebook.selectors import book_by_version, not_adopted, permissions_in
from office.rulebook.types import Book
from office.staff.models import Employee

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def person(request: HttpRequest) -> Employee:
    """Who is signed in. Raises PermissionDenied for a visitor, whom `permitted` has already sent to sign
    in.
    """
    if not isinstance(request.user, Employee):
        raise PermissionDenied
    return request.user


@dataclass(frozen=True, slots=True)
class Entered:
    """What a signed-in person met at the door: the book in force (None before the first), his posts, the own before
    the acting ones, and what they and his grants allow him."""

    book: Book | None
    posts: tuple[str, ...]
    permissions: frozenset[str]


_ENTERED_SQL = """
SELECT (SELECT min(id) FROM rulebook_version WHERE effective @> %(now)s::timestamptz),
       ARRAY(SELECT position FROM staff_appointment
             WHERE employee_id = %(employee)s AND during @> %(now)s::timestamptz ORDER BY acting, position),
       staff_also_granted(%(employee)s, %(now)s)
"""


def entered(request: HttpRequest) -> Entered:
    """Asked once per request, by one query: the door, the page and its frame speak of the same moment. Verbs ask for
    themselves, at their own instant.
    """
    employee = person(request)
    known: tuple[int, Entered] | None = getattr(request, "_entered", None)
    if known is not None and known[0] == employee.pk:
        return known[1]
    with connection.cursor() as cursor:
        cursor.execute(_ENTERED_SQL, {"now": timezone.now(), "employee": employee.pk})
        version, held, also = cursor.fetchone()
    return know_posts(request, employee, version, tuple(held), frozenset(also))


def know_posts(
    request: HttpRequest,
    employee: Employee,
    version: int | None,
    held: tuple[str, ...],
    also: frozenset[str],
) -> Entered:
    """What `entered` will answer in this request: for whoever has read the posts, the grants and the book's version."""
    book = None if version is None else book_by_version(version)
    granted = _granted(version, frozenset(held), also) if version and employee.is_active else frozenset()
    known = Entered(book, held, granted)
    request._entered = (employee.pk, known)  # type: ignore[attr-defined]
    return known


@lru_cache(maxsize=256)
def _granted(version: int, held: frozenset[str], also: frozenset[str]) -> frozenset[str]:
    """A stored version never changes its mind."""
    return permissions_in(book_by_version(version), held, also)


def may_open(request: HttpRequest, path: str) -> bool:
    """Whether the reader is let in at the door of the page with this path. Whether he finds there what he looks for,
    its own selector says. False for a path that leads nowhere."""
    try:
        door = resolve(path.partition("?")[0].partition("#")[0]).func
    except Resolver404:
        return False
    key = getattr(door, "permission", None)
    return key is None or key in entered(request).permissions


def permitted(key: str) -> Callable[[View], View]:
    """The view is for signed-in people whose posts or grants give the permission rule `key`; others get the 403 page,
    or hear that the book in force does not have the rule yet."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            met = entered(request)
            if key not in met.permissions:
                if met.book is not None and key in not_adopted(met.book):
                    raise RuleNotAdopted(key)
                raise PermissionDenied(key)
            return view(request, *args, **kwargs)

        guarded.permission = key  # type: ignore[attr-defined]
        return cast("View", login_required(guarded))

    return decorate
