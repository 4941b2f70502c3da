"""Columns of the site (栏目): what belongs where, whose it is, how fresh it is kept."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.rules.content import KINDS
from office.audit.lawful import LawModel


class Column(models.Model):
    """One column. `kinds`: the kinds of content it takes. `officer` keeps it; `freshness_days`: how old its newest
    publication may grow (W3), None when nobody asks. An inactive column takes nothing new and is not shown.

    It begins inactive. What the public reads of it (`FACE`) changes by an agreed `ColumnFace` alone as long as it is
    shown, and to be shown it needs one (C6.1): the database compares."""

    FACE = ("slug", "name", "description", "place", "active")

    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=40)
    description = models.CharField(_("description"), max_length=200, blank=True)
    kinds = ArrayField(models.CharField(max_length=12, choices=KINDS), verbose_name=_("takes"))
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="columns_kept",
        verbose_name=_("section officer"),
    )
    freshness_days = models.PositiveSmallIntegerField(_("new content at least every"), null=True, blank=True)
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    active = models.BooleanField(_("active"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")
        ordering = ["place", "slug"]
        constraints = [
            models.CheckConstraint(condition=Q(kinds__len__gt=0), name="column_takes_something"),
            models.CheckConstraint(
                condition=Q(freshness_days=None) | Q(freshness_days__gt=0), name="column_freshness"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ColumnFace(LawModel):
    """What the public reads of a column from then on, as its run agreed to it; the newest holds."""

    id = models.BigAutoField(primary_key=True)
    column = models.ForeignKey(Column, on_delete=models.PROTECT, related_name="faces")
    slug = models.CharField(max_length=40)
    name = models.CharField(max_length=40)
    description = models.CharField(max_length=200, blank=True)
    place = models.PositiveSmallIntegerField()
    active = models.BooleanField()
    at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = _("face of a column")
        verbose_name_plural = _("faces of columns")
