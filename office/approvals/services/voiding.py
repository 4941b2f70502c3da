"""A subject that was edited while its approval runs: the run is void, and says which fields changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from office.approvals import kinds, rules
from office.approvals.models import Run
from office.approvals.selectors import runs
from office.approvals.services.context import Context, MovedOn, begin
from office.approvals.services.stopping import stop, waited_on
from office.approvals.services.telling import tell
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee


class SubjectChanged(MovedOn):
    """The subject is no longer what was asked about; the run has become void. `fields`: what changed."""

    def __init__(self, run: Run, names: list[str]) -> None:
        super().__init__(
            _("The subject has changed since this was asked for ({fields}). The request is void.").format(
                fields=kinds.field_names(run.kind, names)
            ),
            clause=run.clause,
            run=run.pk,
            state=run.state,
            revision=run.revision,
            fields=names,
            since=runs.since(run, None),
        )


def changed_fields(act: Context, texts: Mapping[str, str] | None = None) -> list[str]:
    """The fields of the subject that are no longer what they were when the paper was written. `texts`: what they are
    now, when that was asked for already."""
    if texts is None:
        texts = act.kind.fields(act.run.subject_id)
    return rules.changed(act.run.paper.fields, rules.fingerprint(texts))


def present_fields(acts: Iterable[Context]) -> dict[int, Mapping[str, str]]:
    """The fields of each act's subject as they are now, by run, as far as the kinds know many at once."""
    found: dict[int, Mapping[str, str]] = {}
    by_kind: dict[str, list[Context]] = defaultdict(list)
    for act in acts:
        by_kind[act.run.kind].append(act)
    for alike in by_kind.values():
        ask = alike[0].kind.fields_of_many
        many = ask([act.run.subject_id for act in alike]) if ask else {}
        found |= {act.run.pk: many[act.run.subject_id] for act in alike if act.run.subject_id in many}
    return found


def void_if_changed(act: Context) -> list[str]:
    """The changed fields, the run being void then; nothing when all is as it was."""
    names = changed_fields(act)
    if names:
        void(act, names)
    return names


def void(act: Context, names: list[str]) -> None:
    """The locked, live run ends: its subject is another thing now."""
    run = act.run
    told = waited_on(act)
    stop(act)
    run.state, run.ended_at, run.paused_at, run.changed_fields = Run.State.VOIDED, act.now, None, names
    act.save("state", "ended_at", "paused_at", "changed_fields")
    act.record("void", fields=names)
    act.kind.ended(run, act.by, act.now)
    tell(act, "voided", {run.requester_id, *told})


@transaction.atomic
def subject_changed(*, subject: Subject, by: Employee | None, now: datetime) -> list[Run]:
    """Called by a desk's verb after it edited a subject: live runs whose fields differ now become void.

    Answers those runs. The verb calls `hold(subject)` before it locks its own rows.
    """
    found = []
    for run_id in runs.live_on(subject.type, subject.id).order_by("id").values_list("id", flat=True):
        act = begin(run_id, by, now, None)
        if act.run.live and void_if_changed(act):
            found.append(act.run)
    return found


def hold(subject: Subject) -> None:
    """Lock the live runs of a subject before its own rows are locked: executing goes in the same order, so an edit and
    an execution wait for each other and never lock each other out."""
    list(
        runs.live_on(subject.type, subject.id)
        .order_by("id")
        .select_for_update(no_key=True)
        .values_list("id", flat=True)
    )
