"""merge_translations: LC_MESSAGES/django.po and django.mo from the fragments of the areas."""

from __future__ import annotations

from typing import Any

from ecdept import translations
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Merge locale/zh_Hans/parts/*.po into the catalogue that Django reads."

    def handle(self, *args: Any, **options: Any) -> None:
        catalog, problems = translations.merged()
        po, mo = translations.rendered(catalog)
        target = translations.folder() / "LC_MESSAGES"
        target.mkdir(parents=True, exist_ok=True)
        (target / "django.po").write_bytes(po)
        (target / "django.mo").write_bytes(mo)
        for problem in problems:
            self.stderr.write(problem)
        self.stdout.write(f"merged {len(catalog)} texts")
