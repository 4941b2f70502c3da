"""Copies off site, whether they are still there, and how long copies stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from backups import stores
from backups.container import SUFFIX
from backups.errors import Failed
from backups.models import BackupRun, Certificate, Copy
from backups.rules import keeping
from backups.rules.clock import going_on
from backups.services import filing, upgrading
from backups.services.dumping import KEYS_SUFFIX
from backups.services.telling import tell
from office.audit import api as audit
from office.rulebook import api as rulebook

log = structlog.get_logger(__name__)

_LOOK_EVERY = timedelta(hours=6)
#: A backup is never taken away within a day of being made.
_YOUNG = timedelta(days=1)


def send(*, now: datetime) -> int:
    """Send what waits to go off site; how many files went. A store not reached is tried again later, and told."""
    store, clock = stores.offsite(), going_on(now)
    if store is None:
        return 0
    _adopt(clock())
    sent = 0
    waiting = Copy.objects.filter(
        place=Copy.Place.OFFSITE, stored_at=None, removed_at=None, next_at__lte=clock()
    ).select_related("run")
    for copy in waiting.order_by("pk")[:20]:
        path = stores.local_folder() / copy.name
        try:
            if not path.is_file():
                raise Failed(f"{copy.name} is not here any more and was never sent.", code="missing")
            store.put(path, copy.name, copy.sha256)
        except Failed as error:
            _not_sent(copy, error, clock())
            continue
        now = clock()
        with transaction.atomic():
            copy.stored_at, copy.seen_at, copy.missing_at, copy.error = now, now, None, ""
            copy.save(update_fields=["stored_at", "seen_at", "missing_at", "error"])
            audit.record(
                "backups.sent", subject=copy.run.subject, by=None, now=now, clause=copy.run.clause,
                data={"file": copy.name, "to": store.name},
            )  # fmt: skip
        sent += 1
    return sent


def _newest(place: str) -> Q:
    """Copies that a restore would need: of the newest backup of the database and of orders, and every pack of files."""
    needed = Q(run__kind=BackupRun.Kind.FILES)
    for kind in (BackupRun.Kind.DATABASE, BackupRun.Kind.ORDERS):
        there = Copy.objects.filter(
            run=OuterRef("pk"), role=Copy.Role.MAIN, place=place, removed_at=None, stored_at__isnull=False
        )
        runs = BackupRun.objects.filter(Exists(there), kind=kind, state=BackupRun.State.DONE)
        needed |= Q(run__in=runs.order_by("-made_at").values("pk")[:1])
    return needed


def _adopt(now: datetime) -> None:
    """What was made before the store was named goes there as well: packs are written once, and every backup of the
    database needs all of them."""
    same = Copy.objects.filter(run=OuterRef("run"), role=OuterRef("role"), place=Copy.Place.OFFSITE)
    here = Copy.objects.filter(_newest(Copy.Place.LOCAL), ~Exists(same), place=Copy.Place.LOCAL)
    here = here.filter(removed_at=None, missing_at=None, stored_at__isnull=False)
    found = [
        Copy(
            run_id=each.run_id, role=each.role, place=Copy.Place.OFFSITE, name=each.name, size=each.size,
            sha256=each.sha256, next_at=now,
        )
        for each in here.order_by("pk")
    ]  # fmt: skip
    if found:
        Copy.objects.bulk_create(found, ignore_conflicts=True)


def _not_sent(copy: Copy, error: Failed, now: datetime) -> None:
    with transaction.atomic():
        copy.attempts += 1
        copy.error, copy.next_at = str(error)[:300], now + keeping.wait_after(copy.attempts)
        copy.save(update_fields=["attempts", "error", "next_at"])
        if copy.attempts == 1 or copy.attempts % 5 == 0:
            tell(
                "backups.not_sent", copy.run, step=copy.attempts, clause=copy.run.clause,
                params={"what": str(error)[:400]}, now=now,
            )  # fmt: skip


def look(*, now: datetime) -> str:
    """Ask the store every few hours for what a restore would need; tell people when it is missing or too old, and send
    again what is not there any more. Answers "", "none", "missing" or "old", of the newest backup of the database."""
    store = stores.offsite()
    if store is None:
        return ""
    newest = (
        Copy.objects.filter(
            place=Copy.Place.OFFSITE, role=Copy.Role.MAIN, run__kind="database", removed_at=None
        )
        .exclude(stored_at=None)
        .select_related("run")
        .order_by("-run__made_at")
        .first()
    )
    lost = _look_at_needed(store, now)
    if newest is None:
        return "none"
    if newest.run_id in lost:
        return "missing"
    limit = rulebook.limit_rule("backups.offsite_age", at=now)
    made_at = newest.run.made_at or newest.run.asked_at
    if now - made_at <= limit.span:
        return ""
    _tell_of_store(newest, "old", limit.clause, now)
    return "old"


def _look_at_needed(store: stores.Store, now: datetime) -> set[int]:
    """Ids of the runs of which a file that was stored is not there."""
    lost = set()
    there = Copy.objects.filter(_newest(Copy.Place.OFFSITE), place=Copy.Place.OFFSITE, removed_at=None)
    for copy in there.exclude(stored_at=None).select_related("run").order_by("pk"):
        due = copy.seen_at is None or now - copy.seen_at >= _LOOK_EVERY
        if due and not _see(store, copy, now):
            break  # not reached: so are the others not
        if copy.missing_at is None:
            continue
        lost.add(copy.run_id)
        _tell_of_store(copy, "missing", copy.run.clause, now)
        if due:
            _send_again(store, copy)
    return lost


def _tell_of_store(copy: Copy, what: str, clause: str, now: datetime) -> None:
    """Once a day."""
    days = (now - (copy.run.made_at or copy.run.asked_at)).days
    tell("backups.offsite", copy.run, step=days, clause=clause, params={"what": what}, now=now)


def _send_again(store: stores.Store, copy: Copy) -> None:
    """Where it still lies here as it was written."""
    path = stores.local_folder() / copy.name
    if not path.is_file() or stores.digest_of(path) != copy.sha256:
        return
    try:
        store.put(path, copy.name, copy.sha256)
    except Failed as error:
        copy.error = str(error)[:300]
    else:
        copy.missing_at, copy.error = None, ""
    copy.save(update_fields=["missing_at", "error"])


def _see(store: stores.Store, copy: Copy, now: datetime) -> bool:
    """Whether the store answered."""
    try:
        seen = store.head(copy.name)
    except Failed as error:
        copy.error = str(error)[:300]
        copy.save(update_fields=["error"])
        return False
    whole = seen is not None and seen.size == copy.size and seen.sha256 in ("", copy.sha256)
    copy.seen_at = now
    copy.missing_at = None if whole else (copy.missing_at or now)
    copy.save(update_fields=["seen_at", "missing_at"])
    return True


def clear(*, now: datetime) -> int:
    """Take away what the rulebook does not keep: backups beyond the last days, weeks, months and years, customers' keys
    beyond their days. How many files went."""
    kept_rule = rulebook.parameter_rule("backups.retention", at=now)
    counts = {name: kept_rule.integer(name) for name in ("daily", "weekly", "monthly", "yearly")}
    keys_until = now - rulebook.limit_rule("backups.keys_kept", at=now).span
    removed = _clear_strays(keys_until, now) + upgrading.clear(until=keys_until)
    for run in filing.superseded():
        for copy in Copy.objects.filter(run=run, removed_at=None).select_related("run"):
            removed += _remove(copy, now)
    for kind in (
        BackupRun.Kind.DATABASE,
        BackupRun.Kind.ORDERS,
    ):  # packs of files stay while they hold something
        runs = BackupRun.objects.filter(
            kind=kind, state=BackupRun.State.DONE, copies__removed_at=None
        ).distinct()
        made = {run.pk: run.made_at for run in runs if run.made_at is not None}
        keep = keeping.to_keep(made, **counts) | {pk for pk, at in made.items() if now - at < _YOUNG}
        proven = (
            Certificate.objects.filter(good=True, run__in=list(made))
            .order_by("-run__made_at")
            .values_list("run", flat=True)
        )
        keep |= set(proven[:1])
        for copy in Copy.objects.filter(run__in=list(made), removed_at=None).select_related("run"):
            too_old = copy.role == Copy.Role.KEYS and made[copy.run_id] < keys_until
            if (too_old or copy.run_id not in keep) and _remove(copy, now):
                removed += 1
    return removed


def _clear_strays(until: datetime, now: datetime) -> int:
    """Customers' keys that no record knows (a killed run's, or from before a restore) do not outlive their days, here
    or off site. A main file that a killed run left without its keys goes after a day: it looks whole and is not."""
    folder = stores.local_folder()
    here = {each.name: datetime.fromtimestamp(each.stat().st_mtime, UTC) for each in folder.glob("*.ecbak")}
    keys = _unknown(name for name, at in here.items() if name.endswith(KEYS_SUFFIX) and at < until)
    # Older ones stay: they may be backups that a restored database does not know, whose keys had their time.
    halves = _unknown(
        name
        for name, at in here.items()
        if name.startswith("database-")
        and not name.endswith(KEYS_SUFFIX)
        and name.removesuffix(SUFFIX) + KEYS_SUFFIX not in here
        and until < at < now - _YOUNG
    )
    for name in keys | halves:
        (folder / name).unlink(missing_ok=True)
    return len(keys) + len(halves) + _clear_strays_there(until)


def _clear_strays_there(until: datetime) -> int:
    """A store that is not reached is asked again in an hour."""
    store = stores.offsite()
    if store is None:
        return 0
    try:
        there = store.names()
        strays = _unknown(name for name, at in there.items() if name.endswith(KEYS_SUFFIX) and at < until)
        for name in strays:
            store.delete(name)
    except Failed as error:
        log.warning("keys off site that no record knows were not cleared", words=str(error))
        return 0
    return len(strays)


def _unknown(names: Iterable[str]) -> set[str]:
    """Those of which no record says that they lie somewhere."""
    found = set(names)
    return found - set(Copy.objects.filter(name__in=found, removed_at=None).values_list("name", flat=True))


def _remove(copy: Copy, now: datetime) -> bool:
    try:
        if copy.place == Copy.Place.LOCAL:
            (stores.local_folder() / copy.name).unlink(missing_ok=True)
        else:
            store = stores.offsite()
            if store is None:
                return False
            store.delete(copy.name)
    except (Failed, OSError) as error:
        copy.error = str(error)[:300]
        copy.save(update_fields=["error"])
        return False
    with transaction.atomic():
        copy.removed_at = now
        copy.save(update_fields=["removed_at"])
        audit.record(
            "backups.removed", subject=copy.run.subject, by=None, now=now, clause=copy.run.clause,
            data={"file": copy.name, "place": copy.place, "role": copy.role},
        )  # fmt: skip
    return True


def present(run: BackupRun, role: str = Copy.Role.MAIN) -> Path | None:
    """Where a run's file lies on this server; None when it does not."""
    copy = Copy.objects.filter(run=run, role=role, place=Copy.Place.LOCAL, removed_at=None).first()
    path = stores.local_folder() / copy.name if copy else None
    return path if path is not None and path.is_file() else None
