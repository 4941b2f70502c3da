"""Every new product is published promptly: a clock from its first day until it is on sale, or the reason is given."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Debut
from catalog.selectors import day, pages
from catalog.selectors.planning import debut_of
from catalog.services import debuts
from catalog.services.debuts import RULE, decline_debut
from office.audit.models import Entry
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.catalog.asking import agree, carry_out
from tests.catalog.shelf import DAY, HOUR, NOW, channel, product
from tests.catalog.stock.arrange import counted, received
from tests.catalog.test_listing import ask, listed, ready
from tests.people import person, signed_in


@pytest.mark.clause("W5")
def test_a_new_product_waits_with_a_deadline_from_the_book(site: None) -> None:
    made = product()
    clock = Deadline.objects.get(rule=RULE)
    assert (clock.subject_type, clock.subject_id, clock.clause) == ("product", str(made.pk), "W5")
    assert clock.due_at == NOW + 7 * DAY
    found = debut_of(made)
    assert found is not None
    assert (found[0].state, found[1]) == ("open", NOW + 7 * DAY)


@pytest.mark.clause("W5")
def test_its_first_listing_meets_the_deadline(site: None) -> None:
    made = listed(channel())
    debut = Debut.objects.get(product=made.product)
    assert (debut.state, debut.closed_by) == ("listed", person("lin_editor"))
    assert Deadline.objects.get(rule=RULE).state == "met"
    assert Entry.objects.get(verb="catalog.debut_listed").clause == "W5"
    other = channel("TM01", "天猫旗舰店")
    carry_out(agree(ask(counted(received(made, 1, now=NOW + HOUR), now=NOW + HOUR), other)), now=NOW + HOUR)
    assert Entry.objects.filter(verb="catalog.debut_listed").count() == 1


@pytest.mark.clause("W5")
def test_it_is_declined_with_a_reason_and_stays_so(site: None) -> None:
    made = ready()
    debut = decline_debut(
        product_id=made.product_id, reason="样品未过检", by=person("ma_product"), now=NOW + DAY
    )
    assert (debut.state, debut.reason) == ("declined", "样品未过检")
    assert Deadline.objects.get(rule=RULE).state == "cancelled"
    with pytest.raises(Conflict) as refused:
        decline_debut(product_id=made.product_id, reason="x", by=person("ma_product"), now=NOW + DAY)
    assert refused.value.code == "closed"
    for change in ({"state": "open"}, {"reason": "别的"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Debut.objects.filter(pk=made.product_id).update(**change)


def test_without_a_reason_or_the_post_it_is_not_declined(site: None) -> None:
    made = product()
    with pytest.raises(Invalid):
        decline_debut(product_id=made.pk, reason=" ", by=person("ma_product"), now=NOW)
    for who in ("lin_editor", "li_lei", "tang_writer"):
        with pytest.raises(Forbidden):
            decline_debut(product_id=made.pk, reason="x", by=person(who), now=NOW)
    with pytest.raises(NotFound):
        decline_debut(product_id=987654, reason="x", by=person("ma_product"), now=NOW)


def test_the_database_refuses_published_what_is_nowhere_on_sale(site: None) -> None:
    made = product()
    with pytest.raises(IntegrityError, match="waits until it is listed"), transaction.atomic():
        Debut.objects.filter(pk=made.pk).update(state="listed", closed_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Debut.objects.filter(pk=made.pk).delete()


def test_a_book_without_the_rule_lets_no_clock_run(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debuts, "RULE", "catalog.no_such_rule")
    made = product()
    assert debut_of(made) is None
    with pytest.raises(NotFound):
        decline_debut(product_id=made.pk, reason="x", by=person("ma_product"), now=NOW)


def test_one_line_of_the_day_says_how_many_wait(site: None) -> None:
    product("甲")
    product("乙")
    lines = [line for line in day.waiting(person("ma_product"), NOW) if "?on=new" in line.url]
    assert [(line.label, line.due_at, line.clause) for line in lines] == [("甲", NOW + 7 * DAY, "W5")]
    found, _next = pages.product_list(pages.Filters(on="new"), NOW)
    assert len(found) == 2


def test_the_page_declines(site: None) -> None:
    made = product()
    client = signed_in("ma_product")
    url = f"/catalog/{made.pk}/decline/"
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "\n"}).status_code == 422
    assert client.post(url, {"reason": "停产"}).status_code == 302
    assert "停产" in client.get(f"/catalog/{made.pk}/").content.decode()
    assert client.post(url, {"reason": "停产"}).status_code == 409
    assert client.get("/catalog/?on=new").status_code == 200
