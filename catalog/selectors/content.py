"""Reading pictures and texts."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from catalog.models import FinalText, Picture, ProductPicture, TextVersion
from office.errors import NotFound


def pictures_of(product_id: int) -> list[ProductPicture]:
    """What is shown, in order, without the bytes."""
    rows = ProductPicture.objects.filter(product_id=product_id, removed_at=None)
    return list(rows.select_related("picture").defer("picture__content", "picture__thumb").order_by("place"))


def first_pictures(product_ids: Collection[int]) -> dict[int, int]:
    """Product → the id of its first picture (of Picture); one query."""
    rows = ProductPicture.objects.filter(product_id__in=product_ids, removed_at=None)
    return dict(
        rows.order_by("product_id", "place").distinct("product_id").values_list("product_id", "picture_id")
    )


def access_picture(picture_id: int) -> Picture:
    """With its bytes. Raises NotFound."""
    found: Picture | None = Picture.objects.filter(pk=picture_id).first()
    if found is None:
        raise NotFound(_("There is no such picture."))
    return found


def texts_of(product_id: int) -> list[TextVersion]:
    """All versions, the latest first."""
    return list(TextVersion.objects.filter(product_id=product_id).select_related("by").order_by("-number"))


def final_text(product_id: int) -> FinalText | None:
    """The version that counts now; None while none is final."""
    return (
        FinalText.objects.filter(product_id=product_id)
        .select_related("text__by", "run")
        .order_by("-pk")
        .first()
    )
