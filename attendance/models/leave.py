"""Leave: what was asked for or told by telephone, what was agreed to, and what each kind has left."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from attendance.models.roster import Period
from office.approvals.models import Run
from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject

#: States in which the days are taken: no second leave overlaps them.
HELD = ("requested", "provisional", "approved")


class Leave(models.Model):
    """One leave of one person, from `starts_at` until `ends_at`.

    `kind` is the last word of a rule "attendance.leave_kind.*"; `paid` and `measure` are what that rule said when it
    was asked for (`version_id`). `amount` is what it costs in days or hours, by the shifts as they were known then.
    One told by telephone (S2c) has `told_at`, `told_to` and who wrote it down; its slip follows within the rule's time
    or it lapses into absence. `asked_until` keeps the end that was agreed to when the person came back early. `deputy`
    stands in for the person (J2); `deputy_by` chose him."""

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waiting for agreement")
        PROVISIONAL = "provisional", _("Told by phone")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Taken back")
        CANCELLED = "cancelled", _("Cancelled")
        LAPSED = "lapsed", _("Lapsed: counts as absence")

    class Portion(models.TextChoices):
        DAYS = "days", _("whole days")
        FIRST = "first", _("first half of the day")
        SECOND = "second", _("second half of the day")
        HOURS = "hours", _("some hours")

    class Measure(models.TextChoices):
        DAY = "day", _("days")
        HOUR = "hour", _("hours")

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leaves")
    kind = models.CharField(_("kind of leave"), max_length=30)
    state = models.CharField(max_length=11, choices=State.choices)
    portion = models.CharField(_("how much of the day"), max_length=6, choices=Portion.choices)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day of leave"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    asked_until = models.DateTimeField(null=True)
    amount = models.DecimalField(max_digits=7, decimal_places=2)
    measure = models.CharField(max_length=4, choices=Measure.choices)
    paid = models.BooleanField()
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    version_id = models.BigIntegerField()
    asked_at = models.DateTimeField()
    told_at = models.DateTimeField(_("told at"), null=True)
    told_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="leaves_heard"
    )
    told_what = models.CharField(_("what was said"), max_length=500, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="leaves_recorded"
    )
    slip_due_at = models.DateTimeField(null=True)
    slip_at = models.DateTimeField(null=True)
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="stands_in"
    )
    deputy_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="deputies_chosen"
    )
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # taken back, cancelled, lapsed
    ended_reason = models.CharField(_("reason"), max_length=200, blank=True)
    taken_at = models.DateTimeField(null=True)  # when the balance was charged with what it came to
    stated_late = models.BooleanField(default=False)  # the call was written down after the time for the slip
    proof_due_at = models.DateTimeField(null=True)  # agreed to, and its document is still awaited
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leaves")
        constraints = [
            ExclusionConstraint(
                name="leave_one_at_a_time",
                expressions=[
                    ("employee", RangeOperators.EQUAL),
                    (Period("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=HELD),
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="leave_forward"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="leave_days_forward"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="leave_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(
                    told_at=None, told_to=None, recorded_by=None, slip_due_at=None, slip_at=None, told_what=""
                )
                & ~Q(reason="")
                & ~Q(state="provisional")
                | Q(
                    told_at__isnull=False,
                    told_to__isnull=False,
                    recorded_by__isnull=False,
                    slip_due_at__isnull=False,
                ),
                name="leave_told_whole",
            ),
            models.CheckConstraint(condition=~Q(told_to=F("employee")), name="leave_told_to_another"),
            models.CheckConstraint(condition=~Q(deputy=F("employee")), name="leave_deputy_is_another"),
            models.CheckConstraint(
                condition=Q(deputy=None, deputy_by=None)
                | Q(deputy__isnull=False, deputy_by__isnull=False) & ~Q(deputy=F("deputy_by")),
                name="leave_deputy_not_by_himself",
            ),
            models.CheckConstraint(
                condition=Q(proof_due_at=None) | Q(state="approved"), name="leave_proof_of_approved"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("withdrawn", "cancelled", "lapsed"), ended_at__isnull=False)
                | ~Q(state__in=("withdrawn", "cancelled", "lapsed")) & Q(ended_at=None),
                name="leave_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("approved", "rejected"), decided_at__isnull=False)
                | ~Q(state__in=("approved", "rejected")),
                name="leave_decided_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["employee", "-starts_at"], name="leave_of_person"),
            models.Index(fields=["starts_at", "ends_at"], condition=Q(state__in=HELD), name="leave_held"),
            models.Index(
                fields=["ends_at"], condition=Q(state="approved", taken_at=None), name="leave_to_take"
            ),
            models.Index(
                fields=["proof_due_at"], condition=Q(proof_due_at__isnull=False), name="leave_unproven"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.first_day} – {self.last_day}"

    @property
    def subject(self) -> Subject:
        """A label without the reason: trails and notices say only whose leave and when."""
        days = f"{self.first_day:%m-%d}"
        if self.last_day != self.first_day:
            days += f" – {self.last_day:%m-%d}"
        return Subject("leave", str(self.pk), f"{self.employee.name} {days}")

    @property
    def emergency(self) -> bool:
        return self.told_at is not None

    @property
    def held(self) -> bool:
        return self.state in HELD

    @property
    def excused_late(self) -> bool:
        """Lapsed, and agreed to afterwards."""
        return self.state == self.State.LAPSED and hasattr(self, "late_slip")

    @property
    def call(self) -> CallWord | None:
        """What whoever was called said to a call that was stated late."""
        return getattr(self, "call_word", None)

    @property
    def unconfirmed(self) -> bool:
        """Stated late, and whoever was called has not confirmed it."""
        return self.stated_late and (self.call is None or not self.call.confirmed)

    @property
    def unproven(self) -> bool:
        """Its document never came, and somebody decided that it does not count."""
        return self.state == self.State.LAPSED and (self.told_at is None or self.slip_at is not None)


class LeaveApproval(LawModel):
    """What the chain agreed to: a leave is approved by such a row only, and the database compares the two."""

    leave = models.OneToOneField(Leave, on_delete=models.PROTECT, related_name="approval")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("approval of a leave")
        verbose_name_plural = _("approvals of leaves")


class LateSlip(LawModel):
    """A slip that came after its time and was agreed to all the same (S2c): the leave stays lapsed, and from `at` on
    its days are excused. The database compares it with the leave and with what was agreed."""

    leave = models.OneToOneField(Leave, on_delete=models.PROTECT, related_name="late_slip")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=500)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("slip after its time")
        verbose_name_plural = _("slips after their time")


class LeaveProof(LawModel):
    """A document that belongs to a leave: a certificate, an invitation."""

    leave = models.ForeignKey(Leave, on_delete=models.PROTECT, related_name="proofs")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("document of a leave")
        verbose_name_plural = _("documents of leaves")


class CallWord(LawModel):
    """Whether a call that was stated late was made, said by who was called (S2c)."""

    leave = models.OneToOneField(Leave, on_delete=models.PROTECT, related_name="call_word")
    confirmed = models.BooleanField()
    words = models.CharField(_("words to it"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("word to a call")
        verbose_name_plural = _("words to calls")
        constraints = [
            models.CheckConstraint(condition=Q(confirmed=True) | ~Q(words=""), name="call_denied_in_words")
        ]


class ProofRuling(LawModel):
    """What somebody decided about a leave whose document never came (S2a): taken as proven all the same, or not proven,
    after which the leave lapses and its days count as absence."""

    leave = models.OneToOneField(Leave, on_delete=models.PROTECT, related_name="proof_ruling")
    accepted = models.BooleanField()
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision about a missing document")
        verbose_name_plural = _("decisions about missing documents")


class StandIn(LawModel):
    """The acting appointment that a leave brought about (J2). The appointment may be gone when it never began."""

    leave = models.ForeignKey(Leave, on_delete=models.PROTECT, related_name="stand_ins")
    appointment_id = models.BigIntegerField(unique=True)
    position = models.CharField(max_length=30)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("stand-in")
        verbose_name_plural = _("stand-ins")


class StandInNaming(LawModel):
    """Somebody else stands in from `at` on during a leave that was agreed to already (J2), nobody without `deputy`:
    said by one of those who decide on it. The last one holds; the database compares the leave with it."""

    leave = models.ForeignKey(Leave, on_delete=models.PROTECT, related_name="stand_in_namings")
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("later stand-in")
        verbose_name_plural = _("later stand-ins")
        constraints = [
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("by")), name="stand_in_not_by_himself"
            )
        ]


class BalanceMovement(LawModel):
    """One movement of what a person has of a kind of leave in one account; the balance is their sum. An account is of a
    calendar year, or, of a kind that is counted by event, of the event that began on `event_on`.

    A grant adds, a reservation takes away what a pending or approved leave needs, a release gives it back, taking
    replaces the reservation by what it came to, expiry takes what was left. `amount` is signed, in the measure of the
    kind. `by` null: by the rule of the book.
    """

    class Sort(models.TextChoices):
        GRANT = "grant", _("Granted")
        RESERVE = "reserve", _("Reserved")
        RELEASE = "release", _("Given back")
        TAKE = "take", _("Taken")
        EXPIRE = "expire", _("Expired")
        ADJUST = "adjust", _("Corrected")

    id = models.BigAutoField(primary_key=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leave_movements", db_index=False
    )
    kind = models.CharField(max_length=30)
    year = models.SmallIntegerField()
    event_on = models.DateField(null=True)
    sort = models.CharField(max_length=7, choices=Sort.choices)
    amount = models.DecimalField(max_digits=7, decimal_places=2)
    leave = models.ForeignKey(Leave, on_delete=models.PROTECT, null=True, related_name="movements")
    expires_on = models.DateField(null=True)  # of a grant: the last day on which it can be used
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    clause = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("movement of a balance")
        verbose_name_plural = _("movements of balances")
        constraints = [
            models.UniqueConstraint(
                fields=["employee", "kind", "year", "event_on"],
                condition=Q(sort="grant", by=None),
                nulls_distinct=False,
                name="balance_granted_once",
            ),
            models.UniqueConstraint(
                fields=["leave", "year"], condition=Q(sort="take"), name="balance_taken_once"
            ),
            models.CheckConstraint(
                condition=Q(sort__in=("grant", "release"), amount__gt=0)
                | Q(sort__in=("reserve", "expire"), amount__lt=0)
                | Q(sort="take", amount__lte=0)
                | Q(sort="adjust") & ~Q(amount=0),
                name="balance_sign_fits",
            ),
            models.CheckConstraint(
                condition=Q(sort__in=("reserve", "release", "take"), leave__isnull=False)
                | Q(sort__in=("grant", "expire", "adjust"), leave=None),
                name="balance_leave_fits",
            ),
            models.CheckConstraint(
                condition=~Q(sort="adjust") | (Q(by__isnull=False) & ~Q(reason="")),
                name="balance_adjusted_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["employee", "kind", "year"], name="balance_account")]


class PriorService(LawModel):
    """How long somebody had worked before he came here, for the years of service; the newest holds."""

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="prior_service"
    )
    months = models.PositiveSmallIntegerField(_("months worked before"))
    note = models.CharField(_("shown by"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("service before")
        verbose_name_plural = _("services before")
        constraints = [models.CheckConstraint(condition=Q(months__lte=720), name="prior_service_of_a_life")]
