"""A backup from being due to lying on the disk, proven. One at a time, whoever asks: an advisory lock of the database.

The process that does it may be killed at any instant: what it wrote has no name yet, the lock falls, and the next one
finds a run that says it is running while nobody holds the lock. That run is tried again, like one that failed.
"""

from __future__ import annotations

import contextlib
import errno
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from backups import container, programs, stores
from backups.container import Reader
from backups.errors import Failed
from backups.models import BackupRun, Certificate, Copy
from backups.rules import keeping
from backups.rules.clock import Clock, going_on
from backups.services import books, drilling, dumping, erasures, filing, keys, listing
from backups.services.telling import tell
from office.audit import api as audit
from office.errors import Conflict, Invalid
from office.rulebook import api as rulebook
from office.rulebook.selectors import require

if TYPE_CHECKING:
    from office.staff.models import Employee

log = structlog.get_logger(__name__)

DATABASE, ORDERS, MAY = "backups.database", "orders.backup", "backups.run"
RULE_OF = {BackupRun.Kind.DATABASE: DATABASE, BackupRun.Kind.ORDERS: ORDERS}
LOCK = 7_311_905_113


@contextlib.contextmanager
def only_one() -> Iterator[bool]:
    """Whether we are the one that may work, until the block ends. The lock is the session's: killed, we lose it."""
    session = programs.owner().connect()
    session.autocommit = True
    try:
        with session.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            yield bool(cursor.fetchone()[0])
    finally:
        session.close()


@transaction.atomic
def ask(*, kind: str, by: Employee | None, now: datetime, cause: str = BackupRun.Cause.ASKED) -> BackupRun:
    """Ask for a backup now. Forbidden; Invalid; Conflict (`no_key`, `running`: one is on its way already)."""
    if by is not None:
        require(by, MAY, now)
    if kind not in RULE_OF:  # files are packed with the database whose rows name them
        raise Invalid(_("Choose what is to be backed up."), errors=[])
    if keys.current_key() is None:
        raise Conflict(
            _("There is no backup key yet. Make one on the server: ./dev manage backup_keygen"), code="no_key"
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('backups.ask'))")
    open_ = BackupRun.objects.filter(kind=kind, state__in=("waiting", "running")).first()
    if open_ is not None:
        raise Conflict(_("A backup is on its way already."), code="running", run=open_.pk)
    run = BackupRun(
        kind=kind,
        cause=cause,
        clause=rulebook.schedule_rule(RULE_OF[BackupRun.Kind(kind)], at=now).clause,
        asked_at=now,
        asked_by=by,
        next_at=now,
    )
    if kind == BackupRun.Kind.ORDERS:
        books.fill_in(run)
    run.save()
    audit.record(
        "backups.asked", subject=run.subject, by=by, now=now, clause=run.clause, data={"cause": cause}
    )
    return run


@transaction.atomic
def plan(*, now: datetime) -> list[BackupRun]:
    """The runs that the rulebook's schedules have made due and that are not there yet. None before there is a key."""
    if keys.current_key() is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('backups.ask'))")
    rule = rulebook.schedule_rule(DATABASE, at=now)
    due = rulebook.latest_run(rule, now)
    made = []
    newest = BackupRun.objects.filter(kind=BackupRun.Kind.DATABASE)
    if (
        not newest.filter(asked_at__gte=due).exists()
        and not newest.filter(state__in=("waiting", "running")).exists()
    ):
        made.append(
            BackupRun(
                kind=BackupRun.Kind.DATABASE, cause=BackupRun.Cause.SCHEDULE, clause=rule.clause, due_at=due,
                asked_at=now, next_at=now,
            )
        )  # fmt: skip
    made += books.due(now=now)
    for run in made:
        run.save()
    return made


def work(*, now: datetime) -> BackupRun | None:
    """Do the next run that is due, if nobody else works. What went wrong is on the run."""
    clock = going_on(now)
    with only_one() as mine:
        if not mine:
            return None
        _take_up_killed(clock())
        _undrilled(clock())
        run = (
            BackupRun.objects.filter(state=BackupRun.State.WAITING, next_at__lte=clock())
            .order_by("next_at", "pk")
            .first()
        )
        return perform(run=run, now=clock()) if run is not None else None


