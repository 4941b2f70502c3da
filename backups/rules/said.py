"""What went wrong, in the reader's language.

Runs, copies and certificates keep one English sentence, as terminals and logs say it; whoever reads a page or a notice
reads it here. What a program or the system said itself (PostgreSQL, the store) stays as it was said.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.translation import gettext, gettext_noop

#: Most particular first. `%(x)s` stands for a name, a number, or a sentence that is said in turn.
TEMPLATES = (
    # making, the disk, the database
    gettext_noop("There is no backup key yet. Make one on the server: ./dev manage backup_keygen"),
    gettext_noop("There is no record of orders yet; the schedule makes the first one."),
    gettext_noop("The process that made it was ended in the middle."),
    gettext_noop("The drill was ended in the middle."),
    gettext_noop("The disk is full: %(words)s."),
    gettext_noop("The file could not be written: %(words)s."),
    gettext_noop("The folder %(name)s cannot be used: %(words)s."),
    gettext_noop("The database %(name)s does not answer: %(words)s."),
    gettext_noop("DATABASE_OWNER_URL is not set here: backups and restores need the owner's login."),
    gettext_noop("The tables could not be read: %(words)s."),
    gettext_noop("Rows that lie apart could not be read: %(words)s"),
    gettext_noop("%(name)s was not found: install PostgreSQL's client programs."),
    gettext_noop("%(name)s was ended by signal %(signal)s."),
    # the file, its parts
    gettext_noop("%(name)s is not a backup of ecdept."),
    gettext_noop("%(name)s was written in a format that this release does not know."),
    gettext_noop("%(name)s: its beginning and its end are of two different backups."),
    gettext_noop("%(name)s was cut off: its end is missing."),
    gettext_noop("%(name)s is damaged: it is not built as a backup is."),
    gettext_noop("%(name)s was changed or damaged: its checksum does not fit."),
    gettext_noop("%(name)s: its list of parts is not what it holds."),
    gettext_noop("%(name)s was not written by this installation: its stamp does not fit."),
    gettext_noop("%(name)s: the key of the part %(part)s was changed."),
    gettext_noop("%(name)s has no part %(part)s."),
    gettext_noop("%(name)s: the part %(part)s does not open: %(words)s."),
    gettext_noop("%(name)s: the part %(part)s is not what the manifest says."),
    gettext_noop("%(name)s: the manifest in the clear is not the one that was sealed."),
    gettext_noop("%(name)s is not the file that was written."),
    # restoring on trial
    gettext_noop("The file with the keys belongs to another backup."),
    gettext_noop("The rows of %(name)s could not be put back: %(words)s"),
    gettext_noop("The restored database could not be looked at: %(words)s"),
    gettext_noop("table %(name)s: it is missing"),
    gettext_noop("table %(name)s: %(found)s rows, %(said)s in the backup"),
    gettext_noop("order %(name)s: its customer does not open: %(words)s"),
    gettext_noop("order %(name)s: its audit entry %(entry)s was changed"),
    gettext_noop("order %(name)s: its audit entry %(entry)s is about something else"),
    gettext_noop("order %(name)s: the event that came with it is not the one of audit entry %(entry)s"),
    gettext_noop("order %(name)s: it or its lines are not what audit entry %(entry)s says"),
    gettext_noop("order %(name)s: deleted, audit entry %(entry)s still stands"),
    gettext_noop("order %(name)s: lines of an order that is not there"),
    gettext_noop("order %(name)s: an event beside it was deleted, audit entry %(entry)s still stands"),
    gettext_noop("order %(name)s: no audit entry made its event %(event)s"),
    gettext_noop("order %(name)s: its event %(event)s is not what audit entry %(entry)s says"),
    gettext_noop("seal %(seal)s: it was changed"),
    gettext_noop("seal %(seal)s: it does not follow the seal before it"),
    gettext_noop("seal %(seal)s: it covers %(covered)s entries, %(found)s are there"),
    gettext_noop("seal %(seal)s: an entry under it was changed, exchanged or moved"),
    # packs of files
    gettext_noop("Every file is packed already."),
    gettext_noop("the pack %(name)s is gone or not the file that was recorded; its files are packed anew"),
    gettext_noop("the file %(name)s is in no backup of files"),
    gettext_noop("%(name)s became shorter while it was read."),
    gettext_noop("%(name)s: its index is not what was packed."),
    gettext_noop("%(name)s: its index is damaged."),
    gettext_noop("%(name)s: its index names %(words)s, which is no file of ours."),
    gettext_noop("%(name)s: it does not hold what its index says."),
    gettext_noop("%(name)s: %(file)s is not what it was."),
    gettext_noop("%(name)s is not what the index says."),
    # off site, the list of erasures
    gettext_noop("%(name)s is not here any more and was never sent."),
    gettext_noop("%(store)s does not have %(name)s as it was sent."),
    gettext_noop("%(store)s did not take or give the file: %(words)s"),
    gettext_noop("ECDEPT_BACKUP_S3 is not s3://BUCKET/PREFIX?endpoint=…&region=…."),
    gettext_noop("%(name)s, line %(line)s: not a line of a list of erasures."),
    gettext_noop(
        "%(name)s, line %(line)s: %(words)s. Somebody else wrote it, or a line was moved or taken away; take the list "
        "from another place."
    ),
    gettext_noop("%(name)s cannot be read: %(words)s."),
    gettext_noop("%(name)s failed: %(words)s"),
    # what the system says most
    gettext_noop("No space left on device"),
    gettext_noop("Disk quota exceeded"),
    gettext_noop("File too large"),
    gettext_noop("Permission denied"),
    gettext_noop("Read-only file system"),
    gettext_noop("Input/output error"),
)
_PLACE = re.compile(r"%\((\w+)\)s")


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for text in TEMPLATES:
        pieces = _PLACE.split(text)
        pattern = "".join(
            f"(?P<{piece}>.+?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces)
        )
        found.append((re.compile(pattern, re.DOTALL), text))
    return tuple(found)


def said(text: str) -> str:
    """A sentence that was kept, as its reader says it; what is not known stays as it is."""
    for pattern, template in _patterns():
        if match := pattern.fullmatch(text):
            return gettext(template) % {name: said(value) for name, value in match.groupdict().items()}
    return text
