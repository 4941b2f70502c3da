"""Taking the file out of a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from office.files.limits import Limits
from office.files.names import readable_size
from office.files.services import FileRefused

#: What a form may hold beside its file.
REST = 1 << 20
View = Callable[..., HttpResponseBase]


def takes_files(limits: Callable[[], Limits]) -> Callable[[View], View]:
    """A view that takes an upload, below the decorator that asks who may enter: what says that it is too long is
    refused before any of it is read. Django would otherwise read it all for the token of the form."""

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                allowed = limits()
                declared = str(request.META.get("CONTENT_LENGTH", ""))
                if declared.isdecimal() and int(declared[:18]) > allowed.largest() + REST:
                    raise _too_long(allowed)
            return protected(request, *args, **kwargs)

        return bounded

    return decorate


def sent_file(request: HttpRequest, limits: Limits, field: str = "file") -> tuple[bytes, str]:
    """(content, name) of the request's file. Raises FileRefused when there is none, or more than could ever be
    taken."""
    file = request.FILES.get(field)
    if not isinstance(file, UploadedFile):
        raise FileRefused(_("Choose a file first."), code="missing")
    if (file.size or 0) > limits.largest():
        raise _too_long(limits)
    return file.read(), str(file.name or "")


def _too_long(limits: Limits) -> FileRefused:
    refused = FileRefused(
        format_lazy(
            _("The file is larger than {limit}; nothing of that size is taken here."),
            limit=readable_size(limits.largest()),
        ),
        code="too_long",
        clause=limits.clause,
    )
    refused.status = 413
    return refused
