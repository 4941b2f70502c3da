"""An upload as views take it: kept, or a smaller version offered, or refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest
from django.utils import timezone

from cms.services.uploads import Upload
from office.errors import Forbidden, Refused
from office.files import api as files
from office.rulebook.guards import person

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Taken(Generic[Done]):
    """One of the three."""

    done: Done | None = None
    offer: files.Offer | None = None
    refused: Refused | None = None

    @property
    def status(self) -> int:
        return 200 if self.done is not None else 422 if self.refused is None else self.refused.status


def in_part(request: HttpRequest) -> bool:
    """Sent by static/js/upload.js, which shows the answer in its list."""
    return request.headers.get("X-Upload") == "1"


def take(request: HttpRequest, limits: files.Limits, act: Callable[[Upload], Done]) -> Taken[Done]:
    """What `act` makes of the request's file, or of the offer it accepts."""
    accepted = request.POST.get("offer", "")[:18]
    upload = Upload()
    try:
        if accepted.isdecimal():
            upload = Upload(offer=int(accepted))
        else:
            upload = Upload(*files.sent_file(request, limits))
        return Taken(done=act(upload))
    except Forbidden:
        raise
    except files.FileRefused as refused:
        if refused.code == "too_large" and refused.params.get("can_shrink") and upload.content:
            return _offered(request, limits, upload)
        return Taken(refused=refused)
    except Refused as refused:
        return Taken(refused=refused)


def _offered(request: HttpRequest, limits: files.Limits, upload: Upload) -> Taken[Done]:
    try:
        offer = files.offer_smaller(
            content=upload.content, name=upload.name, by=person(request), now=timezone.now(), limits=limits
        )
    except files.FileRefused as refused:
        return Taken(refused=refused)
    return Taken(offer=offer)
