"""Files that password managers export: Bitwarden, KeePass (1.x and KeePassXC), Chrome and its kin. CSV in UTF-8."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file. `line`: where it stands, for what is wrong with it."""

    line: int
    name: str
    url: str
    login: str
    password: str = field(repr=False)
    seed: str = field(repr=False, default="")
    notes: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Format:
    """How a manager calls its columns, lower case."""

    name: str
    url: str
    login: str
    password: str
    seed: str = ""
    notes: str = ""


FORMATS = {
    "bitwarden": Format("name", "login_uri", "login_username", "login_password", "login_totp", "notes"),
    "keepassxc": Format("title", "url", "username", "password", "totp", "notes"),
    "keepass": Format("account", "web site", "login name", "password", "", "comments"),
    "chrome": Format("name", "url", "username", "password", "", "note"),
}
#: More are not asked for at once.
MOST_ROWS = 200


class Unknown(ValueError):
    """No format that is known, or not readable as CSV. Never quotes what stands in the file."""


def read(data: bytes) -> tuple[str, list[Entry]]:
    """Which manager the file is of, and its lines that have a password, a seed or notes. Raises Unknown."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise Unknown("not CSV in UTF-8") from None
    if not rows:
        raise Unknown("empty")
    head = [column.strip().lower() for column in rows[0]]
    for code, known in FORMATS.items():
        if {known.name, known.url, known.login, known.password} <= set(head):
            return code, _entries(head, rows[1:], known)
    raise Unknown("no known columns")


def _entries(head: list[str], rows: list[list[str]], known: Format) -> list[Entry]:
    found = []
    for number, row in enumerate(rows, 2):
        cells = dict(zip(head, row, strict=False))
        password = cells.get(known.password, "")
        seed, notes = cells.get(known.seed, "").strip(), cells.get(known.notes, "").strip()
        if not (password or seed or notes):
            continue
        name = cells.get(known.name, "").strip() or cells.get(known.url, "").strip()
        found.append(
            Entry(
                number, name[:80], _web(cells.get(known.url, "")), cells.get(known.login, "").strip(), password,
                seed, notes,
            )
        )  # fmt: skip
    return found


def _web(url: str) -> str:
    """A web address, or nothing: managers also know applications, which are not of the web."""
    url = url.strip()
    if url and "://" not in url:
        url = f"https://{url}"
    return url[:300] if url.lower().startswith(("https://", "http://")) else ""
