"""Changes of the database (C13.6, M11): every section is heard, the chain decides, the outcome is written down."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject


class DatabaseChange(models.Model):
    """One change. While it is drafted, the sections named in `asked` give their opinions; once it is handed in, its
    content stays. It is carried out in the window that was agreed, and its outcome is told."""

    class By(models.TextChoices):
        IN_HOUSE = "in_house", _("in house")
        OUTSIDE = "outside", _("by an outside firm")

    class How(models.TextChoices):
        MODIFY = "modify", _("modify")
        REDEVELOP = "redevelop", _("redevelop")

    class State(models.TextChoices):
        DRAFTED = "drafted", _("opinions are gathered")
        ASKED = "asked", _("being decided on")
        AGREED = "agreed", _("agreed, to be carried out")
        DONE = "done", _("carried out")
        ROLLED_BACK = "rolled_back", _("rolled back")
        DROPPED = "dropped", _("not pursued")

    title = models.CharField(_("title"), max_length=120)
    why = models.TextField(_("why"), max_length=2000)
    plan = models.TextField(_("plan"), max_length=4000)
    continuity = models.TextField(_("how data go on and history stays usable"), max_length=2000)
    rollback = models.TextField(_("how it is taken back"), max_length=2000)
    tested = models.TextField(_("what the test showed"), max_length=2000)
    done_by = models.CharField(_("who does it"), max_length=9, choices=By.choices)
    how = models.CharField(_("how"), max_length=9, choices=How.choices)
    firm = models.CharField(_("outside firm"), max_length=120, blank=True)
    starts_at = models.DateTimeField(_("window from"))
    ends_at = models.DateTimeField(_("window to"))
    asked = ArrayField(models.CharField(max_length=30), default=list)
    state = models.CharField(max_length=11, choices=State.choices, default=State.DRAFTED)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    ran_from = models.DateTimeField(_("carried out from"), null=True)
    ran_to = models.DateTimeField(_("carried out to"), null=True)
    outcome = models.TextField(_("outcome"), max_length=2000, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("change of the database")
        verbose_name_plural = _("changes of the database")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="db_change_window"),
            models.CheckConstraint(condition=Q(done_by="in_house") ^ ~Q(firm=""), name="db_change_firm"),
            models.CheckConstraint(
                condition=~Q(state__in=("done", "rolled_back"))
                | Q(ran_from__isnull=False, ran_to__gte=F("ran_from"), ended_by__isnull=False)
                & ~Q(outcome=""),
                name="db_change_told",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        return Subject("db_change", str(self.pk), f"#{self.pk} {self.title}")

    @property
    def outside_window(self) -> bool:
        """Carried out, and not wholly within the hours that were agreed to."""
        if self.ran_from is None or self.ran_to is None:
            return False
        return self.ran_from < self.starts_at or self.ran_to > self.ends_at


class SectionOpinion(LawModel):
    """What a section thinks of a change, by a holder of its post; a later word stands beside the earlier one."""

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(DatabaseChange, on_delete=models.PROTECT, related_name="opinions")
    position = models.CharField(max_length=30)
    agrees = models.BooleanField()
    text = models.TextField(_("opinion"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("opinion of a section")
        verbose_name_plural = _("opinions of sections")


class ChangeFeedback(LawModel):
    """What is inconvenient since the change, said by whoever works with it."""

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(DatabaseChange, on_delete=models.PROTECT, related_name="feedback")
    text = models.TextField(_("what is inconvenient"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("feedback on a change")
        verbose_name_plural = _("feedback on changes")
