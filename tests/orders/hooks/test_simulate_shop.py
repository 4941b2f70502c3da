"""The simulated shop: signed orders that a served application takes."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from orders import simulation
from orders.models import Order, OrderEvent, Shop, WebhookReceipt
from tests.orders.hooks.samples import API_SECRET, NOW


def simulate(*arguments: str, **options: Any) -> None:
    call_command("simulate_shop", "--rate", "60000", *arguments, **options)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("platform", ["woocommerce", "shopify", "api"])
def test_its_orders_are_booked(platform: str, live_server: Any, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(
        "--count", "25", "--seed", "3", "--shop", "SIM1", "--platform", platform, "--url", live_server.url
    )
    out = capsys.readouterr()
    counts = dict(part.split(" ") for part in out.out.strip().split(", "))
    assert (counts["inserted"], counts["failed"], counts["conflict"]) == ("25", "0", "0")
    assert Order.objects.filter(shop__code="SIM1").count() == 25
    assert len([line for line in out.err.splitlines() if "SIM1/" in line]) == int(counts["sent"])
    assert OrderEvent.objects.filter(kind="shop").exists()
    assert WebhookReceipt.objects.exclude(outcome__in=("inserted", "duplicate")).count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_demo_shop_is_made_with_a_name_and_a_secret(live_server: Any) -> None:
    simulate("--count", "1", "--url", live_server.url)
    simulate("--count", "1", "--url", live_server.url)
    shop = Shop.objects.get()
    assert (shop.code, shop.platform, bool(shop.sealed_secret)) == ("web-demo", "woocommerce", True)
    assert Order.objects.count() == 2


@pytest.mark.django_db
@override_settings(ECDEPT_DEMO=False)
@pytest.mark.parametrize(
    "arguments",
    [["--url", "https://shop.example"], ["--url", "nonsense"], ["--rate", "0"], ["--shop", "a b"]],
)
def test_it_refuses_what_it_must_not_do(arguments: list[str]) -> None:
    with pytest.raises(Exception) as refused:
        call_command("simulate_shop", "--count", "1", *arguments)
    assert refused.type.__name__ in ("CommandError", "Invalid")
    assert not Shop.objects.exists()


@pytest.mark.django_db
def test_an_application_that_is_not_there_is_a_failure() -> None:
    with pytest.raises(CommandError, match="1 of 1 deliveries failed"):
        simulate("--count", "1", "--seed", "1", "--url", "http://127.0.0.1:9")


def test_nobody_in_it_exists() -> None:
    chance = random.Random(1)
    orders = [simulation.make_order(chance, n, f"N{n}", NOW) for n in range(300)]
    assert all(order.phone.startswith("14000") and len(order.phone) == 11 for order in orders)
    assert all(order.total > 0 and order.placed_at < NOW for order in orders)
    assert len(Counter(order.surname + order.given for order in orders)) > 100


def test_what_comes_later_is_signed_anew_and_keeps_the_terms() -> None:
    order = simulation.make_order(random.Random(1), 1, "N1", NOW)
    for platform, secret in (("woocommerce", "s"), ("shopify", "s"), ("api", API_SECRET)):
        told = [
            simulation.message_of(platform, "S1", secret, each, NOW + dt.timedelta(seconds=1))
            for each in (order, simulation.updated(order), simulation.cancelled(order))
        ]
        assert [message.tells for message in told] == ["order", "update", "cancellation"]
        assert len({message.body for message in told}) == 3
