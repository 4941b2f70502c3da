"""rotate_keys: put everything under the newest key of ECDEPT_KEYS; with --reindex, rebuild the keyed indexes under a
new index key too. May be stopped and started again at any time."""

from __future__ import annotations

import datetime as dt
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from office import crypto
from office.audit import api as audit
from office.audit import index_key
from office.subjects import Subject
from office.terminal import TerminalCommand

#: How long to wait for transactions that may have written under the key before.
PATIENCE = 120.0  # seconds
_LOOK_AGAIN = 0.2
_MARGIN = 1.0


class Command(TerminalCommand):
    """Prints "NAME N" for each kind of thing that was re-wrapped or made anew. Exit code 1 when something needs a key
    that is not configured: what was done until then stays done."""

    help = (
        "Re-wrap every data key and secret under the newest key of ECDEPT_KEYS. With --reindex, make a new index key"
        " and rebuild the indexes by which customers are found (after a leak)."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--step", type=int, default=500, help="how many per transaction")
        parser.add_argument(
            "--reindex", action="store_true", help="rebuild every keyed index under a new index key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        step = max(options["step"], 1)
        self._rewrap(step)
        if options["reindex"]:
            self._reindex(step)

    def _rewrap(self, limit: int) -> None:
        newest = crypto.newest_key_id()
        done: dict[str, int] = {}
        for name, step in sorted(crypto.resealers.items()):
            done[name] = 0
            try:
                while count := step(limit):
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

    def _reindex(self, limit: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [index_key.LOCK])
            if not cursor.fetchone()[0]:
                raise CommandError("Another run is rebuilding the indexes.")
        try:
            self._heard_of(index_key.announce(now=timezone.now()))
            self._heard_of(index_key.exchange(now=timezone.now()))
            self._ended()
            done: Counter[str] = Counter(dict.fromkeys(sorted(crypto.reindexers), 0))
            try:
                for name, count in index_key.walk(limit):
                    done[name] += count
            except crypto.Unreadable as error:
                raise CommandError(
                    f"{error}; the indexes are under two keys until this is run to its end"
                ) from error
            index_key.finish(done=done, now=timezone.now())
            for name, count in done.items():
                self.stdout.write(f"{name} {count}")
            self.stdout.write("every index is under a new index key; the old one is destroyed")
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [index_key.LOCK])

    def _heard_of(self, since: dt.datetime) -> None:
        """Returns when every process knows what was changed `since`."""
        left = crypto.INDEX_KEYS_TRUSTED + _MARGIN - (timezone.now() - since).total_seconds()
        if left > 0:
            self.stderr.write(f"waiting {left:.0f} s until every process knows of the new key …")
            time.sleep(min(left, crypto.INDEX_KEYS_TRUSTED + _MARGIN))

    def _ended(self) -> None:
        """Returns when the transactions that are running now have ended: they may write under the key before."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text")
            newer = cursor.fetchone()[0]
            until = time.monotonic() + PATIENCE
            while True:
                cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::xid8", [newer])
                if cursor.fetchone()[0]:
                    return
                if time.monotonic() > until:
                    raise CommandError("A transaction has been open for minutes; end it and run this again.")
                time.sleep(_LOOK_AGAIN)
