"""backup [--orders]: back up now, prove it by a drill, and say what would be lost and how long it would take."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from backups import stores
from backups.errors import Failed
from backups.models import BackupRun, Certificate, Copy
from backups.services import listing, running, storing
from office.errors import Refused
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    """Exit code 1 with one sentence when the backup was not made or could not be proven."""

    help = "Back up the database, restore it into a scratch database, verify it, and print RPO and RTO."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", action="store_true", help="the newest record of orders instead")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = BackupRun.Kind.ORDERS if options["orders"] else BackupRun.Kind.DATABASE
        try:
            with running.only_one() as mine:
                if not mine:
                    raise CommandError("Another backup is going on; nothing was done.")
                run = self._run(kind)
                running.perform(run=run, now=timezone.now())
            storing.send(now=timezone.now())
            listing.send(now=timezone.now())
        except (Refused, Failed) as error:
            raise CommandError(str(error)) from error
        if run.state != BackupRun.State.DONE:
            raise CommandError(f"The backup was not made: {run.error}")
        self._tell(run)

    def _run(self, kind: str) -> BackupRun:
        """The one that waits already, or a new one. The caller holds the lock."""
        waiting = BackupRun.objects.filter(kind=kind, state=BackupRun.State.WAITING).first()
        now = timezone.now()
        return waiting or running.ask(kind=kind, by=None, now=now, cause=BackupRun.Cause.COMMAND)

    def _tell(self, run: BackupRun) -> None:
        say = self.stdout.write
        for copy in Copy.objects.filter(run=run, place=Copy.Place.LOCAL).order_by("pk"):
            say(f"{copy.role}: {stores.local_folder() / copy.name} ({copy.size} bytes, sha256 {copy.sha256})")
        certificate = Certificate.objects.filter(run=run).order_by("-pk").first()
        if certificate is not None:
            if not certificate.good:
                what = certificate.words or certificate.findings[0]
                raise CommandError(f"The backup was made, but the drill could not prove it: {what}")
            say(
                f"drill: good, {certificate.tables} tables, {certificate.rows} rows, {certificate.orders} orders, "
                f"{certificate.entries} entries, {certificate.sampled} orders opened; certificate #{certificate.pk}"
            )
        point, length = running.recovery_point(timezone.now()), running.recovery_time()
        say(f"RPO: {_seconds(point)}  RTO: {_seconds(length)}")


def _seconds(span: Any) -> str:
    return "unknown (no good drill yet)" if span is None else f"{span.total_seconds():.0f} s"
