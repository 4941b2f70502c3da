"""Adding, changing and granting shops."""

from __future__ import annotations

import pytest
from guardian.shortcuts import get_perms

from office.audit.models import Entry
from office.errors import Conflict, Invalid, NotFound
from orders.models import Shop
from orders.selectors.shops import grantable, listed_shops, workers_of
from orders.services.shops import add_shop, get_or_create_shop, grant_shop, revoke_shop, update_shop
from tests.orders.hooks.samples import NOW
from tests.people import person

pytestmark = pytest.mark.django_db


def make(code: str = "TM01") -> Shop:
    return add_shop(code=code, name="旗舰店", platform="taobao", by=person("chen_manager"), now=NOW)


def verbs() -> list[str]:
    return list(Entry.objects.filter(subject_type="shop").order_by("pk").values_list("verb", flat=True))


def test_a_shop_is_added_and_recorded() -> None:
    shop = make()
    assert (shop.code, shop.name, shop.currency, shop.active, shop.restricted) == (
        "TM01",
        "旗舰店",
        "CNY",
        True,
        False,
    )
    entry = Entry.objects.get(subject_type="shop")
    assert (entry.verb, entry.subject_type, entry.actor_name) == ("orders.add_shop", "shop", "陈经理")


def test_a_code_is_taken_once() -> None:
    make()
    with pytest.raises(Conflict):
        make()
    assert Shop.objects.count() == 1


@pytest.mark.parametrize("code", ["", " ", "a/b", "a b", "-x", "x" * 31, "a\x00", "<script>", "a\nb"])
def test_an_impossible_code_is_refused(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(code)
    assert refused.value.errors[0]["path"] == "code"
    with pytest.raises(Invalid):
        get_or_create_shop(code=code, by=None, now=NOW)


def test_everything_wrong_is_told() -> None:
    with pytest.raises(Invalid) as refused:
        add_shop(code="x", name=" ", platform="myspace", currency="yuan", by=None, now=NOW)
    assert {error["path"] for error in refused.value.errors} == {"name", "platform", "currency"}


def test_get_or_create_adds_a_shop_once() -> None:
    first = get_or_create_shop(code="天猫_1", by=None, now=NOW)
    assert (first.name, first.platform) == ("天猫_1", "generic")
    assert get_or_create_shop(code=" 天猫_1 ", by=None, now=NOW, platform="jd") == first
    assert verbs() == ["orders.add_shop"]


def change(shop: Shop, **changes: object) -> Shop:
    wanted = {
        "name": shop.name,
        "platform": shop.platform,
        "currency": shop.currency,
        "restricted": shop.restricted,
        "active": shop.active,
        **changes,
    }
    return update_shop(shop_id=shop.pk, by=person("chen_manager"), now=NOW, **wanted)  # type: ignore[arg-type]


def test_a_change_is_recorded_with_before_and_after() -> None:
    shop = change(make(), name="新名", active=False)
    assert (Shop.objects.get().name, Shop.objects.get().active) == ("新名", False)
    assert b'"name":["\xe6\x97\x97\xe8\x88\xb0\xe5\xba\x97"' in bytes(Entry.objects.latest("pk").canonical)
    change(shop)
    assert verbs() == ["orders.add_shop", "orders.update_shop"]


def test_a_wrong_change_is_refused() -> None:
    shop = make()
    with pytest.raises(Invalid):
        change(shop, currency="")
    with pytest.raises(NotFound):
        update_shop(
            shop_id=0,
            name="x",
            platform="jd",
            currency="CNY",
            restricted=False,
            active=True,
            by=None,
            now=NOW,
        )


def test_a_restricted_shop_is_granted_and_taken_away() -> None:
    shop, li = make(), person("li_lei")
    for _twice in range(2):
        grant_shop(shop_id=shop.pk, employee_id=li.pk, by=person("chen_manager"), now=NOW)
    assert "work_shop" in get_perms(li, shop)
    assert workers_of(shop) == [li]
    assert li not in grantable(shop)
    for _twice in range(2):
        revoke_shop(shop_id=shop.pk, employee_id=li.pk, by=person("chen_manager"), now=NOW)
    assert workers_of(shop) == []
    assert verbs() == ["orders.add_shop", "orders.grant_shop", "orders.revoke_shop"]


def test_nobody_who_left_and_nothing_unknown_is_granted() -> None:
    shop, li = make(), person("li_lei")
    li.is_active = False
    li.save()
    with pytest.raises(Conflict):
        grant_shop(shop_id=shop.pk, employee_id=li.pk, by=None, now=NOW)
    for verb in (grant_shop, revoke_shop):
        with pytest.raises(NotFound):
            verb(shop_id=shop.pk, employee_id=0, by=None, now=NOW)
        with pytest.raises(NotFound):
            verb(shop_id=0, employee_id=li.pk, by=None, now=NOW)


def test_the_list_has_active_shops_first() -> None:
    change(make("A"), active=False)
    make("B")
    assert [shop.code for shop in listed_shops()] == ["B", "A"]
