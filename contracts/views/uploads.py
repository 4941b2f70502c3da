"""The file of a form, where one was chosen."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from contracts.limits import upload_limits
from contracts.services.booking import Upload
from office.files import api as files


def upload_of(request: HttpRequest) -> Upload | None:
    """None when no file was chosen. Raises FileRefused for more than could ever be taken."""
    if not request.FILES.get("file"):
        return None
    return Upload(*files.sent_file(request, upload_limits(timezone.now())))
