"""Cases: absence that the clause speaks of (S2e), conduct (S3 to S5). A person is heard, people decide."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from office.approvals.models import Run
from office.audit.lawful import LawModel
from office.files.models import StoredFile
from office.subjects import Subject


class Case(models.Model):
    """One matter about one person, under one clause.

    An absence case is opened from settled days (`days`, by "row" or "month"; nobody opened it); while it is open its
    evidence follows the settlement: `stands` says whether the days still meet the clause. A conduct case is opened by
    somebody who says what happened. The person answers until `reply_due_at`, and later as long as it is not decided;
    `statement` is his last answer.
    """

    class Sort(models.TextChoices):
        ROW = "row", _("absent days in a row")
        MONTH = "month", _("absent days in a month")
        CONDUCT = "conduct", _("conduct")

    class State(models.TextChoices):
        OPEN = "open", _("The person is heard")
        PROPOSED = "proposed", _("Being decided on")
        DECIDED = "decided", _("Decided")
        CLOSED = "closed", _("Closed without a measure")

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conduct_cases"
    )
    sort = models.CharField(max_length=7, choices=Sort.choices)
    clause = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    facts = models.TextField(_("what happened"), max_length=2000, blank=True)
    days = ArrayField(models.DateField(), default=list)
    stands = models.BooleanField(default=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="cases_opened"
    )
    opened_at = models.DateTimeField()
    version_id = models.BigIntegerField()
    reply_due_at = models.DateTimeField()
    statement = models.TextField(_("answer"), max_length=4000, blank=True)
    statement_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_reason = models.CharField(_("reason"), max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(sort="conduct", opened_by__isnull=False) & ~Q(facts="")
                | Q(sort__in=("row", "month"), opened_by=None) & ~Q(days=[]),
                name="case_begins_whole",
            ),
            models.CheckConstraint(condition=~Q(opened_by=F("employee")), name="case_not_about_oneself"),
            models.CheckConstraint(
                condition=Q(state__in=("decided", "closed"), ended_at__isnull=False)
                | Q(state__in=("open", "proposed"), ended_at=None),
                name="conduct_case_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_by__isnull=False) & ~Q(closed_reason=""),
                name="case_closed_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(closed_by=F("employee")), name="case_not_closed_by_oneself"),
            models.CheckConstraint(
                condition=Q(statement="", statement_at=None)
                | ~Q(statement="") & Q(statement_at__isnull=False),
                name="case_statement_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["employee", "-id"], name="case_of_person"),
            models.Index(fields=["id"], condition=Q(state__in=("open", "proposed")), name="case_live"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def subject(self) -> Subject:
        """A label without the matter: a notice is read over shoulders."""
        return Subject("case", str(self.pk), f"{_('Staff case')} {self.pk}")

    @property
    def live(self) -> bool:
        return self.state in (self.State.OPEN, self.State.PROPOSED)


class CaseEvidence(LawModel):
    """What the settlement said of the days when the case was opened, and each time that it said something else:
    `days` as [{day, verdict, share, turn}], `stands` whether they met the clause. A day that a case which has ended
    covered has its number as `earlier`."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    turn = models.PositiveSmallIntegerField()
    days = models.JSONField()
    stands = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("evidence of a case")
        verbose_name_plural = _("evidence of cases")
        constraints = [models.UniqueConstraint(fields=["case", "turn"], name="case_evidence_once")]

    @property
    def covered(self) -> dict[int, list[dict[str, Any]]]:
        """The days that earlier cases covered, by the number of the case."""
        found: dict[int, list[dict[str, Any]]] = {}
        for day in self.days:
            if "earlier" in day:
                found.setdefault(day["earlier"], []).append(day)
        return found

    @property
    def own(self) -> list[dict[str, Any]]:
        """The days of which this case speaks first."""
        return [day for day in self.days if "earlier" not in day]


class CaseAnswer(LawModel):
    """What the person answered; the last one holds, and stands in the case as `statement`."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="answers", db_index=False)
    turn = models.PositiveSmallIntegerField()
    text = models.TextField(_("answer"), max_length=4000)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("answer in a case")
        verbose_name_plural = _("answers in cases")
        constraints = [models.UniqueConstraint(fields=["case", "turn"], name="case_answer_once")]


class CaseFile(LawModel):
    """A document that belongs to a case, from whoever opened it or from the person."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("file of a case")
        verbose_name_plural = _("files of cases")


class CaseDecision(LawModel):
    """What the chain agreed to. A fine is at most `fine_limit`, the bound (S4b) of the book that was in force when the
    case was opened: the database looks it up there. Nothing is deducted, and nobody's contract ends, by this row."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="decision")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    measure = models.CharField(max_length=30)
    fine = models.DecimalField(max_digits=8, decimal_places=2)
    fine_limit = models.DecimalField(max_digits=8, decimal_places=2)
    grounds = models.TextField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision of a case")
        verbose_name_plural = _("decisions of cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(fine__gte=0, fine__lte=F("fine_limit")),
                name="case_fine_bounded",
            ),
            models.CheckConstraint(
                condition=Q(measure="fine", fine__gt=0) | ~Q(measure="fine") & Q(fine=0),
                name="case_fine_fits",
            ),
        ]


class Acknowledgement(LawModel):
    """Somebody has read a version of the rulebook. `sha256` is the text he read."""

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acknowledgements", db_index=False
    )
    book_version = models.ForeignKey("rulebook.Version", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [models.UniqueConstraint(fields=["employee", "book_version"], name="acknowledged_once")]
