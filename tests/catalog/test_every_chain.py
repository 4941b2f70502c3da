"""Every chain of goods, prices and promotions in both books, written out from RULES.md: per step, refusal and role."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from catalog.models import (
    Channel,
    FinalText,
    ListingFact,
    Price,
    Promotion,
    PromotionPrice,
    PromotionStop,
    Sku,
    StockMovement,
)
from catalog.services.content import add_picture
from catalog.services.promotions import ask_plan
from catalog.services.stock.counting import Entry
from catalog.services.uploads import Sent
from office.approvals.models import Run
from office.audit.models import Entry as Trail
from tests import people
from tests.catalog import test_listing as shelves
from tests.catalog import test_promotions as promotions
from tests.catalog import test_texts as texts
from tests.catalog.asking import agree, ask_price, carry_out, the_book
from tests.catalog.shelf import HOUR, NOW, channel, product, sku
from tests.catalog.stock.arrange import counted, counting_of, hand_in, received
from tests.catalog.test_pictures import photo
from tests.catalog.test_stop_promotion import ask_for_stop
from tests.chains import Way, walk
from tests.people import person

SITE, MALL = "site", "mall"
#: By book: who agrees, who updates, who asks for prices and for promotions.
LEADER = {SITE: "chen_manager", MALL: "deng_marketing"}
UPDATES = {SITE: "lin_editor", MALL: "gao_section"}
PRICES = {SITE: "ma_product", MALL: "he_planner"}
PROMOTES = {SITE: "ma_product", MALL: "gao_section"}


def priced(book: str, cost: str = "1800.00") -> Sku:
    made = sku(cost=cost)
    run = agree(ask_price(made, "2400.00", who=PRICES[book]), LEADER[book], now=NOW)
    carry_out(run, UPDATES[book], now=NOW)
    return made


def price(amount: str, *, first: bool = True) -> Callable[[str, str], Run]:
    return lambda book, who: ask_price(sku() if first else priced(book), amount, who=who, now=NOW + HOUR)


def text(book: str, who: str) -> Run:
    made = product()
    texts.write(made)
    return texts.ask(made, who)


def on_the_shelf(book: str) -> Sku:
    """Everything that the checklist asks for."""
    made = priced(book)
    add_picture(product_id=made.product_id, sent=Sent(photo()), by=person("pan_photo"), now=NOW)
    texts.write(made.product)
    agree(texts.ask(made.product), "chen_manager" if book == SITE else "he_planner")
    return counted(received(made, 3))


def listing(book: str, who: str) -> Run:
    return shelves.ask(on_the_shelf(book), channel(), who)


def delisting(book: str, who: str) -> Run:
    on, made = channel(), on_the_shelf(book)
    carry_out(agree(shelves.ask(made, on, PROMOTES[book]), LEADER[book]), UPDATES[book])
    return shelves.ask_off(made, on, who)


def plan(book: str, who: str) -> Run:
    return ask_plan(promotion_id=promotions.plan(channel()).pk, by=person(who), now=NOW)


def planned(book: str) -> tuple[Promotion, Channel, Sku]:
    on, of = channel(), priced(book)
    made = promotions.plan(on)
    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW), LEADER[book])
    return made, on, of


def promotion(percent: str) -> Callable[[str, str], Run]:
    def ask(book: str, who: str) -> Run:
        made, on, of = planned(book)
        return promotions.ask(made, of, on, value=percent, who=who)

    return ask


def stop(book: str, who: str) -> Run:
    made, on, of = planned(book)
    run = agree(promotions.ask(made, of, on, who=PROMOTES[book]), LEADER[book])
    promotions.carry_out(run, UPDATES[book])
    return ask_for_stop(made, who)


def variance(book: str, who: str) -> Run:
    made = received(sku(), 10)
    run = hand_in(counting_of(made, who=who), Entry(made.pk, 7, "lost"), who=who, now=NOW + HOUR)
    assert run is not None
    return run


def plans_passed() -> int:
    return Trail.objects.filter(verb="catalog.plan_passed").count()


BELOW, BEYOND = ("below_cost",), ("out_of_band",)
#: What is asked for, how it is handed in, what it adds when it is carried out.
WAYS = {
    "price": (price("2400.00"), Price.objects.count),
    "price_unusual below_cost": (price("1500.00"), Price.objects.count),
    "price_unusual out_of_band": (price("3000.00", first=False), Price.objects.count),
    "text": (text, FinalText.objects.count),
    "listing": (listing, ListingFact.objects.count),
    "delisting": (delisting, ListingFact.objects.count),
    "promotion_plan": (plan, plans_passed),
    "promotion": (promotion("80"), PromotionPrice.objects.count),
    "promotion_unusual below_cost": (promotion("60"), PromotionPrice.objects.count),
    "promotion_stop": (stop, PromotionStop.objects.count),
    "stock_variance": (variance, StockMovement.objects.count),
}
#: clause, what, who asks, who decides at each step, who carries it out, who looks at it.
ROWS = {
    SITE: [
        ("C11.1", "price", "product_manager", "department_manager", "site_editor", ""),
        (
            "C11.1", "price_unusual below_cost", "product_manager", "department_manager general_manager",
            "site_editor", "product_operations",
        ),
        (
            "C11.1", "price_unusual out_of_band", "product_manager", "department_manager general_manager",
            "site_editor", "product_operations",
        ),
        ("C11.2a", "text", "copywriter", "department_manager", "", ""),
        ("C11.2a", "text", "designer", "department_manager", "", ""),
        ("C11.2a", "listing", "product_manager", "department_manager", "site_editor", ""),
        ("C11.2c", "delisting", "product_manager", "department_manager", "site_editor", ""),
        ("C11.2c", "delisting", "product_operations", "department_manager", "site_editor", ""),
        ("C11.3", "promotion_plan", "planner", "department_manager", "", ""),
        ("C11.3", "promotion", "product_manager", "department_manager", "site_editor", ""),
        (
            "C11.3", "promotion_unusual below_cost", "product_manager", "department_manager general_manager",
            "site_editor", "product_operations",
        ),
        ("C11.3", "promotion_stop", "product_manager", "department_manager", "site_editor", ""),
        ("C11.3", "promotion_stop", "planner", "department_manager", "site_editor", ""),
        ("C10.10", "stock_variance", "warehouse", "department_manager", "", ""),
    ],
    MALL: [
        ("M9.1", "price", "planner", "marketing_director", "section_officer", ""),
        (
            "M9.1", "price_unusual below_cost", "planner", "marketing_director general_manager",
            "section_officer", "",
        ),
        (
            "M9.1", "price_unusual out_of_band", "planner", "marketing_director general_manager",
            "section_officer", "",
        ),
        ("J4", "text", "copywriter", "planner", "", ""),
        ("J4", "text", "designer", "planner", "", ""),
        ("M9.2", "listing", "planner", "marketing_director", "section_officer", ""),
        ("M9.2", "listing", "section_officer", "marketing_director", "section_officer", ""),
        ("M9.2", "delisting", "section_officer", "department_manager", "section_officer", "planner"),
        ("M9.3", "promotion_plan", "planner", "marketing_director", "", ""),
        ("M9.3", "promotion", "section_officer", "marketing_director", "section_officer", "planner"),
        (
            "M9.3", "promotion_unusual below_cost", "section_officer", "marketing_director general_manager",
            "section_officer", "planner",
        ),
        ("M9.3", "promotion_stop", "section_officer", "marketing_director", "section_officer", ""),
        ("M9.3", "promotion_stop", "planner", "marketing_director", "section_officer", ""),
        ("J6", "stock_variance", "warehouse", "department_manager", "", ""),
    ],
}  # fmt: skip


def ways(book: str) -> list[Way]:
    found = []
    for clause, what, asker, steps, executor, checker in ROWS[book]:
        chain, *flags = what.split()
        asking, applied = WAYS[what]
        found.append(
            Way(
                clause, f"catalog.{chain}", asker, tuple(steps.split()), executor,
                partial(asking, book), applied, checker, tuple(flags),
            )
        )  # fmt: skip
    return found


@pytest.mark.clause("C10.10", "C11.1", "C11.2a", "C11.2c", "C11.3")
@pytest.mark.parametrize("way", ways(SITE), ids=str)
def test_by_the_sites_book(db: None, way: Way) -> None:
    the_book()
    people.everybody()
    walk(way)


@pytest.mark.clause("J3", "J4", "J6", "M9.1", "M9.2", "M9.3")
@pytest.mark.parametrize("way", ways(MALL), ids=str)
def test_by_the_malls_book(db: None, way: Way) -> None:
    the_book("mall")
    people.everybody()
    walk(way)
