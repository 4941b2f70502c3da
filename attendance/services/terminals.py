"""Time clocks that push by ZKTeco's protocol: registered, let in, and their punches taken."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendance.intake.iclock import HEADER, read_lines
from attendance.intake.rows import BadRow, PunchRow
from attendance.models import Punch, PunchBatch, PunchSource, RejectedPunch, Terminal
from attendance.services.batches import IMPORT, RAW_DAYS, people_of, refuse_rows, unknown
from attendance.services.punching import Fresh, write_punches
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, wrong
from office.staff.models import Employee

VERBS = {
    "attendance.terminal_registered": _("Time clock registered for pushing"),
    "attendance.terminal_renewed": _("New address of a time clock"),
    "attendance.terminal_removed": _("Time clock no longer pushes"),
}
_SERIAL = re.compile(r"[0-9A-Za-z_-]{4,40}", re.ASCII)
_STAMP = re.compile(r"[0-9]{1,20}", re.ASCII)
#: How often what a device says of itself is written down.
NOTED = timedelta(minutes=1)
MOST_NETWORKS = 8


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def register_terminal(
    *, source_id: int, serial: str, networks: Sequence[str], zone: int, by: Employee, now: datetime
) -> str:
    """The device of a source, by its serial number, the networks it comes from and its clock's zone. Answers the
    secret part of its address, shown once; asked again, the old one stops. Raises Forbidden, NotFound, Invalid,
    Conflict (`taken`)."""
    require(by, IMPORT, now)
    source = PunchSource.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise NotFound(_("There is no such source of punches."))
    serial = serial.strip()
    if not _SERIAL.fullmatch(serial):
        raise wrong("serial", _("A serial number has 4 to 40 letters and digits; it stands on the device."))
    if not -12 <= zone <= 14:
        raise wrong("zone", _("A time zone lies between -12 and 14 hours."))
    if Terminal.objects.filter(serial=serial).exclude(source=source).exists():
        raise Conflict(_("This device belongs to another source already."), code="taken")
    token = secrets.token_urlsafe(24)
    made, new = Terminal.objects.update_or_create(
        source=source,
        defaults={
            "serial": serial,
            "networks": _networks(networks),
            "zone": zone,
            "digest": digest_of(token),
            "made_at": now,
            "refused_at": None,
            "refused_from": None,
            "refused_for": "",
        },
    )
    _record("registered" if new else "renewed", made, by, now, networks=made.networks, zone=zone)
    return token


@transaction.atomic
def remove_terminal(*, source_id: int, by: Employee, now: datetime) -> None:
    """Its address answers nobody any more; what it pushed stays. Raises Forbidden, NotFound."""
    require(by, IMPORT, now)
    found = Terminal.objects.select_related("source").filter(source=source_id).first()
    if found is None:
        raise NotFound(_("There is no such time clock."))
    _record("removed", found, by, now)
    found.delete()


def let_in(*, token: str, serial: str, address: str | None, now: datetime) -> Terminal | None:
    """The device that may push: its address, its serial number and its network fit. Why one with the right address is
    not let in is noted for who sets it up."""
    found = (
        Terminal.objects.select_related("source").filter(digest=digest_of(token), source__active=True).first()
    )
    if found is None:
        return None
    given = _address(address)
    refused = ""
    if not secrets.compare_digest(found.serial.encode(), serial.encode("utf-8", "replace")):
        refused = "serial"
    elif given is None or not any(given in ipaddress.ip_network(each) for each in found.networks):
        refused = "network"
    if refused:
        Terminal.objects.filter(pk=found.pk).update(
            refused_at=now, refused_from=str(given) if given else None, refused_for=refused
        )
        return None
    if found.seen_at is None or found.seen_at < now - NOTED:
        Terminal.objects.filter(pk=found.pk).update(seen_at=now, seen_from=str(given))
    return found


def note_firmware(*, terminal: Terminal, said: str) -> None:
    """What the device says of itself: a report, not an act."""
    kept = "".join(sign for sign in said if sign.isprintable())[:60]
    if kept and kept != terminal.firmware:
        Terminal.objects.filter(pk=terminal.pk).update(firmware=kept)


@dataclass(frozen=True, slots=True)
class Taken:
    """Lines that were read, which the device is told so that it goes on."""

    lines: int
    inserted: int
    rejected: int


@transaction.atomic
def take_punches(*, terminal: Terminal, body: bytes, stamp: str, now: datetime) -> Taken:
    """What the device pushed, into the batch of its day. The same line again is a duplicate, whatever it was at first:
    a device repeats what it was not told had arrived. A line that cannot be taken is kept, and the device goes on."""
    rows = list(read_lines(body, zone=terminal.zone, device=terminal.serial, now=now))
    source = terminal.source
    if rows:
        batch = _batch(source, now)
        people = people_of(source)
        good = [row for row in rows if isinstance(row, PunchRow)]
        fresh = [
            Fresh(people[row.number], row.at, row.direction, row.device, "\t".join(row.cells)[:500])
            for row in good
            if row.number in people
        ]
        bad = [row for row in rows if isinstance(row, BadRow)]
        bad += [unknown(row) for row in good if row.number not in people]
        inserted = write_punches(fresh, via=Punch.Via.PUSH, source_id=source.pk, batch_id=batch.pk, now=now)
        new = _new(batch, bad)
        refuse_rows(batch, new)
        PunchBatch.objects.filter(pk=batch.pk).update(
            rows_read=F("rows_read") + len(rows),
            rows_done=F("rows_done") + len(rows),
            inserted=F("inserted") + inserted,
            duplicates=F("duplicates") + len(rows) - inserted - len(new),
            rejected=F("rejected") + len(new),
            finished_at=now,
        )
    else:
        good, inserted, new = [], 0, []
    _note(terminal, good, stamp, now)
    return Taken(len(rows), inserted, len(new))


def _batch(source: PunchSource, now: datetime) -> PunchBatch:
    """One a day: a batch for every punch would bury the files among them."""
    day = timezone.localdate(now)
    found, made = PunchBatch.objects.get_or_create(
        source=source,
        message_id=f"iclock {day.isoformat()}",
        defaults={
            "state": PunchBatch.State.DONE,
            "format": source.format,
            "created_at": now,
            "finished_at": now,
            "header": list(HEADER),
            "erase_at": now + timedelta(days=rulebook.limit_rule(RAW_DAYS, at=now).count),
        },
    )
    if made:
        audit.record("attendance.punches_pushed", subject=found.subject, by=None, now=now, data={})
    return PunchBatch.objects.select_for_update().get(pk=found.pk)


def _new(batch: PunchBatch, bad: Sequence[BadRow]) -> list[BadRow]:
    """Those that were not refused in the batch before."""
    if not bad:
        return []
    known = {
        tuple(cells) for cells in RejectedPunch.objects.filter(batch=batch).values_list("cells", flat=True)
    }
    found: list[BadRow] = []
    for row in bad:
        if row.cells not in known:
            known.add(row.cells)
            found.append(row)
    return found


def _note(terminal: Terminal, good: Sequence[PunchRow], stamp: str, now: datetime) -> None:
    """Where the device goes on, and how its clock is. Only a single punch, handed over as it happened, tells that: what
    a device kept while the line was down is older than now in any case. Behind by more than an hour is such a one."""
    found: dict[str, object] = {}
    if _STAMP.fullmatch(stamp):
        found["stamp"] = stamp
    if len(good) == 1:
        ahead = int((good[0].at - now).total_seconds())
        if ahead > -3600:
            found |= {"ahead": ahead, "ahead_at": now}
    if found:
        Terminal.objects.filter(pk=terminal.pk).update(**found)


def _networks(given: Sequence[str]) -> list[str]:
    found = []
    for each in given:
        if not each.strip():
            continue
        try:
            found.append(str(ipaddress.ip_network(each.strip(), strict=False)))
        except ValueError as error:
            raise wrong(
                "networks", _("“{text}” is no network such as 192.168.1.0/24.").format(text=each.strip()[:50])
            ) from error
    if not 0 < len(found) <= MOST_NETWORKS:
        raise wrong(
            "networks", _("Name the network that the device is in, 1 to {n}.").format(n=MOST_NETWORKS)
        )
    return list(dict.fromkeys(found))


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        given = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return getattr(given, "ipv4_mapped", None) or given


def _record(what: str, terminal: Terminal, by: Employee, now: datetime, **data: object) -> None:
    audit.record(
        f"attendance.terminal_{what}", subject=terminal.source.subject, by=by, now=now, clause="C13.5",
        data={"serial": terminal.serial, **data},
    )  # fmt: skip
