"""How an installation knows that it is the demo: an entry of the trail, which nobody can take out again."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime

from office import crypto
from office.audit import api as audit
from office.audit.models import Entry
from office.subjects import Subject

VERB = "ecdept.load_demo"
PURPOSE = "demo"
WORDS = ("Osmanthus", "Bamboo", "Lantern", "Jasmine", "Cypress", "Magnolia", "Teapot", "Inkstone")


def new_password() -> str:
    """Made anew for every demo: "Lantern-Teapot-4821"."""
    first, second = secrets.SystemRandom().sample(WORDS, 2)
    return f"{first}-{second}-{secrets.randbelow(9000) + 1000}"


def vault_passphrase(password: str) -> str:
    """What opens the vaults of the demo's custodians: for the demo only, where it is told with the logins."""
    return f"{password} over quiet water"


def mark(password: str, *, now: datetime) -> None:
    """Writes the marker; the demo's password is sealed in it."""
    sealed = base64.b64encode(crypto.seal_app(PURPOSE, password.encode())).decode("ascii")
    audit.record(VERB, subject=Subject("demo", "1", "demo"), by=None, now=now, data={"sealed": sealed})


def password() -> str | None:
    """The demo's password, None when this is no demo."""
    entry = Entry.objects.filter(verb=VERB, subject_type="demo").order_by("id").first()
    if entry is None:
        return None
    data = json.loads(bytes(entry.canonical).decode().rsplit("\x1f", 1)[1])
    try:
        return crypto.open_app(PURPOSE, base64.b64decode(data["sealed"])).decode()
    except (
        crypto.Unreadable
    ):  # the key it was sealed with is gone: the demo goes on, its password is not told
        return None
