"""Content: an item, its versions, who read it a second time. What is being typed is a draft of the approvals engine."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from cms.models.columns import Column
from cms.rules.content import CONFIDENTIAL, COPYRIGHT, FLAGS, IMPORTANT, KINDS
from office.audit.lawful import LawModel
from office.subjects import Subject


class Item(models.Model):
    """One thing that is or may be on the site. What it says is in its versions; `newest` is the one people work on,
    which need not be the one that is live (cms.selectors.live).

    `title` repeats the newest version's. `hidden_at`: taken down (C6.7), nothing published up to that
    instant is shown any more; written by the verbs of takedown only. `grams`: what the list searches (cms.searching).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=12, choices=KINDS)
    column = models.ForeignKey(
        Column, on_delete=models.PROTECT, related_name="items", verbose_name=_("column")
    )
    title = models.CharField(_("title"), max_length=120)
    newest = models.ForeignKey("cms.Version", on_delete=models.PROTECT, null=True, related_name="+")
    confidential = models.BooleanField(_("confidential"), default=False)
    copyright = models.BooleanField(_("under somebody’s copyright"), default=False)
    important = models.BooleanField(_("important"), default=False)
    department = models.CharField(_("source department"), max_length=60, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="content_begun"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True)
    grams = ArrayField(models.CharField(max_length=2), default=list)

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("content")
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="item_updated"),
            models.Index(fields=["column", "-updated_at", "-id"], name="item_column_updated"),
            GinIndex(fields=["grams"], name="item_grams"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        """As the trail, approvals, notices and deadlines name it. A confidential title stays out of them."""
        label = f"{_('Content')} {self.pk}" if self.confidential else self.title
        return Subject("content", str(self.pk), label)

    @property
    def flags(self) -> list[str]:
        return [name for name, _label in FLAGS if getattr(self, name)]

    @property
    def sensitive(self) -> bool:
        """Whether the clause asks for the longer chain (C4.3, M2)."""
        return bool({CONFIDENTIAL, COPYRIGHT} & set(self.flags))

    @property
    def urgent(self) -> bool:
        """News and important information are published within their time (C5.2, M3)."""
        return self.kind == "news" or IMPORTANT in self.flags


class Version(LawModel):
    """What an item says, word for word; insert-only, numbered from 1. `body` is sanitised HTML, `link` where a click on
    an advertisement leads. `files`: [[SHA-256 of the content, name], …] in order. `digest`: cms.rules.content.digest,
    recomputed by the database."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=120)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    author = models.CharField(_("author"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    source_url = models.CharField(_("address of the source"), max_length=500, blank=True)
    link = models.CharField(_("leads to"), max_length=500, blank=True)
    files = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    note = models.CharField(_("what is different"), max_length=200, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="version_number_once")]
        # Where a file is attached (cms.selectors.assets.used_in).
        indexes = [GinIndex(fields=["files"], opclasses=["jsonb_path_ops"], name="version_files")]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"


class SecondReading(LawModel):
    """Somebody other than the writer has compared a version with its source (C4.4)."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="readings")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    right = models.BooleanField()
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("second reading")
        verbose_name_plural = _("second readings")
