"""How commands get the private key: never as an argument, which everybody on the machine could list."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from django.conf import settings

from backups.errors import Failed
from office import boxes

#: Where the demo company's private key lies. Nowhere else is one kept on the server.
DEMO_KEY = "DEMO-ONLY-backup-private-key.txt"


def private_key(file: Path | None, *, needed: bool) -> bytes | None:
    """From a file, $ECDEPT_BACKUP_KEY, the demo's file, a prompt, or a line of stdin. Failed when it is no key."""
    text = _text(file, needed=needed)
    if text is None:
        return None
    try:
        return boxes.key_of_text(text)
    except boxes.WrongKeyText as error:
        raise Failed(f"The private key was not understood: {error}.", code="wrong_key") from None


def _text(file: Path | None, *, needed: bool) -> str | None:
    if file is not None:
        try:
            return _line(file.read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise Failed(f"{file} cannot be read: {error}.", code="wrong_key") from error
    if os.environ.get("ECDEPT_BACKUP_KEY"):
        return os.environ["ECDEPT_BACKUP_KEY"]
    demo = Path(settings.ECDEPT_HOME) / DEMO_KEY
    if demo.is_file():
        sys.stderr.write(f"The demo company’s key is used: {demo}\n")
        return _line(demo.read_text())
    if not needed:
        return None
    if sys.stdin.isatty():
        return getpass.getpass("Private key of the backups (as it was printed): ")
    given = sys.stdin.readline().strip()
    if not given:
        raise Failed(
            "The private key is needed: type it when asked, or give --key-file FILE or ECDEPT_BACKUP_KEY.",
            code="wrong_key",
        )
    return given


def _line(text: str) -> str:
    """The key's line: what does not begin with # and is not empty."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return lines[0] if lines else ""
