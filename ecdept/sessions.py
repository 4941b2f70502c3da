"""Sessions in the database, each read together with the person it belongs to.

Every request of a signed-in person needs the session, the person, the posts, the book in force and the number of unread
notices. That is one query here instead of four. Who a session belongs to is known from the row that signing in leaves
for the list of one's devices; it is only believed after Django's own checks (`SignedInMiddleware`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from office.rulebook.guards import know_posts
from office.staff.models import Employee

_FIELDS = [field.attname for field in Employee._meta.concrete_fields]
_SQL = f"""
SELECT s.session_data,
       (SELECT min(id) FROM rulebook_version WHERE effective @> %(now)s::timestamptz),
       ARRAY(SELECT position FROM staff_appointment
             WHERE employee_id = e.id AND during @> %(now)s::timestamptz ORDER BY acting, position),
       staff_also_granted(e.id, %(now)s),
       cardinality(ARRAY(SELECT 1 FROM notices_notice
                         WHERE recipient_id = e.id AND read_at IS NULL AND NOT muted LIMIT 100)),
       {", ".join(f'e."{field.column}"' for field in Employee._meta.concrete_fields)}
  FROM django_session s
  LEFT JOIN usersessions_usersession u ON u.session_key = s.session_key
  LEFT JOIN staff_employee e ON e.id = u.user_id
 WHERE s.session_key = %(key)s AND s.expire_date > %(now)s
"""  # noqa: S608  column names of the model
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose session it is, by the list of devices; his posts, his grants and the book's version now; unread, counted
    to 100."""

    employee: Employee
    version: int | None
    held: tuple[str, ...]
    also: frozenset[str]
    unread: int


class SessionStore(DatabaseStore):
    """`owner` is None until the session was loaded, and for a session that is in no list of devices."""

    owner: Owner | None = None

    def load(self) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(_SQL, {"now": timezone.now(), "key": self.session_key})
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data, version, held, also, unread, *employee = row
        if employee[0] is not None:
            person = Employee.from_db(connection.alias, _FIELDS, employee)
            self.owner = Owner(person, version, tuple(held), frozenset(also), unread)
        return self.decode(data)


class SignedInMiddleware(AuthenticationMiddleware):
    """Django's, without a second query for whom the session names and a third for his posts."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]


def _user(request: HttpRequest) -> Employee | AnonymousUser:
    known: Employee | AnonymousUser | None = getattr(request, "_cached_user", None)
    if known is None:
        known = _verified_owner(request) or auth.get_user(request)
        request._cached_user = known  # type: ignore[attr-defined]
    return known


def _verified_owner(request: HttpRequest) -> Employee | None:
    """The owner, if the session's own content names him and was made under his present password; None where Django
    decides: nobody signed in, another backend, a rotated secret, a person who may no longer sign in."""
    session = request.session
    named, backend = session.get(auth.SESSION_KEY), session.get(auth.BACKEND_SESSION_KEY)
    owner: Owner | None = getattr(session, "owner", None)
    if owner is None or backend != BACKEND or BACKEND not in settings.AUTHENTICATION_BACKENDS:
        return None
    employee = owner.employee
    if named != str(employee.pk) or not employee.is_active:
        return None
    made_under = session.get(auth.HASH_SESSION_KEY) or ""
    if not constant_time_compare(made_under, employee.get_session_auth_hash()):
        return None
    know_posts(request, employee, owner.version, owner.held, owner.also)
    return employee


def unread_of(request: HttpRequest, employee: Employee) -> int | None:
    """Unread notices as they were when the session was read; None when that is not known, or may have changed since."""
    owner: Owner | None = getattr(request.session, "owner", None)
    if owner is None or request.method != "GET" or owner.employee.pk != employee.pk:
        return None
    return owner.unread
