"""Codes: to the contact's own phone or mailbox, few tries, counted though refused, shut when guessed at."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from contracts.models import DoorCode, DoorEnd, DoorLetter
from contracts.rules import door as rules
from contracts.services.door import codes, letters
from office.errors import Conflict, Forbidden
from office.notices.models import Notice
from tests.contracts.door import crossing
from tests.notices.receiver import listening
from tests.people import person

pytestmark = pytest.mark.django_db


def _wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


@pytest.mark.clause("P1.3")
def test_a_text_message_carries_it_to_the_contact_s_own_number() -> None:
    with listening() as gateway:
        crossing.sms(gateway.url)
        visitor = crossing.outside(crossing.send(crossing.contact()))
        assert visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code == 302
        letters.send_waiting(now=crossing.now())
    body = gateway.requests[0].json["data"]
    assert body["phone"] == "13800001111"
    digits = re.search(r"\d{6}", body["text"])
    assert digits
    assert visitor.client.post(visitor.at("come_in"), {"code": digits[0]}).status_code == 302
    assert visitor.client.get(visitor.at("papers")).status_code == 200
    letter = DoorLetter.objects.get()
    assert (letter.state, letter.sealed) == ("sent", None)


def test_a_mail_carries_the_link_and_the_code(settings: object) -> None:
    crossing.mail()
    contact = crossing.contact()
    sent = crossing.send(contact, way="mail")
    visitor = crossing.outside(sent)
    visitor.client.post(visitor.at("code"), {"way": "mail"})
    assert letters.send_waiting(now=crossing.now()) == 2
    link, code = mail.outbox
    assert (link.to, code.to) == ([contact.mail], [contact.mail])
    assert sent.token in link.body
    digits = re.search(r"\b\d{6}\b", str(code.body))
    assert digits
    # As a phone's keyboard may write it.
    typed = " ".join(digits[0].translate(str.maketrans("0123456789", "０１２３４５６７８９")))
    assert visitor.client.post(visitor.at("come_in"), {"code": typed}).status_code == 302


def test_a_wrong_code_is_counted_though_it_is_refused() -> None:
    sent = crossing.send(crossing.contact())
    visitor = crossing.outside(sent)
    digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
    for tries in range(1, 5):
        assert visitor.client.post(visitor.at("come_in"), {"code": _wrong(digits)}).status_code == 422
        assert DoorCode.objects.get().tries == tries
    assert visitor.client.post(visitor.at("come_in"), {"code": _wrong(digits)}).status_code == 409
    assert visitor.client.post(visitor.at("come_in"), {"code": digits}).status_code == 409


def test_brute_force_shuts_the_link_and_tells_the_buyer() -> None:
    person("luo_buyer")
    sent = crossing.send(crossing.contact())
    visitor = crossing.outside(sent)
    now = crossing.now()
    for hour in range(4):
        with time_machine.travel(now + dt.timedelta(hours=2 * hour), tick=True):
            digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
            for _try in range(5):
                answer = visitor.client.post(visitor.at("come_in"), {"code": _wrong(digits)})
    assert answer.status_code == 429
    assert DoorEnd.objects.get().why == "guessed"
    assert Notice.objects.filter(kind="contracts.door_guessed", recipient=person("luo_buyer")).exists()
    assert visitor.client.get(visitor.at("enter")).status_code == 410


def test_more_codes_than_the_book_allows_in_an_hour_wait() -> None:
    crossing.sms()
    visitor = crossing.outside(crossing.send(crossing.contact()))
    for _time in range(5):
        assert visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code == 302
    assert visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code == 429


def test_a_code_is_good_for_its_minutes_once_and_only_the_newest() -> None:
    sent = crossing.send(crossing.contact())
    visitor = crossing.outside(sent)
    older = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
    digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
    if older != digits:
        assert visitor.client.post(visitor.at("come_in"), {"code": older}).status_code == 422
    with time_machine.travel(crossing.now() + dt.timedelta(minutes=11), tick=True):
        assert visitor.client.post(visitor.at("come_in"), {"code": digits}).status_code == 409
    assert visitor.client.post(visitor.at("come_in"), {"code": digits}).status_code == 302
    assert Client().post(visitor.at("come_in"), {"code": digits}).status_code == 409


def test_who_reads_a_code_out_is_on_record_and_needs_the_number() -> None:
    sent = crossing.send(crossing.contact(phone=""))
    with pytest.raises(Conflict):
        codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
    with pytest.raises(Forbidden):
        codes.read_out(link_id=sent.link.pk, by=person("xu_warehouse"), now=crossing.now())


def test_without_a_channel_the_page_says_to_call_the_buyer() -> None:
    visitor = crossing.outside(crossing.send(crossing.contact()))
    assert "采购员" in visitor.client.get(visitor.at("enter")).content.decode()
    assert visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code == 422


def test_a_guessed_link_is_not_there_and_too_many_guesses_wait() -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    for _guess in range(20):
        assert client.get(reverse("door:enter", args=[rules.new_token()])).status_code == 404
    assert client.get(reverse("door:enter", args=["短"])).status_code == 429
    sent = crossing.send(crossing.contact())
    assert client.get(reverse("door:enter", args=[sent.token])).status_code == 429
    assert Client(REMOTE_ADDR="203.0.114.9").get(reverse("door:enter", args=[sent.token])).status_code == 200


def test_another_supplier_s_browser_is_a_stranger_here() -> None:
    mine = crossing.inside(crossing.send(crossing.contact()))
    theirs = crossing.outside(crossing.send(crossing.contact("YY")))
    theirs.client.cookies = mine.client.cookies
    for morsel in theirs.client.cookies.values():
        morsel["path"] = "/"
    assert theirs.client.get(theirs.at("papers")).status_code == 302


def test_the_door_speaks_chinese_until_its_visitor_chooses_another_language() -> None:
    sent = crossing.send(crossing.contact())
    visitor = crossing.inside(sent)
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    for page in ("enter", "papers"):
        outside = crossing.outside(sent) if page == "enter" else visitor
        shown = outside.client.get(outside.at(page), headers=english).content.decode()
        assert '<html lang="zh-hans"' in shown
    visitor.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in visitor.client.get(visitor.at("papers")).content.decode()


def test_leaving_ends_the_visit_on_this_device() -> None:
    visitor = crossing.inside(crossing.send(crossing.contact()))
    cookie = visitor.client.cookies["door"].value
    assert visitor.client.post(visitor.at("leave")).status_code == 302
    visitor.client.cookies["door"] = cookie
    assert visitor.client.get(visitor.at("papers")).status_code == 302


def test_a_gateway_that_fails_is_tried_again_and_given_up_in_time() -> None:
    now = crossing.now()
    with listening() as gateway:
        gateway.answer(500)
        crossing.sms(gateway.url)
        visitor = crossing.outside(crossing.send(crossing.contact()))
        visitor.client.post(visitor.at("code"), {"way": "sms"})
        assert letters.send_waiting(now=crossing.now()) == 0
    assert DoorLetter.objects.get().state == "waiting"
    letters.send_waiting(now=now + dt.timedelta(minutes=11))
    letter = DoorLetter.objects.get()
    assert (letter.state, letter.sealed) == ("dead", None)


def test_the_door_is_kept_by_no_browser_and_found_by_no_search_engine() -> None:
    visitor = crossing.inside(crossing.send(crossing.contact()))
    page = visitor.client.get(visitor.at("papers"))
    assert page["Cache-Control"] == "private, no-store"
    assert "noindex" in page["X-Robots-Tag"]
    cookie = visitor.client.cookies["door"]
    assert cookie["httponly"]
    assert cookie["path"] == visitor.at("enter")
