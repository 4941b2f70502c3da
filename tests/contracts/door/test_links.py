"""Links: for one contact and one purpose, shown once, revocable, over in time, sent anew to the contact only."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from contracts.models import DoorEnd, DoorLetter, DoorLink, DoorVisit
from contracts.selectors import door as selectors
from contracts.services.door import links
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts.door import crossing
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("P1.3")
def test_it_keeps_a_digest_and_never_the_token() -> None:
    sent = crossing.send(crossing.contact())
    assert sent.token not in str(DoorLink.objects.values().get())
    assert selectors.find(sent.token) == sent.link
    assert selectors.find(sent.token[:-1] + ("A" if sent.token[-1] != "A" else "B")) is None


def test_a_newer_link_for_the_same_paper_ends_the_older() -> None:
    contact = crossing.contact()
    first, second = crossing.send(contact), crossing.send(contact)
    assert DoorEnd.objects.get().link == first.link
    assert selectors.state_of(selectors.link(second.link.pk), crossing.now()) is selectors.State.LIVE


def test_only_who_orders_sends_links() -> None:
    with pytest.raises(Forbidden):
        crossing.send(crossing.contact(), by=person("xu_warehouse"))


def test_a_paper_of_another_supplier_is_not_sent() -> None:
    with pytest.raises(NotFound):
        crossing.send(crossing.contact(), "order", 987_654)
    with pytest.raises(NotFound):
        crossing.send(crossing.contact("YY"), "sample", 1)


def test_a_contact_who_left_gets_none_and_loses_his() -> None:
    contact = crossing.contact()
    sent = crossing.send(contact)
    contact.active = False
    contact.save()
    assert selectors.state_of(selectors.link(sent.link.pk), crossing.now()) is selectors.State.SHUT
    with pytest.raises(Conflict):
        crossing.send(contact)
    with pytest.raises(NotFound):
        links.send_link(
            contact_id=987_654, purpose="papers", paper_id=None, by=person("luo_buyer"), now=crossing.now()
        )


def test_it_leaves_only_by_a_way_that_is_there() -> None:
    contact = crossing.contact()
    with pytest.raises(Invalid):
        crossing.send(contact, way="mail")
    crossing.mail()
    crossing.send(contact, way="mail")
    assert DoorLetter.objects.get().kind == "link"


def test_revoked_it_opens_nothing_and_who_is_inside_is_out() -> None:
    visitor = crossing.inside(crossing.send(crossing.contact()))
    assert visitor.client.get(visitor.at("papers")).status_code == 200
    links.revoke(link_id=visitor.link.pk, text="换人了", by=person("luo_buyer"), now=crossing.now())
    assert visitor.client.get(visitor.at("papers")).status_code == 302
    assert visitor.client.get(visitor.at("enter")).status_code == 410
    with pytest.raises(Conflict):
        links.revoke(link_id=visitor.link.pk, text="", by=person("luo_buyer"), now=crossing.now())
    with pytest.raises(NotFound):
        links.revoke(link_id=987_654, text="", by=person("luo_buyer"), now=crossing.now())


def test_over_it_is_sent_anew_to_the_contact_and_not_to_whoever_asks() -> None:
    crossing.sms()
    visitor = crossing.inside(crossing.send(crossing.contact()))
    with time_machine.travel(crossing.now() + dt.timedelta(days=31), tick=True):
        assert visitor.client.get(visitor.at("papers")).status_code == 302
        page = visitor.client.get(visitor.at("enter"))
        assert page.status_code == 410
        assert "138****1111" in page.content.decode()
        answer = visitor.client.post(visitor.at("again"), {"way": "sms"})
        assert answer.status_code == 200
        newest = DoorLink.objects.latest("pk")
        assert (newest.renews, newest.by, newest.contact) == (visitor.link, None, visitor.link.contact)
        # What was sent lets in only with a code: the browser that asked is still outside.
        assert visitor.client.get(visitor.at("papers")).status_code == 302
        for _time in range(2):
            assert visitor.client.post(visitor.at("again"), {"way": "sms"}).status_code == 200
        assert visitor.client.post(visitor.at("again"), {"way": "sms"}).status_code == 429


def test_a_revoked_or_very_old_link_is_not_sent_anew() -> None:
    crossing.sms()
    visitor = crossing.outside(crossing.send(crossing.contact()))
    assert visitor.client.post(visitor.at("again"), {"way": "sms"}).status_code == 409
    with time_machine.travel(crossing.now() + dt.timedelta(days=130), tick=True):
        assert visitor.client.post(visitor.at("again"), {"way": "sms"}).status_code == 409
    with time_machine.travel(crossing.now() + dt.timedelta(days=40), tick=True):
        assert visitor.client.post(visitor.at("again"), {"way": "pigeon"}).status_code == 422


def test_the_database_opens_to_nobody_without_a_code() -> None:
    sent = crossing.send(crossing.contact())
    visitor = crossing.inside(sent)
    visit = DoorVisit.objects.get()
    now = crossing.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        DoorVisit.objects.filter(pk=visit.pk).update(expires_at=now + dt.timedelta(days=300))
    visit.code.used_at = None
    with pytest.raises(IntegrityError), transaction.atomic():
        visit.code.save()
    other = crossing.send(crossing.contact("YY"))
    with pytest.raises(IntegrityError), transaction.atomic():
        DoorVisit.objects.create(
            link=other.link, code=visit.code, digest="0" * 64, at=now, expires_at=now + dt.timedelta(hours=1)
        )
    assert visitor.client.get(visitor.at("papers")).status_code == 200
