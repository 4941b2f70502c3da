"""Reads: the library of assets, one asset, what an editor may attach, where an asset is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.models import Asset, AssetVersion, Item, Version
from cms.rules.finding import wanted
from cms.selectors.asked import newest_run
from cms.services.assets import FINAL
from office.approvals.selectors.runs import may_read_about
from office.errors import NotFound
from office.files.models import StoredFile
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

SEE = "cms.see_assets"
PAGE = 24
STATES = ("draft", "asked", "final", "retired")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the library; "" and None: everything. `before`: the last of the page before."""

    text: str = ""
    purpose: str = ""
    tag: str = ""
    state: str = ""
    mine: int | None = None
    before: tuple[datetime, int] | None = None


def library(wish: Wanted) -> list[Asset]:
    """The latest first, one more than a page. Retired ones only when they are asked for."""
    found: QuerySet[Asset] = Asset.objects.select_related("newest__stored", "newest__by", "final")
    found = found.annotate(run_state=newest_run("asset")).filter(retired_at__isnull=wish.state != "retired")
    if wish.text:
        found = found.filter(grams__contains=wanted(wish.text))
    if wish.purpose:
        found = found.filter(purpose=wish.purpose)
    if wish.tag:
        found = found.filter(tags__contains=[wish.tag])
    if wish.mine is not None:
        found = found.filter(created_by=wish.mine)
    if wish.state in ("draft", "asked", "final"):
        found = _posters(found, wish.state)
    if wish.before is not None:
        at, pk = wish.before
        found = found.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=pk))
    return list(found.order_by("-updated_at", "-pk")[: PAGE + 1])


def _posters(found: QuerySet[Asset], state: str) -> QuerySet[Asset]:
    posters = found.filter(purpose=Asset.Purpose.POSTER)
    is_final = Q(final__version_id=F("newest_id"))
    if state == "final":
        return posters.filter(is_final)
    asked = Q(run_state__in=["running", "returned"])
    rest = posters.exclude(is_final & Q(final__isnull=False))
    return rest.filter(asked) if state == "asked" else rest.exclude(asked & Q(run_state__isnull=False))


def access_asset(person: Employee, pk: int, now: datetime) -> Asset:
    """For those who may see the library, and whoever reads a request about this one. Raises NotFound."""
    found = (
        Asset.objects.select_related("newest__stored", "newest__by", "final__version", "created_by")
        .filter(pk=pk)
        .first()
    )
    if found is not None and (rulebook.may(person, SEE, now) or may_read_about(found.subject, person, now)):
        return found
    raise NotFound(_("There is no such asset."))


def access_file(person: Employee, pk: int, number: int, now: datetime) -> StoredFile:
    """The bytes of one version. Raises NotFound."""
    asset = access_asset(person, pk, now)
    version = AssetVersion.objects.select_related("stored").filter(asset=asset, number=number).first()
    if version is None:
        raise NotFound(_("There is no such version."))
    stored: StoredFile = version.stored
    return stored


def versions_of(asset: Asset) -> list[AssetVersion]:
    """The latest first."""
    return list(asset.versions.select_related("stored", "by").order_by("-number"))


def used_in(person: Employee, asset: Asset, limit: int = 20) -> list[Item]:
    """The content whose newest version has any version of this asset attached, the latest first. Confidential content
    is named to its writer only: its own page knows who else may see it."""
    kept = asset.versions.values_list("stored__sha256", flat=True)
    hit = Q()
    for sha256 in dict.fromkeys(kept):
        hit |= Q(files__contains=[[sha256]])
    if not hit:
        return []
    versions = Version.objects.filter(hit).values("id")
    found = Item.objects.filter(newest_id__in=versions).filter(Q(confidential=False) | Q(created_by=person))
    return list(found.select_related("column").order_by("-updated_at")[:limit])


