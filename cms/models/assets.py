"""Assets (J4): pictures, posters, videos and documents for the site, each with its versions."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


class Asset(models.Model):
    """One thing to show. What it looks like is in its versions; `newest` is the last, `final` the last that a superior
    agreed to (posters only). A retired asset is offered no more and stays where it is used."""

    class Purpose(models.TextChoices):
        PICTURE = "picture", _("Picture")
        POSTER = "poster", _("Poster")
        VIDEO = "video", _("Video")
        DOCUMENT = "document", _("Document")

    title = models.CharField(_("title"), max_length=80)
    purpose = models.CharField(_("kind"), max_length=10, choices=Purpose.choices)
    tags = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("tags"))
    rights = models.CharField(_("source and rights"), max_length=200, blank=True)
    newest = models.OneToOneField("cms.AssetVersion", models.PROTECT, null=True, related_name="+")
    final = models.OneToOneField("cms.AssetFinal", models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    grams = ArrayField(models.CharField(max_length=2), default=list)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="asset_updated"),
            models.Index(fields=["purpose", "-updated_at", "-id"], name="asset_purpose_updated"),
            GinIndex(fields=["grams"], name="asset_grams"),
            GinIndex(fields=["tags"], name="asset_tags"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        return Subject("asset", str(self.pk), self.title)

    @property
    def is_poster(self) -> bool:
        return self.purpose == self.Purpose.POSTER

    @property
    def newest_is_final(self) -> bool:
        return self.final is not None and self.final.version_id == self.newest_id


class AssetVersion(LawModel):
    """What an asset looks like from `at` on; insert-only, numbered from 1."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    stored = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    note = models.CharField(_("what is different"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of an asset")
        verbose_name_plural = _("versions of assets")
        constraints = [
            models.UniqueConstraint(fields=["asset", "number"], name="asset_version_number_once"),
            models.CheckConstraint(condition=models.Q(number__gt=0), name="asset_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.asset} v{self.number}"


class AssetFinal(LawModel):
    """A version that is final (J4): it names the run in which the superior agreed to exactly these bytes."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="finals")
    version = models.OneToOneField(AssetVersion, models.PROTECT, related_name="final")
    sha256 = models.CharField(max_length=64)
    run = models.ForeignKey("approvals.Run", models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("final version")
        verbose_name_plural = _("final versions")
