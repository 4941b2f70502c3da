"""What somebody looks for at the desk, in an address that does not say it.

People look orders up by phone and name. An address stands in the browser's history, in a proxy's log and in the page's
referrer, so the desk's search is posted, and the address it leads to holds the text sealed under the application's key:
for the person who searched, for one working day.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime, timedelta

from office import crypto

PURPOSE = "desk search"
KEPT = timedelta(hours=12)
#: Characters of a text that is looked for.
LONGEST = 64


def sealed(text: str, *, by: int, now: datetime) -> str:
    """For an address; "" for nothing to look for."""
    wanted = text.replace("\0", "").strip()[:LONGEST]
    if not wanted:
        return ""
    plain = json.dumps([by, int(now.timestamp()), wanted]).encode()
    return base64.urlsafe_b64encode(crypto.seal_app(PURPOSE, plain)).decode("ascii").rstrip("=")


def opened(token: str, *, by: int, now: datetime) -> str:
    """The text; "" for a search that is another person's, too old, or no search at all."""
    if not token or not token.isascii():
        return ""
    try:
        blob = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        owner, at, text = json.loads(crypto.open_app(PURPOSE, blob))
    except (crypto.Unreadable, binascii.Error, ValueError):
        return ""
    if owner != by or not 0 <= now.timestamp() - at <= KEPT.total_seconds():
        return ""
    return str(text)
