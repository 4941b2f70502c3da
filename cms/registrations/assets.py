"""What the engines below are told about assets."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.models import Asset, AssetVersion
from cms.services import assets, packs
from office.approvals import api as approvals
from office.audit import api as audit
from office.subjects import register_subject


def register() -> None:
    """Called once at start."""
    register_subject("asset", _("Asset"), lambda pk: reverse("cms:asset", args=[pk]))
    audit.register_verbs(
        {
            "cms.add_asset": _("Asset added"),
            "cms.add_asset_version": _("New version of an asset"),
            "cms.describe_asset": _("Description changed"),
            "cms.retire_asset": _("Asset retired"),
            "cms.restore_asset": _("Asset brought back"),
            "cms.asset_final": _("Poster is final"),
        }
    )
    audit.register_verbs(packs.VERBS)
    approvals.register_kind(
        approvals.Kind(
            code=assets.FINAL,
            name=_("Final poster"),
            subject_type="asset",
            fields=_fields,
            changes=_changes,
            apply=lambda run, payload, by, now: assets.make_final(run=run, payload=payload, by=by, now=now),
            evidence=_evidence,
            ask=_ask,
        )
    )


def _ask(subject_id: str) -> str:
    """Where somebody goes on: the asset, or the upload that he had begun to describe."""
    if subject_id == assets.NEW:
        return reverse("cms:asset_new")
    return reverse("cms:asset", args=[subject_id.removeprefix(assets.VERSION)])


def _fields(subject_id: str) -> Mapping[str, str]:
    asset = Asset.objects.select_related("newest__stored").get(pk=subject_id)
    return {"version": asset.newest.stored.sha256 if asset.newest else ""}


def _changes(run: approvals.Run) -> list[approvals.Change]:
    asset = Asset.objects.select_related("final__version").get(pk=run.subject_id)
    version = AssetVersion.objects.select_related("stored").get(pk=run.payload["version"])
    before = f"v{asset.final.version.number}" if asset.final else ""
    stored = version.stored
    return [
        approvals.Change("version", _("Final version"), before, f"v{version.number}"),
        approvals.Change("size", _("Picture"), "", f"{stored.width} × {stored.height}, {stored.size_text}"),
    ]


def _evidence(run: approvals.Run) -> list[approvals.Evidence]:
    version = AssetVersion.objects.get(pk=run.payload["version"])
    url = reverse("cms:asset_file", args=[run.subject_id, version.number])
    return [approvals.Evidence(label=_("The poster"), text=version.note, image=url, url=url, at=version.at)]
