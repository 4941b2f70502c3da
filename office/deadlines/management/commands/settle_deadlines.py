"""`settle_deadlines [--now ISO8601]`: one sweep, and what it told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from office.deadlines.sweep import settle_due
from office.terminal import TerminalCommand, language_of_the_house


def _instant(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:  # looks like one, and there is no such day or hour
        found = None
    if found is None:
        raise CommandError(f"--now: “{text}” is not an ISO 8601 time such as 2026-11-23T09:00:00+08:00.")
    return found if timezone.is_aware(found) else timezone.make_aware(found)


class Command(TerminalCommand):
    help = "Tell every deadline step that is due: warnings, breaches, escalations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            metavar="ISO8601",
            help="judge by this instant (without an offset: local time); default: the clock",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = _instant(options["now"]) if options["now"] else timezone.now()
        with language_of_the_house():  # desks act on their deadlines, as in the worker
            settled = settle_due(now)
        self.stdout.write(str(settled))
