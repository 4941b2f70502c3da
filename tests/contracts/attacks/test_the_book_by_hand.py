"""As the application's login, by hand: no row says of the book what its text does not say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import (
    ClauseText,
    ContractVersion,
    Inspection,
    Invoice,
    InvoiceUse,
    Payment,
    PaymentVoucher,
)
from contracts.rules import sampling, wording
from contracts.selectors import departing, terms
from contracts.services import inspecting, payments
from contracts.services.library import revise_clause
from office.errors import Conflict
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, HOUR, MINUTE, NOW, TODAY
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
FACTS = ("contract", "starts_on", "ends_on", "parties", "terms", "book", "clauses", "sha256", "by", "at")
#: Every value that contracts take from the book, another one than ships.
OTHER = {
    'value = { choices = ["monthly_30", "on_shipment"], standard = "monthly_30" }':
        'value = { choices = ["monthly_30", "on_shipment"], standard="on_shipment" }  # or else',
    'clause = "P2.2"\nvalue = "30"\nunit': 'clause = "P2.2"\nvalue = "12.50"\nunit',
    'clause = "P2.2"\nafter = "30 days"': 'clause = "P2.2"\nafter = "6 weeks"',
    '[rules."contracts.order_return"]\nkind = "deadline"\nclause = "P7b"\nafter = "1 day"':
        '[rules."contracts.order_return"]  # P7b\nkind = "deadline"\nclause = "P7b"\nafter="2 days"',
    '[rules."contracts.order_deemed"]\nkind = "deadline"\nclause = "P7b"\nafter = "3 days"':
        '[ rules."contracts.order_deemed" ]\nkind = "deadline"\nclause = "P7b"\nafter = "5 days"',
    'clause = "P7a"\nvalue = true': 'clause = "P7a"\n  value = false',
    'clause = "P1.6"\nvalue = "100"': 'clause = "P1.6"\nvalue = "80"',
    "months_of_payment = 1": "months_of_payment = 3",
    'clause = "P3.2"\nafter = "24 h"': 'clause = "P3.2"\nafter = "1 day 12 h"',
    'standards = ["national", "enterprise"], reports_per_step = 1':
        'standards = ["enterprise", "national"], reports_per_step = 2',
}  # fmt: skip


def another_book(changes: dict[str, str]) -> None:
    """The site's book in which each text stands in the place of another, from an hour before NOW on."""
    source = shipped_source("site")
    for old, new in changes.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    begins = NOW - HOUR
    rulebook.activate_book(code="site", starts_at=begins, by=None, now=begins - MINUTE, source=source)


def by_hand(model: Any, **columns: Any) -> Any:
    """The row, with everything that is looked at when a transaction ends."""
    with transaction.atomic():
        made = model.objects.create(**columns)
        at_the_end()
    return made


def at_the_end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def book_in_the_database() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT contracts_book_terms(%s)::text", [NOW])
        return json.loads(cursor.fetchone()[0])


@pytest.mark.clause("P6")
def test_the_database_reads_of_the_book_what_the_desk_reads() -> None:
    assert book_in_the_database() == terms.defaults(NOW)
    another_book(OTHER)
    changed = terms.defaults(NOW)
    assert len(set(map(str, changed.items())) & set(map(str, terms.defaults(NOW - DAY).items()))) == 1
    assert book_in_the_database() == changed


def test_a_book_that_includes_another_is_read_through_it() -> None:
    begins = NOW - HOUR
    rulebook.activate_book(code="mall", starts_at=begins, by=None, now=begins - MINUTE)
    assert book_in_the_database() == terms.defaults(NOW)


@pytest.mark.clause("P6")
@pytest.mark.parametrize("name", ["deposit_percent", "balance_days", "settlement", "warehouse"])
def test_the_first_version_names_no_other_book_than_the_one_in_force(name: str) -> None:
    contract = world.contract()
    row = honest(contract)
    forged = {**row["book"], name: 80 if name == "balance_days" else "80"}
    with pytest.raises(IntegrityError, match="what the book in force says"):
        by_hand(ContractVersion, n=1, reason="", **{**row, "book": forged})
    lacking = {key: value for key, value in row["book"].items() if key != "warehouse"}
    with pytest.raises(IntegrityError, match="what the book in force says"):
        by_hand(ContractVersion, n=1, reason="", **{**row, "book": lacking})
    by_hand(ContractVersion, n=1, reason="", **row)


@pytest.mark.clause("P6")
def test_where_the_book_writes_it_otherwise_one_version_says_what_the_others_say() -> None:
    """The database does not read a value over several lines: a row by hand then stops the next contract, as before."""
    another_book({'clause = "P2.2"\nvalue = "30"\nunit': 'clause = "P2.2"\nvalue = """\n30"""\nunit'})
    contract = world.contract()
    row = honest(contract)
    assert row["book"]["deposit_percent"] == "30"
    by_hand(ContractVersion, n=1, reason="", **{**row, "book": {**row["book"], "deposit_percent": "80"}})
    with pytest.raises(Conflict, match="规章") as refused:
        world.version(contract, reason="补充")
    assert refused.value.code == "other_book"


