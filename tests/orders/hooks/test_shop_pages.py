"""The pages of shops."""

from __future__ import annotations

import re

import pytest

from orders.models import Shop
from orders.selectors.shops import live_secrets, workers_of
from orders.services.shops import add_shop, set_shop_secret
from tests.orders.hooks.samples import NOW
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
ANSWER = {"name": "官网", "platform": "woocommerce", "currency": "cny", "active": "on"}


def make(platform: str = "woocommerce", *, restricted: bool = False) -> Shop:
    return add_shop(code="S1", name="官网", platform=platform, restricted=restricted, by=None, now=NOW)


def test_the_list_says_what_to_do_when_empty_and_shows_shops() -> None:
    manager = signed_in("chen_manager")
    assert "/shops/new/" in manager.get("/shops/").content.decode()
    make()
    page = manager.get("/shops/").content.decode()
    assert "S1" in page
    assert "官网" in page


def test_a_shop_is_added_and_a_wrong_one_keeps_what_was_typed() -> None:
    manager = signed_in("chen_manager")
    assert manager.get("/shops/new/").status_code == 200
    wrong = manager.post("/shops/new/", {"code": "a b", "name": "官网", "platform": "jd", "currency": "CNY"})
    assert (wrong.status_code, "官网" in wrong.content.decode()) == (422, True)
    right = manager.post("/shops/new/", {"code": "JD1", "name": "官网", "platform": "jd", "currency": "CNY"})
    assert right.status_code == 302
    again = manager.post("/shops/new/", {"code": "JD1", "name": "x", "platform": "jd", "currency": "CNY"})
    assert (again.status_code, Shop.objects.count()) == (422, 1)


def test_a_shop_is_changed() -> None:
    manager, shop = signed_in("qian_it"), make()
    assert manager.post(f"/shops/{shop.pk}/", {**ANSWER, "name": "新名"}).status_code == 302
    shop.refresh_from_db()
    assert (shop.name, shop.currency) == ("新名", "CNY")
    assert manager.post(f"/shops/{shop.pk}/", {**ANSWER, "currency": "12"}).status_code == 422
    assert manager.get("/shops/999/").status_code == 404


def test_the_page_of_a_shop_tells_what_was_done_with_it_and_by_whom() -> None:
    manager, shop = signed_in("chen_manager"), make()
    manager.post(f"/shops/{shop.pk}/", {**ANSWER, "name": "新名"})
    page = manager.get(f"/shops/{shop.pk}/").content.decode()
    told = page[page.index('id="timeline"') :]
    assert "陈经理" in told
    assert told.count("<li>") == 2


def test_a_new_secret_is_shown_once_and_never_cached() -> None:
    manager, shop = signed_in("chen_manager"), make("api")
    page = manager.post(f"/shops/{shop.pk}/secret/new/", {"version": ""})
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", page.content.decode())
    assert secret is not None
    assert "no-store" in page["Cache-Control"]
    shop.refresh_from_db()
    assert live_secrets(shop, NOW) == (secret[0],)
    assert secret[0] not in manager.get(f"/shops/{shop.pk}/").content.decode()
    assert manager.post(f"/shops/{shop.pk}/secret/new/", {"version": ""}).status_code == 409


@pytest.mark.parametrize(
    ("platform", "address"),
    [("shopify", "/hooks/shopify"), ("woocommerce", "/hooks/woocommerce/S1"), ("api", "/api/v1/orders")],
)
def test_the_page_says_which_address_to_paste(platform: str, address: str) -> None:
    shop = make(platform)
    assert f"{address}<" in signed_in("chen_manager").get(f"/shops/{shop.pk}/").content.decode()


def test_a_secret_is_pasted_and_the_old_one_ended() -> None:
    manager, shop = signed_in("chen_manager"), make("shopify")
    assert manager.post(f"/shops/{shop.pk}/secret/", {"secret": "", "version": ""}).status_code == 422
    assert manager.post(f"/shops/{shop.pk}/secret/", {"secret": "first", "version": ""}).status_code == 302
    assert manager.post(f"/shops/{shop.pk}/secret/", {"secret": "late", "version": ""}).status_code == 422
    assert manager.post(f"/shops/{shop.pk}/secret/", {"secret": "second"}).status_code == 302
    page = manager.get(f"/shops/{shop.pk}/").content.decode()
    assert "overlap" in page
    assert manager.post(f"/shops/{shop.pk}/secret/overlap/").status_code == 302
    shop.refresh_from_db()
    assert live_secrets(shop, NOW) == ("second",)


def test_a_restricted_shop_is_granted_on_its_page() -> None:
    manager, shop, li = signed_in("chen_manager"), make(restricted=True), person("li_lei")
    assert manager.post(f"/shops/{shop.pk}/people/", {"person": "0"}).status_code == 422
    assert manager.post(f"/shops/{shop.pk}/people/", {"person": str(li.pk)}).status_code == 302
    assert "李雷" in manager.get(f"/shops/{shop.pk}/").content.decode()
    assert workers_of(shop) == [li]
    assert manager.post(f"/shops/{shop.pk}/people/{li.pk}/revoke/").status_code == 302
    assert workers_of(shop) == []


def test_the_mapping_and_the_last_messages_are_shown() -> None:
    shop = make("shopify")
    Shop.objects.update(mapping={"number": "订单编号"})
    set_shop_secret(shop_id=shop.pk, secret="hush", by=None, now=NOW)
    page = signed_in("chen_manager").get(f"/shops/{shop.pk}/").content.decode()
    assert "订单编号" in page
    assert "hush" not in page


@pytest.mark.parametrize("who", ["li_lei", "wang_supervisor", "zheng_designer"])
def test_others_may_not_enter(who: str) -> None:
    shop = make()
    for path in ("/shops/", "/shops/new/", f"/shops/{shop.pk}/"):
        assert signed_in(who).get(path).status_code == 403
    assert signed_in(who).post(f"/shops/{shop.pk}/secret/new/").status_code == 403
