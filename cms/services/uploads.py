"""What every verb that takes an upload does with it: kept, or the smaller version that was offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from office.files import api as files

if TYPE_CHECKING:
    from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Upload:
    """What a person sends: bytes with their name, or the number of an offer he accepts."""

    content: bytes = b""
    name: str = ""
    offer: int | None = None

    def kept(self, *, by: Employee, now: datetime, limits: files.Limits) -> files.StoredFile:
        """Raises FileRefused, NotFound (the offer is used up)."""
        if self.offer is not None:
            return files.accept_offer(offer_id=self.offer, by=by, now=now, clause=limits.clause)
        return files.keep_file(content=self.content, name=self.name, by=by, now=now, limits=limits)
