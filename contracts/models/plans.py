"""Work plans (W1): what is done by whom until when, and the documents that it takes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.files.models import StoredFile


class WorkPlan(models.Model):
    """A dated schedule with its document checklist. `template`: the code in the book that it was made from, or ""."""

    title = models.CharField(_("title"), max_length=120)
    aim = models.TextField(_("aim"), blank=True)
    template = models.CharField(max_length=40, blank=True)
    starts_on = models.DateField(_("starts on"))
    closed_at = models.DateTimeField(null=True)
    closed_why = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("work plan")
        verbose_name_plural = _("work plans")
        indexes = [
            models.Index(fields=["-id"], name="workplan_open", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return self.title


class Milestone(models.Model):
    """A step of a plan, done by its owner until the end of a day. Dropped steps stay, with the reason."""

    plan = models.ForeignKey(WorkPlan, on_delete=models.PROTECT, related_name="milestones", db_index=False)
    n = models.PositiveSmallIntegerField()
    title = models.CharField(_("step"), max_length=120)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    starts_on = models.DateField(_("from"))
    due_on = models.DateField(_("until"))
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints = [
            models.UniqueConstraint(fields=["plan", "n"], name="milestone_n"),
            models.CheckConstraint(
                condition=models.Q(due_on__gte=models.F("starts_on")), name="milestone_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(dropped_at=None), name="milestone_done_or_dropped"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PlanDocument(models.Model):
    """A document that the plan takes (营业执照 …), got by its owner until a day. `kind`: a code with a name in the
    book, or "" for one that only `name` calls."""

    plan = models.ForeignKey(WorkPlan, on_delete=models.PROTECT, related_name="documents", db_index=False)
    n = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=40, blank=True)
    name = models.CharField(_("document"), max_length=120)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    due_on = models.DateField(_("until"))
    dropped_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("document of a plan")
        verbose_name_plural = _("documents of plans")
        constraints = [models.UniqueConstraint(fields=["plan", "n"], name="plandocument_n")]

    def __str__(self) -> str:
        return self.name


class DocumentPaper(LawModel):
    """The paper itself, as it was handed in; insert-only, the newest counts. `expires_on` None: it does not run out."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(PlanDocument, on_delete=models.PROTECT, related_name="papers")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(_("number"), max_length=60, blank=True)
    expires_on = models.DateField(_("valid until"), null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("paper of a plan")
        verbose_name_plural = _("papers of plans")
