"""Secrets of shops: sealed, shown once, two at a time during a rotation."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from django.db import connection

from office.audit.models import Entry
from office.errors import Conflict, Invalid, NotFound
from office.hooks.signatures import standard_key
from orders.models import Shop
from orders.selectors.shops import live_secrets, secret_version, secrets_of
from orders.services.shops import (
    add_shop,
    end_secret_overlap,
    new_api_secret,
    reseal_shop_secrets,
    set_shop_secret,
)
from tests.orders.hooks.samples import API_SECRET, NOW

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def make(code: str = "SP01", platform: str = "shopify") -> Shop:
    return add_shop(code=code, name=code, platform=platform, by=None, now=NOW)


def keep(shop: Shop, secret: str, now: dt.datetime = NOW) -> Shop:
    return set_shop_secret(shop_id=shop.pk, secret=secret, by=None, now=now)


def test_a_secret_is_sealed_at_rest_and_in_the_trail() -> None:
    shop = keep(make(), "hush-hush-hush")
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM orders_shop s UNION ALL SELECT e::text FROM audit_entry e")
        text = "".join(row[0] for row in cursor.fetchall())
    assert "hush" not in text
    assert b"hush".hex() not in text
    assert live_secrets(shop, NOW) == ("hush-hush-hush",)


def test_the_old_secret_counts_until_the_overlap_ends() -> None:
    shop = keep(keep(make(), "old"), "new", NOW)
    assert live_secrets(shop, NOW + 23 * HOUR) == ("new", "old")
    assert live_secrets(shop, NOW + 24 * HOUR) == ("new",)


def test_at_most_two_secrets_count() -> None:
    shop = keep(keep(keep(make(), "first"), "second"), "third")
    assert live_secrets(shop, NOW) == ("third", "second")


def test_setting_the_same_secret_again_keeps_it_alone_with_its_elder() -> None:
    shop = keep(keep(keep(make(), "old"), "new"), "new")
    assert live_secrets(shop, NOW) == ("new", "old")


def test_a_rotation_does_not_prolong_a_secret_that_was_ending() -> None:
    shop = keep(keep(make(), "first"), "second")
    again = keep(shop, "first", NOW + HOUR)
    assert live_secrets(again, NOW + 2 * HOUR) == ("first", "second")


def test_the_overlap_can_be_ended_at_once() -> None:
    shop = keep(keep(make(), "leaked"), "new")
    for _twice in range(2):
        shop = end_secret_overlap(shop_id=shop.pk, by=None, now=NOW)
    assert live_secrets(shop, NOW) == ("new",)
    assert Entry.objects.filter(verb="orders.end_secret_overlap").count() == 1


@pytest.mark.parametrize("secret", ["", "   ", "x" * 201, "a\x00b", "密码", "a\nb"])
def test_an_empty_or_unprintable_secret_is_refused(secret: str) -> None:
    shop = make()
    with pytest.raises(Invalid):
        keep(shop, secret)
    assert live_secrets(Shop.objects.get(), NOW) == ()


def test_two_shopify_shops_do_not_share_a_secret() -> None:
    keep(make(), "hush")
    other = make("SP02")
    with pytest.raises(Conflict) as refused:
        keep(other, "hush")
    assert refused.value.code == "secret_in_use"


def test_an_api_secret_is_a_standard_one() -> None:
    shop = make("API01", "api")
    with pytest.raises(Invalid):
        keep(shop, "not base64!")
    assert live_secrets(keep(shop, API_SECRET), NOW) == (API_SECRET,)


def test_a_new_api_secret_has_32_random_bytes_and_is_not_recorded() -> None:
    shop = make("API01", "api")
    secret = new_api_secret(shop_id=shop.pk, by=None, now=NOW)
    other = new_api_secret(shop_id=shop.pk, by=None, now=NOW)
    assert len(standard_key(secret)) == 32
    assert secret != other
    shop.refresh_from_db()
    assert live_secrets(shop, NOW) == (other, secret)
    assert all(base64.b64decode(other[6:]) not in bytes(entry.canonical) for entry in Entry.objects.all())


def test_shopify_makes_its_own_secret() -> None:
    with pytest.raises(Conflict):
        new_api_secret(shop_id=make().pk, by=None, now=NOW)


def test_a_page_that_was_left_open_does_not_rotate_again() -> None:
    shop = keep(make("WC01", "woocommerce"), "old")
    seen = secret_version(shop)
    set_shop_secret(shop_id=shop.pk, secret="new", by=None, now=NOW + HOUR, expect=seen)
    with pytest.raises(Conflict):
        new_api_secret(shop_id=shop.pk, by=None, now=NOW + HOUR, expect=seen)
    with pytest.raises(Conflict):
        set_shop_secret(shop_id=shop.pk, secret="newer", by=None, now=NOW + HOUR, expect="")


def test_an_unknown_shop_is_not_found() -> None:
    for call in (
        lambda: set_shop_secret(shop_id=0, secret="x", by=None, now=NOW),
        lambda: new_api_secret(shop_id=0, by=None, now=NOW),
        lambda: end_secret_overlap(shop_id=0, by=None, now=NOW),
    ):
        with pytest.raises(NotFound):
            call()


def test_secrets_move_to_a_new_application_key(settings: pytest.FixtureRequest) -> None:
    shop = keep(make(), "hush")
    assert reseal_shop_secrets(10) == 0
    fresh = "k2:" + base64.b64encode(b"n" * 32).decode()
    settings.ECDEPT_KEYS = f"{fresh},{settings.ECDEPT_KEYS}"  # type: ignore[attr-defined]
    assert reseal_shop_secrets(10) == 1
    settings.ECDEPT_KEYS = fresh  # type: ignore[attr-defined]
    shop.refresh_from_db()
    assert [secret.text for secret in secrets_of(shop)] == ["hush"]


def test_a_rotation_goes_shop_by_shop_in_steps_of_the_size_asked(settings: pytest.FixtureRequest) -> None:
    for code in ("SP01", "SP02", "SP03"):
        keep(make(code), f"secret of {code}")
    old = settings.ECDEPT_KEYS  # type: ignore[attr-defined]
    settings.ECDEPT_KEYS = f"newer:{base64.b64encode(bytes(range(32))).decode()},{old}"  # type: ignore[attr-defined]
    assert [reseal_shop_secrets(2), reseal_shop_secrets(2), reseal_shop_secrets(2)] == [2, 1, 0]
    assert live_secrets(Shop.objects.get(code="SP03"), NOW) == ("secret of SP03",)
