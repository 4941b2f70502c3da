"""Putting goods on sale and taking them off (C11.2, M9.2): asked for by product and channel, decided by SKU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from catalog.models import Channel, ChannelListing, Product, Sku
from catalog.selectors.checklist import checklist
from catalog.selectors.prices import live_prices
from catalog.services.checks import lock_skus
from catalog.services.debuts import debuts_listed
from catalog.services.executed import require_evidence
from catalog.services.facts import write_facts
from catalog.subjects import shelf_subject, sku_subject
from office.approvals import api as approvals
from office.audit import api as audit
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from office.approvals.models import Run
    from office.staff.models import Employee

LIST, DELIST = "catalog.listing", "catalog.delisting"
VERBS = {"catalog.list": _("Put on sale"), "catalog.delist": _("Taken off sale")}


def ask_listing(
    *,
    product_id: int,
    channel_id: int,
    sku_ids: Sequence[int],
    by: Employee,
    now: datetime,
    comment: str = "",
    again: Run | None = None,
) -> Run:
    """Ask that the SKUs go on sale on the channel. Raises NotFound, Invalid (`incomplete`: the checklist, with an error
    for each missing item), Conflict (`listed`), and what `submit` raises."""
    product, channel, skus = _goods(product_id, channel_id, sku_ids)
    present = set(
        ChannelListing.objects.filter(sku__in=skus, channel=channel, listed=True).values_list(
            "sku_id", flat=True
        )
    )
    if present:
        names = enumerated(sku.code for sku in skus if sku.pk in present)
        raise Conflict(_("{codes} is on sale there already.").format(codes=names), code="listed")
    require_complete(product, channel, skus, now)
    return _ask(LIST, product, channel, skus, by, now, comment, again, reason="")


def ask_delisting(
    *,
    product_id: int,
    channel_id: int,
    sku_ids: Sequence[int],
    reason: str,
    by: Employee,
    now: datetime,
    comment: str = "",
    again: Run | None = None,
) -> Run:
    """Ask that the SKUs go off sale although there is stock. Raises NotFound, Invalid, Conflict (`not_listed`), and
    what `submit` raises."""
    product, channel, skus = _goods(product_id, channel_id, sku_ids)
    said = reason.strip()[:500]
    if not said:
        message = _("Please give the reason.")
        raise Invalid(
            message, errors=[{"path": "reason", "code": "required", "message": str(message)}], code="reason"
        )
    present = set(
        ChannelListing.objects.filter(sku__in=skus, channel=channel, listed=True).values_list(
            "sku_id", flat=True
        )
    )
    missing = [sku.code for sku in skus if sku.pk not in present]
    if missing:
        raise Conflict(
            _("{codes} is not on sale there.").format(codes=enumerated(missing)), code="not_listed"
        )
    return _ask(DELIST, product, channel, skus, by, now, comment, again, reason=said)


def _ask(
    kind: str,
    product: Product,
    channel: Channel,
    skus: Sequence[Sku],
    by: Employee,
    now: datetime,
    comment: str,
    again: Run | None,
    *,
    reason: str,
) -> Run:
    live = live_prices([sku.pk for sku in skus], [channel.pk], now)
    rows = []
    for sku in skus:
        found = live.get((sku.pk, channel.pk))
        rows.append(
            {
                "sku": sku.pk,
                "code": sku.code,
                "spec": sku.spec,
                "listed": kind == LIST,
                "price": found.price if found else None,
            }
        )
    payload: dict[str, Any] = {
        "product": product.pk,
        "channel": channel.pk,
        "channel_name": channel.name,
        "rows": rows,
        "reason": reason,
    }
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=kind, subject=shelf_subject(product, channel), payload=payload, by=by, now=now, comment=comment
    )


def _goods(product_id: int, channel_id: int, sku_ids: Sequence[int]) -> tuple[Product, Channel, list[Sku]]:
    product = Product.objects.filter(pk=product_id).first()
    channel = Channel.objects.filter(pk=channel_id, active=True).first()
    if product is None or channel is None:
        raise NotFound(_("There is no such product on this channel."))
    skus = list(Sku.objects.filter(pk__in=set(sku_ids), product=product, active=True).order_by("code"))
    if not skus or len(skus) != len(set(sku_ids)):
        message = _("Please choose the SKUs.")
        raise Invalid(
            message, errors=[{"path": "skus", "code": "required", "message": str(message)}], code="skus"
        )
    return product, channel, skus


def _require_active(channel: Channel, skus: Iterable[Sku]) -> None:
    """Nothing goes on sale that left the range, or on a channel that was closed, since it was asked for."""
    gone = [sku.code for sku in skus if not sku.active] or ([] if channel.active else [channel.name])
    if gone:
        raise Conflict(_("{names} is out of use meanwhile.").format(names=enumerated(gone)), code="inactive")


def require_complete(product: Product, channel: Channel, skus: Sequence[Sku], now: datetime) -> None:
    """Raises Invalid with an error for each item of the checklist that is missing."""
    errors = [
        {
            "path": item.key,
            "code": "missing",
            "message": _("{name}: {missing}. {hint}").format(
                name=item.name, missing=enumerated(item.missing), hint=item.hint
            ),
        }
        for item in checklist(product, channel, skus, now)
        if not item.ok
    ]
    if errors:
        raise Invalid(
            _("Something is still missing before this can go on sale."), errors=errors, code="incomplete"
        )


def check_rows(payload: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    rows = payload.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Invalid(_("Please choose the SKUs."), code="skus")


def set_listed(
    *, run: Run, payload: Mapping[str, Any], listed: bool, by: Employee | None, now: datetime
) -> list[ChannelListing]:
    """What was agreed is carried out in the shop: facts, and the listings that follow them. The checklist is looked at
    once more under the lock of the SKUs, so that nothing goes on sale while its last piece leaves.

    Raises Invalid (`incomplete`, `execution_evidence`), Conflict (`inactive`)."""
    require_evidence(run)
    rows = payload["rows"]
    skus = {sku.pk: sku for sku in lock_skus(row["sku"] for row in rows)}
    channel = Channel.objects.get(pk=payload["channel"])
    if listed:
        _require_active(channel, skus.values())
        product = Product.objects.get(pk=payload["product"])
        require_complete(product, channel, list(skus.values()), now)
        ChannelListing.objects.bulk_create(
            [ChannelListing(sku_id=pk, channel=channel) for pk in sorted(skus)], ignore_conflicts=True
        )
    listings = list(
        ChannelListing.objects.select_for_update()
        .filter(sku_id__in=skus, channel=channel, listed=not listed)
        .order_by("pk")
    )
    write_facts(listings, listed=listed, now=now, run_id=run.pk)
    if listed:
        debuts_listed(product_ids={sku.product_id for sku in skus.values()}, by=by, now=now)
    audit.record_many(
        [
            audit.Act(
                "catalog.list" if listed else "catalog.delist",
                sku_subject(skus[each.sku_id]),
                {"channel": channel.code, "run": run.pk},
                run.clause,
            )
            for each in listings
        ],
        by=by,
        now=now,
    )
    return listings
