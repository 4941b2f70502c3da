"""One look at a site over the network. Writes nothing; what it saw is kept by services.watching."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from cms.models import WatchedSite
from cms.rules import page_text
from cms.rules.incidents import Look
from office.outbound import Failed, NotAllowed, safe_get
from office.outbound.fetch import listed

#: Bytes of a page that are read.
LARGEST = 4 << 20


def look_at(site: WatchedSite, *, at: datetime, timeout: float) -> Look | None:
    """What comes back from the site's address. None when its host is not on the list of those that may be asked
    (office.outbound): then nothing is known, and nothing is the site's fault. A site that leads elsewhere
    is at fault."""
    try:
        listed(tuple(settings.ECDEPT_OUTBOUND_HOSTS)).judge(site.url)
    except NotAllowed:
        return None
    try:
        page = safe_get(site.url, accept="text/html,*/*;q=0.5", timeout=timeout, largest=LARGEST)
    except (NotAllowed, Failed) as failed:
        return Look(at=at, error=failed.code)
    text: str | None = ""
    compared = site.watch_text and page.status == 200
    if compared:
        text = page_text.page_text(
            page_text.decoded(page.body, page.headers.get("content-type", "")), site.part
        )
    return Look(
        at=at,
        status=page.status,
        ms=int(page.seconds * 1000),
        certificate_ends=page.certificate_ends,
        fingerprint=page_text.fingerprint(text) if compared and text is not None else "",
        text=(text or "")[: page_text.KEPT],
        missing=text is None,
    )
