"""Keeping uploads: sniffed, scanned, pictures encoded anew, limits passed in as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.errors import NotFound, Refused
from office.files import kinds, pictures, scanning, store
from office.files.limits import LARGEST_PICTURE, Limits
from office.files.models import Offer, StoredFile
from office.files.names import clean_name, readable_size
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee

OFFER_KEPT = timedelta(days=1)
#: Bytes that no row names are thrown away when they are older.
UNNAMED_KEPT = timedelta(days=1)

_WHY = {
    "unknown": _("What the file contains is none of the kinds that are taken here."),
    "svg": _("An SVG is a program more than a picture. Export it as PNG."),
    "macros": _("The document contains macros. Save it without them (docx, xlsx, pptx)."),
    "embedded": _("The document carries embedded programs or objects. Remove them, or save it as PDF."),
    "legacy_office": _(
        "Old Office files (doc, xls, ppt) may hide macros. Save it as docx, xlsx, pptx or PDF."
    ),
    "archive": _("Archives are not taken. Send the files one by one."),
    "remote": _(
        "The document fetches something from elsewhere when it is opened (a template, a picture or a table). "
        "Put it into the document itself, or save it as PDF."
    ),
    "bomb": _("The document unpacks to far more than a document has. It was not opened."),
    "active": _(
        "The PDF runs or starts something, fetches something or carries other files along. "
        "Print it to a new PDF without that."
    ),
    "locked": _(
        "The PDF is locked or packed so that nobody can look into it. "
        "Save it without a password, or print it to a new PDF."
    ),
    "damaged": _("The file is damaged or breaks off. Export it again."),
    "too_many_pixels": _("The picture unfolds to too many pixels. Make it smaller."),
    "too_many_frames": _("The animation is too long or too large. Shorten it."),
    "not_a_picture": _("The file is damaged or breaks off. Export it again."),
    "empty": _("The file is empty."),
}
_FAMILY = {"image": _("a picture"), "video": _("a video"), "document": _("a document")}


class FileRefused(Refused):
    """An upload that is not taken. `code` says why; params: for "too_large" `family`, `size`, `limit`, `can_shrink`."""

    code = "file"


@transaction.atomic
def keep_file(
    *, content: bytes, name: str, by: Employee | None, now: datetime, limits: Limits, shrink: bool = False
) -> StoredFile:
    """The upload as it is kept. Raises FileRefused; "too_large" with can_shrink for a picture that `offer_smaller`
    can make fit. `shrink`: such a picture is made to fit at once, where nobody need look at it first."""
    kind = _accepted(content, name, limits, now)
    if kind.extension == "txt":
        content = kinds.text_of(content).encode("utf-8")  # whoever reads it meets one encoding
    if len(content) > limits.of(kind.family) and not (shrink and kind.family == "image"):
        raise _too_large(kind.family, len(content), limits)
    scanned_by = _scanned(content, name, now)
    if kind.family != "image":
        return _kept(content, name, kind, scanned_by, by=by, now=now, clause=limits.clause)
    picture = _picture(content, limits.image)
    if picture is None:
        raise _too_large("image", len(content), limits)
    return _kept_picture(picture, name, scanned_by, by=by, now=now, clause=limits.clause)


@dataclass(frozen=True, slots=True)
class Looked:
    """An upload as it may be kept: its bytes (a picture encoded anew), a clean name, what it is."""

    content: bytes
    name: str
    mime: str
    width: int = 0
    height: int = 0


def look_at(*, content: bytes, name: str, now: datetime, limits: Limits) -> Looked:
    """As `keep_file`, for who keeps the bytes himself, sealed: nothing is written. Raises FileRefused."""
    kind = _accepted(content, name, limits, now)
    if kind.extension == "txt":
        content = kinds.text_of(content).encode("utf-8")
    if len(content) > limits.of(kind.family):
        raise _too_large(kind.family, len(content), limits)
    _scanned(content, name, now)
    if kind.family != "image":
        return Looked(content, clean_name(name, kind.extension), kind.mime)
    picture = _picture(content, limits.image)
    if picture is None:
        raise _too_large("image", len(content), limits)
    called = clean_name(name, kinds.extension_of(picture.mime))
    return Looked(picture.content, called, picture.mime, picture.width, picture.height)


@transaction.atomic
def offer_smaller(*, content: bytes, name: str, by: Employee, now: datetime, limits: Limits) -> Offer:
    """A version of the picture that fits, beside the original; accepted by `accept_offer` within a day. Raises
    FileRefused when it is no picture or cannot be made to fit."""
    kind = _accepted(content, name, limits, now)
    if kind.family != "image":
        raise _too_large(kind.family, len(content), limits)
    scanned_by = _scanned(content, name, now)
    original, smaller = _picture_of(content), _picture(content, limits.image)
    if smaller is None:
        raise _too_large("image", len(content), limits)
    return Offer.objects.create(
        name=clean_name(name, kinds.extension_of(smaller.mime)),
        sent_size=len(content),
        limit=limits.image,
        original_sha256=_written(original.content),
        original_mime=original.mime,
        original_width=original.width,
        original_height=original.height,
        smaller_sha256=_written(smaller.content),
        smaller_mime=smaller.mime,
        smaller_size=len(smaller.content),
        smaller_width=smaller.width,
        smaller_height=smaller.height,
        quality=smaller.quality,
        scanned_by=scanned_by,
        made_for=by,
        made_at=now,
    )


@transaction.atomic
def accept_offer(*, offer_id: int, by: Employee, now: datetime, clause: str = "") -> StoredFile:
    """The smaller picture as it is kept. NotFound for an offer of somebody else, or one that is used or older than a
    day."""
    offer = _offered(offer_id, by, now)
    _hold(offer.smaller_sha256)
    stored = StoredFile.objects.create(
        sha256=offer.smaller_sha256,
        name=offer.name,
        family="image",
        mime=offer.smaller_mime,
        size=offer.smaller_size,
        width=offer.smaller_width,
        height=offer.smaller_height,
        scanned_by=offer.scanned_by,
        kept_by=by,
        kept_at=now,
    )
    audit.record(
        "files.accept_smaller",
        subject=stored.subject(),
        by=by,
        now=now,
        clause=clause,
        data={"sha256": stored.sha256, "sent": offer.sent_size, "kept": stored.size, "limit": offer.limit},
    )
    offer.delete()
    return stored


@transaction.atomic
def take_smaller(*, offer_id: int, by: Employee, now: datetime) -> Looked:
    """As `accept_offer`, for who keeps the bytes himself and records it: the offer is used up, the bytes are swept.
    Raises NotFound."""
    offer = _offered(offer_id, by, now)
    try:
        content = store.path_of(offer.smaller_sha256).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(_("The file is missing from the disk.")) from error
    offer.delete()
    return Looked(content, offer.name, offer.smaller_mime, offer.smaller_width, offer.smaller_height)


def _offered(offer_id: int, by: Employee, now: datetime) -> Offer:
    """His own, locked. Raises NotFound."""
    offer: Offer | None = (
        Offer.objects.select_for_update()
        .filter(pk=offer_id, made_for=by, made_at__gt=now - OFFER_KEPT)
        .first()
    )
    if offer is None:
        raise NotFound(_("This offer is used up or older than a day. Send the picture again."))
    return offer


def sweep(*, now: datetime) -> int:
    """Throw away offers of yesterday and bytes that no row names; how many files went."""
    Offer.objects.filter(made_at__lte=now - OFFER_KEPT).delete()
    oldest = (now - UNNAMED_KEPT).timestamp()
    gone = 0
    for sha256, place, written_at in store.lying_there():
        if written_at >= oldest:
            continue
        with transaction.atomic():
            if sha256:
                _hold(sha256)
                if place.stat().st_mtime >= oldest or _is_named(sha256):
                    continue
            place.unlink(missing_ok=True)
            gone += 1
    return gone


def _is_named(sha256: str) -> bool:
    return (
        StoredFile.objects.filter(sha256=sha256).exists()
        or Offer.objects.filter(original_sha256=sha256).exists()
        or Offer.objects.filter(smaller_sha256=sha256).exists()
    )


def _accepted(content: bytes, name: str, limits: Limits, now: datetime) -> kinds.FileKind:
    """What it is, when that is taken here at all."""
    if not content:
        raise _refused("empty", limits)
    try:
        kind = kinds.sniff(content)
    except kinds.NotAccepted as error:
        raise _refused(error.code, limits) from error
    if not limits.of(kind.family):
        raise _refused("unknown", limits)
    if kind.family == "image" and len(content) > LARGEST_PICTURE:
        raise _too_large("image", len(content), limits, can_shrink=False)
    return kind


def _refused(code: str, limits: Limits) -> FileRefused:
    return FileRefused(_WHY[code], code=code, clause=limits.clause)


def _too_large(family: str, size: int, limits: Limits, *, can_shrink: bool | None = None) -> FileRefused:
    limit = limits.of(family)
    return FileRefused(
        format_lazy(
            _("The file has {size}; {family} may have at most {limit}."),
            size=readable_size(size),
            family=_FAMILY[family],
            limit=readable_size(limit),
        ),
        code="too_large",
        clause=limits.clause,
        family=family,
        size=size,
        limit=limit,
        can_shrink=family == "image" if can_shrink is None else can_shrink,
    )


def _scanned(content: bytes, name: str, now: datetime) -> str:
    try:
        return scanning.scan(content)
    except scanning.Infected as found:
        audit.incident(
            "virus",
            subject=Subject("file", "", clean_name(name, "bin")),
            now=now,
            detail=f"An upload was refused: the scanner calls it {found.signature}",
            clause="C6.3",
        )
        raise FileRefused(
            format_lazy(
                _("The virus scanner found {signature} in the file. It was not kept; tell IT."),
                signature=found.signature,
            ),
            code="virus",
            signature=found.signature,
        ) from found
    except scanning.NoAnswer as error:
        raise FileRefused(
            _(
                "The virus scanner does not answer, so nothing is taken now. Try again in a moment, or tell IT."
            ),
            code="no_scanner",
        ) from error


def _picture(content: bytes, limit: int) -> pictures.Picture | None:
    try:
        return pictures.fitting(content, limit)
    except pictures.Unreadable as error:
        raise FileRefused(_WHY[error.code], code=error.code) from error


def _picture_of(content: bytes) -> pictures.Picture:
    try:
        return pictures.clean(content)
    except pictures.Unreadable as error:
        raise FileRefused(_WHY[error.code], code=error.code) from error


def _kept_picture(
    picture: pictures.Picture, name: str, scanned_by: str, *, by: Employee | None, now: datetime, clause: str
) -> StoredFile:
    kind = kinds.FileKind("image", picture.mime, kinds.extension_of(picture.mime))
    return _kept(picture.content, name, kind, scanned_by, by=by, now=now, clause=clause, sides=picture[2:4])


def _kept(
    content: bytes,
    name: str,
    kind: kinds.FileKind,
    scanned_by: str,
    *,
    by: Employee | None,
    now: datetime,
    clause: str,
    sides: tuple[int, int] = (0, 0),
) -> StoredFile:
    stored = StoredFile.objects.create(
        sha256=_written(content),
        name=clean_name(name, kind.extension),
        family=kind.family,
        mime=kind.mime,
        size=len(content),
        width=sides[0],
        height=sides[1],
        scanned_by=scanned_by,
        kept_by=by,
        kept_at=now,
    )
    audit.record(
        "files.keep",
        subject=stored.subject(),
        by=by,
        now=now,
        clause=clause,
        data={"sha256": stored.sha256, "size": stored.size, "type": stored.mime},
    )
    return stored


def _written(content: bytes) -> str:
    """The bytes on disk; held until the transaction ends, so that no sweep takes them before their row is there."""
    sha256 = store.sha256_of(content)
    _hold(sha256)
    store.write(content, sha256)
    return sha256


def _hold(sha256: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"office.files {sha256}"])
