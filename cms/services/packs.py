"""Packs (J4): chosen assets of the library, or everything attached to a text, as one ZIP; logged."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.models import Asset, AssetVersion, Version
from cms.selectors import assets, attachments
from cms.selectors.access import access_item
from office.audit import api as audit
from office.audit.api import Act
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.files import api as files
from office.rulebook.selectors import require
from office.subjects import Subject
from office.tables.marks import new_mark

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {
    "cms.take_asset": gettext_lazy("Taken in a pack"),
    "cms.take_assets": gettext_lazy("Assets taken as a pack"),
    "cms.take_files": gettext_lazy("Attachments taken as a pack"),
}
MOST = 40


def pack_assets(*, asset_ids: Collection[int], by: Employee, now: datetime) -> list[files.Part]:
    """The newest version of each, of posters the final one where the book has them approved. Raises Forbidden,
    NotFound, Invalid (none or too many), Conflict (`not_offered`: retired, or a poster nobody agreed to, named)."""
    require(by, assets.SEE, now)
    if not asset_ids:
        raise Invalid(_("Choose at least one."), code="none")
    if len(asset_ids) > MOST:
        raise Invalid(_("At most {count} at once.").format(count=MOST), code="many")
    chosen = Asset.objects.filter(pk__in=asset_ids).select_related("newest__stored", "final__version__stored")
    found = list(chosen.order_by("title", "pk"))
    if len(found) != len(asset_ids):
        raise NotFound(_("There is no such asset."))
    versions = {asset.pk: assets.version_to_hand_out(asset, now) for asset in found}
    missing = [asset.title for asset in found if versions[asset.pk] is None]
    if missing:
        raise Conflict(
            _("Retired, or a poster that is not final: {names}. Leave it out.").format(
                names=enumerated(missing)
            ),
            code="not_offered",
        )
    parts = [_part(asset, version) for asset in found if (version := versions[asset.pk])]
    with transaction.atomic():
        audit.record_many(
            [
                Act("cms.take_asset", asset.subject, {"version": version.number}, "C13.5")
                for asset in found
                if (version := versions[asset.pk])
            ],
            by=by,
            now=now,
        )
        mark = new_mark(by, now)
        audit.record_export(
            "cms.take_assets",
            mark=mark,
            subject=Subject("asset_pack", mark.code, ""),
            by=by,
            now=now,
            rows=len(parts),
            format="zip",
        )
    return [*parts, files.mark_part(mark)]


def _part(asset: Asset, version: AssetVersion) -> files.Part:
    return files.stored_part(version.stored, asset.title)


def pack_attachments(
    *, item_id: int, number: int, by: Employee, now: datetime
) -> tuple[str, list[files.Part]]:
    """The name and the files of one version. Whoever may see the content may have them. Raises NotFound."""
    item = access_item(item_id=item_id, person=by, now=now)
    version = Version.objects.filter(item=item, number=number).first()
    if version is None or not version.files:
        raise NotFound(_("There is no such attachment."))
    parts = attachments.parts_of(version)
    mark = new_mark(by, now)
    audit.record_export(
        "cms.take_files",
        mark=mark,
        subject=item.subject,
        by=by,
        now=now,
        rows=len(parts),
        format="zip",
        data={"version": version.number, "files": len(parts)},
    )
    return version.title, [*parts, files.mark_part(mark)]
