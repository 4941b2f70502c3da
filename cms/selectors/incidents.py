"""Reading incidents: lists, one incident with what can be done, what waits on a person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from cms.models import PartnerNotice, SiteIncident
from cms.rules import incidents as rules
from cms.selectors.said import timeline
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import NotFound

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
State = SiteIncident.State
#: Tabs of the list: word → (name, states).
TABS: dict[str, tuple[StrOrPromise, tuple[str, ...]]] = {
    "live": (_("Open now"), SiteIncident.LIVE),
    "due": (_("Post-mortem due"), (State.RESOLVED,)),
    "closed": (_("Closed"), (State.CLOSED,)),
}
#: Acts by state, the one that moves it on first.
ACTS: dict[str, tuple[str, ...]] = {
    State.OPEN: ("acknowledge", "call", "send", "resolve", "note"),
    State.ACKNOWLEDGED: ("call", "send", "resolve", "note"),
    State.TOLD: ("resolve", "call", "send", "note"),
    State.RESOLVED: ("close", "note"),
    State.CLOSED: (),
}
CLOCK_OF = {
    State.OPEN: rules.ACKNOWLEDGE,
    State.ACKNOWLEDGED: rules.REPORT,
    State.RESOLVED: rules.POST_MORTEM,
}


@dataclass(frozen=True, slots=True)
class IncidentLine:
    """One incident in a list with the clock that counts next, if one runs."""

    incident: SiteIncident
    clock: Deadline | None


def listed(tab: str, *, before: int | None = None) -> list[IncidentLine]:
    """One page and one more, newest first; two queries."""
    rows = SiteIncident.objects.filter(state__in=TABS[tab][1]).select_related(
        "site", "acknowledged_by", "opened_by"
    )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return with_clocks(list(rows.order_by("-pk")[: PAGE + 1]))


def with_clocks(incidents: list[SiteIncident]) -> list[IncidentLine]:
    """The next clock of each, by one query."""
    running = Deadline.objects.filter(
        subject_type="site_incident",
        subject_id__in=[str(incident.pk) for incident in incidents],
        state=Deadline.State.OPEN,
    )
    clocks = {(clock.subject_id, clock.rule): clock for clock in running}
    return [
        IncidentLine(each, clocks.get((str(each.pk), CLOCK_OF.get(State(each.state), ""))))
        for each in incidents
    ]


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Everything on an incident's page. `acts`: what this person may do now."""

    incident: SiteIncident
    clocks: list[Deadline]
    notices: list[PartnerNotice]
    rows: list[dict[str, Any]]
    acts: tuple[str, ...]


def incident_page(pk: int, permissions: Collection[str]) -> IncidentPage:
    """Raises NotFound."""
    incident = (
        SiteIncident.objects.select_related(
            "site", "opened_by", "acknowledged_by", "resolved_by", "closed_by"
        )
        .filter(pk=pk)
        .first()
    )
    if incident is None:
        raise NotFound(_("There is no such incident."))
    acts = ACTS[State(incident.state)]
    if "cms.handle_incident" not in permissions:
        acts = tuple(act for act in acts if act == "note")
    return IncidentPage(
        incident,
        deadlines.of(incident.subject),
        list(incident.notices.select_related("by", "dispatch").order_by("-pk")),
        timeline(incident.subject),
        acts,
    )


def waiting_for(permissions: Collection[str], limit: int = 20) -> list[IncidentLine]:
    """What waits on somebody who handles incidents: to be taken on, to be told, to be learned from."""
    if "cms.handle_incident" not in permissions:
        return []
    rows = SiteIncident.objects.exclude(state=State.CLOSED).select_related("site").order_by("pk")
    return with_clocks(list(rows[:limit]))
