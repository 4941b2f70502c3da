"""upgrade_dump: the sealed dump that `./dev up` makes by itself before it migrates, for who upgrades otherwise."""

from __future__ import annotations

from typing import Any

import psycopg2
from django.core.management.base import CommandError
from django.utils import timezone

from backups.errors import Failed
from backups.services import upgrading
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Prints where the dump lies; on stderr what its trial showed. Exit code 1 with one sentence, also for a dump that
    could not be shown to restore."""

    help = "Dump the database, sealed, before an upgrade; go_back FILE puts it in place again."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made, found = upgrading.dump_and_drill(now=timezone.now())
        except (Failed, OSError, psycopg2.Error) as error:
            raise CommandError(f"Nothing was dumped: {str(error).strip().splitlines()[0]}") from error
        self.stdout.write(str(made))
        if not found.good:
            raise CommandError(f"Do not upgrade on this dump: {found}")
        upgrading.note(saved=made, proof=str(found), now=timezone.now())
        self.stderr.write(str(found))
