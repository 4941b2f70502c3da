"""Does the printed recovery key open everything? Reads it from the terminal, or from standard input."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from accounts.services.vault import resealing
from office.boxes import WrongKeyText
from office.errors import Refused
from office.terminal import TerminalCommand


def typed(prompt: str = "Recovery key: ") -> str:
    """Without an echo at a terminal; the first line otherwise."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()


class Command(TerminalCommand):
    help = "Opens every secret of now with the recovery key, says which it does not open, and prints none."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = resealing.drill(text=typed(), now=timezone.now())
        except (WrongKeyText, Refused) as error:
            raise CommandError(str(error)) from None
        for sealed in found.failed:
            self.stderr.write(
                f"not opened: account {sealed.account_id}, {sealed.field}, version {sealed.number}"
            )
        self.stdout.write(f"{found.opened} opened, {len(found.failed)} not")
        if found.failed:
            raise CommandError(
                "The recovery key does not open everything: a custodian lets it in at his vault's page."
            )
