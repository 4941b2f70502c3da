"""Looking orders up at the desk: found by what people know, and no address that says whom they looked for."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from orders import searching
from orders.models import Shop
from tests.orders.desk.arrange import PHONE, order, shop
from tests.orders.desk.test_pages import client_of
from tests.people import person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _no_second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing in is tested elsewhere; these tests begin behind the door."""
    from ecdept import second_factor

    monkeypatch.setattr(second_factor, "required", lambda *_args, **_kwargs: False)


def searched(client: Client, text: str) -> tuple[str, str]:
    """The address that a search leads to, and its page."""
    answer = client.post("/desk/search/", {"q": text})
    assert answer.status_code == 302
    return answer["Location"], client.get(answer["Location"]).content.decode()


def orders_in(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'data-order="(\d+)"', html)]


def found(client: Client, text: str) -> list[int]:
    return orders_in(searched(client, text)[1])


def test_orders_are_found_by_number_phone_last_four_and_name() -> None:
    now = timezone.now()
    progress = order(at=now, number="TB-2026-0001")
    order(at=now, number="XX-1", phone="13900001111")
    agent, it = client_of("li_lei"), client_of("sun_admin")
    for text in ("TB-2026", PHONE, "5678"):
        assert found(agent, text) == [progress.pk], text
    assert len(found(agent, "张三丰")) == 2
    assert found(agent, "没有此人") == []
    assert found(it, "TB-2026") == [progress.pk]
    assert found(it, PHONE) == []


def test_a_number_is_found_as_the_shop_and_as_the_ledger_write_it() -> None:
    progress = order(at=timezone.now(), number="TB-2026-0001")
    order(at=timezone.now(), number="TB-2026-0001", in_shop=shop("TM02"))
    order(at=timezone.now(), number="#9")
    both, code = found(client_of("li_lei"), "#TB-2026-0001"), Shop.objects.get(pk=progress.shop_id).code
    assert len(both) == 2
    for text in (f"{code}/TB-2026-0001", f" {code} / TB-2026"):
        assert found(client_of("li_lei"), text) == [progress.pk], text
    assert len(found(client_of("li_lei"), "#9")) == 1
    for text in ("#", "/", f"{code}/", "XX/TB-2026-0001", f"{code}/%"):
        assert progress.pk not in found(client_of("li_lei"), text), text


def test_no_address_says_whom_somebody_looked_for() -> None:
    order(at=timezone.now())
    client = client_of("li_lei")
    address, html = searched(client, PHONE)
    addresses = [address, *re.findall(r'(?:href|action|src|data-live|hx-get|hx-post)="([^"]*)"', html)]
    addresses += re.findall(r'name="next" value="([^"]*)"', html)
    assert len(addresses) > 20
    assert not [each for each in addresses if PHONE in each or PHONE[-4:] in each]
    assert f'value="{PHONE}"' in html  # the box still shows it


def test_the_live_list_of_a_search_goes_on_with_it() -> None:
    progress = order(at=timezone.now())
    order(at=timezone.now(), phone="13900001111")
    client = client_of("li_lei")
    html = searched(client, PHONE)[1]
    live = re.search(r'data-live="([^"]+)" data-v="([^"]+)"', html)
    assert live
    url = live[1].replace("&amp;", "&")
    assert client.get(url + "&v=" + live[2]).status_code == 204
    assert orders_in(client.get(url).content.decode()) == [progress.pk]


def test_text_in_a_hand_made_address_leaves_it() -> None:
    progress = order(at=timezone.now())
    order(at=timezone.now(), phone="13900001111")
    client = client_of("li_lei")
    address = client.get("/desk/", {"q": PHONE})["Location"]
    assert PHONE not in address
    assert orders_in(client.get(address).content.decode()) == [progress.pk]


def test_another_persons_search_opens_nothing_and_says_so() -> None:
    order(at=timezone.now())
    address, _html = searched(client_of("li_lei"), PHONE)
    html = client_of("han_meimei").get(address).content.decode()
    assert PHONE not in html
    assert 'class="toast-item"' in html


def test_a_search_is_over_after_a_working_day() -> None:
    by = person("li_lei").pk
    token = searching.sealed(PHONE, by=by, now=NOW)
    assert searching.opened(token, by=by, now=NOW + dt.timedelta(hours=11)) == PHONE
    assert searching.opened(token, by=by, now=NOW + dt.timedelta(hours=13)) == ""
    assert searching.opened(token, by=by, now=NOW - dt.timedelta(minutes=1)) == ""


@pytest.mark.parametrize("bent", ["", "x", "é", "AAAA", "*" * 700, "QUFB" * 60])
def test_a_bent_token_is_no_search(bent: str) -> None:
    assert searching.opened(bent, by=1, now=NOW) == ""
    assert client_of("li_lei").get("/desk/", {"s": bent}).status_code == 200


@pytest.mark.parametrize("text", ["", "   ", "\0"])
def test_nothing_to_look_for_leads_to_the_desk(text: str) -> None:
    assert client_of("li_lei").post("/desk/search/", {"q": text})["Location"] == "/desk/"


def test_who_was_signed_out_while_searching_comes_back_to_the_desk() -> None:
    answer = Client().post("/desk/search/", {"q": PHONE})
    assert answer.status_code == 302
    assert PHONE not in answer["Location"]
    back = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert client_of("li_lei").get(back, follow=True).redirect_chain in ([], [("/desk/", 302)])