def perform(*, run: BackupRun, now: datetime) -> BackupRun:
    """Make the backup of a run; the caller holds the lock. Answers the run as it is afterwards."""
    started, clock = time.monotonic(), going_on(now)
    run.state, run.started_at, run.attempts = BackupRun.State.RUNNING, clock(), run.attempts + 1
    # Known before anything is written: what a killed process leaves can be told from what is nobody's.
    run.backup_id = books.id_of(run) if run.kind == BackupRun.Kind.ORDERS else str(uuid.uuid4())
    run.save(update_fields=["state", "started_at", "attempts", "backup_id"])
    try:
        if run.kind == BackupRun.Kind.DATABASE:
            _database(run, started, clock)
        elif run.kind == BackupRun.Kind.FILES:
            _files(run, started, clock)
        else:
            _orders(run, started, clock)
    except Exception as error:  # noqa: BLE001 - kept on the run, told and tried again
        _failed(run, error, clock())
    return run


def _database(run: BackupRun, started: float, clock: Clock) -> None:
    folder = stores.local_folder()
    container.clear_partials(folder)
    key = keys.current_key()
    if key is None:
        raise _no_key()
    known = erasures.publish(now=clock())
    dumped = dumping.dump_database(
        folder=folder, to=keys.recipients(), clause=run.clause, book=_book(clock()), erasures=known,
        backup_id=run.backup_id,
    )  # fmt: skip
    try:
        made = {"main": dumped.main, "keys": dumped.keys}
        run.key, run.made_at = key, dumped.made_at
        _done(run, made, time.monotonic() - started, clock())
        pack_files(clause=run.clause, cause=run.cause, now=clock())
        certify(run=run, dumped=dumped, now=clock())
    finally:
        dumped.forget()
    erasures.publish(now=clock(), force=True)


def pack_files(*, clause: str, cause: str, now: datetime) -> None:
    """Pack the files that rows name and no pack holds. What fails is on its own run, told and tried again."""
    clock = going_on(now)
    while (run := filing.plan(clause=clause, cause=cause, now=clock())) is not None:
        if perform(run=run, now=clock()).state != BackupRun.State.DONE:
            break
        # The first time it may take hours; whoever is erased meanwhile is on the list all the same.
        erasures.publish(now=clock())
        listing.send(now=clock())


def _files(run: BackupRun, started: float, clock: Clock) -> None:
    folder = stores.local_folder()
    container.clear_partials(folder)
    key = keys.current_key()
    if key is None:
        raise _no_key()
    written, held = filing.write(run, key, folder=folder, to=keys.recipients(), now=clock())
    written.forget()
    run.key, run.made_at = key, clock()
    with transaction.atomic():
        filing.record(run, held)
        _done(run, {"main": written}, time.monotonic() - started, clock())


def _no_key() -> Failed:
    return Failed(
        "There is no backup key yet. Make one on the server: ./dev manage backup_keygen", code="no_key"
    )


def _orders(run: BackupRun, started: float, clock: Clock) -> None:
    folder = stores.local_folder()
    container.clear_partials(folder)
    key = keys.current_key()
    if key is None:
        raise _no_key()
    written = books.write(run, folder=folder, to=keys.recipients(), now=clock())
    written.forget()
    run.key, run.made_at = key, run.due_at or run.asked_at
    _done(run, {"main": written}, time.monotonic() - started, clock())


def _done(run: BackupRun, files: dict[str, container.Written], seconds: float, now: datetime) -> None:
    main = files["main"]
    with transaction.atomic():
        run.state, run.finished_at, run.error, run.error_code = BackupRun.State.DONE, now, "", ""
        run.backup_id, run.manifest, run.seconds = str(main.manifest["id"]), main.manifest, round(seconds, 3)
        run.save()
        elsewhere = stores.offsite() is not None
        for role, written in files.items():
            facts = {"run": run, "role": role, "name": written.path.name, "size": written.size,
                     "sha256": written.sha256}  # fmt: skip
            Copy.objects.create(place=Copy.Place.LOCAL, stored_at=now, seen_at=now, **facts)
            if elsewhere:
                Copy.objects.create(place=Copy.Place.OFFSITE, next_at=now, **facts)
        audit.record(
            "backups.made",
            subject=run.subject,
            by=None,
            now=now,
            clause=run.clause,
            data={"backup": run.backup_id, "file": main.path.name, "size": main.size, "sha256": main.sha256},
        )


def certify(*, run: BackupRun, dumped: dumping.Dumped, now: datetime) -> Certificate:
    """Drill, and write what was found."""
    began, clock = now, going_on(now)
    found = drilling.drill(dumped)
    compared = filing.compare(found.named, run=run, now=clock())
    found.findings += compared.findings
    now = clock()
    with transaction.atomic():
        certificate = Certificate(
            run=run, clause=rulebook.schedule_rule("backups.restore_drill", at=began).clause,
            began_at=began, at=max(now, began), good=found.good, file=dumped.main.path.name, sha256=dumped.main.sha256,
            restore_seconds=round(found.restore_seconds, 3), verify_seconds=round(found.verify_seconds, 3),
            tables=found.tables, rows=found.rows, orders=found.orders, entries=found.entries, sampled=found.sampled,
            findings=found.findings, words=found.words, files=compared.files, missing=compared.missing,
        )  # fmt: skip
        certificate.save()
        audit.record(
            "backups.drilled",
            subject=certificate.subject,
            by=None,
            now=now,
            clause=certificate.clause,
            data={
                "run": run.pk,
                "good": found.good,
                "sha256": dumped.main.sha256,
                "findings": len(found.findings),
                "missing": len(compared.missing),
            },
        )
        if not found.good:
            what = found.words or found.findings[0]
            tell(
                "backups.drill_failed",
                run,
                step=0,
                clause=certificate.clause,
                params={"what": what[:400]},
                now=now,
            )
    return certificate


