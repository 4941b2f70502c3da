"""backup_keygen [--replace]: make the backup key, print its private half once, keep only the public one (C13.8)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from backups.services import keys
from office.errors import Refused
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Exit code 1 with one sentence while there is a key."""

    help = "Make the backup key. The private key is printed once and stored nowhere on this server."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--replace", action="store_true", help="although there is one: for backups from now on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            key, text = keys.make_key(now=timezone.now(), replace=options["replace"])
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            f"Backup key {key.fingerprint}. The line below is its private half. It is shown this once and stored "
            "nowhere here: print it twice, put both prints into two safes, and clear this window.\n"
        )
        self.stdout.write(text)