def honest(contract: Any) -> dict[str, Any]:
    with transaction.atomic():
        made = world.version(contract)
        row = {name: getattr(made, name) for name in FACTS}
        transaction.set_rollback(True)
    return row


def voucher(payment: Payment, *uses: tuple[Invoice, str], **more: Any) -> PaymentVoucher:
    """Recorded by hand, with what it takes of each invoice."""
    given = {"at": NOW + 2 * MINUTE, "on": TODAY, "paid_on": TODAY, "by": person("luo_buyer"), **more}
    with transaction.atomic():
        made: PaymentVoucher = PaymentVoucher.objects.create(
            payment=payment, number="PZ-手", invoices=[each.number for each, _amount in uses], **given
        )
        for each, amount in uses:
            InvoiceUse.objects.create(invoice=each, voucher=made, amount=amount)
        at_the_end()
    return made


@pytest.mark.clause("P2.2")
def test_goods_are_not_paid_without_invoices_by_hand_either() -> None:
    payment = stage.agreed(stage.goods(stage.order(), 10))
    small = stage.invoice(payment.supplier, "12345678", "699.99")
    with pytest.raises(IntegrityError, match="paid against tax invoices"):
        voucher(payment)
    with pytest.raises(IntegrityError, match="paid against tax invoices"):
        voucher(payment, (small, "699.99"))
    large = stage.invoice(payment.supplier, "87654321", "900.00")
    with pytest.raises(IntegrityError, match="before it was agreed"):
        voucher(payment, (large, "700.00"), at=NOW)
    voucher(payment, (large, "700.00"))


@pytest.mark.clause("P2.2")
def test_a_deposit_goes_without_an_invoice_unless_the_book_says_otherwise() -> None:
    voucher(stage.agreed(stage.deposit(stage.order())))


@pytest.mark.clause("P2.2")
@pytest.mark.parametrize(
    ("says", "goods", "deposit"),
    [
        ("{ deposit = true, rest_of_price = true }", True, True),
        ("{ rest_of_price = false, deposit = true }", False, True),
        ("{ deposit = false, rest_of_price = false }", False, False),
    ],
)
def test_what_needs_an_invoice_is_what_the_book_says(says: str, goods: bool, deposit: bool) -> None:
    another_book({"value = { deposit = false, rest_of_price = true }": f"value = {says}"})
    order = stage.order()
    for owed, needed in ((stage.deposit(order), deposit), (stage.goods(order, 10), goods)):
        payment = stage.agreed(owed)
        if needed:
            with pytest.raises(IntegrityError, match="paid against tax invoices"):
                voucher(payment)
            stage.pay(payment, f"PZ-{payment.pk}")
        else:
            payments.record(
                payment_id=payment.pk, made=payments.Made(f"PZ-{payment.pk}", TODAY), by=person("luo_buyer"),
                now=NOW + 2 * MINUTE,
            )  # fmt: skip
        at_the_end()


def test_the_verb_and_the_database_agree_on_what_damages_take_the_place_of() -> None:
    """Goods of 700, 50 of them set off for a loss: 650 go, invoiced in full."""
    order = stage.order()
    claim = stage.claim(order.supplier, "50.00")
    payment = stage.agreed(stage.goods(order, 10), claims=[claim])
    stage.invoice(order.supplier, "12345678", "700.00")
    made = payments.record(
        payment_id=payment.pk, made=payments.Made("PZ-1", TODAY, "12345678"), by=person("luo_buyer"),
        now=NOW + 2 * MINUTE,
    )  # fmt: skip
    at_the_end()
    assert str(made.uses.get().amount) == "700.00"


@pytest.mark.clause("P3.2")
def test_an_inspection_goes_by_the_aql_of_the_book() -> None:
    """By another one fewer pieces would do, or more bad ones pass; the sample of its plan is looked at elsewhere."""
    line = arrange.only_line(arrange.producing())
    row = {"line": line, "stage": "finished", "by": person("song_inspector"), "at": NOW}
    plan = inspecting.planned(10, NOW)
    assert plan == {"lot": 10, "aql": "2.5", "letter": "C", "sample": 5, "ac": 0}
    for other in (
        {"aql": "6.5", **sampling.plan(10, "6.5")._asdict()},
        {"at": NOW - 9999 * DAY},
    ):
        with pytest.raises(IntegrityError, match="by the AQL of the book"):
            by_hand(Inspection, **{**row, **plan, **other})
    by_hand(Inspection, **row, **plan)


