"""verify_ledger [--json] [--anchor FILE]: recompute the ledger and its seals; name what does not fit (C7.5)."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from office.audit.sealslog import BadAnchor
from office.audit.verify import verify


class Command(BaseCommand):
    """Exit code 0 when everything fits, 1 with one line per finding, 2 when the anchor cannot be read."""

    help = "Recompute every order, audit entry and seal, and name what was changed behind the application's back."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument("--anchor", type=Path, help="a copy of seals.log from another machine")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = verify(anchor=options["anchor"])
        except OSError as error:
            raise CommandError(
                _("%(file)s cannot be opened.") % {"file": options["anchor"]}, returncode=2
            ) from error
        except BadAnchor as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps({"ok": report.ok, **report.counts, "tampered": report.findings}))
        elif report.ok:
            self.stdout.write("ok: " + ", ".join(f"{name} {count}" for name, count in report.counts.items()))
        else:
            for finding in report.findings:
                self.stdout.write(f"tampered: {finding}")
        if not report.ok:
            sys.exit(1)
