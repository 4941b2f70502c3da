"""Hiring (C1, C2, J1.7): the headcount plan, vacancies with their pay, candidates, exams, who was engaged."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.staff.models import Position
from office.subjects import Subject


class HeadcountFigure(LawModel):
    """How many people a post has by the plan from a day on, as the run agreed. Of one post the last holds."""

    id = models.BigAutoField(primary_key=True)
    position = models.CharField(_("position"), max_length=30, choices=Position.choices)
    planned = models.PositiveSmallIntegerField(_("planned"))
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("headcount figure")
        verbose_name_plural = _("headcount figures")
        indexes = [models.Index(fields=["position", "-id"], name="headcount_latest")]


class JobDescription(LawModel):
    """What a post is for (岗位说明书, J1.9), against which people on trial are judged. Of one post the last holds."""

    id = models.BigAutoField(primary_key=True)
    position = models.CharField(_("position"), max_length=30, choices=Position.choices)
    text = models.TextField(_("job description"), max_length=5000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("job description")
        verbose_name_plural = _("job descriptions")
        indexes = [models.Index(fields=["position", "-id"], name="job_description_latest")]


class Vacancy(models.Model):
    """People are looked for: how many, for which post, where (C1). Asked for by the manager who will have them; open
    once it is agreed to, closed when it is filled or given up."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        OPEN = "open", _("open")
        CLOSED = "closed", _("no longer open")

    position = models.CharField(_("position"), max_length=30, choices=Position.choices)
    count = models.PositiveSmallIntegerField(_("how many"))
    channels = ArrayField(models.CharField(max_length=20), verbose_name=_("channels"))
    special = models.BooleanField(_("special talent"), default=False)
    wanted = models.TextField(_("what is asked of people"), max_length=2000)
    reason = models.CharField(_("reason"), max_length=500)
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="vacancies")
    state = models.CharField(max_length=6, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("vacancy")
        verbose_name_plural = _("vacancies")
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=1, count__lte=99), name="vacancy_count"),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(opened_at__isnull=False), name="vacancy_open_since"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(closed_reason="")
                | ~Q(state="closed") & Q(closed_at=None, closed_reason=""),
                name="vacancy_closed_whole",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="vacancy_state")]

    def __str__(self) -> str:
        return f"{self.get_position_display()} ×{self.count}"

    def get_state_display(self) -> str:  # type: ignore[no-redef]
        """ "open" alone is said of other things too."""
        return str(_("looking for people") if self.state == self.State.OPEN else self.State(self.state).label)

    @property
    def subject(self) -> Subject:
        return Subject("vacancy", str(self.pk), f"{self} #{self.pk}")


