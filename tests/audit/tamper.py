"""A database superuser who puts the triggers to sleep."""

from __future__ import annotations

import datetime as dt
import time
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection

from conftest import _admin
from office.audit import sealing

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
#: Seconds: longer than the longest test beside this one takes on a busy machine.
WAIT = 300


def as_superuser(*statements: str) -> None:
    _admin(str(connection.settings_dict["NAME"]), "SET session_replication_role = replica", *statements)


def wait_for_others() -> None:
    """Transactions of other databases of the cluster hold the sealer back too, those of tests that run beside this one
    among them: wait until they have passed what is written by now."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot()) > coalesce(max(tx), '0'::xid8) FROM audit_entry"
                " WHERE tx < pg_snapshot_xmax(pg_current_snapshot())"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError(f"a transaction of another test has been open for {WAIT} seconds")


def seal_now(now: dt.datetime = NOW) -> sealing.Sealing:
    """Seal everything that is written by now, without waiting for the tests beside this one."""
    with patch.object(sealing, "_horizon", _horizon_here):
        return sealing.seal(now=now)


def _horizon_here(cursor: Any) -> int:
    """The oldest transaction that still runs in this database, which no other worker writes to. The sealer asks the
    whole cluster, whose other databases are those of other workers: with them it would wait for their longest test."""
    cursor.execute(
        "SELECT coalesce((SELECT min(backend_xid::text::bigint) FROM pg_stat_activity WHERE datname ="
        " current_database()), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)"
    )
    return int(cursor.fetchone()[0])


def verify(*, anchor: Path | None = None, as_json: bool = False) -> tuple[int, str]:
    """(exit code, output) of verify_ledger."""
    out = StringIO()
    try:
        call_command("verify_ledger", anchor=anchor, json=as_json, stdout=out)
    except SystemExit as done:
        return int(done.code or 0), out.getvalue()
    return 0, out.getvalue()
