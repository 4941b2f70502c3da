"""Telling the partner: a call that was made, words that leave by mail or a channel, and the clock that they stop."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction

from cms.models import PartnerContact, PartnerDispatch, PartnerNotice, SiteIncident
from cms.services import partner
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import channels, senders
from office.notices.models import Notice
from tests.cms.sites import MINUTE, NOON, incident, mall
from tests.people import person

pytestmark = pytest.mark.django_db
PARTNER = "紫文科技有限公司"


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def call(opened: SiteIncident, **given: Any) -> PartnerNotice:
    fields = {
        "partner": "紫文科技有限公司",
        "whom": "周工",
        "text": "首页有木马",
        "at": None,
        "now": NOON + 5 * MINUTE,
        **given,
    }
    return partner.record_call(incident_id=opened.pk, by=person("wei_webmaster"), **fields)


def send(opened: SiteIncident, **given: Any) -> PartnerNotice:
    fields = {
        "partner": "紫文科技有限公司",
        "contact_id": None,
        "channel_id": None,
        "text": "首页有木马",
        "now": NOON + MINUTE,
        **given,
    }
    return partner.send_notice(incident_id=opened.pk, by=person("wei_webmaster"), **fields)


def contact(email: str = "duty@partner.example") -> PartnerContact:
    return partner.save_contact(
        contact_id=None, name="值班台", phone="0756-1234567", email=email, active=True,
        by=person("wei_webmaster"), now=NOON,
    )  # fmt: skip


def met(opened: SiteIncident) -> Any:
    return next(c for c in deadlines.of(opened.subject) if c.rule == "cms.report_incident").met_at


@pytest.mark.clause("C6.3")
def test_a_call_counts_from_its_own_minute() -> None:
    opened = incident()
    notice = call(opened, at=NOON + 2 * MINUTE)
    opened.refresh_from_db()
    assert (opened.state, opened.told_at, met(opened)) == ("told", NOON + 2 * MINUTE, NOON + 2 * MINUTE)
    assert (notice.way, notice.whom, notice.written_at) == ("phone", "周工", NOON + 5 * MINUTE)


@pytest.mark.clause("C6.3")
def test_mail_stops_the_clock_when_it_is_taken_not_when_it_is_written() -> None:
    opened = incident()
    send(opened, contact_id=contact().pk)
    opened.refresh_from_db()
    assert opened.state == "acknowledged"
    assert met(opened) is None
    assert partner.send_waiting(now=NOON + 2 * MINUTE) == 1
    opened.refresh_from_db()
    assert (opened.state, met(opened)) == ("told", NOON + 2 * MINUTE)
    assert mail.outbox[0].to == ["duty@partner.example"]
    assert "首页有木马" in mail.outbox[0].body
    assert partner.send_waiting(now=NOON + 3 * MINUTE) == 0


def test_a_mail_that_is_not_taken_leaves_the_clock_running_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = incident()
    send(opened, contact_id=contact().pk)

    def down(*_args: Any) -> None:
        raise senders.SendFailed("ConnectionRefusedError")

    monkeypatch.setattr(senders, "send", down)
    assert partner.send_waiting(now=NOON + 2 * MINUTE) == 0
    dispatch = PartnerDispatch.objects.get()
    assert (dispatch.state, dispatch.attempts, dispatch.last_error) == (
        "waiting",
        1,
        "ConnectionRefusedError",
    )
    assert met(opened) is None
    assert Notice.objects.filter(kind="cms.partner_not_told:virus").exists()
    for _try in range(9):
        dispatch.refresh_from_db()
        partner.send_waiting(now=dispatch.next_at)
    dispatch.refresh_from_db()
    assert dispatch.state == "dead"


def test_a_channel_takes_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[str, str]] = []
    monkeypatch.setattr(senders, "send", lambda kind, _config, message: taken.append((kind, message.text)))
    robot = channels.create_channel(
        name="合作公司群", kind="dingtalk", config={"url": "https://robot.example/x"}, urgent_only=False,
        positions=[], people=[], by=None, now=NOON,
    )  # fmt: skip
    opened = incident()
    send(opened, channel_id=robot.pk)
    partner.send_waiting(now=NOON + 2 * MINUTE)
    assert taken == [("dingtalk", "紫文科技有限公司 合作公司群: 首页有木马")]


def test_a_message_that_arrives_after_the_end_changes_no_state() -> None:
    opened = incident("abnormal")
    send(opened, contact_id=contact().pk)
    SiteIncident.objects.filter(pk=opened.pk).update(state="resolved", resolved_at=NOON)
    partner.send_waiting(now=NOON + 2 * MINUTE)
    opened.refresh_from_db()
    assert (opened.state, opened.told_at) == ("resolved", NOON + 2 * MINUTE)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"at": NOON + 60 * MINUTE}, "at"),
        ({"at": NOON - 2 * MINUTE}, "at"),
        ({"partner": "另一家公司"}, "partner"),
        ({"whom": " "}, "whom"),
        ({"text": ""}, "text"),
        ({"text": "x" * 1001}, "text"),
    ],
)
def test_a_call_that_cannot_be(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        call(incident(), **given)
    assert [error["path"] for error in refused.value.errors] == [path]


@pytest.mark.parametrize("given", [{}, {"contact_id": 987654}, {"channel_id": 987654}])
def test_a_message_needs_an_address(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        send(incident(), **given)
    with pytest.raises(Invalid):
        send(SiteIncident.objects.get(), contact_id=contact(email="").pk)


def test_only_who_handles_incidents_tells() -> None:
    opened = incident()
    with pytest.raises(Forbidden):
        partner.record_call(
            incident_id=opened.pk, partner=PARTNER, whom="x", text="y", at=None, by=person("lin_editor"), now=NOON
        )  # fmt: skip


def test_a_settled_incident_is_not_told_any_more() -> None:
    opened = incident("other")
    SiteIncident.objects.filter(pk=opened.pk).update(state="resolved", resolved_at=NOON)
    with pytest.raises(Conflict):
        call(opened)


def test_what_was_told_stands() -> None:
    notice = call(incident())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE cms_partnernotice SET text = 'x' WHERE id = %s", [notice.pk])


@pytest.mark.clause("M4.3")
def test_the_mall_names_its_own_partner() -> None:
    mall()
    assert partner.partners(NOON) == ["珠海旗云科技", "铭万公司"]


def test_a_contact_has_a_name_of_its_own_and_can_be_reached() -> None:
    first = contact()
    with pytest.raises(Conflict):
        contact()
    with pytest.raises(Invalid):
        partner.save_contact(
            contact_id=first.pk,
            name="值班台",
            phone="",
            email="",
            active=True,
            by=person("wei_webmaster"),
            now=NOON,
        )
    with pytest.raises(NotFound):
        partner.save_contact(
            contact_id=987654,
            name="y",
            phone="1",
            email="",
            active=True,
            by=person("wei_webmaster"),
            now=NOON,
        )
    with pytest.raises(Forbidden):
        partner.save_contact(
            contact_id=None, name="z", phone="1", email="", active=True, by=person("lin_editor"), now=NOON
        )
