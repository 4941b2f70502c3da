"""A picture over the limit is offered smaller, beside the original, and accepted by one act."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from office.audit.models import Entry
from office.errors import NotFound
from office.files import api as files
from office.files.models import Offer
from tests.files.samples import LIMITS, PDF, encoded, large_picture, photo, small_picture
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer() -> Offer:
    return files.offer_smaller(
        content=large_picture(),
        name="海报.jpg",
        by=person("zheng_designer"),
        now=timezone.now(),
        limits=LIMITS,
    )


def accept(
    offer: Offer, who: str = "zheng_designer", later: dt.timedelta = dt.timedelta()
) -> files.StoredFile:
    return files.accept_offer(offer_id=offer.pk, by=person(who), now=offer.made_at + later, clause="C6.9")


@pytest.mark.clause("C6.9")
def test_what_is_offered_fits_and_says_what_it_was(offer: Offer) -> None:
    assert offer.smaller_size <= LIMITS.image < offer.sent_size
    assert (offer.original_width, offer.original_height) == (1600, 1200)


@pytest.mark.clause("C6.9")
def test_accepting_keeps_the_smaller_picture(offer: Offer) -> None:
    stored = accept(offer)
    with Image.open(io.BytesIO(files.content_of(stored))) as picture:
        assert picture.size == (stored.width, stored.height)
    assert (stored.name, stored.size) == ("海报.jpg", offer.smaller_size)
    entry = Entry.objects.filter(verb="files.accept_smaller").latest("id")
    assert (entry.subject_id, entry.clause) == (str(stored.pk), "C6.9")


def test_an_offer_is_accepted_once(offer: Offer) -> None:
    accept(offer)
    with pytest.raises(NotFound):
        accept(offer)


def test_nobody_accepts_what_was_offered_to_another(offer: Offer) -> None:
    with pytest.raises(NotFound):
        accept(offer, "lin_editor")


def test_an_offer_ends_after_a_day(offer: Offer) -> None:
    with pytest.raises(NotFound):
        accept(offer, later=dt.timedelta(days=1))


def test_nothing_is_offered_for_what_is_no_picture_or_cannot_fit() -> None:
    for content, limits in (
        (PDF, LIMITS._replace(document=10)),
        (encoded(photo(1200, 1200), quality=95), LIMITS._replace(image=2_000)),
    ):
        with pytest.raises(files.FileRefused) as refused:
            files.offer_smaller(
                content=content, name="x", by=person("zheng_designer"), now=timezone.now(), limits=limits
            )
        assert refused.value.code == "too_large"


def test_nothing_is_offered_for_a_damaged_picture() -> None:
    with pytest.raises(files.FileRefused) as refused:
        files.offer_smaller(
            content=small_picture()[:60],
            name="x",
            by=person("zheng_designer"),
            now=timezone.now(),
            limits=LIMITS,
        )
    assert refused.value.code == "damaged"


def test_its_pictures_are_shown_to_its_owner_only(offer: Offer) -> None:
    for which in ("original", "smaller"):
        url = reverse("files:offer_picture", args=[offer.pk, which])
        answer = signed_in("zheng_designer").get(url)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        b"".join(answer)
        assert signed_in("lin_editor").get(url).status_code == 404
