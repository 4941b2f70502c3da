"""Claims and breaches over all suppliers: what is left, the way to the paper, what waits to be asked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from contracts.models import SupplierScore
from contracts.selectors import money_lists, money_pages
from contracts.services import breaches, credit_notes, losses, setoffs
from contracts.services.losses import Loss
from office.subjects import subject_url
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.money import stage
from tests.contracts.money.stage import NOW, D
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture
def order() -> Any:
    return stage.order()


def test_each_claim_leads_to_what_it_rests_on(order: Any) -> None:
    delivery = stage.ship(order, 4)
    [line] = stage.arrive(delivery, 4)
    [cut] = stage.judge(line, 4, 0, "price_cut", "12.00").claims
    losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="成分不符", losses=[Loss("direct", "退款", D("3.00"))],
        by=person("luo_buyer"), now=NOW,
    )  # fmt: skip
    stories.answer(stories.decided())
    note = credit_notes.Note("HZ-1", NOW.date(), D("5.00"), text="返利")
    credit_notes.record(supplier_id=order.supplier_id, note=note, by=person("luo_buyer"), now=NOW)
    buyer, director = signed_in("luo_buyer"), signed_in("zhou_general")
    page, seen = (each.get("/contracts/claims/").content.decode() for each in (buyer, director))
    for kind in ("acceptance", "loss_claim", "complaint", "credit_note"):
        [row] = [each for each in money_lists.claims(
            open_only=True, supplier_id=None, before=None, permissions=frozenset({
                "contracts.view", "contracts.complaints", "contracts.money",
            }))[0] if each.claim.paper_type == kind]  # fmt: skip
        assert row.paper_url == subject_url(row.claim.paper_type, row.claim.paper_id) != ""
        assert f'href="{row.paper_url}"' in page, kind
        assert (f'href="{row.paper_url}"' in seen) == (kind != "complaint")
        assert buyer.get(row.paper_url.partition("#")[0]).status_code == 200
    assert f'id="acceptance-{cut.paper_id}"' in buyer.get(f"/contracts/orders/{order.pk}/").content.decode()
    for kind in ("acceptance", "loss_claim", "credit_note"):
        assert subject_url(kind, "987654") == ""
        assert subject_url(kind, "x") == ""


def test_what_is_used_up_stands_on_the_other_tab(order: Any) -> None:
    claim = stage.claim(order.supplier, "7.00", by="chen_manager")
    buyer = signed_in("luo_buyer")
    listed = f"/contracts/claims/{claim.pk}/"
    assert listed in buyer.get("/contracts/claims/").content.decode()
    setoffs.take_back(set_off_id=claim.pk, reason="误", by=person("luo_buyer"), now=NOW)
    assert listed not in buyer.get("/contracts/claims/").content.decode()
    every = f"/contracts/claims/?tab=all&supplier={order.supplier.code}"
    assert listed in buyer.get(every).content.decode()
    assert listed not in buyer.get(f"{every}&before={claim.pk}").content.decode()
    assert listed not in buyer.get("/contracts/claims/?tab=all&supplier=987654").content.decode()
    assert buyer.get("/contracts/claims/?supplier=²&before=x").status_code == 200


@pytest.mark.clause("P1.6")
@pytest.mark.clause("P2.3")
def test_breaches_say_what_waits(order: Any) -> None:
    for kind in ("design", "commission"):
        breaches.record_breach(
            supplier_id=order.supplier_id, kind=kind, happened_on=NOW.date(), text="查实", by=person("luo_buyer"),
            now=NOW,
        )  # fmt: skip
    with time_machine.travel(NOW + dt.timedelta(days=20)):
        said = signed_in("luo_buyer").get("/contracts/breaches/").content.decode()
    assert "停付 100%" in said
    assert "可提出违约金" in said
    with time_machine.travel(NOW):
        said = signed_in("luo_buyer").get("/contracts/breaches/?before=").content.decode()
    assert "可提出违约金" not in said
    rows, following = money_lists.breaches(before=None, at=NOW)
    assert ([row.waits for row in rows], following) == (["", "release"], None)


@pytest.mark.clause("P0")
def test_scores_are_read_page_by_page(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(money_pages, "PAGE", 2)
    for n in range(5):
        supplier = world.supplier(f"FS{n}", f"佛山{n}号家具厂")
        for month in (9, 10, 11):
            SupplierScore.objects.create(
                supplier=supplier, month=dt.date(2026, month, 1), quality=D(month), facts={}, at=NOW
            )
    seen, after = [], ""
    for _page in range(3):
        with django_assert_max_num_queries(3):
            rows, after = money_pages.scored(after)
        for row in rows:
            assert row.now is not None
            assert row.before is not None
            assert (row.now.month.month, row.before.month.month) == (11, 10)
        seen += [row.supplier.code for row in rows]
    assert (seen, after) == ([f"FS{n}" for n in range(5)], "")
    buyer = signed_in("luo_buyer")
    page = buyer.get("/contracts/scores/").content.decode()
    assert "?after=FS1" in page
    assert "佛山2号家具厂" in buyer.get("/contracts/scores/?after=FS1").content.decode()
