"""Pictures of a product, and its texts: written in versions, final once the superior has approved (J4)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from catalog.models import FinalText, Picture, Product, ProductPicture, TextVersion
from catalog.selectors.goods import access_product
from catalog.services.checks import Problems
from catalog.services.shelves import hold_product, product_changed
from catalog.services.uploads import Sent, fitting_picture, thumb_of
from catalog.subjects import product_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from office.approvals.models import Run
    from office.staff.models import Employee

KIND = "catalog.text"
MOST_PICTURES, LONGEST_TEXT = 20, 10_000
VERBS = {
    "catalog.add_picture": _("Picture added"),
    "catalog.remove_picture": _("Picture removed"),
    "catalog.move_picture": _("Picture moved"),
    "catalog.write_text": _("Text written"),
    "catalog.final_text": _("Text became final"),
}


def add_picture(
    *, product_id: int, sent: Sent, by: Employee, now: datetime, caption: str = ""
) -> ProductPicture:
    """The picture, encoded anew and within the limit, after the others. Raises NotFound, Invalid, Conflict, and
    FileRefused as `fitting_picture`."""
    wrong = Problems()
    caption = wrong.text("caption", caption, 80, required=False)
    wrong.raise_if_any(_("The picture was not kept."))
    with transaction.atomic():
        made = fitting_picture(sent, by=by, now=now)
        subjects = hold_product(product_id)
        product = _locked(product_id)
        shown = ProductPicture.objects.filter(product=product, removed_at=None)
        if shown.count() >= MOST_PICTURES:
            raise Conflict(
                _("A product has at most {count} pictures.").format(count=MOST_PICTURES), code="full"
            )
        digest = hashlib.sha256(made.content).hexdigest()
        if shown.filter(picture__sha256=digest).exists():
            raise Conflict(_("This picture is there already."), code="there")
        kept = Picture.objects.filter(sha256=digest).first() or Picture.objects.create(
            mime=made.mime,
            content=made.content,
            thumb=thumb_of(made.content),
            size=len(made.content),
            width=made.width,
            height=made.height,
            sha256=digest,
            at=now,
        )
        last = shown.aggregate(last=Max("place"))["last"]
        row = ProductPicture.objects.create(
            product=product, picture=kept, caption=caption, place=0 if last is None else last + 1
        )
        audit.record(
            "catalog.add_picture",
            subject=product_subject(product),
            by=by,
            now=now,
            data={
                "picture": kept.pk,
                "sha256": digest,
                "bytes": kept.size,
                "sent": len(sent.content),
                "offered": sent.offer is not None,
            },
        )
        product_changed(subjects, by=by, now=now)
    return row


@transaction.atomic
def remove_picture(*, product_id: int, picture_id: int, by: Employee, now: datetime) -> None:
    """It is no longer shown; what it was stays. `picture_id`: of the ProductPicture. Raises NotFound."""
    subjects = hold_product(product_id)
    product = _locked(product_id)
    row = _shown(product, picture_id)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    audit.record(
        "catalog.remove_picture",
        subject=product_subject(product),
        by=by,
        now=now,
        data={"picture": row.picture_id},
    )
    product_changed(subjects, by=by, now=now)


@transaction.atomic
def move_picture(*, product_id: int, picture_id: int, by: Employee, now: datetime) -> None:
    """One place to the front; the first is what lists show. Raises NotFound."""
    subjects = hold_product(product_id)
    product = _locked(product_id)
    row = _shown(product, picture_id)
    shown = ProductPicture.objects.filter(product=product, removed_at=None)
    before = shown.filter(place__lt=row.place).order_by("-place").first()
    if before is None:
        return
    mine, theirs = row.place, before.place
    highest = shown.aggregate(last=Max("place"))["last"]
    for moved, place in ((before, highest + 1), (row, theirs), (before, mine)):  # one place holds one picture
        moved.place = place
        moved.save(update_fields=["place"])
    audit.record(
        "catalog.move_picture",
        subject=product_subject(product),
        by=by,
        now=now,
        data={"picture": row.picture_id, "place": theirs},
    )
    product_changed(subjects, by=by, now=now)


def write_text(
    *, product_id: int, title: str, points: str, body: str, by: Employee, now: datetime
) -> TextVersion:
    """Another version. A request about an earlier one that is on its way becomes void. Raises NotFound, Invalid."""
    wrong = Problems()
    title = wrong.text("title", title, 120)
    points, body = points.strip().replace("\r\n", "\n"), body.strip().replace("\r\n", "\n")
    if len(points) > 500:
        wrong.add("points", "too_long", _("At most {count} characters.").format(count=500))
    if not 0 < len(body) <= LONGEST_TEXT:
        wrong.add("body", "length", _("Between 1 and {count} characters.").format(count=LONGEST_TEXT))
    if "\0" in points + body:
        wrong.add("body", "characters", _("Line breaks and control characters do not fit here."))
    wrong.raise_if_any(_("The text was not kept."))
    with transaction.atomic():
        subjects = hold_product(product_id)
        product = _locked(product_id)
        last: TextVersion | None = product.texts.order_by("-number").first()
        if last is not None and (last.title, last.points, last.body) == (title, points, body):
            return last
        version: TextVersion = TextVersion.objects.create(
            product=product,
            number=last.number + 1 if last else 1,
            title=title,
            points=points,
            body=body,
            by=by,
            at=now,
        )
        audit.record(
            "catalog.write_text",
            subject=product_subject(product),
            by=by,
            now=now,
            data={"version": version.number, "sha256": digest_of(version)},
        )
        product_changed(subjects, by=by, now=now)
    return version


def ask_text(
    *, product_id: int, by: Employee, now: datetime, comment: str = "", again: Run | None = None
) -> Run:
    """Ask the superior to approve the latest version. Raises NotFound, Conflict (`final`: it is already), and what
    `submit` raises."""
    product = access_product(product_id)
    version = product.texts.order_by("-number").first()
    if version is None:
        raise NotFound(_("There is no text yet."))
    if FinalText.objects.filter(text=version).exists():
        raise Conflict(_("This version is final already."), code="final")
    payload = {
        "product": product.pk,
        "text": version.pk,
        "number": version.number,
        "sha256": digest_of(version),
        "title": version.title,
        "points": version.points,
        "body": version.body,
    }
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=KIND, subject=product_subject(product), payload=payload, by=by, now=now, comment=comment
    )


def digest_of(version: TextVersion) -> str:
    """SHA-256 over what the version says."""
    text = "\x1f".join((version.title, version.points, version.body))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_text(payload: Mapping[str, Any]) -> None:
    """Raises Invalid where the paper does not say what the version says."""
    version = TextVersion.objects.filter(pk=payload.get("text") or 0).first()
    if version is None or payload.get("sha256") != digest_of(version):
        raise Invalid(_("There is no text yet."), code="text")


def finish_text(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> FinalText:
    """The approved version is final from now on."""
    final = FinalText.objects.create(
        product_id=payload["product"],
        text_id=payload["text"],
        sha256=payload["sha256"],
        at=now,
        run=run,
    )
    audit.record(
        "catalog.final_text",
        subject=product_subject(access_product(payload["product"])),
        by=by,
        now=now,
        clause=run.clause,
        data={"version": payload["number"], "sha256": payload["sha256"], "run": run.pk},
    )
    return final


def _locked(product_id: int) -> Product:
    product = Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
    if product is None:
        raise NotFound(_("There is no such product."))
    return product


def _shown(product: Product, picture_id: int) -> ProductPicture:
    row = ProductPicture.objects.filter(product=product, pk=picture_id, removed_at=None).first()
    if row is None:
        raise NotFound(_("There is no such picture."))
    return row
