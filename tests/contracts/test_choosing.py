"""A supplier is chosen by its code, its name or a part of it, out of a few that are offered, however many there are."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.forms.agreements import OpenForm
from contracts.forms.choosing import SupplierFilter
from contracts.models import PurchaseOrder, Supplier
from contracts.selectors import choosing
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.people import everybody, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
CHOICES = "/contracts/suppliers/choices/"


def _many(n: int) -> list[Supplier]:
    return [world.supplier(f"GZ{place:03}", f"广州第{place}家具厂") for place in range(n)]


def _chosen(text: str) -> tuple[Supplier | None, str]:
    form = OpenForm({"supplier": text, "title": "x"})
    form.is_valid()
    said = form.errors.get("supplier")
    return form.cleaned_data.get("supplier"), "".join(str(each) for each in said) if said else ""


@pytest.mark.parametrize(
    "text", ["FS01", "fs01", " FS01 ", "FS01 佛山市恒木家具有限公司", "佛山市恒木家具有限公司", "恒木"]
)
def test_it_is_meant_by_code_name_or_a_part_that_fits_one(text: str) -> None:
    wanted = world.supplier()
    _many(3)
    assert _chosen(text) == (wanted, "")


def test_a_code_is_meant_before_a_name_that_has_it_in_it() -> None:
    short = world.supplier("GZ", "广杰家具")
    world.supplier("GZ1", "GZ 联合家具")
    assert _chosen("GZ") == (short, "")
    assert _chosen("GZ 广杰家具") == (short, "")


def test_a_word_of_one_name_that_is_another_s_code_means_not_the_other() -> None:
    world.supplier("GZ", "广杰家具")
    joined = world.supplier("FS09", "GZ 联合家具厂")
    assert _chosen("GZ 联合家具") == (joined, "")
    assert "没有符合的供应商" in _chosen("GZ 北京家具")[1]


def test_where_several_fit_or_none_it_says_so_and_keeps_what_was_typed() -> None:
    _many(6)
    found, said = _chosen("广州")
    assert found is None
    assert "GZ000 广州第0家具厂" in said
    assert "…" in said
    assert "没有符合的供应商" in _chosen("987654")[1]
    assert "没有符合的供应商" in _chosen("北京")[1]
    buyer = signed_in("luo_buyer")
    answer = buyer.post("/contracts/agreements/new/", {"supplier": "广州", "title": "实木"})
    assert answer.status_code == 422
    assert 'value="广州"' in answer.content.decode()


def test_one_that_is_no_longer_active_is_offered_only_where_it_may_be_meant() -> None:
    gone = world.supplier()
    Supplier.objects.filter(pk=gone.pk).update(active=False)
    assert _chosen("FS01")[0] is None
    assert SupplierFilter({"supplier": "FS01"}).narrowed() == (gone.pk, {"supplier": "FS01"})
    assert choosing.offered("恒木") == []
    assert choosing.offered("恒木", every=True) == [gone]


def test_a_page_offers_a_few_by_one_query_however_many_there_are() -> None:
    everybody()
    _many(choosing.OFFERED + 5)
    buyer = signed_in("luo_buyer")
    page = buyer.get("/contracts/agreements/new/").content.decode()
    assert page.count('<option value="GZ') == choosing.OFFERED
    with CaptureQueriesContext(connection) as asked:
        assert len(choosing.offered("家具")) == choosing.OFFERED
    assert len(asked) == 1
    shown = buyer.get(CHOICES, {"supplier": "GZ021"}).content.decode()
    assert shown.count("<option") == 1


def test_a_form_that_was_led_to_from_a_supplier_has_it_and_a_list_is_narrowed_down_to_one() -> None:
    order = arrange.sent()
    other = world.supplier("YY", "云杨家具")
    buyer = signed_in("luo_buyer")
    led = buyer.get(f"/contracts/agreements/new/?supplier={other.pk}").content.decode()
    assert 'value="YY 云杨家具"' in led
    record = buyer.get(f"/contracts/suppliers/{order.supplier_id}/").content.decode()
    [its_orders] = re.findall(r'href="(/contracts/orders/[^"]*supplier=[^"]*)"', record)
    assert order.number in buyer.get(its_orders.replace("&amp;", "&")).content.decode()
    page = buyer.get("/contracts/orders/", {"tab": "all", "supplier": "恒木"}).content.decode()
    assert order.number in page
    assert order.number not in buyer.get("/contracts/orders/?tab=all&supplier=YY").content.decode()
    nothing = buyer.get("/contracts/orders/", {"tab": "all", "supplier": "没有这家"}).content.decode()
    assert order.number not in nothing
    assert "没有符合的供应商" in nothing
    assert PurchaseOrder.objects.count() == 1


def test_who_fills_in_complaint_forms_chooses_and_who_has_nothing_to_do_with_suppliers_does_not() -> None:
    world.supplier()
    everybody()
    assert signed_in("li_lei").get(CHOICES, {"supplier": "恒木"}).content.decode().count("<option") == 1
    assert signed_in("lin_editor").get(CHOICES).status_code == 403
