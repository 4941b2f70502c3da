"""Requests about promotions, the plan and the prices, as the engine and the deciders see them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.kinds.words import local, percent, signed, yuan
from catalog.models import Promotion
from catalog.rules import pricing
from catalog.services.promotions import note_plan, set_promotion_prices
from catalog.services.stopping import stop_promotion
from office.approvals import api as approvals
from office.enumerating import enumerated, strung
from office.errors import Invalid
from office.rulebook.selectors import holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from office.approvals.models import Run
    from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """What the plan says."""
    promotion = Promotion.objects.filter(pk=int(subject_id)).first()
    if promotion is None:
        return {}
    return {
        "title": promotion.title,
        "plan": promotion.goal,
        "begins": promotion.starts_at.isoformat(),
        "ends": promotion.ends_at.isoformat(),
        "channels": ",".join(str(pk) for pk in promotion.channels),
        "overlap": str(promotion.may_overlap),
    }


def plan_changes(run: Run) -> list[approvals.Change]:
    """What is planned."""
    said = run.payload
    lines = (
        ("title", _("Name"), said["title"]),
        ("begins", _("Begins"), local(said["from"])),
        ("ends", _("Ends"), local(said["until"])),
        ("channels", _("Sales channels"), enumerated(said["channel_names"])),
        ("overlap", _("May meet other promotions"), _("yes") if said["may_overlap"] else _("no")),
        ("plan", _("Plan"), said["goal"]),
    )
    return [approvals.Change(field, label, "—", after) for field, label, after in lines]


def price_changes(run: Run) -> list[approvals.Change]:
    """A row each: the price before and during, and what is left of it."""
    found = []
    for index, row in enumerate(run.payload["rows"]):
        name = f"{row['code']} {row['spec']}".strip() + f" · {row['channel_name']}"
        before, price, cost = (_decimal(row[key]) for key in ("before", "price", "cost"))
        during = yuan(price) + (signed(pricing.change(before, price)) if price is not None else "")
        old, new = pricing.margin(before, cost), pricing.margin(price, cost)
        found.append(approvals.Change("price", _("Selling price"), yuan(before), during, name, index))
        found.append(approvals.Change("margin", _("Margin"), percent(old), percent(new), name, index))
        turns = row.get("turns", [])
        if len(turns) > 1:
            words = strung(f"{local(each['from'])} {yuan(each['price'])}" for each in turns)
            found.append(
                approvals.Change("turns", _("Prices that it lowers"), words, yuan(price), name, index)
            )
        if row["flags"]:
            found.append(approvals.Change("flags", _("Unusual"), "—", _("below cost"), name, index))
    return found


def price_evidence(run: Run) -> list[approvals.Evidence]:
    """When, and the plan that it follows."""
    said = run.payload
    found = [approvals.Evidence(_("Promotion period"), f"{local(said['from'])} – {local(said['until'])}")]
    if run.follows_id:
        found.append(
            approvals.Evidence(
                _("Plan that has passed"),
                f"#{run.follows_id}",
                url=reverse("approvals:run", args=[run.follows_id]),
            )
        )
    return found


def stop_changes(run: Run) -> list[approvals.Change]:
    """When it would end, and why it is to end at once."""
    said = run.payload
    return [
        approvals.Change("ends", _("Ends"), local(said["until"]), _("as soon as it is carried out")),
        approvals.Change("reason", _("Reason"), "—", said["reason"]),
    ]


def check_stop(payload: Mapping[str, Any]) -> None:
    if not payload.get("promotion") or not payload.get("reason"):
        raise Invalid(_("Please give the reason."), code="reason")


def stop(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    stop_promotion(run=run, payload=payload, by=by, now=now)


def check_plan(payload: Mapping[str, Any]) -> None:
    if not payload.get("promotion"):
        raise Invalid(_("There is no such promotion."), code="promotion")


def check_prices(payload: Mapping[str, Any]) -> None:
    rows = payload.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Invalid(_("Please choose the SKUs."), code="rows")


def pass_plan(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    note_plan(run=run, payload=payload, by=by, now=now)


def set_prices(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    set_promotion_prices(run=run, payload=payload, by=by, now=now)


def visible(person: Employee, subject_id: str) -> bool:
    return holds(person, "catalog.manage", timezone.now())


def plan_page(subject_id: str) -> str:
    return reverse("catalog:promotion", args=[subject_id])


def prices_page(subject_id: str) -> str:
    return reverse("catalog:price_promotion", args=[subject_id])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
