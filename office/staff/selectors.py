"""Who holds which post, and who is on duty. Reads only; every answer is for one instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from office.errors import NotFound
from office.staff import wiring
from office.staff.models import Appointment, Employee, Position, Presence

_HELD_SQL = """
SELECT ARRAY(SELECT position FROM staff_appointment
             WHERE employee_id = %(employee)s AND during @> %(at)s::timestamptz),
       staff_also_granted(%(employee)s, %(at)s)
"""
Held = tuple[frozenset[str], frozenset[str]]


def held_by(employee: Employee, at: datetime) -> Held:
    """The posts a person holds or acts for, and what was granted to him beyond them; neither once he may no longer
    sign in."""
    if not employee.is_active:
        return frozenset(), frozenset()
    asked = _asked.get()
    known = None if asked is None else asked.get((employee.pk, at))
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(_HELD_SQL, {"employee": employee.pk, "at": at})
            posts, granted = cursor.fetchone()
        known = frozenset(posts), frozenset(granted)
        if asked is not None:
            asked[employee.pk, at] = known
    return known


def people_granted(words: Collection[str], at: datetime) -> set[int]:
    """Ids of those who may sign in and were granted one of these words, for that instant."""
    if not words:
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT staff_people_granted(%s, %s)", [list(words), at])
        return {row[0] for row in cursor.fetchall()}


def positions_of(employee: Employee, at: datetime) -> frozenset[str]:
    """The posts a person holds or acts for; none once the person may no longer sign in."""
    return held_by(employee, at)[0]


_asked: ContextVar[dict[tuple[int, datetime], Held] | None] = ContextVar("asked", default=None)


@contextmanager
def posts_asked_once() -> Iterator[None]:
    """Inside, a person's posts at an instant are asked once. For pages that gather from many places and write nothing;
    a verb always asks for itself."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


def own_positions(employee: Employee, at: datetime) -> frozenset[str]:
    """The posts held in one's own right."""
    return frozenset(
        employee.appointments.filter(during__contains=at, acting=False).values_list("position", flat=True)
    )


def acting_positions(employee: Employee, at: datetime) -> frozenset[str]:
    """The posts a person only acts for (J2)."""
    return positions_of(employee, at) - own_positions(employee, at)


def acting_for(employee: Employee, positions: Collection[str], at: datetime) -> str:
    """The post to record on an act that needs one of `positions`: "" when one is held, else the one acted for."""
    held = dict(
        employee.appointments.filter(during__contains=at, position__in=positions)
        .order_by("-acting", "position")
        .values_list("position", "acting")
    )
    if not held or not all(held.values()):
        return ""
    return sorted(held)[0]


def holders(position: str, at: datetime) -> list[Employee]:
    """Everybody who holds or acts for the post, by name; the own holders first."""
    rows = (
        Appointment.objects.filter(position=position, during__contains=at, employee__is_active=True)
        .select_related("employee")
        .order_by("acting", "employee__name_key", "employee__number")
    )
    return list({row.employee_id: row.employee for row in rows}.values())


def holder_ids(positions: Collection[str], at: datetime) -> set[int]:
    """Ids of everybody who holds or acts for one of the posts."""
    held = Appointment.objects.filter(position__in=positions, during__contains=at, employee__is_active=True)
    return set(held.values_list("employee_id", flat=True))


def on_duty(position: str, at: datetime) -> list[Employee]:
    """The holders of the post who are on duty at the instant."""
    people = holders(position, at)
    present = set(
        _open_at(at)
        .filter(employee_id__in=[person.pk for person in people])
        .values_list("employee_id", flat=True)
    )
    present &= wiring.available(present, at)
    return [person for person in people if person.pk in present]


def is_on_duty(employee: Employee) -> bool:
    """Whether the 上班/下班 switch is on now."""
    return Presence.objects.filter(employee=employee, ended_at=None).exists()


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One line of "who is on duty now"."""

    employee_id: int
    name: str
    posts: str
    since: datetime
    available: bool = True

    @property
    def initial(self) -> str:
        return self.name[:1]


_ON_DUTY_SQL = """
SELECT p.employee_id, e.name, p.started_at,
       ARRAY(SELECT position FROM staff_appointment
             WHERE employee_id = p.employee_id AND during @> %(at)s::timestamptz ORDER BY acting, position)
  FROM staff_presence p JOIN staff_employee e ON e.id = p.employee_id
 WHERE (p.ended_at IS NULL OR p.ended_at > %(at)s) AND p.started_at <= %(at)s AND e.is_active
 ORDER BY p.started_at
