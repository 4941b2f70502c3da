"""Grants: verbs, kinds, notices, pages."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.kinds import grants as kinds
from accounts.rules.names import NAMES
from accounts.services import grants
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.rulebook.words import register_rule_names
from office.staff import api as staff
from office.staff.models import Employee
from office.subjects import numbered, register_subject


def _gone(person: Employee, by: Employee | None, now: datetime, reason: str) -> None:
    grants.end_of_leaver(person=person, reason=reason, by=by, now=now)


def register() -> None:
    audit.register_verbs(
        {
            "accounts.grant": _("Permission granted"),
            "accounts.end_grant": _("Permission ended"),
        }
    )
    staff.register_gone(_gone)
    register_rule_names(NAMES.get)
    for code in kinds.NAMES:
        approvals.register_kind(kinds.kind(code))
    register_subject(
        "access",
        _("access"),
        lambda pk: reverse("accounts:access_person", args=[kinds.person_of(pk)]),
    )
    register_subject(
        "grant", _("grant"), lambda pk: reverse("accounts:grant", args=[pk]), numbered(_("Grant"))
    )
    notices.register_kind(
        "accounts.granted",
        title=_("Permission granted"),
        text=_("{name} may now: {what}, until {until}. It ends by itself."),
    )
    notices.register_kind(
        "accounts.grant_ended", title=_("Permission ended"), text=_("{name} may no longer: {what}.")
    )
