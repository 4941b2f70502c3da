"""What the backups ask of one person, for my day: the quarter's proof, and what could not be made or proven."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from backups.models import BackupRun, Certificate, KeyProof
from backups.rules.said import said
from backups.services.running import MAY
from office.rulebook import api as rulebook
from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of my day."""

    title: str
    label: str
    detail: str
    url: str
    action: str
    due_at: datetime | None
    started_at: datetime
    clause: str


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """Of whoever runs the backups; nothing for the others."""
    if not rulebook.holds(person, MAY, now):
        return []
    return [*_proofs(), *_failed(), *_unproven()]


def _proofs() -> Iterator[Waiting]:
    for proof in KeyProof.objects.filter(proved_at=None).order_by("due_at"):
        yield Waiting(
            _("Show that the private key still exists"), f"{proof.opened_for:%Y-%m-%d}", "",
            reverse("backups:list") + "#proof", _("Prove it"), proof.due_at, proof.opened_at, proof.clause,
        )  # fmt: skip


def _failed() -> Iterator[Waiting]:
    """The newest of each kind, when it was given up."""
    newest = BackupRun.objects.exclude(state__in=("waiting", "running")).order_by("kind", "-asked_at", "-pk")
    for run in newest.distinct("kind"):
        if run.state == BackupRun.State.FAILED:
            yield Waiting(
                _("Mend the backup and make it again"), f"{run.get_kind_display()} #{run.pk}",
                said(run.error), reverse("backups:run", args=[run.pk]), _("Look"), None, run.asked_at, run.clause,
            )  # fmt: skip


def _unproven() -> Iterator[Waiting]:
    """The newest drill, when it showed nothing good."""
    newest = Certificate.objects.select_related("run").order_by("-pk").first()
    if newest is not None and not newest.good:
        yield Waiting(
            _("Look why the backup could not be proven"), f"#{newest.run_id}",
            said(newest.words or (newest.findings or [""])[0]), reverse("backups:certificate", args=[newest.pk]),
            _("Look"), None, newest.at, newest.clause,
        )  # fmt: skip
