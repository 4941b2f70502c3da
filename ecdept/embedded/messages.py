"""Compile `locale/*/LC_MESSAGES/*.po` with Babel: few machines have gettext's msgfmt."""

import os
from pathlib import Path

from ecdept.embedded.home import ROOT, CannotRun


def compile_messages(root: Path = ROOT) -> int:
    """Compile every catalogue newer than its .mo; returns how many. `CannotRun` on a broken one."""
    stale = [
        source
        for source in sorted((root / "locale").glob("*/LC_MESSAGES/*.po"))
        if not (made := source.with_suffix(".mo")).exists()
        or made.stat().st_mtime_ns < source.stat().st_mtime_ns
    ]
    for source in stale:
        _compile(source)
    return len(stale)


def _compile(source: Path) -> None:
    from babel.messages.mofile import write_mo  # only here: most starts compile nothing
    from babel.messages.pofile import PoFileError, read_po

    target = source.with_suffix(".mo")
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        with part.open("wb") as file:
            write_mo(file, catalogue)
        part.replace(target)
    except PoFileError as error:
        raise CannotRun(f"{source} is not a valid message catalogue: {error}.") from error
    except OSError as error:
        if not target.exists():
            raise CannotRun(f"{target} cannot be written: {error.strerror}.") from error


if __name__ == "__main__":
    compile_messages()
