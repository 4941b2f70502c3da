"""A request to approve a product's text, as the engine and the deciders see it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import TextVersion
from catalog.selectors.content import final_text
from catalog.services.content import finish_text
from office.approvals import api as approvals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from office.approvals.models import Run
    from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """The latest version: another one makes the request void."""
    latest = TextVersion.objects.filter(product_id=int(subject_id)).order_by("-number").first()
    return {"text": str(latest.pk) if latest else ""}


def changes(run: Run) -> list[approvals.Change]:
    """The final text beside the one that is asked for."""
    final = final_text(run.payload["product"])
    old = (final.text.title, final.text.points, final.text.body) if final else ("", "", "")
    new = (run.payload["title"], run.payload["points"], run.payload["body"])
    labels = (("title", _("Text title")), ("points", _("Selling points")), ("body", _("Product text")))
    return [
        approvals.Change(field, label, before or "—", after or "—")
        for (field, label), before, after in zip(labels, old, new, strict=True)
    ]


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    finish_text(run=run, payload=payload, by=by, now=now)


def ask(subject_id: str) -> str:
    return reverse("catalog:text", args=[subject_id])
