"""Each quarter a person shows that the private key still exists, by opening a stored file with it. What is kept: who,
when, which key, which file. The key itself passes through and is forgotten."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backups.container import Broken, Reader, WrongKey
from backups.models import BackupKey, BackupRun, KeyProof
from backups.rules.said import said
from backups.services import genuine, storing
from backups.services.running import MAY
from backups.services.telling import audience
from office import boxes
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.selectors import require

if TYPE_CHECKING:
    from office.staff.models import Employee

SCHEDULE, CLOCK = "backups.key_proof", "backups.prove_key"


@transaction.atomic
def open_proof(*, now: datetime) -> KeyProof | None:
    """Ask for the proof of the quarter, if there is a key that it could be asked of; None while one is open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('backups.proof'))")
        if not cursor.fetchone()[0]:
            return None
    key = BackupKey.objects.order_by("-pk").first()
    if key is None:
        return None
    rule = rulebook.schedule_rule(SCHEDULE, at=now)
    due = rulebook.latest_run(rule, now)
    if key.made_at >= due or KeyProof.objects.filter(proved_at=None).exists():
        return None  # a key of this quarter was shown to exist by being printed
    if KeyProof.objects.filter(opened_for__gte=due).exists():
        return None
    proof = KeyProof(opened_for=due, clause=rule.clause, opened_at=now, due_at=now)
    proof.save()
    clock = deadlines.open(
        CLOCK,
        subject=proof.subject,
        started_at=now,
        now=now,
        targets={"holder": "|".join(sorted(rulebook.positions_with(MAY, at=now)))},
    )
    proof.due_at = clock.due_at
    proof.save(update_fields=["due_at"])
    audit.record("backups.proof_asked", subject=proof.subject, by=None, now=now, clause=rule.clause)
    notices.notify(
        "backups.proof_asked",
        recipients=audience(now),
        source="key_proof",
        source_id=proof.pk,
        subject=proof.subject,
        clause=rule.clause,
        params={"due_at": clock.due_at.isoformat()},
        now=now,
    )
    return proof


def prove_key(*, text: str, by: Employee, now: datetime) -> KeyProof:
    """`text` is the private key as it was printed; with it the newest stored backup is opened. Forbidden; Conflict
    (nothing asked for, or nothing stored); Invalid when it is not a key, or not this one."""
    require(by, MAY, now)
    run = (
        BackupRun.objects.filter(kind="database", state="done")
        .select_related("key")
        .order_by("-made_at")
        .first()
    )
    path = storing.present(run) if run is not None else None
    if run is None or path is None:
        raise Conflict(_("There is no stored backup to open yet."), code="no_backup")
    _open_with(text, path, run)
    with transaction.atomic():
        proof = KeyProof.objects.select_for_update().filter(proved_at=None).order_by("opened_for").first()
        if proof is None:
            raise Conflict(_("No proof is asked for now."), code="none_open")
        proof.proved_at, proof.proved_by, proof.key, proof.run = now, by, run.key, run
        proof.save(update_fields=["proved_at", "proved_by", "key", "run"])
        deadlines.meet(CLOCK, subject=proof.subject, at=now)
        audit.record(
            "backups.key_proved",
            subject=proof.subject,
            by=by,
            now=now,
            clause=proof.clause,
            data={"key": run.key.fingerprint if run.key else "", "backup": run.backup_id, "file": path.name},
        )
    return proof


def _open_with(text: str, path: Path, run: BackupRun) -> None:
    try:
        reader = Reader(path)
        _must_be_of(reader, run)
        keys = reader.keys_with(boxes.key_of_text(text))
        reader.sealed_manifest(keys)
    except boxes.WrongKeyText:
        raise _wrong(
            _("This is not the whole key as it was printed: a letter is wrong, missing or too many.")
        ) from None
    except WrongKey:
        raise _wrong(_("This is a key, but not the one that opens the newest backup.")) from None
    except (Broken, OSError) as error:
        raise Conflict(
            _("The newest backup cannot be opened: %(words)s") % {"words": said(str(error))}, code="broken"
        ) from error


def _must_be_of(reader: Reader, run: BackupRun) -> None:
    """A file that somebody else sealed to our key, or an older one of ours, proves nothing. Conflict. Only one without
    a stamp is read whole: it must be the very bytes that were recorded."""
    if reader.id != run.backup_id:
        raise Conflict(
            _("The newest backup is not there: another backup lies in its place (%(file)s).")
            % {"file": reader.path.name},
            code="other",
        )
    if not reader.genuine() and not genuine.shown_by(reader, reader.check()):
        raise Conflict(
            _(
                "Nothing shows that %(file)s was written here: it bears no stamp under a key of ECDEPT_KEYS and is "
                "not the file that was recorded."
            )
            % {"file": reader.path.name},
            code="unproven",
        )


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="key", errors=[{"path": "key", "code": "wrong", "message": message}])
