"""restore_files [FOLDER]: uploads and records of orders out of the packs of a folder, back under the home."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from backups import stores
from backups.container import SUFFIX, Broken, Reader, WrongKey
from backups.errors import Failed
from backups.management.commands._asking import private_key
from backups.services import filing, genuine
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Exit code 1 with one sentence when a pack does not open, and when a file that the database names is missing
    afterwards. Nothing that is there is replaced, unless its bytes are not those of its name."""

    help = "Put back every file that the packs files-….ecbak of FOLDER hold and this home lacks."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, nargs="?", metavar="FOLDER", help="else the folder of the backups"
        )
        parser.add_argument("--key-file", type=Path, metavar="FILE", help="where the private key is written")
        parser.add_argument(
            "--sha256", action="append", default=[], metavar="HEX",
            help="of a pack that bears no stamp of ours, as its page says it (may be given several times)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"]
        try:
            packs = sorted((folder or stores.local_folder()).glob(f"files-*{SUFFIX}"))
            if not packs:
                raise CommandError(
                    f"No pack of files (files-….ecbak) lies in {folder or stores.local_folder()}."
                )
            private = private_key(options["key_file"], needed=True) or b""

            def opened(path: Path) -> tuple[Reader, dict[str, bytes]]:
                reader = Reader(path)
                if reader.kind != filing.KIND:
                    raise Broken(f"{path.name} is a backup of kind {reader.kind}, not files.")
                genuine.must_be(reader, reader.check(), options["sha256"])
                keys = reader.keys_with(private)
                reader.sealed_manifest(keys)
                return reader, keys

            done = filing.put_back(packs, opened, wanted=filing.named())
        except OSError as error:
            raise CommandError(f"{error.filename or folder}: {error.strerror}.") from error
        except (Broken, WrongKey, Failed) as error:
            raise CommandError(str(error)) from error
        for name in done.missing:
            self.stdout.write(f"missing: {name}")
        self.stdout.write(
            f"packs {len(packs)}, put back {done.put}, there already {done.there}, missing {len(done.missing)}"
        )
        if done.missing:
            sys.exit(1)
