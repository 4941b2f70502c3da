"""Pictures: encoded anew, fitting the limit, in an order of their own."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from catalog.models import Picture, ProductPicture
from catalog.selectors.content import first_pictures, pictures_of
from catalog.services import content
from catalog.services.uploads import Sent
from office.errors import Conflict, NotFound
from office.files.api import FileRefused
from tests.catalog.shelf import NOW, product
from tests.people import person


def photo(colour: str = "#8899aa", size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> bytes:
    held = io.BytesIO()
    picture = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[0x010F] = "a camera"
    picture.save(held, kind, exif=exif)
    return held.getvalue()


def add(product_id: int, sent: bytes) -> ProductPicture:
    return content.add_picture(
        product_id=product_id, sent=Sent(sent, "正面.jpg"), by=person("pan_photo"), now=NOW
    )


def test_a_picture_is_kept_without_what_the_camera_wrote(site: None) -> None:
    made = product()
    row = add(made.pk, photo())
    kept = Picture.objects.get(pk=row.picture_id)
    assert b"a camera" not in bytes(kept.content)
    assert (kept.mime, kept.width, kept.height) == ("image/jpeg", 640, 480)


@pytest.mark.parametrize("sent", [b"", b"<svg xmlns='x'/>", b"\x89PNG\r\n\x1a\nbroken", b"MZ" * 100])
def test_what_is_no_picture_is_refused(site: None, sent: bytes) -> None:
    with pytest.raises(FileRefused):
        add(product().pk, sent)
    assert not Picture.objects.exists()


def test_pictures_change_places_and_the_first_stands_for_the_product(site: None) -> None:
    made = product()
    rows = [add(made.pk, photo(colour)) for colour in ("red", "green", "blue")]
    content.move_picture(product_id=made.pk, picture_id=rows[2].pk, by=person("pan_photo"), now=NOW)
    content.move_picture(product_id=made.pk, picture_id=rows[2].pk, by=person("pan_photo"), now=NOW)
    content.move_picture(product_id=made.pk, picture_id=rows[2].pk, by=person("pan_photo"), now=NOW)
    assert [row.pk for row in pictures_of(made.pk)] == [rows[2].pk, rows[0].pk, rows[1].pk]
    assert first_pictures([made.pk]) == {made.pk: rows[2].picture_id}
    content.remove_picture(product_id=made.pk, picture_id=rows[2].pk, by=person("pan_photo"), now=NOW)
    assert [row.pk for row in pictures_of(made.pk)] == [rows[0].pk, rows[1].pk]
    assert Picture.objects.count() == 3


def test_the_same_picture_is_there_once(site: None) -> None:
    made = product()
    add(made.pk, photo())
    with pytest.raises(Conflict):
        add(made.pk, photo())
    other = add(product("茶几").pk, photo())
    assert Picture.objects.get().pk == other.picture_id


def test_what_is_not_there_cannot_be_moved(site: None) -> None:
    made = product()
    for verb in (content.move_picture, content.remove_picture):
        with pytest.raises(NotFound):
            verb(product_id=made.pk, picture_id=1, by=person("pan_photo"), now=NOW)
        with pytest.raises(NotFound):
            verb(product_id=made.pk + 1, picture_id=1, by=person("pan_photo"), now=NOW)
    with pytest.raises(NotFound):
        add(made.pk + 1, photo())