class PayScale(LawModel):
    """What a vacancy pays by the month, after the industry's standard (C1). Of one vacancy the last holds. Nobody but
    the posts of `hiring.pay` reads it."""

    id = models.BigAutoField(primary_key=True)
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="pay_scales")
    low = models.DecimalField(_("from"), max_digits=10, decimal_places=2)
    high = models.DecimalField(_("to"), max_digits=10, decimal_places=2)
    basis = models.CharField(_("standard of the industry"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("pay scale")
        verbose_name_plural = _("pay scales")
        constraints = [
            models.CheckConstraint(condition=Q(low__gt=0, high__gte=F("low")), name="pay_scale_forward"),
            models.CheckConstraint(condition=~Q(basis=""), name="pay_scale_rests_on_something"),
        ]


class Candidate(models.Model):
    """Somebody who wants the post. Name, telephone and what is said of him lie sealed under a key of his own; erasing
    the key, when his time is over, forgets him. The trail knows him by number."""

    class Stage(models.TextChoices):
        APPLIED = "applied", _("applied")
        INTERVIEW = "interview", _("interview")
        TRIAL = "trial", _("on trial")
        HIRED = "hired", _("hired")
        DECLINED = "declined", _("not taken")
        WITHDREW = "withdrew", _("withdrew")

    ENDS = (Stage.HIRED, Stage.DECLINED, Stage.WITHDREW)

    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="candidates")
    channel = models.CharField(_("channel"), max_length=20)
    stage = models.CharField(max_length=9, choices=Stage.choices, default=Stage.APPLIED)
    kek = models.CharField(max_length=20, blank=True)
    wrapped = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    trial_from = models.DateField(null=True)
    employee = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="candidacy"
    )
    erase_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at=None, wrapped__isnull=False, sealed__isnull=False)
                | Q(erased_at__isnull=False, wrapped=None, sealed=None),
                name="candidate_erased_is_gone",
            ),
            models.CheckConstraint(
                condition=Q(stage="hired", employee__isnull=False) | ~Q(stage="hired") & Q(employee=None),
                name="candidate_hired_is_somebody",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["hired", "declined", "withdrew"]) ^ Q(erase_at=None),
                name="candidate_ended_is_forgotten_once",
            ),
        ]
        indexes = [
            models.Index(fields=["vacancy", "stage"], name="candidate_board"),
            models.Index(fields=["erase_at"], condition=Q(erased_at=None), name="candidate_erase"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("candidate", str(self.pk), f"{_('Candidate')} {self.pk}")


class CandidateNote(LawModel):
    """What was said of a candidate; an assessment on trial carries its marks (1 to 5 by aspect of the book)."""

    id = models.BigAutoField(primary_key=True)
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="notes")
    marks = models.JSONField(default=dict)
    sealed = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("note on a candidate")
        verbose_name_plural = _("notes on candidates")


class ExamPaper(models.Model):
    """What is set for a post (C2): a written or a practical part, from 0 to 100 points."""

    class Sort(models.TextChoices):
        WRITTEN = "written", _("written")
        PRACTICAL = "practical", _("practical")

    position = models.CharField(_("position"), max_length=30, choices=Position.choices)
    sort = models.CharField(_("part"), max_length=9, choices=Sort.choices)
    title = models.CharField(_("title"), max_length=100)
    task = models.TextField(_("task"), max_length=3000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("exam paper")
        verbose_name_plural = _("exam papers")
        indexes = [models.Index(fields=["position", "sort"], name="exam_paper_post")]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        return Subject("exam_paper", str(self.pk), self.title)


class Exam(models.Model):
    """A paper set to a candidate; the named examiner scores it. The answer, a text or a file, lies under the
    candidate's key."""

    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="exams")
    paper = models.ForeignKey(ExamPaper, on_delete=models.PROTECT, related_name="exams")
    examiner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exams")
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    answer = models.BinaryField(null=True)
    file = models.BinaryField(null=True)
    file_name = models.BinaryField(null=True)
    file_mime = models.CharField(max_length=100, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("exam")
        verbose_name_plural = _("exams")
        constraints = [models.UniqueConstraint(fields=["candidate", "paper"], name="exam_once_a_paper")]
        indexes = [models.Index(fields=["examiner", "-id"], name="exam_examiner")]

    @property
    def subject(self) -> Subject:
        return Subject("exam", str(self.pk), f"{self.paper.title} · {_('Candidate')} {self.candidate_id}")

    @property
    def points(self) -> int | None:
        """What counts: the last correction that was agreed to, else what the examiner gave; None before."""
        corrections: list[ExamCorrection] = sorted(self.corrections.all(), key=lambda each: each.pk)
        if corrections:
            return corrections[-1].points
        score: ExamScore | None = getattr(self, "score", None)
        return score.points if score is not None else None


class ExamScore(LawModel):
    """What the examiner gave, once."""

    exam = models.OneToOneField(Exam, on_delete=models.PROTECT, primary_key=True, related_name="score")
    points = models.PositiveSmallIntegerField(_("points"))
    sealed = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [models.CheckConstraint(condition=Q(points__lte=100), name="exam_score_bounded")]


class ExamCorrection(LawModel):
    """Other points than the examiner gave, as the run agreed; the last one holds."""

    id = models.BigAutoField(primary_key=True)
    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="corrections")
    points = models.PositiveSmallIntegerField(_("points"))
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("corrected score")
        verbose_name_plural = _("corrected scores")
        constraints = [models.CheckConstraint(condition=Q(points__lte=100), name="exam_correction_bounded")]


class Engagement(LawModel):
    """A candidate who passed enters probationary employment (试用) in a post, as the run agreed."""

    candidate = models.OneToOneField(
        Candidate, on_delete=models.PROTECT, primary_key=True, related_name="engagement"
    )
    number = models.CharField(max_length=20)
    position = models.CharField(max_length=30, choices=Position.choices)
    starts_on = models.DateField()
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="engagements"
    )
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("engagement")
        verbose_name_plural = _("engagements")
