"""Names of rules and lengths of time, as the order desk's pages show them."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from office.deadlines.kinds import title_of

register = template.Library()


@register.filter
def rule_title(rule: str) -> str:
    """The registered name of a deadline rule."""
    return str(title_of(rule))


@register.filter
def minutes(seconds: float | None) -> str:
    """Seconds as people say them: "45 s", "6 min 12 s", "2 h 05 min"; "–" for nothing."""
    if seconds is None:
        return "–"
    whole = round(float(seconds))
    if whole < 60:
        return _("%(s)d s") % {"s": whole}
    if whole < 3600:
        return _("%(m)d min %(s)02d s") % {"m": whole // 60, "s": whole % 60}
    return _("%(h)d h %(m)02d min") % {"h": whole // 3600, "m": whole % 3600 // 60}
