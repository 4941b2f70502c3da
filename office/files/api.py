"""Kept files as desks use them: `from office.files import api as files`.

Keep an upload with `keep_file`; when it raises FileRefused with code "too_large" and `can_shrink`, show the person what
`offer_smaller` makes of it (templates/files/_offer.html) and keep it by `accept_offer`. Point to a StoredFile by a
foreign key, and answer its bytes with `serve`, or several as one ZIP with `serve_pack`, from a view of your own that
asks first who may have them.
"""

from office.files.forms import sent_file, takes_files
from office.files.limits import Limits
from office.files.models import Offer, StoredFile
from office.files.names import readable_size
from office.files.packing import Part, mark_part, serve_pack, stored_part, text_part
from office.files.selectors import content_of, own_offer
from office.files.services import (
    FileRefused,
    Looked,
    accept_offer,
    keep_file,
    look_at,
    offer_smaller,
    take_smaller,
)
from office.files.serving import serve, serve_preview

__all__ = [
    "FileRefused",
    "Limits",
    "Looked",
    "Offer",
    "Part",
    "StoredFile",
    "accept_offer",
    "content_of",
    "keep_file",
    "look_at",
    "mark_part",
    "offer_smaller",
    "own_offer",
    "readable_size",
    "sent_file",
    "serve",
    "serve_pack",
    "serve_preview",
    "stored_part",
    "take_smaller",
    "takes_files",
    "text_part",
]
