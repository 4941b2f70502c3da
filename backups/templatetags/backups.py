"""How the pages of the backups say lengths, sizes and names."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from backups.models import BackupRun, Copy
from backups.rules.said import said as in_words

register = template.Library()


def _main(run: BackupRun) -> Copy | None:
    return next((each for each in run.copies.all() if each.role == Copy.Role.MAIN), None)


@register.filter
def main_size(run: BackupRun) -> str:
    """The size of the backup's file."""
    copy = _main(run)
    return filesizeformat(copy.size) if copy else "–"


@register.filter
def main_name(run: BackupRun) -> str:
    """The name of the backup's file."""
    copy = _main(run)
    return copy.name if copy else "FILE"


@register.filter
def said(text: str) -> str:
    """What went wrong, in the reader's language."""
    return in_words(text)


@register.filter
def span(value: timedelta) -> str:
    """ "3 d 4 h", "12 min", "8 s": the two greatest units that say something."""
    seconds = max(0, round(value.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return _("%(d)s d %(h)s h") % {"d": days, "h": hours} if hours else _("%(d)s d") % {"d": days}
    if hours:
        return _("%(h)s h %(m)s min") % {"h": hours, "m": minutes} if minutes else _("%(h)s h") % {"h": hours}
    if minutes:
        return _("%(m)s min") % {"m": minutes}
    return _("%(s)s s") % {"s": seconds}