def _failed(run: BackupRun, error: Exception, now: datetime) -> None:
    words, code = said(error)
    if code == "unexpected":
        log.exception("a backup failed", run=run.pk)
    kept = BackupRun.objects.get(pk=run.pk)
    if kept.state == BackupRun.State.DONE:
        log.error("a backup is made, but what follows it failed", run=run.pk, words=words)
        return
    with transaction.atomic():
        run.manifest, run.key, run.made_at = None, None, None
        run.error, run.error_code = words[:500], code
        if run.attempts >= keeping.MOST_ATTEMPTS:
            run.state, run.finished_at = BackupRun.State.FAILED, now
        else:
            run.state, run.finished_at = BackupRun.State.WAITING, None
            run.next_at = now + keeping.wait_after(run.attempts)
        run.save()
        audit.record(
            "backups.failed",
            subject=run.subject,
            by=None,
            now=now,
            clause=run.clause,
            data={
                "attempt": run.attempts,
                "code": code,
                "words": words[:300],
                "given_up": run.state == "failed",
            },
        )
        tell(
            "backups.failed", run, step=run.attempts, clause=run.clause, params={"what": words[:400]}, now=now
        )


def said(error: Exception) -> tuple[str, str]:
    """(a sentence, a code) of what went wrong; `rules.said` says it in the reader's language."""
    if isinstance(error, Failed):
        return str(error), error.code
    if isinstance(error, container.Broken):
        return str(error), "broken"
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return f"The disk is full: {error.strerror}.", "disk"
        return f"The file could not be written: {error.strerror or error}.", "disk"
    return f"{type(error).__name__}: {error}", "unexpected"


def _take_up_killed(now: datetime) -> None:
    """We hold the lock, so nobody works on a run that says it is running."""
    for run in BackupRun.objects.filter(state=BackupRun.State.RUNNING):
        _take_away(run)
        _failed(run, Failed("The process that made it was ended in the middle.", code="killed"), now)


def _take_away(run: BackupRun) -> None:
    """What a killed run has written whole and not recorded: it is made anew, and nobody would ever clear it."""
    for path in stores.local_folder().glob(f"{run.kind}-*{container.SUFFIX}"):
        try:
            its = Reader(path).id == run.backup_id
        except (container.Broken, OSError):
            continue
        if its and not Copy.objects.filter(name=path.name).exists():
            path.unlink(missing_ok=True)


def _undrilled(now: datetime) -> None:
    """We hold the lock, so no drill goes on: a backup without a certificate had its drill ended in the middle, and the
    keys that could have opened it are forgotten. Not proven is failed."""
    clause = rulebook.schedule_rule("backups.restore_drill", at=now).clause
    for run in BackupRun.objects.filter(kind="database", state=BackupRun.State.DONE, certificates=None):
        copy = Copy.objects.filter(run=run, role=Copy.Role.MAIN).order_by("pk").first()
        what = "The drill was ended in the middle."
        Certificate(
            run=run, clause=clause, began_at=run.finished_at or now, at=now, good=False, restore_seconds=0,
            verify_seconds=0, file=copy.name if copy else "", sha256=copy.sha256 if copy else "", words=what,
        ).save()  # fmt: skip
        tell("backups.drill_failed", run, step=0, clause=clause, params={"what": what}, now=now)


def _book(now: datetime) -> str:
    book = rulebook.book(now)
    return f"{book.code} #{book.version_id}"


def recovery_point(now: datetime) -> timedelta | None:
    """RPO: how much would be lost if everything here were lost now: the age of the newest proven backup."""
    newest = (
        Certificate.objects.filter(good=True)
        .order_by("-run__made_at")
        .values_list("run__made_at", flat=True)
        .first()
    )
    return now - newest if newest is not None else None


def recovery_time() -> timedelta | None:
    """RTO: how long the newest good drill took, from opening the file to having verified it."""
    newest = Certificate.objects.filter(good=True).order_by("-pk").first()
    return newest.duration if newest is not None else None
