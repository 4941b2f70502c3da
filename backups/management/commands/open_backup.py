"""open_backup FILE --to FOLDER: with the private key, lay the parts of a backup out as files."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from backups.container import Broken, Reader, WrongKey
from backups.errors import Failed
from backups.management.commands._asking import private_key
from backups.services import genuine
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Exit code 1 with one sentence; then no part that is not whole lies in the folder."""

    help = "Open a backup with the private key and write its parts into a folder, readable by you only."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
        parser.add_argument("--key-file", type=Path, metavar="FILE", help="where the private key is written")

        parser.add_argument(
            "--sha256", action="append", default=[], metavar="HEX",
            help="of a file that bears no stamp of ours (another machine), as its certificate or page says it",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        file, folder = options["file"], options["to"]
        try:
            reader = Reader(file)
            genuine.must_be(reader, reader.check(), options["sha256"])
            keys = reader.keys_with(private_key(options["key_file"], needed=True) or b"")
            reader.sealed_manifest(keys)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in reader.parts:
                self._lay_out(reader, keys, name, folder / name.replace("/", "-"))
        except OSError as error:
            raise CommandError(f"{error.filename or file}: {error.strerror}.") from error
        except (Broken, WrongKey, Failed) as error:
            raise CommandError(str(error)) from error

    def _lay_out(self, reader: Reader, keys: dict[str, bytes], name: str, target: Path) -> None:
        partial = target.with_name(f".{target.name}.part")
        try:
            with open(partial, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
                for piece in reader.open_part(name, keys):
                    out.write(piece)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        self.stdout.write(f"{target} ({target.stat().st_size} bytes)")
