"""What lies sealed of a candidate, in the clear. Who may read it is the caller's question."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _

from attendance.models import Candidate
from office import crypto


def place(candidate_id: int, what: str = "person") -> bytes:
    """What a sealed text is bound to."""
    return f"candidate {what} {candidate_id}".encode()


def key_of(candidate: Candidate) -> bytes | None:
    """The candidate's own key; None once he is forgotten. Raises crypto.Unreadable."""
    return None if candidate.wrapped is None else crypto.unwrap(candidate.kek, candidate.wrapped)


@dataclass(frozen=True, slots=True)
class Person:
    """Who it is; empty once forgotten."""

    name: str = ""
    phone: str = ""
    about: str = ""
    erased: bool = False

    @property
    def called(self) -> str:
        return self.name or str(_("forgotten"))


def person_of(candidate: Candidate) -> Person:
    key = key_of(candidate)
    if key is None or candidate.sealed is None:
        return Person(erased=True)
    return Person(**json.loads(crypto.open_sealed(key, candidate.sealed, place(candidate.pk))))


def text_of(candidate: Candidate, blob: bytes | memoryview | None, what: str) -> str:
    """A sealed text that hangs on the candidate; "" when there is none any more."""
    content = bytes_of(candidate, blob, what)
    return "" if content is None else content.decode()


def bytes_of(candidate: Candidate, blob: bytes | memoryview | None, what: str) -> bytes | None:
    key = key_of(candidate)
    if key is None or blob is None:
        return None
    return crypto.open_sealed(key, blob, place(candidate.pk, what))
