"""Copies off site, whether they are still there, and how long copies stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from django.db import transaction
from django.db.models import Q

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


def _not_sent(copy: Copy, error: Failed, now: datetime) -> None:
    with transaction.atomic():
        copy.attempts += 1
        copy.error, copy.next_at = str(error)[:300], now + keeping.wait_after(copy.attempts)
        copy.save(update_fields=["attempts", "error", "next_at"])
        if copy.attempts == 1 or copy.attempts % 5 == 0:
            tell(
                "backups.not_sent", copy.run, step=copy.attempts, clause=copy.run.clause,
                params={"what": str(error)[:200]}, now=now,
            )  # fmt: skip


def look(*, now: datetime) -> str:
    """Ask the store for its newest copy of the database, every few hours; tell people when it is missing or too old.
    Answers "", "none", "missing" or "old"."""
    store = stores.offsite()
    if store is None:
        return ""
    _look_at_packs(store, now)
    newest = (
        Copy.objects.filter(
            place=Copy.Place.OFFSITE, role=Copy.Role.MAIN, run__kind="database", removed_at=None
        )
        .exclude(stored_at=None)
        .select_related("run")
        .order_by("-run__made_at")
        .first()
    )
    state = "none"
    if newest is not None:
        if newest.seen_at is None or now - newest.seen_at >= _LOOK_EVERY:
            _see(store, newest, now)
        limit = rulebook.limit_rule("backups.offsite_age", at=now)
        made_at = newest.run.made_at or newest.run.asked_at
        state = "missing" if newest.missing_at else "old" if now - made_at > limit.span else ""
        if state:
            tell(
                "backups.offsite", newest.run, step=(now - made_at).days, clause=limit.clause,
                params={"what": state}, now=now,
            )  # fmt: skip
    return state


def _look_at_packs(store: stores.Store, now: datetime) -> None:
    """Every pack of files is needed, so each is looked for; one that is not there any more is told and sent again."""
    due = Q(seen_at=None) | Q(seen_at__lte=now - _LOOK_EVERY)
    packs = Copy.objects.filter(
        due, place=Copy.Place.OFFSITE, run__kind=BackupRun.Kind.FILES, removed_at=None
    )
    for copy in packs.exclude(stored_at=None).select_related("run"):
        _see(store, copy, now)
        if copy.missing_at is None:
            continue
        days = (now - (copy.run.made_at or copy.run.asked_at)).days
        tell(
            "backups.offsite",
            copy.run,
            step=days,
            clause=copy.run.clause,
            params={"what": "missing"},
            now=now,
        )
        path = stores.local_folder() / copy.name
        if path.is_file() and stores.digest_of(path) == copy.sha256:
            try:
                store.put(path, copy.name, copy.sha256)
            except Failed as error:
                copy.error = str(error)[:300]
            else:
                copy.missing_at, copy.error = None, ""
            copy.save(update_fields=["missing_at", "error"])


def _see(store: stores.Store, copy: Copy, now: datetime) -> None:
    try:
        seen = store.head(copy.name)
    except Failed as error:
        copy.error = str(error)[:300]
        copy.save(update_fields=["error"])
        return
    whole = seen is not None and seen.size == copy.size and seen.sha256 in ("", copy.sha256)
    copy.seen_at = now
    copy.missing_at = None if whole else (copy.missing_at or now)
    copy.save(update_fields=["seen_at", "missing_at"])


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
