"""How a roster is planned: patterns, rest given up, wishes, the rota's proposals, swaps, what was published."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from attendance.models.roster import HotlineSpan, Shift
from office.audit.lawful import LawModel
from office.subjects import Subject

PERSON = settings.AUTH_USER_MODEL
#: What may change hands by a swap.
Swapped = Shift | HotlineSpan


class Days(Func):
    """daterange(first_day, last_day, '[]'): both days belong to it; without a last day it does not end."""

    function = "daterange"
    output_field = DateRangeField()

    def __init__(self) -> None:
        super().__init__("first_day", "last_day", Value("[]"))


class Pattern(models.Model):
    """What a person works from `first_day` on: `cycle` are codes of shift types, "" a day of rest, and begins anew from
    `anchor` on. An ended one keeps its last day."""

    employee = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="patterns")
    cycle = ArrayField(models.CharField(max_length=40, blank=True))
    anchor = models.DateField(_("cycle begins on"))
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"), null=True)
    made_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("pattern of shifts")
        verbose_name_plural = _("patterns of shifts")
        constraints = [
            ExclusionConstraint(
                name="pattern_one_at_a_time",
                expressions=[("employee", RangeOperators.EQUAL), (Days(), RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(last_day=None) | Q(last_day__gte=F("first_day")), name="pattern_forward"
            ),
            models.CheckConstraint(condition=Q(cycle__len__gte=1), name="pattern_has_days"),
        ]


class RestWaiver(models.Model):
    """Everybody gives up the rest of these days (S7), declared with the reason. Taken back once, never changed."""

    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=300)
    declared_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    removed_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("rest given up")
        verbose_name_plural = _("rest given up")
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="waiver_forward"),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"

    @property
    def subject(self) -> Subject:
        return Subject("rest_waiver", str(self.pk), str(self))


class Publication(LawModel):
    """The drafts of these days became the roster. `holes` are what was not covered then, `unfair` who got more turns
    than is fair by it, with why it was published all the same."""

    id = models.BigAutoField(primary_key=True)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    shifts = models.IntegerField()
    holes = models.JSONField(default=list)
    unfair = models.JSONField(default=list)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("publication of the roster")
        verbose_name_plural = _("publications of the roster")
        constraints = [
            models.CheckConstraint(
                condition=Q(holes=[], unfair=[]) | ~Q(reason=""), name="publication_holes_have_a_reason"
            ),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("roster", str(self.first_day), f"{self.first_day} – {self.last_day}")


class DayWish(models.Model):
    """A person would like, or would rather not, have the weekend duty on that day. No promise."""

    employee = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="day_wishes")
    day = models.DateField(_("day"))
    wants = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("wish for a day")
        verbose_name_plural = _("wishes for days")
        constraints = [models.UniqueConstraint(fields=["employee", "day"], name="wish_once_a_day")]


class Rota(models.Model):
    """A proposal who has the weekend duties (C9.2, M7.2), or the nights with the hotline (C9.3, M7.1), of some weeks.

    `problem` is what was asked, `seats` the answer as it stands now, changed by hand or not: [day, code, place,
    employee id or None]. `progress` counts from 0 to 100. Taken over, its seats become drafts of the roster.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for the solver")
        SOLVING = "solving", _("being solved")
        SOLVED = "solved", _("proposed")
        FAILED = "failed", _("not solved")
        ADOPTED = "adopted", _("adopted")
        DROPPED = "dropped", _("not wanted")

    class Sort(models.TextChoices):
        WEEKEND = "weekend", _("Weekend rota")
        HOTLINE = "hotline", _("Hotline rota")

    sort = models.CharField(max_length=7, choices=Sort.choices, default=Sort.WEEKEND)
    first_day = models.DateField(_("first Monday"))
    weeks = models.SmallIntegerField(_("weeks"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    problem = models.JSONField()
    seats = models.JSONField(default=list)
    progress = models.SmallIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)
    revision = models.IntegerField(default=0)
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    solved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("weekend rota")
        verbose_name_plural = _("weekend rotas")
        constraints = [
            models.CheckConstraint(condition=Q(weeks__gte=1, weeks__lte=26), name="rota_weeks"),
            models.CheckConstraint(condition=Q(progress__gte=0, progress__lte=100), name="rota_progress"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} +{self.weeks}"

    @property
    def subject(self) -> Subject:
        return Subject("rota", str(self.pk), str(self))


class Swap(models.Model):
    """The asker's shift goes to the colleague, and the colleague's to the asker when `take` is named; or a night with
    the hotline for a night. In force only when the colleague agreed and the run's chain did (`attendance.swap`)."""

    class Sort(models.TextChoices):
        SHIFT = "shift", _("Shift")
        NIGHT = "night", _("Night with the hotline")

    class State(models.TextChoices):
        ASKED = "asked", _("waiting for the colleague")
        AGREED = "agreed", _("waiting for approval")
        DONE = "done", _("swapped")
        DECLINED = "declined", _("declined by the colleague")
        WITHDRAWN = "withdrawn", _("taken back")
        REFUSED = "refused", _("not approved")

    give = models.ForeignKey(Shift, null=True, on_delete=models.PROTECT, related_name="+")
    take = models.ForeignKey(Shift, null=True, on_delete=models.PROTECT, related_name="+")
    give_night = models.ForeignKey(HotlineSpan, null=True, on_delete=models.PROTECT, related_name="+")
    take_night = models.ForeignKey(HotlineSpan, null=True, on_delete=models.PROTECT, related_name="+")
    asker = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="swaps_asked")
    colleague = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="swaps_met")
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED)
    run_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("swap of shifts")
        verbose_name_plural = _("swaps of shifts")
        constraints = [
            models.CheckConstraint(condition=~Q(asker=F("colleague")), name="swap_between_two"),
            models.UniqueConstraint(
                fields=["give"], condition=Q(state__in=["asked", "agreed"]), name="swap_once_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["give_night"],
                condition=Q(state__in=["asked", "agreed"]),
                name="swap_night_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(give__isnull=False, give_night=None, take_night=None)
                | Q(give=None, take=None, give_night__isnull=False),
                name="swap_of_one_sort",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given.day}"

    @property
    def sort(self) -> Swap.Sort:
        return Swap.Sort.SHIFT if self.give_night_id is None else Swap.Sort.NIGHT

    @property
    def given(self) -> Swapped:
        """What the asker gives."""
        found = self.give or self.give_night
        if found is None:
            raise ValueError("a swap of nothing")
        return found

    @property
    def taken(self) -> Swapped | None:
        """What he takes in return."""
        return self.take or self.take_night

    def put(self, given: Swapped, taken: Swapped | None) -> None:
        """Both are of one sort."""
        night = isinstance(given, HotlineSpan)
        for name, each in (("give", given), ("take", taken)):
            setattr(self, name, None if night else each)
            setattr(self, f"{name}_night", each if night else None)

    @property
    def subject(self) -> Subject:
        return Subject("swap", str(self.pk), str(self))


class RosterKey(models.Model):
    """A secret address: a person's own calendar, or the sentence for the telephone switch (no person). Only its SHA-256
    is kept; who loses it takes it back and makes another."""

    employee = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="roster_keys")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("roster address")
        verbose_name_plural = _("roster addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["employee"],
                condition=Q(revoked_at=None),
                name="roster_key_one_a_person",
                nulls_distinct=False,
            )
        ]
