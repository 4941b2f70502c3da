"""A resignation as the engine and the deciders see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.models import Leaving
from attendance.services.leaving import CALL_OFF, SHORT, resignation_agreed
from office.approvals import api as approvals
from office.rulebook.selectors import holds

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """What would make the request meaningless: that the leaving was settled otherwise."""
    return {
        "leaving": "yes" if Leaving.objects.filter(employee_id=subject_id, state="running").exists() else "no"
    }


def field_name(field: str) -> StrOrPromise:
    return _("that the person leaves")


def changes(run: approvals.Run) -> list[approvals.Change]:
    asked = run.payload
    found = [
        approvals.Change("last_day", _("Last day at work"), "", asked["last_day"]),
        approvals.Change(
            "notice",
            _("Notice"),
            "",
            _("told on {day}, by the rule until {earliest}").format(
                day=asked["told_on"], earliest=asked["earliest"]
            )
            if not asked["short"]
            else _("told on {day}, SHORTER than the rule, which says {earliest}").format(
                day=asked["told_on"], earliest=asked["earliest"]
            ),
        ),
        approvals.Change("reason", _("Reason"), "", asked["reason"]),
    ]
    if "notice" in asked:
        found.append(
            approvals.Change(
                "rule",
                _("Rule"),
                "",
                _("{months} month(s) and no less than {days} days: the later day counts").format(
                    **asked["notice"]
                ),
            )
        )
    if asked["contract_clause"]:
        found.append(approvals.Change("contract", _("Contract clause"), "", asked["contract_clause"]))
    return found


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    resignation_agreed(run=run, payload=payload, by=by, now=now)


def in_words(run: approvals.Run, now: datetime) -> bool:
    """An earlier day takes the written agreement of everybody asked."""
    return SHORT in run.flags


def visible(person: Employee, subject_id: str) -> bool:
    return holds(person, CALL_OFF, timezone.now())


def ask(subject_id: str) -> str:
    return reverse("attendance:resign")
