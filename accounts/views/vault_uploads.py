"""What is uploaded to the vault never touches a disk of the server: neither whole nor in part, neither when it is taken
nor when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any, TypeVar, cast

from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_variables

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

#: Bytes of all files of one form together; no file that is taken anywhere in the vault is larger.
MOST = 1_000_000


class MemoryHandler(FileUploadHandler):
    """Keeps files in memory, one byte more than MOST at most: what is larger is seen to be so, and cut."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._left = MOST + 1
        self._held = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._held = BytesIO()
        raise StopFutureHandlers

    @sensitive_variables()
    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        kept = raw_data[: self._left]
        self._left -= len(kept)
        self._held.write(kept)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        size = self._held.tell()
        self._held.seek(0)
        return InMemoryUploadedFile(
            self._held, self.field_name, self.file_name or "", self.content_type, size, self.charset
        )


def in_memory(view: View) -> View:
    """The view takes files. It stands below the decorators that ask who may enter: before them nothing is read; the
    token of the form is looked at all the same."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [MemoryHandler(request)]
        try:
            return protected(request, *args, **kwargs)
        finally:
            for upload in request.FILES.values() if request.method == "POST" else ():
                assert isinstance(upload, UploadedFile)  # noqa: S101
                shred(upload)

    return cast("View", guarded)


def shred(upload: UploadedFile[Any]) -> None:
    """Overwritten where it lay. What Python copied of it meanwhile goes with the request."""
    if isinstance(upload.file, BytesIO) and not upload.file.closed:
        with upload.file.getbuffer() as held:
            held[:] = bytes(len(held))
    upload.close()
