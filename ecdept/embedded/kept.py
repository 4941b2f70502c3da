"""What lies beside the database and belongs to it: people's files and the recorded orders. A backup takes them along,
a restore puts back what is missing.

Both are written once and never changed, so a backup links to the same bytes where it can, and a restore only adds:
nothing that is there is replaced or taken away.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

#: Folders below the home.
KEPT = ("files", "order-records")
#: Small pictures are made anew when they are asked for.
_MADE_ANEW = ("previews",)


def beside(dump: Path) -> Path:
    """The folder of the files that belong to a dump."""
    return dump.with_suffix(".files")


def save(home: Path, dump: Path) -> int:
    """Keep the home's files beside the dump; answers how many. Called after the dump, so that every file that it names
    is among them. Raises OSError; then no half folder is left."""
    target = beside(dump)
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        count = sum(_add(home / name, part / name) for name in KEPT)
        part.mkdir(mode=0o700, exist_ok=True)
        part.rename(target)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return count


def put_back(source: Path, home: Path) -> int:
    """Add what the backup holds and the home lacks; answers how many. Raises OSError."""
    return sum(_add(source / name, home / name) for name in KEPT)


def _add(source: Path, target: Path) -> int:
    count = 0
    for path in _files(source):
        place = target / path.relative_to(source)
        if place.exists() and place.stat().st_size == path.stat().st_size:
            continue
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.with_name(f".part-{place.name}")
        part.unlink(missing_ok=True)
        try:
            os.link(path, part)
        except OSError:  # another disk, or one without links
            shutil.copy2(path, part)
        part.replace(place)
        count += 1
    return count


def _files(folder: Path) -> Iterator[Path]:
    """Whole files only: what was being written and what is made anew is left out."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if inside[0] in _MADE_ANEW or any(part.startswith(".") for part in inside):
            continue
        if path.is_file() and not path.is_symlink():
            yield path