"""


def on_duty_now(at: datetime) -> list[OnDuty]:
    """Everybody on duty, the longest first: the switch is on, and neither leave nor roster says otherwise."""
    return [row for row in present_now(at) if row.available]


def present_now(at: datetime) -> list[OnDuty]:
    """Everybody whose 上班/下班 switch is on, the longest first, `available` or not by leave and roster; one query in
    SQL beside the roster's, because the frame of every page asks."""
    with connection.cursor() as cursor:
        cursor.execute(_ON_DUTY_SQL, {"at": at})
        presences = cursor.fetchall()
    kept = wiring.available([row[0] for row in presences], at)
    return [
        OnDuty(employee_id, name, posts_line(codes), since, employee_id in kept)
        for employee_id, name, since, codes in presences
    ]


def posts_text(employee: Employee, at: datetime) -> str:
    """The person's posts in the reader's language, joined for one line."""
    return posts_line(_posts([employee.pk], at)[employee.pk])


def posts_line(posts: Iterable[str]) -> str:
    return " · ".join(position_label(code) for code in posts)


_POSITION_LABELS = dict(Position.choices)


def position_label(code: str) -> str:
    return str(_POSITION_LABELS.get(code, code))


def people(
    text: str = "", *, active: bool | None = True, position: str = "", at: datetime
) -> QuerySet[Employee]:
    """The people page: by name or number, by post held at the instant."""
    found = Employee.objects.order_by("name_key", "number")
    if active is not None:
        found = found.filter(is_active=active)
    if text:
        found = found.filter(
            Q(name__icontains=text) | Q(number__istartswith=text) | Q(name_key__istartswith=text)
        )
    if position:
        found = found.filter(appointments__position=position, appointments__during__contains=at).distinct()
    return found


def access_employee(pk: int) -> Employee:
    """Raises NotFound."""
    found = Employee.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such person."))
    return found


@dataclass(frozen=True, slots=True)
class Post:
    """A post with who holds it, who acts for it and who is on duty."""

    code: str
    label: str
    superior: str
    own: list[Employee]
    acting: list[Employee]
    present: set[int]


def posts_now(at: datetime) -> list[Post]:
    """Every post of the department in the order of the rulebook; three queries."""
    own: dict[str, list[Employee]] = defaultdict(list)
    acting: dict[str, list[Employee]] = defaultdict(list)
    for row in (
        Appointment.objects.filter(during__contains=at, employee__is_active=True)
        .select_related("employee")
        .order_by("employee__name_key")
    ):
        (acting if row.acting else own)[row.position].append(row.employee)
    present = set(_open_at(at).values_list("employee_id", flat=True))
    return [
        Post(
            code,
            str(Position(code).label),
            position_label(above) if (above := wiring.superior_of(code, at)) else "",
            own[code],
            acting[code],
            present,
        )
        for code in Position.values
    ]


def appointments_of(employee: Employee) -> list[Appointment]:
    """All, the newest first."""
    return list(employee.appointments.order_by("-during"))


def posts_by_person(ids: Collection[int], at: datetime) -> dict[int, list[Appointment]]:
    """The appointments in force, per person; one query."""
    found: dict[int, list[Appointment]] = defaultdict(list)
    for row in Appointment.objects.filter(employee_id__in=ids, during__contains=at).order_by(
        "acting", "position"
    ):
        found[row.employee_id].append(row)
    return found


def present_ids(at: datetime) -> set[int]:
    return set(_open_at(at).values_list("employee_id", flat=True))


@dataclass(frozen=True, slots=True)
class Session:
    """One device on which a person is signed in."""

    pk: int
    device: str
    ip: str
    since: datetime
    seen: datetime
    current: bool


#: (in the user agent, what people call it), the first match wins.
BROWSERS = (
    ("MicroMessenger", "WeChat"), ("DingTalk", "DingTalk"), ("Edg/", "Edge"), ("OPR/", "Opera"),
    ("QQBrowser", "QQ Browser"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def sessions_of(employee: Employee, current_key: str) -> list[Session]:
    """Where a person is signed in, the present session first."""
    rows = [
        Session(
            row.pk,
            device_name(row.user_agent),
            row.ip,
            row.created_at,
            row.last_seen_at,
            row.session_key == current_key,
        )
        for row in UserSession.objects.filter(user=employee).order_by("-last_seen_at")
    ]
    return sorted(rows, key=lambda row: not row.current)


def device_name(agent: str) -> str:
    """A browser and a system as people call them, out of what the browser sends."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:60] or "?"


def _open_at(at: datetime) -> QuerySet[Presence]:
    return Presence.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=at), started_at__lte=at, employee__is_active=True
    )


def _posts(ids: Collection[int], at: datetime) -> dict[int, list[str]]:
    posts: dict[int, list[str]] = defaultdict(list)
    held = Appointment.objects.filter(employee_id__in=ids, during__contains=at).order_by("acting", "position")
    for employee_id, position in held.values_list("employee_id", "position"):
        posts[employee_id].append(position)
    return posts
