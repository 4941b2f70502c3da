"""The recovery key in the safe: the first one is made at set-up; another one takes a second person."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault_book
from accounts.models import Account, RecoveryKey
from accounts.selectors import vault
from accounts.services.vault import duties
from office import boxes
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Forbidden
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import words
from office.staff.models import Employee
from office.subjects import Subject

ANOTHER = "accounts.new_recovery_key"


def mark_of(public: bytes) -> str:
    """Eight letters by which paper, request and page are seen to be of the same key."""
    return hashlib.sha256(b"recovery key" + public).hexdigest()[:8].upper()


def subject_of(key: RecoveryKey) -> Subject:
    return Subject("recovery_key", str(key.pk), f"{mark_of(bytes(key.public))} ({key})")


def _require(by: Employee, now: datetime) -> str:
    clause = rulebook.permission_rule(vault_book.OVERSEE, now).clause
    if not vault_book.by_post(by, vault_book.OVERSEE, now):
        raise Forbidden(_("The general manager makes the recovery key."), clause=clause)
    return clause


@sensitive_variables()
@transaction.atomic
def make(*, by: Employee, now: datetime) -> str:
    """The first one's text, to print; only the public half stays. Raises Forbidden, Conflict (`two_people`: there is
    one)."""
    clause = _require(by, now)
    if RecoveryKey.objects.exists():
        raise Conflict(
            _("There is a recovery key already. Another one takes a second person: ask for it."),
            code="two_people",
            clause=clause,
        )
    pair = boxes.new_pair()
    _comes_in(RecoveryKey(public=pair.public, made_by=by, made_at=now), by=by, now=now, clause=clause)
    return boxes.key_text(pair.private)


@sensitive_variables()
@transaction.atomic
def ask_another(*, reason: str, by: Employee, now: datetime) -> tuple[approvals.Run, str]:
    """Another one, which counts once a second person has agreed: the request, and the text to print. Raises Forbidden,
    Invalid, Conflict (`no_recovery_key`: the first one is made alone), Refused (one is on its way)."""
    _require(by, now)
    said = words(reason, path="reason", longest=200, missing=_("Please give the reason."))
    present = RecoveryKey.objects.filter(ended_at=None).first()
    if present is None:
        raise Conflict(_("There is none yet that another one could replace."), code="no_recovery_key")
    pair = boxes.new_pair()
    run = approvals.submit(
        kind=ANOTHER,
        subject=subject_of(present),
        payload={"replaces": present.pk, "public": pair.public.hex(), "reason": said},
        by=by,
        now=now,
    )
    return run, boxes.key_text(pair.private)


def agreed(*, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The former one is no longer sealed to; the secrets are sealed to the new one by whoever unlocks next, and
    everybody who may keep accounts is told."""
    former = RecoveryKey.objects.select_for_update().get(pk=payload["replaces"], ended_at=None)
    former.ended_at = now
    former.save(update_fields=["ended_at"])
    made = RecoveryKey(public=bytes.fromhex(payload["public"]), made_by=run.requester, made_at=now, run=run)
    _comes_in(made, by=by, now=now, clause=run.clause)


def _comes_in(made: RecoveryKey, *, by: Employee | None, now: datetime, clause: str) -> None:
    made.save()
    data = {"mark": mark_of(bytes(made.public)), "run": made.run_id}
    subject = subject_of(made)
    audit.record("accounts.make_recovery_key", subject=subject, by=by, now=now, clause=clause, data=data)
    notices.notify(
        "accounts.recovery_key", recipients=vault.all_custodian_ids(now) - {made.made_by_id}, subject=subject,
        source="recovery_key", source_id=made.pk, now=now, clause=clause, params={"by": made.made_by.name},
    )  # fmt: skip
    duties.let_in(Account.objects.filter(state=Account.State.OPEN).select_related("facts"), now=now)
