"""Loads the demo company into an empty database."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ecdept import second_factor
from ecdept.demo import (
    access,
    assets,
    attendance_days,
    attendance_leave,
    attendance_people,
    attendance_roster,
    backups,
    catalog,
    content,
    contracts_agreements,
    contracts_door,
    contracts_money,
    contracts_orders,
    imports,
    marker,
    planning,
    promotions,
    requests,
    stock,
    vault,
    website,
)
from ecdept.demo.company import AGENTS, ON_DUTY, STAFF
from ecdept.demo.history import Crew, History
from ecdept.demo.stage import Stage
from office.deadlines import api as deadlines
from office.errors import Conflict
from office.notices import services as notices
from office.notices.models import Notice
from office.staff.models import Employee
from office.staff.services.founding import found_staff, open_duty

#: How many lines of an inbox the demo leaves unread.
UNREAD = 12
#: What follows the orders, in this order: one function for each part of the demo.
PARTS: tuple[Callable[[Stage], None], ...] = (
    imports.play,
    requests.play,
    content.play,
    assets.play,
    website.play,
    catalog.play,
    promotions.play,
    planning.play,
    access.play,
    attendance_people.play,
    attendance_leave.play,
    attendance_days.play,  # after every part that makes shifts and leaves: it punches and settles them
    attendance_roster.play,  # the days to come: what lies behind was made by the part before
    attendance_leave.watch,
    contracts_agreements.play,  # before the other parts of this desk: they order from its suppliers
    vault.play,
    contracts_money.play,
    backups.play,
    contracts_orders.play,  # with the suppliers that are there, else with its own
    contracts_door.play,  # after the suppliers and their orders
)


@transaction.atomic
def load(*, now: datetime) -> str:
    """People, posts, duty, orders. Returns the password of every demo login. Raises Conflict unless it is empty."""
    if Employee.objects.exists():
        raise Conflict(
            _("The database is not empty: the demo is loaded into an empty one only."), code="not_empty"
        )
    password = marker.new_password()
    since = now - timedelta(days=400)
    people = found_staff(newcomers=STAFF, password=password, since=since, by=None, now=now)
    _second_factors(people, now)
    on_duty = [person for person in people if person.number in ON_DUTY]
    open_duty(employees=on_duty, started_at=now - timedelta(hours=2, minutes=12), by=None, now=now)
    by_number = {person.number: person for person in people}
    crew = Crew([by_number[number] for number in AGENTS], by_number["S001"], by_number["P001"])
    History(crew, now).play()
    stage = Stage(by_number, now, password)
    for play in (*PARTS, stock.play):  # stock last: it counts, lists and watches the goods of the others
        play(stage)
    deadlines.settle_due(now)
    for person in people:
        _read_inbox(person, now)
    marker.mark(password, now=now)
    return password


def _read_inbox(person: Employee, now: datetime) -> None:
    """Months of work have told people much, and they have read it, but for the newest lines."""
    newest = (
        Notice.objects.filter(recipient=person, read_at=None).order_by("-pk").values_list("pk", flat=True)
    )
    older = newest[UNREAD : UNREAD + 1].first()
    if older is not None:
        notices.mark_all_read(by=person, now=now, up_to=older)


def _second_factors(people: list[Employee], now: datetime) -> None:
    """The posts that must use a second factor have one already, so that the demo can be entered."""
    adapter = get_adapter()
    Authenticator.objects.bulk_create(
        Authenticator(
            user=person, type=Authenticator.Type.TOTP, data={"secret": adapter.encrypt(_new_secret())}
        )
        for person in people
        if second_factor.required(person, now)
    )


def _new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")
