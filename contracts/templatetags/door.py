"""Words of the supplier's door."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorCode, ProductionStep
from contracts.selectors.door_orders import Mend

register = template.Library()


@register.filter
def half_name(name: str) -> str:
    """王**: whoever holds the link learns nothing that he does not know."""
    return f"{name[:1]}**"


@register.simple_tag
def door_url(page: str, token: str) -> str:
    return reverse(f"door:{page}", args=[token])


@register.filter
def door_way(way: str) -> str:
    return str(dict(DoorCode.Way.choices).get(way, way))


@register.simple_tag
def door_act(token: str, order: int, key: str) -> str:
    return reverse("door:order_act", args=[token, order, key])


@register.filter
def reported(step: ProductionStep) -> bool:
    """Whether the step has all the passing reports it needs."""
    return bool(sum(report.passed for report in step.given.all()) >= step.reports)


@register.filter
def mend_id(mend: Mend) -> str:
    return f"mend-{mend.made.pk}"


@register.filter
def file_id(step: ProductionStep) -> str:
    return f"file-{step.pk}"


ORDER_WORDS = {
    "sent": _("Order sent to you"),
    "returned": _("Signed and returned"),
    "deemed": _("Counts as accepted"),
    "first_sample_theirs": _("First sample confirmed by you"),
    "first_sample_ours": _("First sample confirmed by the buyer"),
    "first_sample_refused": _("First sample to be changed"),
    "production_started": _("Production begun"),
    "shipped": _("Goods shipped"),
    "closed": _("Order closed"),
    "reopened": _("Counted again: the order is open again"),
    "ended": _("Rest of the order ended"),
    "cancelled": _("Order cancelled"),
}


@register.filter
def order_word(word: str) -> str:
    return str(ORDER_WORDS.get(word, word))


@register.simple_tag
def part_form(act: str, part: int) -> str:
    """The name of a form of which a paper has several: "mend/7"."""
    return f"{act}/{part}"


@register.simple_tag
def was_typed(typed: Mapping[str, Mapping[str, str]], form: str, field: str, else_: str = "") -> str:
    """What stands in the field of that form, else what it begins with."""
    return typed.get(form, {}).get(field, else_)


@register.simple_tag
def typed_pieces(typed: Mapping[str, Mapping[str, str]], line: int, else_: int, form: str = "ship") -> str:
    """The pieces of a line as they were typed, else all that are to come."""
    return was_typed(typed, form, f"line_{line}", str(else_))
