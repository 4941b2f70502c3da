"""A person in his post: probation, changes of post, key figures and reviews (C2, J1.7, J1.9)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.staff.models import Position
from office.subjects import Subject


class Probation(models.Model):
    """Probationary employment (试用): until `ends_on` the confirmation is decided."""

    class State(models.TextChoices):
        RUNNING = "running", _("on probation")
        CONFIRMED = "confirmed", _("confirmed")
        ENDED = "ended", _("ended without confirmation")

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="probations"
    )
    position = models.CharField(max_length=30, choices=Position.choices)
    starts_on = models.DateField()
    ends_on = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("probation")
        verbose_name_plural = _("probations")
        constraints = [
            models.UniqueConstraint(fields=["employee"], condition=Q(state="running"), name="probation_one"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="probation_forward"),
            models.CheckConstraint(
                condition=Q(state="running") ^ Q(ended_at__isnull=False), name="probation_ended"
            ),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("probation", str(self.pk), f"{self.employee.name} ({self.employee.number})")


class PostChange(LawModel):
    """Confirmed, promoted or moved down (转正、晋升、降职); probation made longer, or not passed (延长试用、
    试用不合格); as the run agreed. `starts_on`: the first day of it; of who has not passed, the last one here."""

    class Change(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation")
        PROMOTION = "promotion", _("promotion in post")
        DEMOTION = "demotion", _("demotion")
        EXTENSION = "extension", _("longer probation")
        NOT_PASSED = "not_passed", _("probation not passed")

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="post_changes"
    )
    change = models.CharField(max_length=12, choices=Change.choices)
    before = models.CharField(max_length=30, choices=Position.choices)
    after = models.CharField(max_length=30, choices=Position.choices)
    starts_on = models.DateField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of post")
        verbose_name_plural = _("changes of post")
        constraints = [
            models.CheckConstraint(
                condition=Q(change__in=("confirmation", "extension", "not_passed"), before=F("after"))
                | Q(change__in=("promotion", "demotion")) & ~Q(before=F("after")),
                name="post_change_fits",
            ),
        ]


class KpiTable(models.Model):
    """The key figures of a post in a period (KPI). Published: weights make a hundred and nothing changes any more."""

    position = models.CharField(_("position"), max_length=30, choices=Position.choices)
    period = models.CharField(_("period"), max_length=40)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("table of key figures")
        verbose_name_plural = _("tables of key figures")
        constraints = [
            models.UniqueConstraint(fields=["position", "first_day"], name="kpi_table_once"),
            models.CheckConstraint(condition=Q(last_day__gt=F("first_day")), name="kpi_table_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.get_position_display()} · {self.period}"

    @property
    def subject(self) -> Subject:
        return Subject("kpi_table", str(self.pk), str(self))


class Kpi(models.Model):
    """One key figure: what is aimed at, and its share of a hundred."""

    table = models.ForeignKey(KpiTable, on_delete=models.CASCADE, related_name="kpis")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(_("key figure"), max_length=80)
    target = models.CharField(_("target"), max_length=120)
    weight = models.PositiveSmallIntegerField(_("weight"))

    class Meta:
        verbose_name = _("key figure")
        verbose_name_plural = _("key figures")
        ordering = ["place"]
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=1, weight__lte=100), name="kpi_weight"),
            models.UniqueConstraint(fields=["table", "place"], name="kpi_place_once"),
        ]


class Review(models.Model):
    """A person measured by the table of his post: scored by his manager, answered by himself, put before the chain, and
    closed for good by its agreement. Rejected, it is scored anew: `round` counts from 1."""

    class State(models.TextChoices):
        OPEN = "open", _("to be scored")
        SCORED = "scored", _("waits for the person’s word")
        ASKED = "asked", _("being decided on")
        CLOSED = "closed", _("closed for good")

    table = models.ForeignKey(KpiTable, on_delete=models.PROTECT, related_name="reviews")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    scored_at = models.DateTimeField(null=True)
    words = models.TextField(_("words to it"), max_length=2000, blank=True)
    comment = models.TextField(_("the person’s comment"), max_length=2000, blank=True)
    commented_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.UniqueConstraint(fields=["table", "employee"], name="review_once"),
            models.CheckConstraint(
                condition=Q(state="open", scored_at=None, closed_at=None)
                | Q(state="scored", scored_at__isnull=False, closed_at=None)
                | Q(state="asked", scored_at__isnull=False, commented_at__isnull=False, closed_at=None)
                | Q(state="closed", scored_at__isnull=False, closed_at__isnull=False),
                name="review_state_fits",
            ),
            models.CheckConstraint(condition=~Q(scored_by=F("employee")), name="review_not_of_oneself"),
        ]
        indexes = [models.Index(fields=["employee", "-id"], name="review_person")]

    @property
    def subject(self) -> Subject:
        return Subject("review", str(self.pk), f"{self.employee.name} · {self.table.period}")


class ReviewScore(LawModel):
    """What one key figure was given in a round, from 0 to 100."""

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="scores")
    kpi = models.ForeignKey(Kpi, on_delete=models.PROTECT, related_name="+")
    points = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=200, blank=True)
    round = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("score of a key figure")
        verbose_name_plural = _("scores of key figures")
        constraints = [
            models.UniqueConstraint(fields=["review", "kpi", "round"], name="review_score_once"),
            models.CheckConstraint(condition=Q(points__lte=100), name="review_score_bounded"),
        ]
