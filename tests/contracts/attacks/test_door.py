"""Strangers at the supplier's door: guessed links, codes tried out, messages sent in masses, pages that are kept."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse

from contracts.models import DoorCode, DoorVisit
from contracts.services import shipping
from contracts.services.door import codes
from contracts.services.door.links import TooMany
from office.errors import Conflict
from office.rulebook import api as rulebook
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def guess(client: Client, headers: dict[str, str] | None = None) -> int:
    path = reverse("door:enter", args=[secrets.token_urlsafe(32)])
    return client.get(path, headers=headers).status_code


def test_another_address_in_a_header_is_no_other_network() -> None:
    client, answers = Client(REMOTE_ADDR="198.51.100.1"), []
    for n in range(25):
        answers.append(guess(client, {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"}))
    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_cookie_that_is_none_lets_no_guesser_go_on() -> None:
    sent = crossing.send(crossing.contact())
    client = Client(REMOTE_ADDR="198.51.100.2")
    for _time in range(22):
        guess(client)
    path = reverse("door:enter", args=[sent.token])
    client.cookies["door"] = "made-up"
    assert client.get(path).status_code == 429


def test_who_is_inside_stays_inside_while_his_network_guesses() -> None:
    visitor = crossing.inside(crossing.send(crossing.contact()))
    for _time in range(22):
        guess(Client(REMOTE_ADDR="198.51.100.3"))
    visitor.client.defaults["REMOTE_ADDR"] = "198.51.100.3"
    assert visitor.client.get(visitor.at("papers")).status_code == 200


def test_a_token_of_any_shape_leads_nowhere() -> None:
    client = Client(raise_request_exception=False, REMOTE_ADDR="198.51.100.4")
    for token in ("x", "A" * 43, "A" * 5000, "..%2f..%2f", "😀", "-" * 43, "A" * 42 + "%0a"):
        assert client.get(f"/supplier/{token}/papers/").status_code == 404, token


def test_the_cookie_of_one_link_opens_no_other_and_a_code_makes_a_new_key() -> None:
    one, other = crossing.send(crossing.contact()), crossing.send(crossing.contact("ZX"))
    visitor = crossing.inside(one)
    key = visitor.client.cookies["door"].value
    stranger = crossing.outside(other)
    stranger.client.cookies["door"] = key  # planted for every path
    assert stranger.client.get(stranger.at("papers")).status_code == 302
    digits = codes.read_out(link_id=other.link.pk, by=person("luo_buyer"), now=crossing.now())
    stranger.client.post(stranger.at("come_in"), {"code": digits})
    assert stranger.client.cookies["door"].value != key
    assert DoorVisit.objects.count() == 2
    cookie = stranger.client.cookies["door"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", stranger.at("enter"))


def test_two_suppliers_in_one_browser_see_their_own_papers() -> None:
    one, other = crossing.send(crossing.contact()), crossing.send(crossing.contact("ZX"))
    first = crossing.inside(one)
    second = crossing.Visitor(first.client, other.token, other.link)
    digits = codes.read_out(link_id=other.link.pk, by=person("luo_buyer"), now=crossing.now())
    second.client.post(second.at("come_in"), {"code": digits})
    for visitor, code in ((first, "HD"), (second, "ZX")):
        page = visitor.client.get(visitor.at("papers"))
        assert page.status_code == 302 or f"{code}家具有限公司" in page.content.decode()


def test_messages_in_masses_end_with_the_day_and_the_buyer_still_reads_one_out() -> None:
    crossing.sms()
    sent = crossing.send(crossing.contact())
    visitor, begin = crossing.outside(sent), crossing.now()
    for hour in range(8):
        with time_machine.travel(begin + dt.timedelta(hours=hour * 1.1), tick=True):
            answers = [
                visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code for _time in range(6)
            ]
    assert answers == [429] * 6
    assert DoorCode.objects.filter(way="sms").count() == 20
    with time_machine.travel(begin + dt.timedelta(hours=9), tick=True):
        assert codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
    with time_machine.travel(begin + dt.timedelta(hours=26), tick=True):
        assert visitor.client.post(visitor.at("code"), {"way": "sms"}).status_code == 302


def test_whoever_asks_for_messages_does_not_keep_the_contact_from_calling() -> None:
    crossing.sms()
    sent = crossing.send(crossing.contact())
    visitor = crossing.outside(sent)
    for _time in range(5):
        visitor.client.post(visitor.at("code"), {"way": "sms"})
    for _time in range(5):
        codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
    with pytest.raises(TooMany):
        codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())


def test_the_address_is_told_to_no_other_site_and_no_page_is_kept() -> None:
    visitor = crossing.inside(crossing.send(crossing.contact()))
    for path in (visitor.at("enter"), visitor.at("papers"), visitor.at("order", 2**62), visitor.at("code")):
        answer = visitor.client.get(path)
        assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
        if answer.status_code != 405:
            assert answer["Cache-Control"] == "private, no-store"


def test_nothing_is_done_for_another_site() -> None:
    """Each act at the door needs the token of the form."""
    sent = crossing.send(crossing.contact())
    inside = crossing.inside(sent)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["door"] = inside.client.cookies["door"].value
    for page, args in (
        ("code", ()), ("come_in", ()), ("again", ()), ("leave", ()), ("order_act", (1, "return")),
        ("sample_photograph", (1,)), ("complaint_answer", (1,)), ("complaint_add_file", (1,)),
    ):  # fmt: skip
        assert strict.post(inside.at(page, *args), {"way": "sms"}).status_code == 403, page
    assert inside.client.get(inside.at("papers")).status_code == 200


def test_whoever_stands_outside_sends_no_files() -> None:
    """An upload is not read before the door knows who sends it."""
    sent = crossing.send(crossing.contact())
    outside = crossing.outside(sent)
    for page, args in (
        ("order_act", (1, "return")),
        ("sample_photograph", (1,)),
        ("complaint_add_file", (1,)),
    ):
        answer = outside.client.post(
            outside.at(page, *args), b"x" * 100, content_type="multipart/form-data; boundary=b", CONTENT_LENGTH=10**9
        )  # fmt: skip
        assert answer.status_code == 302, page
        inside = crossing.inside(sent)
        refused = inside.client.post(
            inside.at(page, *args), b"x" * 100, content_type="multipart/form-data; boundary=b", CONTENT_LENGTH=10**9
        )  # fmt: skip
        assert refused.status_code == 413, page


def test_onward_leads_nowhere_else() -> None:
    sent = crossing.send(crossing.contact())
    for onward in (
        "https://evil.example/",
        "//evil.example/",
        f"/supplier/{sent.token}/@evil.example",
        "/desk/",
    ):
        visitor = crossing.outside(sent)
        digits = codes.read_out(link_id=sent.link.pk, by=person("luo_buyer"), now=crossing.now())
        answer = visitor.client.post(visitor.at("come_in"), {"code": digits, "next": onward})
        assert answer["Location"].startswith(f"/supplier/{sent.token}/"), onward
    assert settings.SESSION_COOKIE_HTTPONLY


def test_a_supplier_reports_only_as_many_deliveries_as_the_book_says(monkeypatch: pytest.MonkeyPatch) -> None:
    by_the_book, known = rulebook.limit_rule, rulebook.has_rule
    assert by_the_book(shipping.MOST, world.NOW).count == 200

    def one(key: str, at: dt.datetime | None = None) -> rulebook.LimitRule:
        rule = by_the_book(key, at)
        return replace(rule, value=1) if key == shipping.MOST else rule

    monkeypatch.setattr("office.rulebook.api.limit_rule", one)
    order = arrange.producing()
    arrange.ship(order, 1)
    with pytest.raises(Conflict) as refused:
        arrange.ship(order, 1, number="SH-2")
    assert (refused.value.code, refused.value.clause) == ("many", "P1.3")
    line = arrange.only_line(order)
    shipping.ship(order=order, lines={line.pk: 1}, number="SH-3", by=person("luo_buyer"), now=world.NOW)
    monkeypatch.setattr(
        "office.rulebook.api.has_rule", lambda key, at: key != shipping.MOST and known(key, at)
    )
    arrange.ship(order, 1, number="SH-4")  # an older book does not know the limit
