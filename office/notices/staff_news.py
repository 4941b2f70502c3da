"""What the staff engine below tells people: its kinds of notices, and how they are written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from office.notices.kinds import register_kind
from office.notices.services import notify
from office.staff import second_person, wiring
from office.staff.models import Employee, Proposal
from office.staff.selectors import position_label
from office.staff.subjects import subject_of

_RESETS = ("staff.reset_password", "staff.reset_second_factor")


def tell(
    kind: str,
    recipients: Collection[int],
    *,
    about: Employee,
    source: str,
    source_id: int,
    now: datetime,
    params: Mapping[str, str],
) -> None:
    """Urgent, so that nobody's muting or a quiet channel hides that power was given or a password replaced."""
    notify(
        kind,
        recipients,
        source=source,
        source_id=source_id,
        subject=subject_of(about),
        clause="C13.4" if kind in _RESETS else second_person.CLAUSE,
        params=dict(params),
        urgent=True,
        now=now,
    )


def _what(detail: str) -> str:
    """A post, or the kind of a reset."""
    kinds = dict(Proposal.Kind.choices)
    return str(kinds[detail]) if detail in kinds else position_label(detail)


def register() -> None:
    """Called in `apps.ready()`."""
    wiring.register_tell(tell)
    register_kind(
        "staff.proposed",
        title=_("A second person is needed"),
        text=_(
            "{proposed_by} proposes for {label}: {what}. It has no effect until you confirm it under People."
        ),
        detail=_what,
        mutable=False,
    )
    register_kind(
        "staff.confirmed",
        title=_("Confirmed by a second person"),
        text=_("{label}: {what} was proposed by {proposed_by} and confirmed by {by}."),
        detail=_what,
        mutable=False,
    )
    register_kind(
        "staff.refused",
        title=_("Refused by a second person"),
        text=_("{label}: {what} was proposed by {proposed_by} and refused by {by}."),
        detail=_what,
        mutable=False,
    )
    register_kind(
        "staff.reset_password",
        title=_("A password was replaced"),
        text=_(
            "{by} gave {label} a one-time password. If this was not asked for, lock the account and tell IT."
        ),
        mutable=False,
    )
    register_kind(
        "staff.reset_second_factor",
        title=_("A second factor was taken off"),
        text=_(
            "{by} took the second factor of {label} off. If this was not asked for, lock the account and tell IT."
        ),
        mutable=False,
    )
