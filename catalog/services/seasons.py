"""The styles of a season (J6): which are its own, which carry it, which are promoted; who chose them and why."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Season, SeasonPick, Sku
from catalog.services.checks import Problems
from catalog.services.stock.writing import require
from catalog.subjects import season_subject
from office.audit import api as audit
from office.errors import Conflict, Forbidden, NotFound
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SEASON = "catalog.season"
LONGEST = 366
VERBS = {
    "catalog.add_season": _("Season added"),
    "catalog.pick_style": _("Style chosen for the season"),
}
NOT_SAVED = _("It was not saved. Please look at the marked fields.")
Role = SeasonPick.Role


def add_season(*, name: str, starts_on: date, ends_on: date, by: Employee, now: datetime) -> Season:
    """Raises Forbidden, Invalid, Conflict (`taken`)."""
    clause = _required(by, now)
    wrong = Problems()
    name = wrong.text("name", name, 60)
    if ends_on < starts_on:
        wrong.add("ends_on", "order", _("It ends after it begins."))
    elif (ends_on - starts_on).days > LONGEST:
        wrong.add("ends_on", "long", _("A season lasts a year at most."))
    wrong.raise_if_any(NOT_SAVED)
    with transaction.atomic():
        try:
            with transaction.atomic():
                season = Season.objects.create(name=name, starts_on=starts_on, ends_on=ends_on, by=by, at=now)
        except IntegrityError as error:
            raise Conflict(_("There is already a season of this name."), code="taken") from error
        audit.record(
            "catalog.add_season",
            subject=season_subject(season),
            by=by,
            now=now,
            clause=clause,
            data={"from": starts_on.isoformat(), "until": ends_on.isoformat()},
        )
    return season


@transaction.atomic
def pick_style(
    *, season_id: int, sku_code: str, role: str, why: str, by: Employee, now: datetime
) -> SeasonPick:
    """Give a style a role in the season, another one than it has, or drop it. Raises Forbidden, NotFound, Invalid,
    Conflict (`over`, `same`)."""
    clause = _required(by, now)
    season = Season.objects.select_for_update().filter(pk=season_id).first()
    if season is None:
        raise NotFound(_("There is no such season."))
    if timezone.localdate(now) > season.ends_on:
        raise Conflict(_("This season is over: its styles stay as they were."), code="over")
    wrong = Problems()
    why = wrong.text("why", why, 200)
    sku = Sku.objects.filter(code=sku_code.strip()).first()
    present = None
    if role not in Role.values:
        wrong.add("role", "choice", _("Please choose the role."))
    if sku is None:
        wrong.add("sku_code", "unknown", _("The catalog has no such style number."))
    else:
        present = SeasonPick.objects.filter(season=season, sku=sku).order_by("-pk").first()
        if not sku.active and role != Role.DROPPED:
            wrong.add("sku_code", "inactive", _("This SKU is out of the range."))
        elif role == Role.DROPPED and (present is None or present.role == Role.DROPPED):
            wrong.add("sku_code", "not_chosen", _("This style is not chosen for the season."))
    wrong.raise_if_any(NOT_SAVED)
    if present is not None and present.role == role:
        raise Conflict(_("The style has this role already."), code="same")
    made = SeasonPick.objects.create(
        season=season, sku_id=sku.pk if sku else 0, role=role, why=why, by=by, at=now
    )
    audit.record(
        "catalog.pick_style",
        subject=season_subject(season),
        by=by,
        now=now,
        clause=clause,
        data={"sku": made.sku.code, "role": role, "why": why},
    )
    return made


def _required(by: Employee, now: datetime) -> str:
    """The clause that lets the person choose. Raises Forbidden."""
    if not rulebook.has_rule(SEASON, now):
        raise Forbidden(_("The rulebook in force asks for none."))
    require(by, SEASON, now)
    return rulebook.permission_rule(SEASON, at=now).clause
