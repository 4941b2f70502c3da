"""The clocks of a contract: decide about renewal in time, and know when it runs out (P6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.models import Contract, ContractVersion
from contracts.rules.days import left
from contracts.subjects import contract_subject
from office.deadlines import api as deadlines
from office.rulebook import api as rulebook

RENEWAL, EXPIRY, AHEAD = "contracts.renewal", "contracts.expiry", "contracts.renewal_ahead"


def wind(contract: Contract, version: ContractVersion, now: datetime) -> None:
    """The version has come into force: the clocks run to its end, those of the version before it stop. With it the
    renewal, if that was what waited, is decided."""
    subject = contract_subject(contract)
    deadlines.meet(RENEWAL, subject=subject, at=now)
    deadlines.cancel(EXPIRY, subject=subject, at=now)
    if contract.not_renewed_at is not None:
        contract.not_renewed_at = None
        contract.save(update_fields=["not_renewed_at"])
    ahead = timedelta(days=rulebook.limit_rule(AHEAD, at=now).count)
    until = left(version.ends_on, now)
    if until > ahead:
        deadlines.open(RENEWAL, subject=subject, started_at=now, now=now, within=until - ahead)
    if until > timedelta():
        deadlines.open(EXPIRY, subject=subject, started_at=now, now=now, within=until)


def decided(contract: Contract, now: datetime) -> None:
    """It is to run out: nothing more is asked, and its last day is no breach."""
    subject = contract_subject(contract)
    deadlines.meet(RENEWAL, subject=subject, at=now)
    deadlines.cancel(EXPIRY, subject=subject, at=now)


def stop(contract: Contract, now: datetime) -> None:
    """It has ended."""
    deadlines.cancel(None, subject=contract_subject(contract), at=now)
