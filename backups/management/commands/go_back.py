"""go_back FILE: what `./dev restore` calls once everything that uses the database is stopped."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from backups import programs
from backups.container import Broken, Reader, WrongKey
from backups.errors import Failed
from backups.management.commands._asking import private_key
from backups.services import upgrading
from backups.services.going_back import go_back
from backups.services.replacing import Asked
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Exit code 1 with one sentence; then the database is as it was."""

    help = "Put the dump of an upgrade in the place of the database. Called by ./dev restore."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--to", default="", help="another name than that of the database in use")
        parser.add_argument("--key-file", type=Path, metavar="FILE")
        parser.add_argument("--erasures", type=Path, metavar="FILE")
        parser.add_argument("--erasures-until", default="", metavar="DATE")

    def handle(self, *args: Any, **options: Any) -> None:
        def private(reader: Reader) -> bytes:
            given = None if options["key_file"] is not None else upgrading.own_key_of(reader)
            return given or private_key(options["key_file"], needed=True) or b""

        file = options["file"].absolute()
        try:
            database = options["to"] or programs.owner().database
            asked = Asked(file, database, listed=options["erasures"], listed_until=options["erasures_until"])
            done = go_back(asked, private=private, now=timezone.now())
        except OSError as error:
            raise CommandError(
                f"Nothing was changed, because of {error.filename or file}: {error.strerror}."
            ) from error
        except (Failed, Broken, WrongKey) as error:
            raise CommandError(f"Nothing was changed: {error}") from error
        say = self.stderr.write
        say(f"Restored {file.name}: verified, {done.sampled} orders opened, {done.erased} erasures replayed.")
        if done.kept:
            say(
                f"The data from before is kept in the database {done.kept}; drop that database when it is no longer "
                "needed."
            )
        if done.seals_log:
            say(
                f"The seals from before are kept in {done.seals_log}: against it, verify_ledger --anchor names the "
                "seals made since that dump. The restored database begins a new seals.log."
            )
