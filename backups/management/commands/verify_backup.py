"""verify_backup FILE [--key-file FILE]: whether a file is a whole backup; with the private key, also genuine."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from backups.container import Broken, Reader, WrongKey
from backups.errors import Failed
from backups.management.commands._asking import private_key
from backups.models import Copy
from backups.services import genuine
from office.terminal import TerminalCommand

_SHOWN = {
    "stamp": "written here: its stamp is under a key of ECDEPT_KEYS",
    "record": "as recorded",
    "sha256": "the file of the SHA-256 given",
    "": "NOT shown to be ours (whole, but anybody with the public key could have written it)",
}


class Command(TerminalCommand):
    """Exit code 1 with one sentence when the file is cut, changed, or not the one that was recorded."""

    help = "Read every byte of a backup and compare it with its own sums, with our records, and with a key if given."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--key-file", type=Path, metavar="FILE", help="open every part with this private key too"
        )

        parser.add_argument(
            "--sha256",
            action="append",
            default=[],
            metavar="HEX",
            help="what the certificate says of this file",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            reader = Reader(file)
            sha256 = reader.check()
            recorded = Copy.objects.filter(name=file.name).first()
            if recorded is not None and recorded.sha256 != sha256:
                raise CommandError(
                    f"{file.name} is whole, but it is not the file that was recorded under this name."
                )
            private = private_key(options["key_file"], needed=False)
            shown = genuine.shown_by(reader, sha256, options["sha256"])
            if private is not None:
                genuine.must_be(reader, sha256, options["sha256"])
                keys = reader.keys_with(private)
                reader.sealed_manifest(keys)
                for name in reader.parts:
                    for _piece in reader.open_part(name, keys):
                        pass
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except (Broken, WrongKey, Failed) as error:
            raise CommandError(str(error)) from error
        manifest = reader.manifest
        opened = (
            "opened with the key, every part" if private is not None else "not opened (no private key given)"
        )
        known = _SHOWN[shown]
        self.stdout.write(
            f"ok: {reader.kind} backup {reader.id} made at {manifest['made_at']}; {known}; {opened}"
        )
        self.stdout.write(
            f"sha256 {sha256}; {file.stat().st_size} bytes; sealed to {', '.join(reader.header['to'])}"
        )
        counts = manifest.get("counts") or {}
        if counts:
            self.stdout.write(
                f"{len(counts)} counts, {sum(map(int, counts.values()))} rows; rests on {manifest.get('clause')}"
            )
