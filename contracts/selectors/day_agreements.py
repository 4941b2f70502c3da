"""What suppliers, contracts and work plans ask of one person, for my day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from contracts.models import Certificate, ContractVersion, Milestone, PlanDocument
from contracts.selectors import departing
from contracts.selectors.day import Waiting
from contracts.selectors.records import called
from office.approvals.models import Run
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook
from office.staff.models import Employee

KEEP, LIMIT = "contracts.suppliers", 20
CERTIFICATE, RENEWAL = "contracts.certificate", "contracts.renewal"
STEP, GATHER, EXPIRY = "work.milestone", "work.gather", "work.document"
#: Steps and documents stand in the day so long before they are due.
AHEAD = timedelta(days=7)


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """At most LIMIT of each kind; nothing where the book in force, an older one, has no such rules."""
    if not (rulebook.has_rule(CERTIFICATE, now) and rulebook.has_rule(STEP, now)):
        return []
    found = list(_plans(person, now))
    if rulebook.holds(person, KEEP, now):
        found += [*_running_out(now), *_unsigned(now)]
    return found


def _plans(person: Employee, now: datetime) -> Iterator[Waiting]:
    """Steps and documents that are this person's."""
    ahead = rulebook.deadline_rule(EXPIRY, at=now).warn_before or AHEAD
    open_ = Deadline.objects.filter(holder_id=person.pk, state=Deadline.State.OPEN)
    soon = open_.filter(rule__in=(STEP, GATHER), due_at__lt=now + AHEAD) | open_.filter(
        rule=EXPIRY, due_at__lt=now + ahead
    )
    clocks = list(soon.order_by("due_at")[:LIMIT])
    if not clocks:
        return
    keys = [int(clock.subject_id) for clock in clocks]
    steps = Milestone.objects.select_related("plan").in_bulk(keys)
    documents = PlanDocument.objects.select_related("plan").in_bulk(keys)
    words = {
        STEP: (_("Finish a step of the plan"), _("Finish")),
        GATHER: (_("Get a document"), _("Hand in")),
        EXPIRY: (_("Renew a document"), _("Renew")),
    }
    for clock in clocks:
        of_step = clock.rule == STEP
        thing = (steps if of_step else documents).get(int(clock.subject_id))
        if thing is None:
            continue
        title, action = words[clock.rule]
        where, key = ("contracts:plan_step", "finish") if of_step else ("contracts:plan_document", "hand-in")
        yield Waiting(
            title, str(thing), thing.plan.title, reverse(where, args=[thing.pk, key]), action, clock.due_at,
            clock.started_at, clock.clause,
        )  # fmt: skip


def _running_out(now: datetime) -> Iterator[Waiting]:
    """Certificates to be renewed and renewals to be decided."""
    ahead = rulebook.deadline_rule(CERTIFICATE, at=now).warn_before or AHEAD
    clocks = list(
        Deadline.objects.filter(
            rule__in=(CERTIFICATE, RENEWAL), state=Deadline.State.OPEN, due_at__lt=now + ahead
        ).order_by("due_at")[: 2 * LIMIT]
    )
    keys = [int(clock.subject_id) for clock in clocks if clock.rule == CERTIFICATE]
    papers = Certificate.objects.select_related("supplier").in_bulk(keys) if keys else {}
    names = rulebook.book(now).names
    for clock in clocks:
        if clock.rule == RENEWAL:
            yield Waiting(
                _("Decide about the renewal"), clock.label, "", reverse("contracts:contract", args=[clock.subject_id]),
                _("Look and decide"), clock.due_at, clock.started_at, clock.clause,
            )  # fmt: skip
        elif (paper := papers.get(int(clock.subject_id))) is not None:
            yield Waiting(
                _("Ask for a new certificate"), called(paper, names),
                paper.supplier.name, reverse("contracts:supplier", args=[paper.supplier_id]), _("Look"), clock.due_at,
                clock.started_at, clock.clause,
            )  # fmt: skip


def _unsigned(now: datetime) -> Iterator[Waiting]:
    """Versions that wait for a side's scan."""
    later = ContractVersion.objects.filter(contract=OuterRef("contract"), n__gt=OuterRef("n"))
    found = ContractVersion.objects.filter(force=None, contract__ended_at=None).exclude(Exists(later))
    clause = rulebook.permission_rule(KEEP, at=now).clause
    rows = list(
        found.select_related("contract__supplier").annotate(signed=Count("signatures")).order_by("at")[:LIMIT]
    )
    live = set(
        Run.objects.filter(
            kind=departing.KIND,
            subject_id__in=[str(each.pk) for each in rows],
            state__in=("running", "agreed"),
        ).values_list("subject_id", flat=True)
    )
    for version in rows:
        if version.signed == 2 and str(version.pk) in live:
            continue  # somebody else's turn
        title, action = _("Have the contract signed"), _("Keep the scan")
        if version.signed == 2:
            title, action = _("Ask for the agreement to its terms"), _("Look and ask")
        yield Waiting(
            title, version.contract.number, version.contract.supplier.name,
            reverse("contracts:contract", args=[version.contract_id]), action, None, version.at, clause,
        )  # fmt: skip
