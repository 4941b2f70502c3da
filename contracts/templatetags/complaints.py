"""Words of complaints."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.forms import BoundField, CheckboxSelectMultiple, RadioSelect
from django.utils.translation import gettext_lazy as _

from office.enumerating import enumerated

register = template.Library()

PLACES = {
    "top": _("top side"),
    "bottom": _("bottom side"),
    "front": _("front side"),
    "back": _("back side"),
    "left": _("left side"),
    "right": _("right side"),
    "corner": _("a corner or an edge"),
    "inside": _("in the inside"),
}
BECAUSE = {
    "quality": _("A quality complaint after the sale is the supplier’s."),
    "intact": _("The packaging is intact: nothing happened to it on the way."),
    "same_place": _("The goods are hurt only where the packaging is damaged: it happened on the way."),
    "elsewhere": _("The goods are hurt where the packaging is whole."),
    "several": _("The goods are hurt under the damaged packaging and elsewhere, too."),
}


@register.filter
def places(words: Iterable[str]) -> str:
    return enumerated(PLACES.get(word, word) for word in words)


@register.filter
def because(line: str) -> str:
    return str(BECAUSE.get(line, line))


@register.filter
def is_choice(field: BoundField) -> bool:
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)
