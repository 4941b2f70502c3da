"""Files in forms of the catalog: kept, refused beside their field, or offered smaller."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, QueryDict

from catalog.forms.pricing import MOST as MOST_ROWS
from catalog.forms.pricing import PREFIX
from catalog.limits import evidence_limits
from catalog.services.uploads import Sent, keep_evidence
from catalog.views.answers import number
from office.errors import NotFound
from office.files import api as files

if TYPE_CHECKING:
    from office.staff.models import Employee


def smaller_of(
    refused: files.FileRefused, sent: Sent, *, by: Employee, now: datetime, limits: files.Limits
) -> files.Offer | None:
    """The version that fits of a picture that was refused for its size; None where there is none. Raises
    FileRefused."""
    if refused.code != "too_large" or not refused.params.get("can_shrink") or not sent.content:
        return None
    return files.offer_smaller(content=sent.content, name=sent.name, by=by, now=now, limits=limits)


@dataclass(slots=True)
class Evidence:
    """The form as it was sent, every file that could be kept already kept: refused or not, it need not be chosen again.
    `refused` and `offers`: by the prefix of the row."""

    data: QueryDict
    refused: dict[str, str] = field(default_factory=dict)
    offers: dict[str, files.Offer] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return not self.refused and not self.offers

    def show(self, rows: Any) -> None:
        """Beside the rows of the formset."""
        for row in rows.forms:
            row.offer = self.offers.get(row.prefix)
            if row.prefix in self.refused:
                row.add_error("file", self.refused[row.prefix])


def kept_evidence(request: HttpRequest, me: Employee, now: datetime) -> Evidence:
    """The files of the rows with what competitors ask."""
    limits = evidence_limits(now)
    found = Evidence(request.POST.copy())
    found.data[f"{PREFIX}-INITIAL_FORMS"] = "0"  # a row that was emptied is no row
    for place in range(MOST_ROWS):
        prefix = f"{PREFIX}-{place}"
        upload = request.FILES.get(f"{prefix}-file")
        accepted = number(found.data.get(f"{prefix}-offer")) if found.data.get(f"{prefix}-smaller") else None
        if upload is not None and not isinstance(upload, list):
            sent = Sent(upload.read(limits.largest() + 1), str(upload.name))
        elif accepted is not None:
            sent = Sent(offer=accepted)
        else:
            continue
        try:
            kept = keep_evidence(sent=sent, by=me, now=now)
        except files.FileRefused as refused:
            _refused(found, prefix, refused, sent, me, now)
        except NotFound as gone:
            found.refused[prefix] = str(gone.message)
        else:
            found.data[f"{prefix}-kept"] = str(kept.pk)
    return found


def _refused(
    found: Evidence, prefix: str, refused: files.FileRefused, sent: Sent, me: Employee, now: datetime
) -> None:
    try:
        offer = smaller_of(refused, sent, by=me, now=now, limits=evidence_limits(now))
    except files.FileRefused as again:
        refused, offer = again, None
    if offer is not None:
        found.offers[prefix] = offer
    else:
        found.refused[prefix] = f"{sent.name}: {refused.message}" if sent.name else str(refused.message)
