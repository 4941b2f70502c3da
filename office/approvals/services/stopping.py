"""The run ends or pauses without the decision of its step."""

from __future__ import annotations

from office.approvals.models import Run, Seat, Step
from office.approvals.services.context import Context
from office.approvals.services.telling import deciders, holders
from office.deadlines import api as deadlines


def waited_on(act: Context) -> set[int]:
    """Whom the run waits on now: who decides, or, once agreed, the executor. Asked before `stop`."""
    told = deciders(act, Seat.objects.filter(run=act.run, state=Seat.State.ACTIVE))
    if act.run.state == Run.State.AGREED and act.run.executor:
        told |= holders(act, [act.run.executor])
    return told


def stop(act: Context) -> None:
    """What was not decided is cancelled, clocks stop."""
    Seat.objects.filter(run=act.run, state=Seat.State.ACTIVE).update(state=Seat.State.CLOSED)
    Step.objects.filter(run=act.run, state__in=[Step.State.WAITING, Step.State.ACTIVE]).update(
        state=Step.State.CANCELLED, closed_at=act.now
    )
    deadlines.cancel(None, subject=act.run.as_subject, at=act.now)
