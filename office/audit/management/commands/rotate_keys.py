"""rotate_keys: put everything under the newest key of ECDEPT_KEYS. May be stopped and started again at any time."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from office import crypto
from office.audit import api as audit
from office.subjects import Subject


class Command(BaseCommand):
    """Prints "NAME N" for each kind of thing that was re-wrapped. Exit code 1 when something needs a key that is not
    configured: what was done until then stays done."""

    help = "Re-wrap every data key and secret under the newest key of ECDEPT_KEYS."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--step", type=int, default=500, help="how many per transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        newest = crypto.newest_key_id()
        done: dict[str, int] = {}
        for name, step in sorted(crypto.resealers.items()):
            done[name] = 0
            try:
                while count := step(options["step"]):
                    done[name] += count
            except crypto.Unreadable as error:
                raise CommandError(f"{name}: {error}") from error
            self.stdout.write(f"{name} {done[name]}")
        if any(done.values()):
            audit.record(
                "audit.rotate_keys",
                subject=Subject("key", newest, newest),
                by=None,
                now=timezone.now(),
                data={"done": done},
                clause="C13.5",
            )
        self.stdout.write(f"everything is under the key {newest}; older keys may leave ECDEPT_KEYS")
