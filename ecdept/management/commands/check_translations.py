"""check_translations: every text of the interface has its Chinese, and the merged catalogue is up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from ecdept import translations
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Fail on a missing, double or unusable translation."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        catalog, problems = translations.merged()
        problems += translations.missing(catalog)
        if not translations.up_to_date(catalog):
            problems.append("django.po is older than its fragments: run merge_translations")
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} problems with the translations.")
        self.stdout.write(f"{len(catalog)} texts, all translated")
