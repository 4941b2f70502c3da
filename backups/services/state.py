"""The red line of IT and the general manager: kept in the cache, so that a page asks the database nothing for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from backups.models import Certificate
from backups.rules import keeping
from backups.services.keys import current_key
from office.rulebook import api as rulebook

_KEY = "backups.state"
DRILL = "backups.restore_drill"


def measure(*, now: datetime) -> dict[str, str | float]:
    """What the line is made of: whether there is a key, when the last good drill was, how old it may be."""
    newest = Certificate.objects.filter(good=True).order_by("-at").values_list("at", flat=True).first()
    allowed = keeping.period_of(rulebook.schedule_rule(DRILL, at=now))
    return {
        "key": "yes" if current_key() is not None else "",
        "last": newest.isoformat() if newest else "",
        "allowed": allowed.total_seconds(),
    }


def remember(*, now: datetime) -> dict[str, str | float]:
    """Called by every tick. The instants are kept, not the verdict: it goes on ageing when nothing ticks any more."""
    found = measure(now=now)
    cache.set(_KEY, found, timeout=None)
    return found


def recall(*, now: datetime) -> dict[str, str | float]:
    """As `remember` left it; measured again where the cache has lost it."""
    found = cache.get(_KEY)
    return found if isinstance(found, dict) else remember(now=now)


def alarm(*, now: datetime) -> str:
    """The sentence of the red line: "" while the last good drill is not older than the rulebook allows."""
    found = recall(now=now)
    if not found["key"]:
        return _("There is no backup key yet, so nothing is backed up.")
    if not found["last"]:
        return _("No backup has been proven yet: nothing shows that this data could be restored.")
    last = datetime.fromisoformat(str(found["last"]))
    if now - last > timedelta(seconds=float(found["allowed"])):
        return _(
            "The last good restore drill was on %(day)s. That is longer ago than the rulebook allows."
        ) % {"day": f"{timezone.localtime(last):%Y-%m-%d}"}
    return ""


def forget() -> None:
    cache.delete(_KEY)
