"""Taking an incident on, solving it, learning from it; what each refuses."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cms.models import SiteIncident
from cms.services import incidents, partner
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.staff.models import Employee
from tests.cms.sites import MINUTE, NOON, incident
from tests.people import person

pytestmark = pytest.mark.django_db


def clocks(opened: SiteIncident) -> dict[str, str]:
    return {clock.rule: clock.state for clock in deadlines.of(opened.subject)}


def call(pk: int, minutes: int = 5) -> None:
    partner.record_call(
        incident_id=pk, partner="紫文科技有限公司", whom="值班工程师", text="首页有木马，请处理", at=None,
        by=person("wei_webmaster"), now=NOON + minutes * MINUTE,
    )  # fmt: skip


def solve(pk: int, minutes: int = 20) -> SiteIncident:
    return incidents.resolve(
        incident_id=pk,
        resolution="清除木马，恢复首页",
        by=person("wei_webmaster"),
        now=NOON + minutes * MINUTE,
    )


@pytest.mark.clause("W2")
def test_taking_it_on_stops_that_clock_and_takes_over_the_other() -> None:
    opened, webmaster = incident(), person("wei_webmaster")
    taken = incidents.acknowledge(incident_id=opened.pk, by=webmaster, now=NOON + 3 * MINUTE, seen=1)
    assert (taken.state, taken.acknowledged_by, taken.version) == ("acknowledged", webmaster, 2)
    running = deadlines.running(opened.subject, "cms.report_incident")
    assert clocks(opened)["cms.acknowledge"] == "met"
    assert running
    assert running.holder_id == webmaster.pk


def test_a_second_person_comes_too_late() -> None:
    opened = incident()
    incidents.acknowledge(incident_id=opened.pk, by=person("wei_webmaster"), now=NOON)
    with pytest.raises(Conflict) as refused:
        incidents.acknowledge(incident_id=opened.pk, by=person("cai_support"), now=NOON)
    assert refused.value.code == "state"


def test_a_stale_page_is_told_where_it_stands() -> None:
    opened = incident()
    incidents.acknowledge(incident_id=opened.pk, by=person("wei_webmaster"), now=NOON)
    with pytest.raises(Conflict):
        incidents.resolve(incident_id=opened.pk, resolution="x", by=person("cai_support"), now=NOON, seen=1)


@pytest.mark.clause("C6.3")
def test_a_virus_is_not_settled_before_the_partner_knows() -> None:
    opened = incident()
    with pytest.raises(Conflict) as refused:
        solve(opened.pk)
    assert (refused.value.code, refused.value.clause) == ("tell_first", "C6.3")
    call(opened.pk)
    assert solve(opened.pk).state == "resolved"


@pytest.mark.clause("W2")
def test_what_is_solved_in_time_needs_no_partner() -> None:
    opened = incident("abnormal")
    solved = solve(opened.pk)
    assert solved.acknowledged_by == person("wei_webmaster")
    assert clocks(opened) == {
        "cms.acknowledge": "met",
        "cms.report_incident": "cancelled",
        "cms.post_mortem": "open",
    }


def test_the_post_mortem_closes_it_and_nothing_changes_after() -> None:
    opened = incident("other")
    solve(opened.pk)
    closed = incidents.close(
        incident_id=opened.pk, cause="插件漏洞", effect="两小时", prevention="停用插件",
        by=person("wei_webmaster"), now=NOON + 60 * MINUTE,
    )  # fmt: skip
    assert closed.state == "closed"
    assert clocks(opened)["cms.post_mortem"] == "met"
    with pytest.raises(Conflict):
        incidents.add_note(incident_id=opened.pk, text="x", by=person("wei_webmaster"), now=NOON)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cms_siteincident SET cause = 'other' WHERE id = %s", [opened.pk])


@pytest.mark.parametrize("missing", ["cause", "prevention"])
def test_a_post_mortem_says_cause_and_prevention(missing: str) -> None:
    opened = incident("other")
    solve(opened.pk)
    given: dict[str, Any] = {"cause": "x", "effect": "", "prevention": "y", missing: "  "}
    with pytest.raises(Invalid) as refused:
        incidents.close(incident_id=opened.pk, **given, by=person("wei_webmaster"), now=NOON)
    assert refused.value.errors[0]["path"] == missing


def test_an_open_incident_is_not_closed() -> None:
    with pytest.raises(Conflict):
        incidents.close(
            incident_id=incident().pk,
            cause="x",
            effect="",
            prevention="y",
            by=person("wei_webmaster"),
            now=NOON,
        )


def test_solving_says_how() -> None:
    with pytest.raises(Invalid):
        incidents.resolve(
            incident_id=incident("other").pk, resolution=" ", by=person("wei_webmaster"), now=NOON
        )


def test_an_onlooker_notes_and_does_no_more() -> None:
    opened = incident()
    incidents.add_note(incident_id=opened.pk, text="手机也打不开", by=person("lin_editor"), now=NOON)
    with pytest.raises(Forbidden):
        incidents.acknowledge(incident_id=opened.pk, by=person("lin_editor"), now=NOON)
    with pytest.raises(NotFound):
        incidents.acknowledge(incident_id=987654, by=person("wei_webmaster"), now=NOON)


@pytest.mark.clause("W2")
def test_nobody_at_it_climbs_to_webmaster_and_it_manager() -> None:
    opened = incident("other")
    clock = deadlines.running(opened.subject, "cms.acknowledge")
    assert clock is not None
    assert [(to, (at - NOON) / MINUTE) for at, to in zip(clock.plan_at, clock.plan_to, strict=True)] == [
        ("webmaster", 10.0),
        ("it_manager", 20.0),
    ]


@pytest.mark.clause("W2")
def test_the_next_post_is_told_when_nobody_took_it_on() -> None:
    webmaster, manager = person("wei_webmaster"), person("qian_it")
    opened = incident("other")

    def told(who: Employee) -> list[str]:
        found = Notice.objects.filter(recipient=who, source="deadline", kind__endswith=":cms.acknowledge")
        return list(found.order_by("id").values_list("kind", flat=True))

    seen = []
    for minutes in (9, 10, 19, 20, 40):
        deadlines.settle_due(NOON + minutes * MINUTE)
        seen.append((len(told(webmaster)), told(manager)))
    up = ["deadline.escalated:cms.acknowledge"]
    assert seen == [(0, []), (1, []), (1, []), (1, up), (1, up)]
    notice = Notice.objects.get(recipient=manager, kind=up[0])
    assert (notice.subject_type, notice.subject_id) == (opened.subject.type, opened.subject.id)


def test_what_somebody_took_on_climbs_to_nobody() -> None:
    webmaster, manager = person("wei_webmaster"), person("qian_it")
    incidents.acknowledge(incident_id=incident("other").pk, by=webmaster, now=NOON + 5 * MINUTE)
    deadlines.settle_due(NOON + 25 * MINUTE)
    assert not Notice.objects.filter(recipient=manager, kind__endswith=":cms.acknowledge").exists()
