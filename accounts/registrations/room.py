"""The machine room: verbs, kind, notices, pages."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.kinds import room
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_incidents({"machine_room": _("Somebody in the machine room without leave")})
    audit.register_verbs(
        {
            "accounts.grant_room": _("May enter the machine room"),
            "accounts.enter_room": _("Entered the machine room"),
            "accounts.leave_room": _("Left the machine room"),
        }
    )
    approvals.register_kind(room.kind())
    register_subject("room", _("machine room"), lambda pk: reverse("accounts:room"))
    register_subject(
        "room_entry",
        _("entry to the machine room"),
        lambda pk: reverse("accounts:room"),
        numbered(_("Entry to the machine room")),
    )
    notices.register_kind(
        "accounts.room_alert",
        title=_("In the machine room without leave"),
        text=_("{name} entered the machine room at {entered_at} and had no leave to."),
        mutable=False,
    )
