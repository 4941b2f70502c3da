"""The terms of a contract: its own before the book's, and the paper says every one of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.rules import wording
from contracts.rules.terms import BY_NAME, PARAMETERS
from contracts.selectors import terms
from office.errors import Invalid
from office.rulebook import api as rulebook
from tests.contracts import world
from tests.contracts.world import NOW, WAREHOUSE

pytestmark = pytest.mark.django_db


def text(version: object, clause: str) -> str:
    return str(next(each["text"] for each in version.clauses if each["id"] == clause))  # type: ignore[attr-defined]


@pytest.mark.clause("P2.2", "P7b", "P1.6", "P2.3", "P3.2", "P3.3", "P7a")
def test_a_silent_contract_says_what_the_book_says() -> None:
    found = terms.of(world.version(), NOW)
    assert (found.settlement, found.deposit_percent, found.balance_days) == ("monthly_30", Decimal(30), 30)
    assert (found.return_days, found.deemed_days, found.warehouse) == (1, 3, WAREHOUSE)
    assert (found.withhold_percent, found.penalty_months, found.rectification_hours) == (Decimal(100), 1, 24)
    assert (found.partial_delivery, found.report_standard, found.reports_per_step) == (True, "national", 1)


@pytest.mark.clause("P2.2")
def test_its_own_terms_come_first_and_stand_in_the_text() -> None:
    version = world.version(settlement="on_shipment", deposit_percent="12.5", return_days=2)
    found = terms.of(version, NOW)
    assert (found.settlement, found.deposit_percent, found.return_days) == ("on_shipment", Decimal("12.5"), 2)
    assert "12.5%作为订金" in text(version, "P2.2")
    assert "余款于发货前付清" in text(version, "P2.2")
    assert "2日内回传" in text(version, "P7b")


@pytest.mark.clause("P6")
def test_a_new_book_changes_nothing_that_was_written_down() -> None:
    version = world.version()
    later = NOW + world.DAY
    rulebook.activate_book(code="mall", starts_at=later, by=None, now=later)
    assert terms.of(version, later + world.HOUR) == terms.of(version, NOW)
    assert set(version.terms) == set(BY_NAME)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deposit_percent", "101"),
        ("deposit_percent", "-1"),
        ("deposit_percent", "12.345"),
        ("deposit_percent", "NaN"),
        ("deposit_percent", "三成"),
        ("balance_days", "1.5"),
        ("balance_days", 181),
        ("balance_days", True),
        ("settlement", "barter"),
        ("partial_delivery", "maybe"),
        ("warehouse", " "),
        ("warehouse", "仓" * 121),
        ("report_standard", ""),
        ("colour", "red"),
        ("deemed_days", 0),
    ],
)
def test_a_term_outside_its_type_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        world.version(**{name: value})  # type: ignore[arg-type]
    assert refused.value.errors[0]["path"] == name


@pytest.mark.clause("P7b")
def test_an_order_is_not_deemed_accepted_before_it_had_to_come_back() -> None:
    with pytest.raises(Invalid) as refused:
        world.version(return_days=5, deemed_days=4)
    assert refused.value.errors[0]["path"] == "deemed_days"


@pytest.mark.clause("P7a")
def test_a_contract_names_the_place_of_delivery() -> None:
    with pytest.raises(Invalid) as refused:
        world.version(warehouse="")
    assert refused.value.errors[0]["path"] == "warehouse"


@pytest.mark.clause("P0")
def test_the_paper_that_ships_has_every_clause_of_the_book_and_each_its_parameters() -> None:
    book = rulebook.book(NOW)
    ours = [each.id for each in wording.shipped()]
    assert ours == [clause for clause in book.clauses if clause.startswith("P")]
    for each in wording.shipped():
        assert wording.places(each.text) == wording.belonging(each.id), each.id
    assert {each.clause for each in PARAMETERS} <= set(ours)