@dataclass(frozen=True, slots=True)
class Attachable:
    """What an editor puts into a version's `files`: [sha256, name]; `url` shows it to staff."""

    asset: int
    title: str
    sha256: str
    name: str
    family: str
    size_text: str
    url: str
    preview: str


def attachable(
    text: str = "", family: str = "", at: datetime | None = None, limit: int = 24
) -> list[Attachable]:
    """What may be attached to content, the latest first: of a poster its final version, where the book has posters
    approved; of everything else the newest."""
    found = Asset.objects.filter(retired_at=None, newest__isnull=False).select_related(
        "newest__stored", "final__version__stored"
    )
    if posters_are_approved(at):
        found = found.filter(~Q(purpose=Asset.Purpose.POSTER) | Q(final__isnull=False))
    if text:
        found = found.filter(grams__contains=wanted(text))
    if family:
        found = found.filter(newest__stored__family=family)
    return [_attachable(each, at) for each in found.order_by("-updated_at", "-pk")[:limit]]


def offered(found: QuerySet[Asset], at: datetime | None = None) -> list[Attachable]:
    """The same of certain assets."""
    if posters_are_approved(at):
        found = found.filter(~Q(purpose=Asset.Purpose.POSTER) | Q(final__isnull=False))
    rows = found.select_related("newest__stored", "final__version__stored")[:100]
    return [_attachable(each, at) for each in rows]


def _attachable(asset: Asset, at: datetime | None) -> Attachable:
    version = asset.newest
    if asset.is_poster and asset.final is not None and posters_are_approved(at):
        version = asset.final.version
    if version is None:
        raise LookupError(f"asset {asset.pk} has no version")
    stored, place = version.stored, [asset.pk, version.number]
    return Attachable(
        asset.pk,
        asset.title,
        stored.sha256,
        stored.name,
        stored.family,
        stored.size_text,
        reverse("cms:asset_file", args=place),
        reverse("cms:asset_preview", args=place) if stored.is_picture else "",
    )


def version_to_hand_out(asset: Asset, at: datetime) -> AssetVersion | None:
    """What leaves the library now: the newest version, of a poster the final one where the book has posters approved.
    None of what is retired and of a poster nobody agreed to."""
    if asset.retired_at:
        return None
    if asset.is_poster and posters_are_approved(at):
        return asset.final.version if asset.final else None
    return asset.newest


def stored_by_sha256(sha256: str) -> StoredFile | None:
    """The kept file of an attachment, for the page that shows it. Whoever calls has asked who may see the content."""
    return StoredFile.objects.filter(sha256=sha256).order_by("id").first()


def not_final(sha256s: list[str], at: datetime | None = None) -> list[Asset]:
    """Posters among the attachments that nobody agreed to (J4); none where the book does not ask."""
    if not posters_are_approved(at):
        return []
    versions = (
        AssetVersion.objects.filter(
            stored__sha256__in=sha256s, asset__purpose=Asset.Purpose.POSTER, final__isnull=True
        )
        .exclude(stored__sha256__in=_agreed(sha256s))
        .select_related("asset")
    )
    return list({version.asset_id: version.asset for version in versions}.values())


def _agreed(sha256s: list[str]) -> list[str]:
    return list(
        AssetVersion.objects.filter(stored__sha256__in=sha256s, final__isnull=False).values_list(
            "stored__sha256", flat=True
        )
    )


def posters_are_approved(at: datetime | None = None) -> bool:
    """Whether the book in force has the superior agree before a poster is final."""
    return rulebook.has_rule(FINAL, at)


def tags(limit: int = 20) -> list[str]:
    """Those in use on the latest assets."""
    rows = Asset.objects.filter(retired_at=None).order_by("-updated_at").values_list("tags", flat=True)[:200]
    counted: dict[str, int] = {}
    for row in rows:
        for tag in row:
            counted[tag] = counted.get(tag, 0) + 1
    return sorted(counted, key=lambda tag: (-counted[tag], tag))[:limit]
