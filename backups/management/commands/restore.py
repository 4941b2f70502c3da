"""restore FILE --to DBNAME: a backup becomes a database, verified and with every later erasure replayed."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from backups.container import Broken, WrongKey
from backups.errors import Failed
from backups.management.commands._asking import private_key
from backups.services.replacing import Asked, restore
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Exit code 1 with one sentence; then DBNAME is as it was."""

    help = "Restore a backup as the database DBNAME. The private key is asked for, or read from --key-file."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--to", required=True, metavar="DBNAME", help="the database's name on this server"
        )
        parser.add_argument("--key-file", type=Path, metavar="FILE", help="where the private key is written")
        parser.add_argument(
            "--keys", type=Path, metavar="FILE", help="the customers’ keys, when they do not lie beside"
        )
        parser.add_argument(
            "--without-keys", action="store_true", help="no customer of the backup can be read afterwards"
        )
        parser.add_argument(
            "--erasures", type=Path, metavar="FILE", help="a newer list of erasures than erasures.log"
        )
        parser.add_argument(
            "--erasures-until", default="", metavar="DATE",
            help="the day on which the installation stopped, when the list given ends long ago",
        )  # fmt: skip
        parser.add_argument(
            "--force", action="store_true", help="overwrite a readable database, as was permitted"
        )

        parser.add_argument(
            "--sha256", action="append", default=[], metavar="HEX",
            help="of a file that bears no stamp of ours, as its certificate or page says it (may be given twice)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        asked = Asked(
            file=options["file"].absolute(), database=options["to"], keys=options["keys"], listed=options["erasures"],
            without_keys=options["without_keys"], force=options["force"],
            sha256=tuple(options["sha256"]), listed_until=options["erasures_until"],
        )  # fmt: skip
        try:
            private = private_key(options["key_file"], needed=True)
            done = restore(asked, private=private or b"", now=now)
        except OSError as error:
            raise CommandError(
                f"Nothing was changed: {error.filename or asked.file}: {error.strerror}."
            ) from error
        except (Failed, Broken, WrongKey) as error:
            raise CommandError(f"Nothing was changed: {error}") from error
        say = self.stdout.write
        say(f"restored: {asked.file.name} as the database {done.database}")
        say(
            f"verified: {done.tables} tables, "
            + ", ".join(f"{name} {count}" for name, count in done.counts.items())
            + f", {done.sampled} orders opened; {done.erased} erasures replayed"
        )
        if done.kept:
            say(f"kept: the database from before is {done.kept}; drop it when it is no longer needed")
        if done.seals_log:
            say(f"kept: the seals from before are in {done.seals_log}")
        say(
            "files: ./dev manage restore_files FOLDER puts back uploads and records of orders that this machine lacks"
        )
        point = timedelta(seconds=round((now - done.made_at).total_seconds()))
        say(
            f"RPO: {point.total_seconds():.0f} s (what came after the backup is lost)  RTO: {done.seconds:.0f} s"
        )
