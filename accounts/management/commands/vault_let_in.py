"""The last way to a secret that no custodian can open any more: the recovery key seals it to a custodian's new key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.management.commands.vault_drill import typed
from accounts.services.vault import resealing
from office.boxes import WrongKeyText
from office.errors import Refused
from office.staff.models import Employee
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Seals what a custodian keeps to his present key, with the recovery key, which is read from the terminal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="the custodian's employee number")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Employee.objects.filter(number=options["number"]).first()
        if person is None:
            raise CommandError(f"There is no employee {options['number']}.")
        try:
            made = resealing.let_in_by_recovery_key(text=typed(), person=person, now=timezone.now())
        except (WrongKeyText, Refused) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{made} secrets sealed to {person.number}")
