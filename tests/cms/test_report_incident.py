"""An incident opened by hand: clocks, who is told, one live of a kind, refusals."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from cms.models import SiteIncident
from cms.services import incidents
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.cms.sites import MINUTE, NOON, incident, site
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C6.3", "W2")
def test_two_clocks_begin_and_the_partners_runs_thirty_minutes() -> None:
    opened = incident()
    due = {clock.rule: clock.due_at - NOON for clock in deadlines.of(opened.subject)}
    assert due == {"cms.acknowledge": 10 * MINUTE, "cms.report_incident": 30 * MINUTE}
    assert opened.state == "open"
    assert opened.opened_by == person("lin_editor")


def test_who_handles_incidents_is_told_at_once() -> None:
    webmaster, support = person("wei_webmaster"), person("cai_support")
    incident()
    told = set(
        Notice.objects.filter(kind="cms.incident:virus", urgent=True).values_list("recipient", flat=True)
    )
    assert told == {webmaster.pk, support.pk}


def test_a_second_one_of_the_kind_points_to_the_first() -> None:
    watched = site()
    first = incident(watched=watched)
    with pytest.raises(Conflict) as refused:
        incident(watched=watched)
    assert refused.value.code == "live"
    assert refused.value.params["incident"] == first.pk
    incident("intrusion", watched)
    assert SiteIncident.objects.count() == 2


def test_the_database_keeps_one_live_incident_of_a_kind() -> None:
    opened = incident()
    with pytest.raises(IntegrityError, match="incident_one_live"), transaction.atomic():
        SiteIncident.objects.create(site=opened.site, kind="virus", title="x", opened_at=NOON)


def test_who_may_not_look_may_not_report() -> None:
    with pytest.raises(Forbidden) as refused:
        incidents.report_incident(
            site_id=site().pk, kind="virus", title="x", detail="", by=person("li_lei"), now=NOON
        )
    assert refused.value.clause == "W2"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"kind": "flood"}, "kind"),
        ({"detail": "y" * 2001}, "detail"),
    ],
)
def test_what_is_not_acceptable_names_its_field(given: dict[str, str], path: str) -> None:
    fields = {"kind": "virus", "title": "x", "detail": "", **given}
    with pytest.raises(Invalid) as refused:
        incidents.report_incident(site_id=site().pk, **fields, by=person("lin_editor"), now=NOON)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_a_site_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        incidents.report_incident(
            site_id=987654, kind="virus", title="x", detail="", by=person("lin_editor"), now=NOON
        )


@pytest.mark.parametrize(
    ("change", "law"),
    [
        (
            "state = 'closed', resolved_at = now(), closed_at = now(), cause = 'x', prevention = 'y'",
            "no move from open to closed",
        ),
        ("state = 'resolved'", "incident_state_fits"),
        ("title = 'other'", "began stands"),
        ("kind = 'other'", "began stands"),
    ],
)
def test_the_database_refuses_what_no_verb_does(change: str, law: str) -> None:
    opened = incident()
    with pytest.raises(IntegrityError, match=law), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE cms_siteincident SET {change} WHERE id = %s", [opened.pk])


def test_the_database_deletes_no_incident() -> None:
    opened = incident()
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cms_siteincident WHERE id = %s", [opened.pk])
