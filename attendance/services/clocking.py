"""Clocking in and out on the web, from the networks that the installation allows."""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Punch
from attendance.services.punching import Fresh, write_punches
from office.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from office.staff.models import Employee


class NotHere(Forbidden):
    """The address is none of the networks that may clock in."""

    code = "not_here"


def allowed(address: str | None) -> bool:
    """Whether one may clock in from the address (`ECDEPT_CLOCK_NETWORKS`)."""
    try:
        given = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(given, "ipv4_mapped", None)
    given = mapped or given
    return any(given in ipaddress.ip_network(each, strict=False) for each in settings.ECDEPT_CLOCK_NETWORKS)


@transaction.atomic
def clock(*, by: Employee, address: str | None, now: datetime) -> datetime:
    """A punch of this second. Coming or leaving, the settlement finds. Raises NotHere, Conflict (`twice`)."""
    if not settings.ECDEPT_CLOCK_NETWORKS:
        raise NotHere(
            _("Clocking in on the web is not set up here. Please use the time clock, or ask IT."),
            code="not_set_up",
        )
    if not allowed(address):
        raise NotHere(
            _("Clocking in is possible in the office network only; you come from {address}.").format(
                address=address or "?"
            )
        )
    at = now.replace(microsecond=0)
    fresh = Fresh(by.pk, at, device="web", raw=address or "")
    if not write_punches([fresh], via=Punch.Via.WEB, source_id=None, batch_id=None, now=now):
        raise Conflict(_("You have just clocked in; once is enough."), code="twice")
    return at
