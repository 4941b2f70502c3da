"""Verbs on assets: add, a new version, describe, retire; a poster is final when the superior agreed to it (J4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.limits import upload_limits
from cms.models import Asset, AssetFinal, AssetVersion
from cms.rules.finding import grams
from cms.services.uploads import Upload
from office.approvals import api as approvals
from office.approvals.services.drafting import drop_draft
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound, Refused
from office.files import api as files
from office.rulebook.selectors import require

if TYPE_CHECKING:
    from office.staff.models import Employee

KEEP = "cms.keep_assets"
FINAL = "cms.poster_final"
#: The subject under which the words of an upload that is being prepared are kept as a draft.
NEW = "new-asset"
#: And those of the next version of an asset: this and its number.
VERSION = "version-"
MOST_TAGS = 10
#: What an asset of each kind may be.
FAMILY = {
    Asset.Purpose.PICTURE: "image",
    Asset.Purpose.POSTER: "image",
    Asset.Purpose.VIDEO: "video",
    Asset.Purpose.DOCUMENT: "document",
}


@transaction.atomic
def add_asset(
    *,
    title: str,
    purpose: str,
    upload: Upload,
    by: Employee,
    now: datetime,
    tags: Iterable[str] = (),
    rights: str = "",
) -> Asset:
    """An asset with its first version. Without a title it is called as its file; without a purpose it is what the file
    is. Raises Forbidden, Invalid, FileRefused."""
    require(by, KEEP, now)
    if purpose and purpose not in Asset.Purpose.values:
        raise Invalid(_("There is no such kind of asset."), code="purpose")
    given = _described(title, tags, rights)
    stored = upload.kept(by=by, now=now, limits=upload_limits(now))
    kind = purpose or ("picture" if stored.family == "image" else stored.family)
    _require_family(kind, stored)
    asset = Asset(
        purpose=kind,
        created_by=by,
        created_at=now,
        updated_at=now,
        rights=given["rights"],
        tags=given["tags"],
    )
    asset.title = given["title"] or stored.name.rsplit(".", 1)[0][:80]
    asset.grams = _grams(asset)
    asset.save()
    _add(asset, stored, "", by, now)
    drop_draft(kind=FINAL, subject_ids=[NEW], by=by)
    audit.record(
        "cms.add_asset",
        subject=asset.subject,
        by=by,
        now=now,
        clause=upload_limits(now).clause,
        data={"kind": asset.purpose, "sha256": stored.sha256, "size": stored.size},
    )
    return asset


@transaction.atomic
def add_version(
    *, asset_id: int, upload: Upload, by: Employee, now: datetime, note: str = "", after: int | None = None
) -> AssetVersion:
    """The next version. `after`: the number the person saw as the newest; another meanwhile is a Conflict. A request
    for the older one becomes void. Raises Forbidden, NotFound, Conflict, FileRefused."""
    require(by, KEEP, now)
    limits = upload_limits(now)
    stored = upload.kept(by=by, now=now, limits=limits)
    asset = _locked(asset_id)
    newest = asset.newest
    if newest is not None and after is not None and newest.number != after:
        raise Conflict(
            _("{name} has put version {number} there meanwhile. Look at it first.").format(
                name=newest.by.name, number=newest.number
            ),
            code="moved_on",
            newest=newest.number,
        )
    if asset.retired_at:
        raise Conflict(_("The asset is retired. Bring it back first."), code="retired")
    _require_family(asset.purpose, stored)
    if newest is not None and newest.stored.sha256 == stored.sha256:
        raise Conflict(_("This is the very same file as the newest version."), code="same")
    version = _add(asset, stored, _line(note, 200, "note"), by, now)
    drop_draft(kind=FINAL, subject_ids=[f"{VERSION}{asset.pk}"], by=by)
    audit.record(
        "cms.add_asset_version",
        subject=asset.subject,
        by=by,
        now=now,
        clause=limits.clause,
        data={"number": version.number, "sha256": stored.sha256, "size": stored.size},
    )
    approvals.subject_changed(subject=asset.subject, by=by, now=now)
    return version


@transaction.atomic
def describe_asset(
    *, asset_id: int, title: str, tags: Iterable[str], rights: str, by: Employee, now: datetime
) -> Asset:
    """Another title, tags, rights. Raises Forbidden, NotFound, Invalid."""
    require(by, KEEP, now)
    given = _described(title, tags, rights)
    if not given["title"]:
        raise _wrong("title", _("This is needed."))
    asset = _locked(asset_id)
    before = {"title": asset.title, "tags": asset.tags, "rights": asset.rights}
    asset.title, asset.tags, asset.rights = given["title"], given["tags"], given["rights"]
    changed = [name for name in before if before[name] != given[name]]
    if changed:
        asset.grams, asset.updated_at = _grams(asset), now
        asset.save(update_fields=[*changed, "grams", "updated_at"])
        audit.record("cms.describe_asset", subject=asset.subject, by=by, now=now, data={"changed": changed})
    return asset


@transaction.atomic
def set_retired(*, asset_id: int, retired: bool, by: Employee, now: datetime) -> Asset:
    """Offered no more, or again. Raises Forbidden, NotFound, Conflict (a request for it is on its way)."""
    require(by, KEEP, now)
    asset = _locked(asset_id)
    if bool(asset.retired_at) == retired:
        return asset
    if (
        retired
        and approvals.Run.objects.filter(
            subject_type="asset", subject_id=str(asset.pk), state__in=["running", "returned", "agreed"]
        ).exists()
    ):
        raise Conflict(_("Its approval is on its way. Take the request back first."), code="running")
    asset.retired_at = now if retired else None
    asset.save(update_fields=["retired_at"])
    audit.record(
        "cms.retire_asset" if retired else "cms.restore_asset", subject=asset.subject, by=by, now=now
    )
    return asset


def ask_final(*, asset_id: int, by: Employee, now: datetime, comment: str = "") -> approvals.Run:
    """Ask the superior to agree to the newest version of a poster; asks again where the request was returned. Raises
    NotFound, Conflict (it is final, it is no poster), and what `submit` raises."""
    asset = Asset.objects.select_related("newest__stored", "final").filter(pk=asset_id).first()
    if asset is None or asset.newest is None:
        raise NotFound(_("There is no such asset."))
    if not asset.is_poster:
        raise Conflict(_("Only a poster is approved before it is final."), code="no_poster")
    if asset.newest_is_final:
        raise Conflict(_("This version is final already."), code="final")
    if asset.retired_at:
        raise Conflict(_("The asset is retired. Bring it back first."), code="retired")
    payload = {"asset": asset.pk, "version": asset.newest.pk, "sha256": asset.newest.stored.sha256}
    returned = approvals.Run.objects.filter(
        kind=FINAL, subject_type="asset", subject_id=str(asset.pk), state="returned", requester=by
    ).first()
    if returned is not None:
        return approvals.resubmit(run_id=returned.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=FINAL, subject=asset.subject, payload=payload, by=by, now=now, comment=comment
    )


def make_final(*, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Called by the approvals engine when the superior has agreed."""
    asset = Asset.objects.select_for_update(of=("self",)).get(pk=payload["asset"])
    final = AssetFinal.objects.create(
        asset=asset, version_id=payload["version"], sha256=payload["sha256"], run=run, at=now
    )
    asset.final, asset.updated_at = final, now
    asset.save(update_fields=["final", "updated_at"])
    audit.record(
        "cms.asset_final",
        subject=asset.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"run": run.pk, "sha256": final.sha256},
    )


