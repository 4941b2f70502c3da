"""The data pack of a product: pictures, the final text, the SKUs; logged; no cost in it."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.urls import reverse

from catalog.models import Picture, Product
from catalog.services import content
from catalog.services.packs import pack_product
from office.audit.models import Entry
from office.errors import Conflict, NotFound
from tests.catalog.asking import agree
from tests.catalog.shelf import NOW, product, sku
from tests.catalog.test_pictures import add, photo
from tests.catalog.test_texts import ask, write
from tests.people import person, signed_in


def with_pictures() -> Product:
    made = sku("SF-2301", cost="1800.00", spec="=雾灰").product
    add(made.pk, photo())
    add(made.pk, photo("red"))
    return made


@pytest.mark.clause("J4")
def test_it_holds_pictures_text_and_skus_and_is_in_the_trail(site: None) -> None:
    made = with_pictures()
    write(made)
    agree(ask(made))
    answer = signed_in("tang_writer").post(
        reverse("catalog:pack", args=[made.pk]), headers={"Accept-Language": "en"}
    )
    found = zipfile.ZipFile(io.BytesIO(b"".join(answer)))
    pictures = [name for name in found.namelist() if name.endswith(".jpg")]
    assert pictures == ["01 北欧布艺三人沙发.jpg", "02 北欧布艺三人沙发.jpg"]
    assert found.read(pictures[0]) == bytes(Picture.objects.order_by("pk")[0].content)
    assert ".zip" in answer["Content-Disposition"]
    words = "".join(found.read(name).decode("utf-8-sig") for name in found.namelist() if name not in pictures)
    assert "全布可拆洗" in words
    assert "'=雾灰" in words
    assert "1800" not in words
    assert Entry.objects.filter(verb="catalog.take_pack", subject_id=str(made.pk)).count() == 1


def test_a_text_that_nobody_agreed_to_is_not_in_it(site: None) -> None:
    made = with_pictures()
    write(made)
    name, parts = pack_product(product_id=made.pk, by=person("tang_writer"), now=NOW)
    assert name == made.title
    assert [part.name.rpartition(".")[2] for part in parts] == ["jpg", "jpg", "csv", "txt"]


def test_where_there_is_nothing_to_hand_out_it_says_so(site: None) -> None:
    with pytest.raises(Conflict) as refused:
        pack_product(product_id=product().pk, by=person("tang_writer"), now=NOW)
    assert refused.value.code == "empty"
    with pytest.raises(NotFound):
        pack_product(product_id=987_654, by=person("tang_writer"), now=NOW)


def test_a_picture_taken_off_the_page_is_not_in_it(site: None) -> None:
    made = product()
    row, _other = add(made.pk, photo()), add(made.pk, photo("red"))
    content.remove_picture(product_id=made.pk, picture_id=row.pk, by=person("pan_photo"), now=NOW)
    assert len(pack_product(product_id=made.pk, by=person("tang_writer"), now=NOW)[1]) == 3  # its mark last
