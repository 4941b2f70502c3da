"""load_demo --book site|mall: the demo company, into an empty database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from ecdept.demo.load import load
from office.errors import Refused
from office.rulebook import api as rulebook
from office.rulebook.selectors import not_adopted
from office.rulebook.services import activate_book
from office.terminal import TerminalCommand, language_of_the_house

#: Before anything the demo tells of.
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)


class Command(TerminalCommand):
    help = "Load the demo company into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--book", choices=("site", "mall"), default="site")

    def handle(self, *args: Any, book: str, **options: Any) -> None:
        now = timezone.now()
        try:
            in_force = rulebook.book(now)
            # A home that an older release began and did not fill has that release's book.
            if in_force.code != book or not_adopted(in_force):
                activate_book(code=book, starts_at=BEGINNING, by=None, now=now)
            with language_of_the_house():  # what its people write is theirs
                load(now=now)
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write("The demo company is loaded. Its logins: manage demo_logins")