def _locked(asset_id: int) -> Asset:
    """Runs first, then the asset: as executing does. Raises NotFound."""
    found = Asset.objects.filter(pk=asset_id).first()
    if found is None:
        raise NotFound(_("There is no such asset."))
    approvals.hold(found.subject)
    return (
        Asset.objects.select_for_update(of=("self",))
        .select_related("newest__stored", "newest__by")
        .get(pk=asset_id)
    )


def _add(asset: Asset, stored: files.StoredFile, note: str, by: Employee, now: datetime) -> AssetVersion:
    number = (asset.newest.number if asset.newest else 0) + 1
    version = AssetVersion.objects.create(asset=asset, number=number, stored=stored, note=note, by=by, at=now)
    asset.newest, asset.updated_at = version, now
    asset.save(update_fields=["newest", "updated_at"])
    return version


def _require_family(purpose: str, stored: files.StoredFile) -> None:
    if FAMILY[Asset.Purpose(purpose)] != stored.family:
        raise Refused(
            _("The file is no {kind}. Choose another kind, or another file.").format(
                kind=Asset.Purpose(purpose).label
            ),
            code="family",
        )


def _described(title: str, tags: Iterable[str], rights: str) -> dict[str, Any]:
    kept = list(dict.fromkeys(_line(tag, 20, "tags") for tag in tags if tag.strip()))
    if len(kept) > MOST_TAGS:
        raise _wrong("tags", _("At most {count} tags.").format(count=MOST_TAGS))
    return {"title": _line(title, 80, "title"), "tags": kept, "rights": _line(rights, 200, "rights")}


def _line(text: str, longest: int, path: str) -> str:
    """One line of text. Raises Invalid."""
    kept = text.strip()
    if len(kept) > longest:
        raise _wrong(path, _("At most {count} characters.").format(count=longest))
    if not kept.isprintable():
        raise _wrong(path, _("Line breaks and control characters do not fit here."))
    return kept


def _wrong(path: str, message: object) -> Invalid:
    return Invalid(message, code=path, errors=[{"path": path, "code": "invalid", "message": str(message)}])


def _grams(asset: Asset) -> list[str]:
    return grams([asset.title, *asset.tags, asset.rights])
