"""Small words for the desk's templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django import template

from orders.services.desk.reasons import ReturnReason

if TYPE_CHECKING:
    from orders.forms.desk import ActForm

register = template.Library()


@register.filter
def return_reason(code: str) -> str:
    """Why an order is in the pool again."""
    return str(dict(ReturnReason.choices).get(code, ""))


@register.filter
def form_of(forms: Mapping[str, ActForm], key: str) -> ActForm | None:
    """The form of an act; its key has hyphens, a template variable may not."""
    return forms.get(key.replace("-", "_"))
