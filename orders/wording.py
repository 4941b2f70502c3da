"""What stands short in a row, said for people."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

#: `OrderProgress.goods`: the first title, its quantity, and how many lines more (orders.services.booking.prepare).
_GOODS = re.compile(r"(?P<first>.*) ×(?P<count>\S+)(?: \+(?P<more>\d+))?", re.DOTALL)


def goods_said(stored: str) -> str:
    """ "Lamp ×2 +3" as "Lamp ×2 and 3 more"; "Lamp ×1" as "Lamp"."""
    found = _GOODS.fullmatch(stored)
    if found is None:
        return stored
    first = found["first"] if found["count"] == "1" else f"{found['first']} ×{found['count']}"
    if not found["more"]:
        return first
    return _("%(first)s and %(more)s more") % {"first": first, "more": found["more"]}
