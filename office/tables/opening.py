"""From bytes to tables: what kind of file is this, and is it fit to be read at all?"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

from django.utils.translation import gettext_noop

from office.tables import archive
from office.tables.csv_table import CHUNK, CsvTable, detect_encoding
from office.tables.streams import positioned_stream
from office.tables.table import Source, Table, UnusableFile
from office.tables.xlsx_table import WORKBOOK, XlsxTable, not_a_workbook

MEMBERS = 2


def file_source(path: Path) -> Source:
    """A source for a file on disk; raises `UnusableFile` when it is not a readable file."""
    try:
        if not path.is_file():
            raise UnusableFile(
                gettext_noop("There is no such file: %(file)s"), code="no_file", file=str(path)
            )
        size = path.stat().st_size
        path.open("rb").close()
    except OSError as error:
        raise UnusableFile(
            gettext_noop("The file cannot be opened: %(file)s"), code="no_file", file=str(path)
        ) from error
    return Source(path.name, size, lambda: path.open("rb"))


def open_tables(source: Source) -> list[Table]:
    """The tables of a file: one for CSV and .xlsx, one or two for a .zip of them."""
    return _zipped(source) if _is_container(source) else [CsvTable(source)]


def first_look(source: Source) -> None:
    """What can be known of a file at once: by its first mebibyte, or by the table of contents of what is packed.

    Raises the `UnusableFile` that `open_tables` would raise, so that whoever sends a file is told while he is there.
    """
    if _is_container(source):
        with source.open() as stream, closing(archive.open_archive(stream)) as container:
            _members(container)
    else:
        detect_encoding(source, within=CHUNK)


def _is_container(source: Source) -> bool:
    """Whether it is packed, a workbook or an archive. Raises `UnusableFile` for what is known to be no table."""
    if not source.size:
        raise UnusableFile(gettext_noop("The file is empty."), code="empty")
    with source.open() as stream:
        start = stream.read(8)
    if start.startswith(b"PK"):
        return True
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnusableFile(
            gettext_noop(
                "This is an old .xls workbook, or one protected by a password. Save it as .xlsx or as CSV."
            ),
            code="xls",
        )
    if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")):
        raise UnusableFile(
            gettext_noop("This is a packed file. Unpack it and send what is in it."), code="packed"
        )
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")):
        raise UnusableFile(gettext_noop("This is not a table."), code="not_a_table")
    return False


def _members(container: zipfile.ZipFile) -> list[str] | None:
    """The tables that an archive holds by name; None for a workbook. Raises `UnusableFile` for anything else."""
    names = [entry.filename for entry in container.infolist() if not entry.is_dir()]
    if "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names):
        if WORKBOOK not in names:
            raise not_a_workbook()
        return None
    members = [
        name
        for name in names
        if name.lower().endswith((".csv", ".xlsx", ".txt")) and not name.startswith("__MACOSX/")
    ]
    if not 1 <= len(members) <= MEMBERS:
        raise UnusableFile(
            gettext_noop("The archive must hold one table, or a list and its detail list."),
            code="archive_members",
        )
    return members


def _zipped(source: Source) -> list[Table]:
    with source.open() as stream, closing(archive.open_archive(stream)) as container:
        members = _members(container)
        if members is None:
            return [XlsxTable(source)]
        with archive.reading():
            unpacked = [_unpack(container, name) for name in members]
    return [XlsxTable(member) if _is_zip(member) else CsvTable(member) for member in unpacked]


def _is_zip(source: Source) -> bool:
    with source.open() as stream:
        return stream.read(2) == b"PK"


def _unpack(container: zipfile.ZipFile, name: str) -> Source:
    """A member in an unlinked temporary file, so that it can be read more than once."""
    held = tempfile.TemporaryFile(prefix="ecdept-unpacked-")  # noqa: SIM115  # lives as long as the source
    with container.open(name) as member:
        shutil.copyfileobj(member, held, 1 << 20)
    held.flush()
    size = held.tell()
    return Source(
        Path(name).name,
        size,
        lambda: positioned_stream(lambda at, most: os.pread(held.fileno(), most, at), size),
    )
