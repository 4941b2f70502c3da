"""Fills in every form of a page with naughty strings, the way a browser would send them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.real_data import DATA

#: What the big list lacks: numbers and days that are none, halves of pairs, what a feed or a spreadsheet trips over.
OWN = (
    "NaN", "Infinity", "-1", "1e999", "１２３", "9" * 400, "0001-01-01", "9999-12-31", "2026-02-30", "a\x00b", "&#11;",
    "\ufffe", "=1+1", "javascript:alert(1)", "//evil.example", "]]>", "\u202e", "٣", "²", "../../etc/passwd",
)  # fmt: skip
#: Forms of the frame around every page, which other tests see to.
FRAME = ("/auth/", "/i18n/", "/language", "/logout")


def strings() -> list[str]:
    path = DATA / "blns" / "blns.json"
    listed = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [*OWN, *(text for text in listed if text)]


@dataclass
class Found:
    """A form of a page: its address and its fields, name → (kind, value)."""

    action: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page that post."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Found] = []
        self._open: Found | None = None
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Found(given.get("action", "")) if given.get("method", "").lower() == "post" else None
            if self._open:
                self.found.append(self._open)
        elif self._open is None:
            return
        elif tag in ("input", "textarea") and given.get("name"):
            kind = given.get("type", "text") if tag == "input" else "text"
            self._open.fields[given["name"]] = (kind, given.get("value", ""))
        elif tag == "button" and given.get("name"):
            self._open.fields.setdefault(given["name"], ("button", given.get("value", "")))
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and given.get("value"):
            self._open.fields[self._select] = ("select", given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


def fill_in(client: Client, path: str, times: int = 4, *, start: int = 0) -> list[str]:
    """Posts every form of the page `times` times, a string in each text; every second time in days and numbers too.
    The addresses that answered with a 500, with what was sent."""
    client.raise_request_exception = False
    page = client.get(path)
    assert page.status_code == 200, (path, page.status_code)
    listed = strings()
    supply = cycle(listed[start % len(listed) :] + listed[: start % len(listed)])
    broken = []
    for form in Forms(page.content.decode()).found:
        if form.action.startswith(FRAME):
            continue
        for turn in range(times):
            sent: dict[str, Any] = {}
            for name, (kind, value) in form.fields.items():
                strange = kind in ("text", "search", "tel", "url", "email", "password")
                strange |= kind in ("number", "date", "datetime-local", "hidden") and turn % 2 == 1
                if kind == "file":
                    sent[name] = SimpleUploadedFile(f"{next(supply)[:60]}.csv", next(supply).encode())
                else:
                    sent[name] = next(supply) if strange and "_FORMS" not in name else value
            answer = client.post(form.action or path, sent)
            if answer.status_code >= 500:
                broken.append(f"{form.action or path} {answer.status_code} {sent}")
    return broken
