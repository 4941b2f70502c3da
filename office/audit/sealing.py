"""The sealer: every minute, one at a time, what can no longer change is sealed (DESIGN.md, audit).

An entry becomes visible when its transaction commits, which may be long after its id was given. So the sealer first
reads h, the oldest transaction still running, and then, in a second statement with a later snapshot, takes every entry
with `previous h <= tx < h`: all of those transactions had ended when h was read, so nothing can appear behind it, and
nobody who writes ever waits.

Transaction ids restart in another cluster. When the system identifier differs from the last seal's, the database was
restored: while nobody writes to the trail, which a lock sees to, one seal takes everything that is not sealed yet and
opens a new era. Restored before anything was sealed, it has no seal to show that: an empty one stands for the cluster
before, and the same follows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import OperationalError, ProgrammingError, connection, transaction

from office.audit import sealslog
from office.audit.canonical import seal_digest, seal_header
from office.audit.merkle import nodes_sql, root_of
from office.audit.models import Incident, Seal
from office.audit.services import incident
from office.subjects import Subject

log = structlog.get_logger(__name__)

#: Advisory lock of the sealer.
LOCK = 7_311_905_001
#: Unsealed for longer: an alarm.
ALARM_AFTER = dt.timedelta(minutes=5)
_ALARM_AGAIN = dt.timedelta(hours=1)
_STAND_STILL = 5_000  # milliseconds
NO_DIGEST = b"\0" * 32


@dataclass(frozen=True, slots=True)
class Sealing:
    """What one run did. `unsealed` entries were left, the oldest written at `oldest`."""

    seal: Seal | None
    unsealed: int
    oldest: dt.datetime | None


def seal(*, now: dt.datetime, restored: bool = False) -> Sealing:
    """Seal what can be sealed, publish seals to seals.log, raise the alarm when something waits too long.
    `restored`: of a database that has just come out of a backup and is not in use yet; seals.log is another's."""
    made = None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if cursor.fetchone()[0]:
            made = _seal(cursor, now, restored=restored)
    if made is not None:
        log.info("sealed", seal_id=made.pk, sealed=made.entries)
    if not restored:
        sealslog.publish(now)
    count, oldest = unsealed()
    if not restored and oldest is not None and now - oldest > ALARM_AFTER:
        _alarm(count, now)
    return Sealing(made, count, oldest)


def _seal(cursor: Any, now: dt.datetime, *, restored: bool) -> Seal | None:
    last = Seal.objects.order_by("-id").first()
    system = system_identifier(cursor)
    if last is None and restored:
        last = _write(cursor, None, now, era=1, system="", h=0, leaves=0, last_id=0, root=NO_DIGEST)
    if last is None or last.system_identifier == system:
        h = _horizon(cursor)
        first, opened_at = (int(last.h), opened_at_of(last)) if last else (0, 0)
        where, values = "tx >= %s::xid8 AND tx < %s::xid8 AND id > %s", [str(first), str(h), opened_at]
        era = last.era if last else 1
    else:
        if not _stand_still(cursor):
            log.warning("a new era waits: the trail is being written to")
            return None
        h = _horizon(cursor)
        where = "id > %s OR (id > %s AND tx >= %s::xid8)"
        values, era = [last.last_id, opened_at_of(last), str(last.h)], last.era + 1
    # A new era is opened even when nothing was left over: its first seal says from which id on it counts.
    cursor.execute(nodes_sql(where), values)
    nodes, leaves, last_id = [], 0, last.last_id if last else 0
    for node, count, highest in cursor.fetchall():
        nodes.append(bytes(node))
        leaves += count
        last_id = max(last_id, highest)
    if not nodes and (last is None or last.era == era):
        return None
    root = root_of(nodes) or NO_DIGEST
    return _write(cursor, last, now, era=era, system=system, h=h, leaves=leaves, last_id=last_id, root=root)


def _write(
    cursor: Any,
    last: Seal | None,
    now: dt.datetime,
    *,
    era: int,
    system: str,
    h: int,
    leaves: int,
    last_id: int,
    root: bytes,
) -> Seal:
    cursor.execute("SELECT nextval('audit_seal_id_seq')")
    seal_id = int(cursor.fetchone()[0])
    previous = bytes(last.digest) if last else NO_DIGEST
    header = seal_header(seal_id, era, system, str(h), now, leaves, last_id)
    return Seal.objects.create(
        id=seal_id,
        era=era,
        system_identifier=system,
        h=str(h),
        at=now,
        entries=leaves,
        last_id=last_id,
        root=root,
        previous=previous,
        digest=seal_digest(previous, root, header),
    )


def opened_at_of(last: Seal) -> int:
    """The highest id that belongs to earlier eras; 0 in the first."""
    if last.era == 1:
        return 0
    return int(Seal.objects.filter(era=last.era).order_by("id").values_list("last_id", flat=True)[0])


def system_identifier(cursor: Any) -> str:
    """Which cluster this is. Where pg_control_system() is not granted, the database's oid has to do."""
    try:
        with transaction.atomic():
            cursor.execute("SELECT system_identifier FROM pg_control_system()")
            return str(cursor.fetchone()[0])
    except ProgrammingError:
        cursor.execute("SELECT 'database ' || oid FROM pg_database WHERE datname = current_database()")
        return str(cursor.fetchone()[0])


def _horizon(cursor: Any) -> int:
    """The oldest transaction that still runs."""
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    return int(cursor.fetchone()[0])


def _stand_still(cursor: Any) -> bool:
    """Wait until nobody writes to the trail, and let nobody begin to until this transaction ends. Only for a new era:
    a row of an earlier cluster and one of this are told apart by their ids alone. False when it took too long."""
    try:
        with transaction.atomic():
            cursor.execute(f"SET LOCAL lock_timeout = {_STAND_STILL}; LOCK TABLE audit_entry IN SHARE MODE")
            return True
    except OperationalError:
        return False


def unsealed() -> tuple[int, dt.datetime | None]:
    """How many entries wait for a seal, and when the oldest was written."""
    last = Seal.objects.order_by("-id").first()
    first, opened_at = (str(last.h), opened_at_of(last)) if last else ("0", 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(at) FROM audit_entry WHERE tx >= %s::xid8 AND id > %s", [first, opened_at]
        )
        count, oldest = cursor.fetchone()
    return count, oldest


def _alarm(count: int, now: dt.datetime) -> None:
    log.error("entries are unsealed for too long", unsealed=count)
    if not Incident.objects.filter(kind="unsealed", at__gt=now - _ALARM_AGAIN).exists():
        incident(
            "unsealed",
            subject=Subject("trail", "", ""),
            now=now,
            detail=f"{count} entries are unsealed for over {ALARM_AFTER.seconds // 60} minutes",
            channel="sealer",
        )
