"""Requests to put goods on sale, or take them off, as the engine and the deciders see them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.kinds.words import yuan
from catalog.models import ChannelListing, FinalText, ProductPicture, Sku
from catalog.selectors.content import final_text, first_pictures
from catalog.services.listing import set_listed
from office.approvals import api as approvals
from office.rulebook.selectors import holds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from office.approvals.models import Run
    from office.staff.models import Employee


def shelf_of(subject_id: str) -> tuple[int, int]:
    """(product, channel) of "12-3"."""
    product, _dash, channel = subject_id.partition("-")
    return int(product), int(channel)


def states(subject_id: str) -> dict[str, str]:
    """What of the product is on sale on the channel."""
    product, channel = shelf_of(subject_id)
    rows = ChannelListing.objects.filter(sku__product_id=product, channel_id=channel, listed=True)
    listed = set(rows.values_list("sku_id", flat=True))
    skus = Sku.objects.filter(product_id=product).values_list("pk", "code")
    return {f"{code} on sale": "yes" if pk in listed else "no" for pk, code in skus}


def listing_fields(subject_id: str) -> Mapping[str, str]:
    """What is on sale, and what customers would see: the specifications, the final text and the pictures."""
    product, _channel = shelf_of(subject_id)
    final = FinalText.objects.filter(product_id=product).order_by("-pk").values_list("pk", flat=True).first()
    shown = ProductPicture.objects.filter(product_id=product, removed_at=None).order_by("place")
    return {
        **states(subject_id),
        **{
            f"{code} spec": spec
            for code, spec in Sku.objects.filter(product_id=product).values_list("code", "spec")
        },
        "text": str(final or ""),
        "pictures": ",".join(str(pk) for pk in shown.values_list("picture_id", flat=True)),
    }


def changes(run: Run) -> list[approvals.Change]:
    """A row for each SKU; and why, where goods with stock leave."""
    found = []
    for index, row in enumerate(run.payload["rows"]):
        name = f"{row['code']} {row['spec']}".strip()
        before, after = (_("not on sale"), _("on sale")) if row["listed"] else (_("on sale"), _("off sale"))
        found.append(approvals.Change("listed", run.payload["channel_name"], before, after, name, index))
        price = yuan(row["price"])
        found.append(approvals.Change("price", _("Selling price"), price, price, name, index))
    return found


def evidence(run: Run) -> list[approvals.Evidence]:
    """The reason of a delisting; the text and the first picture of a listing."""
    product = run.payload["product"]
    if run.payload["reason"]:
        return [approvals.Evidence(_("Reason"), run.payload["reason"])]
    found = []
    final = final_text(product)
    if final is not None:
        found.append(
            approvals.Evidence(
                _("Final text"),
                final.text.title,
                url=reverse("catalog:text", args=[product]),
                at=final.at,
            )
        )
    picture = first_pictures([product]).get(product)
    if picture is not None:
        found.append(approvals.Evidence(_("Picture"), image=reverse("catalog:picture", args=[picture])))
    return found


def list_them(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    set_listed(run=run, payload=payload, listed=True, by=by, now=now)


def delist_them(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    set_listed(run=run, payload=payload, listed=False, by=by, now=now)


def visible(person: Employee, subject_id: str) -> bool:
    """Who manages goods sees what is asked for."""
    return holds(person, "catalog.manage", timezone.now())


def ask_listing(subject_id: str) -> str:
    return reverse("catalog:ask_listing", args=list(shelf_of(subject_id)))


def ask_delisting(subject_id: str) -> str:
    return reverse("catalog:ask_delisting", args=list(shelf_of(subject_id)))


def url(subject_id: str) -> str:
    """The product's page, at its channels."""
    return f"{reverse('catalog:product', args=[shelf_of(subject_id)[0]])}#channels"
