"""Verbs, clocks, notices, pages of subjects of the backups."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from backups.kinds import restore
from backups.models import BackupRun
from backups.rules.said import said
from backups.services import erasures
from backups.services.proving import CLOCK
from office import crypto
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import numbered, register_subject

_STORE = {"old": _("it is too old"), "missing": _("it is not there any more")}


def _backup_said(label: str) -> str:
    """ "database #3" as its reader says it; a request that is about one calls it otherwise."""
    kind, _space, number = label.partition(" ")
    kinds = dict(BackupRun.Kind.choices)
    return _now("{kind} backup {number}").format(kind=kinds[kind], number=number) if kind in kinds else label


def register() -> None:
    audit.register_verbs(
        {
            "backups.key_made": _("Backup key made"),
            "backups.asked": _("Backup asked for"),
            "backups.made": _("Backup made"),
            "backups.failed": _("Backup failed"),
            "backups.drilled": _("Restore drill"),
            "backups.sent": _("Backup sent off site"),
            "backups.removed": _("Copy of a backup taken away"),
            "backups.proof_asked": _("Proof of the backup key asked for"),
            "backups.key_proved": _("Backup key proved"),
            "backups.restore_permitted": _("Overwriting a database permitted"),
            "backups.upgrade_dumped": _("Dumped before an upgrade"),
            "backups.restored": _("Database restored from a backup"),
        }
    )
    approvals.register_kind(restore.kind())
    deadlines.register_kind(CLOCK, title=_("proving the backup key"))
    notices.register_kind(
        "backups.failed", title=_("Backup failed"), text=_("{label}: {what}"), detail=said, mutable=False
    )
    notices.register_kind(
        "backups.drill_failed",
        title=_("Restore drill failed"),
        text=_("{label} could not be proven: {what}"),
        detail=said,
        mutable=False,
    )
    notices.register_kind(
        "backups.files_gone",
        title=_("Files are missing"),
        text=_("{label}: rows name {count} files that lie on no disk and in no backup, such as {what}"),
        mutable=False,
    )
    notices.register_kind(
        "backups.not_sent",
        title=_("Backup not sent off site"),
        text=_("{label}: {what}"),
        detail=said,
        mutable=False,
    )
    notices.register_kind(
        "backups.list_unsent",
        title=_("List of erasures not sent off site"),
        text=_("Until it is there, customers erased since would come back if this server were lost: {what}"),
        detail=said,
        mutable=False,
    )
    notices.register_kind(
        "backups.list_gone",
        title=_("List of erasures gone off site"),
        text=_(
            "It is not in the store any more, or not as it was sent; it is sent again. Look who took it away."
        ),
        mutable=False,
    )
    notices.register_kind(
        "backups.list_changed",
        title=_("Somebody changed the list of erasures"),
        text=_("It was set aside and begun anew from the database; look who did it: {what}"),
        detail=said,
        mutable=False,
    )
    notices.register_kind(
        "backups.offsite",
        title=_("Off-site copy"),
        text=_("The off-site copy of {label}: {what}."),
        detail=lambda what: _STORE.get(what, what),
        mutable=False,
    )
    notices.register_kind(
        "backups.proof_asked",
        title=_("Prove the backup key"),
        text=_("Show by {due_at} that the private key of the backups still exists."),
    )
    crypto.register_resealer("erasures", erasures.resign)
    register_subject("backup", _("backup"), lambda pk: reverse("backups:run", args=[pk]), _backup_said)
    register_subject(
        "drill",
        _("restore drill"),
        lambda pk: reverse("backups:certificate", args=[pk]),
        numbered(_("Restore drill")),
    )
    register_subject("backup_key", _("backup key"), lambda _pk: reverse("backups:list"))
    register_subject("key_proof", _("proof of the backup key"), lambda _pk: reverse("backups:list"))
    register_subject("database", _("database"))
    register_subject("erasures", _("list of erasures"), lambda _pk: reverse("backups:list"))
