"""look_at_restored: what a drill and a restore ask of the database they have just filled. People need not call it."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from backups import hooks
from backups.services import erasures
from office.audit import api as audit
from office.audit.sealing import seal
from office.audit.verify import verify
from office.subjects import Subject
from office.terminal import TerminalCommand


def _older() -> bool:
    """Whether the backup is of an older release. The names alone mostly say that it is not; loading every migration
    takes longer than many a restore."""
    applied = MigrationRecorder(connection).applied_migrations().keys()
    if all(node in applied for node in _on_disk()):
        return False
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _on_disk() -> Iterator[tuple[str, str]]:
    for app in apps.get_app_configs():
        module, _explicit = MigrationLoader.migrations_module(app.label)
        spec = find_spec(module) if module else None
        for each in iter_modules(spec.submodule_search_locations if spec else ()):
            if not each.ispkg and each.name[0] not in "_~":
                yield app.label, each.name


class Command(TerminalCommand):
    """Prints {"counts", "findings", "sampled", "erased"} as JSON. The database is the one of DATABASE_URL."""

    help = "Look at a restored database: ledger, a sample of orders; replay erasures. Called by drills and restores."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sample", type=int, default=200)
        parser.add_argument(
            "--wait",
            action="store_true",
            help="until a line comes on stdin: the database is still being filled",
        )
        parser.add_argument(
            "--erasures", type=Path, help="replay this list of erasures, and what is due to be erased"
        )
        parser.add_argument(
            "--files", type=Path, help="where to write the files that rows of this database name"
        )
        parser.add_argument(
            "--restored", default="", help="write into the trail that this backup was restored"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["wait"] and not sys.stdin.readline():
            raise CommandError("Whoever filled the database has ended.")
        if _older():
            call_command("migrate", verbosity=0, interactive=False)
        report = verify()
        findings, sampled = list(report.findings), 0
        for check in hooks.checks():
            looked, wrong = check.run(options["sample"])
            sampled += looked
            findings += wrong
        erased = 0
        now = timezone.now()
        if options["erasures"] is not None and not findings:
            erased = erasures.again(erasures.read(options["erasures"], erasures.history()).erasures, now=now)
            for verb in hooks.expiries():
                verb(now)
        if options["files"] is not None:
            options["files"].write_text(
                "".join(json.dumps([each.name, each.sha256]) + "\n" for each in hooks.beside())
            )
        if options["restored"] and not findings:
            with transaction.atomic():
                audit.record(
                    "backups.restored",
                    subject=Subject("database", options["restored"], options["restored"][:8]),
                    by=None,
                    now=now,
                    data={"backup": options["restored"], "erased": erased},
                )
            # In another cluster transaction ids begin again: what was just written belongs to a new era, at once.
            seal(now=now, restored=True)
        found = {"counts": report.counts, "findings": findings, "sampled": sampled, "erased": erased}
        self.stdout.write(json.dumps(found))
