"""./dev manage verify_files: every kept file read again and compared with its SHA-256; ends with 1 when one differs."""

from __future__ import annotations

import sys
from typing import Any

from office.files import selectors
from office.files.models import StoredFile
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Read every kept file again; name what is missing or changed and end with code 1."

    def handle(self, *args: Any, **options: Any) -> None:
        count = StoredFile.objects.values("sha256").distinct().count()
        wrong = 0
        for sha256, what in selectors.damaged():
            self.stdout.write(f"{what}: {sha256}")
            wrong += 1
        self.stdout.write(f"files {count}, wrong {wrong}")
        if wrong:
            sys.exit(1)