@pytest.mark.clause("P6")
def test_the_database_knows_the_library_that_ships() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, title, body FROM contracts_shipped_clauses() ORDER BY n")
        assert cursor.fetchall() == [(each.id, each.title, each.text) for each in wording.shipped()]


def said(version: ContractVersion) -> tuple[Any, Any]:
    """The library's clauses as the database would have them say, and as they do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contracts_library_says(terms)::text, clauses::text FROM contracts_contractversion WHERE id = %s",
            [version.pk],
        )
        ours, theirs = cursor.fetchone()
    return json.loads(ours), [each for each in json.loads(theirs) if not each["id"].startswith("X")]


@pytest.mark.clause("P6")
@pytest.mark.parametrize("own", [
    {},
    {"settlement": "on_shipment", "deposit_percent": "12.50", "withhold_percent": "0", "partial_delivery": False},
    {"report_standard": "enterprise", "reports_per_step": 0, "balance_days": 45, "warehouse": "{deposit_percent}仓'%s"},
])  # fmt: skip
def test_the_database_fills_in_the_terms_as_the_paper_does(own: dict[str, Any]) -> None:
    ours, theirs = said(world.version(extra=[{"title": "补充", "text": "另议"}], **own))
    assert ours == theirs


@pytest.mark.clause("P6")
def test_a_clause_of_the_library_that_was_altered_by_hand_is_refused() -> None:
    row = honest(world.contract())
    first, *rest = row["clauses"]
    altered = [
        [{**first, "text": first["text"] + "乙方免责。"}, *rest],
        [{**first, "title": "其他"}, *rest],
        [{**first, "id": "P0a"}, *rest],
        [{**first, "note": "x"}, *rest],
        [first, {"title": "无号", "text": "乙方免责。"}, *rest],
        [first, first, *rest],
        [*rest, first],
        rest,
    ]
    for clauses in altered:
        with pytest.raises(IntegrityError, match="says what the library says"):
            by_hand(ContractVersion, n=1, reason="", **{**row, "clauses": clauses})
    own = {"id": "X1", "title": "补充", "text": "另议"}
    made = by_hand(ContractVersion, n=1, reason="", **{**row, "clauses": [*row["clauses"], own]})
    assert departing.needs_agreement(made)


@pytest.mark.clause("P6")
def test_no_term_that_the_paper_cannot_say_empties_the_clauses() -> None:
    row = honest(world.contract())
    silent = [{**each, "text": None} for each in row["clauses"]]
    for terms_, book in (
        ({**row["terms"], "warehouse": None}, row["book"]),
        ({**row["terms"], "other": None}, {**row["book"], "other": None}),
        ({**row["terms"], "other": "x"}, {**row["book"], "other": "x"}),
    ):
        with pytest.raises(IntegrityError, match="says each term"):
            by_hand(
                ContractVersion, n=1, reason="", **{**row, "terms": terms_, "book": book, "clauses": silent}
            )


@pytest.mark.clause("P6", "P7a")
@pytest.mark.parametrize("place", ["", " \n\u3000", "乙方免责。" * 25, 3, ["仓"], {"仓": 1}])
def test_a_contract_names_a_place_of_delivery_and_nothing_besides(place: Any) -> None:
    row = honest(world.contract())
    said_ = {**row["terms"], "warehouse": place}
    with connection.cursor() as cursor:
        cursor.execute("SELECT contracts_library_says(%s)::text", [json.dumps(said_)])
        clauses = json.loads(cursor.fetchone()[0])
    with pytest.raises(IntegrityError, match="says each term"):
        by_hand(ContractVersion, n=1, reason="", **{**row, "terms": said_, "clauses": clauses})


@pytest.mark.clause("P6")
def test_no_term_is_left_out() -> None:
    row = honest(world.contract())
    for name in row["terms"]:
        less = {key: value for key, value in row["terms"].items() if key != name}
        with pytest.raises(IntegrityError, match="says each term"):
            by_hand(ContractVersion, n=1, reason="", **{**row, "terms": less})


@pytest.mark.clause("P6")
def test_the_library_is_revised_in_turn_and_the_trail_knows_it() -> None:
    row = {"clause_id": "P0", "title": "合作", "text": "乙方免责。", "by": person("chen_manager"), "at": NOW}
    for other in ({"n": 2}, {"n": 1, "clause_id": "P99"}):
        with pytest.raises(IntegrityError, match="follows the last one"):
            by_hand(ClauseText, **{**row, **other})
    with pytest.raises(IntegrityError, match="in the trail"):
        by_hand(ClauseText, n=1, **row)
    revise_clause(clause_id="P0", title="合作", text="乙方负责。", seen=0, by=person("chen_manager"), now=NOW)
    at_the_end()
    ours, theirs = said(world.version())
    assert ours == theirs
    assert theirs[0]["text"] == "乙方负责。"
