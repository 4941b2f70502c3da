"""What planner and section officer write down: a season and its styles (J6), dated records (J3), new products (W5)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Product, Sku
from office.audit.lawful import LawModel
from office.subjects import Subject


class Season(models.Model):
    """A season for which styles are chosen; both days belong to it."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    starts_on = models.DateField(_("first day of the season"))
    ends_on = models.DateField(_("last day of the season"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("season")
        verbose_name_plural = _("seasons")
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="season_forward"),
        ]

    def __str__(self) -> str:
        return self.name


class SeasonPick(LawModel):
    """A style was given a role in a season, or dropped, with the reason. The latest row of a style counts."""

    class Role(models.TextChoices):
        MAIN = "main", _("main style")
        PROMOTED = "promoted", _("promoted style")
        CHOSEN = "chosen", _("style of the season")
        DROPPED = "dropped", _("dropped")

    id = models.BigAutoField(primary_key=True)
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="picks", db_index=False)
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="picks")
    role = models.CharField(_("role"), max_length=8, choices=Role.choices)
    why = models.CharField(_("why"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("chosen style")
        verbose_name_plural = _("chosen styles")
        indexes = [models.Index(fields=["season", "sku", "-id"], name="pick_latest")]
        constraints = [
            models.CheckConstraint(condition=~Q(why=""), name="pick_says_why"),
            models.CheckConstraint(
                condition=Q(role__in=["main", "promoted", "chosen", "dropped"]), name="pick_role_known"
            ),
        ]

    def law_subject(self) -> Subject:
        return Subject("season", str(self.season_id), self.season.name)


class PlannerTask(models.Model):
    """A record that the schedule asks for; done once a record names it. `kind`: a key of rules.planning.KINDS."""

    kind = models.CharField(max_length=20)
    scheduled_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    clause = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("planner’s task")
        verbose_name_plural = _("planner’s tasks")
        ordering = ["scheduled_at", "id"]
        constraints = [models.UniqueConstraint(fields=["kind", "scheduled_at"], name="planner_task_once")]


class PlannerRecord(LawModel):
    """A display plan, an operating plan, user research, a file on a competitor or a partner, a proposal: as it was
    written, for the day `on`. What changed is another record."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"), max_length=8_000)
    on = models.DateField(_("for the day"))
    task = models.OneToOneField(PlannerTask, on_delete=models.PROTECT, null=True, related_name="record")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("planner’s record")
        verbose_name_plural = _("planner’s records")
        indexes = [models.Index(fields=["kind", "-id"], name="planner_record_kind")]

    def __str__(self) -> str:
        return self.title


class Debut(models.Model):
    """A new product is to be published: until one of its SKUs is on sale, or somebody says why it will not be."""

    class State(models.TextChoices):
        OPEN = "open", _("to be published")
        LISTED = "listed", _("published")
        DECLINED = "declined", _("not to be published")

    product = models.OneToOneField(Product, on_delete=models.PROTECT, primary_key=True, related_name="debut")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    clause = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("new product")
        verbose_name_plural = _("new products")
        indexes = [models.Index(fields=["opened_at"], condition=Q(state="open"), name="debut_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, reason="")
                | Q(state="listed", closed_at__isnull=False, reason="")
                | (Q(state="declined", closed_at__isnull=False, closed_by__isnull=False) & ~Q(reason="")),
                name="debut_state_fits",
            )
        ]
