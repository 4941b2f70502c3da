"""verify_ledger [--json] [--anchor FILE]: recompute the ledger and its seals; name what does not fit (C7.5)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from office.audit.sealslog import BadAnchor
from office.audit.verify import verify
from office.terminal import TerminalCommand

#: What the line says, word for word, since programs read it; other ledgers' counts stand in the JSON.
TOLD = ("orders", "entries", "seals", "unsealed")


class Command(TerminalCommand):
    """Exit code 0 when everything fits, 1 with one line per finding, or with one sentence when the anchor cannot be
    read: then nothing was verified."""

    help = "Recompute every order, audit entry and seal, and name what was changed behind the application's back."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument("--anchor", type=Path, help="a copy of seals.log from another machine")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = verify(anchor=options["anchor"])
        except BadAnchor as error:
            if options["json"]:
                self.stdout.write(json.dumps({"ok": False, "error": str(error), "code": "anchor"}))
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"ok": report.ok, **report.counts, "tampered": report.findings}))
        elif report.ok:
            self.stdout.write("ok: " + ", ".join(f"{name} {report.counts[name]}" for name in TOLD))
        else:
            for finding in report.findings:
                self.stdout.write(f"tampered: {finding}")
        if not report.ok:
            sys.exit(1)
