"""Taking content down (C6.7, M4.7): what was hidden, the evidence, and the case about who answers for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.models.board import BoardEntry
from cms.models.items import Item
from office.audit.lawful import LawModel
from office.subjects import Subject


class Takedown(LawModel):
    """Content, or a message on the public board (`entry`), hidden at once.

    `evidence`: canonical JSON of what was live, its writer, its approvals, who took it down and when
    (cms.rules.evidence); `digest`: its SHA-256, recomputed by the database. Publications made before `at` are never
    shown again; one made after it needs a case that was closed as unfounded, and so does a message shown again."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, related_name="takedowns")
    entry = models.OneToOneField(BoardEntry, on_delete=models.PROTECT, null=True, related_name="takedown")
    category = models.CharField(_("what is wrong"), max_length=30)
    reason = models.CharField(_("where and why"), max_length=500)
    evidence = models.BinaryField()
    digest = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("takedown")
        verbose_name_plural = _("takedowns")
        indexes = [models.Index(fields=["-id"], name="takedown_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(item__isnull=False, entry=None) | Q(item=None, entry__isnull=False),
                name="takedown_of_one",
            )
        ]

    @property
    def title(self) -> str:
        """Of what was hidden. Who may read it is the caller's question."""
        if self.item is not None:
            return self.item.title
        return self.entry.question[:60] if self.entry is not None else ""

    @property
    def subject(self) -> Subject:
        return Subject("takedown", str(self.pk), f"{_('Takedown')} {self.pk}")


class LiabilityCase(models.Model):
    """Who answers for what was taken down. The author is heard first; a named person decides; the system proposes no
    punishment and carries none out. Decided, it never changes."""

    class State(models.TextChoices):
        OPEN = "open", _("The author is to be heard")
        HEARD = "heard", _("To be decided")
        DECIDED = "decided", _("Case decided")

    takedown = models.OneToOneField(Takedown, on_delete=models.PROTECT, primary_key=True, related_name="case")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    statement = models.TextField(_("what the author says"), max_length=2000, blank=True)
    heard_at = models.DateTimeField(null=True)
    heard_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # who wrote the statement down; the author himself when he wrote it
    liability = models.CharField(max_length=20, blank=True)  # a code of the book; "" with `decided`: none
    unfounded = models.BooleanField(default=False)  # decided: it may be published again
    decision = models.TextField(_("decision and grounds"), max_length=2000, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("liability case")
        verbose_name_plural = _("liability cases")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", heard_at=None, decided_at=None)
                | (Q(state="heard", heard_at__isnull=False, decided_at=None) & ~Q(statement=""))
                | (
                    Q(
                        state="decided",
                        heard_at__isnull=False,
                        decided_at__isnull=False,
                        decided_by__isnull=False,
                    )
                    & ~Q(decision="")
                ),
                name="case_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(unfounded=False) | Q(state="decided", liability=""),
                name="case_unfounded_is_decided",
            ),
        ]
