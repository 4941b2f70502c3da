"""What is asked for, byte for byte, and what people say about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.approvals.models.run import Run
from office.audit.lawful import LawModel


class Paper(LawModel):
    """What a run asks for in one round. A run that was returned and is asked again gets another paper.

    `payload`: canonical JSON in UTF-8 (rules.canonical), `digest` its SHA-256 in hexadecimal. `fields`: {name of a
    field of the subject: SHA-256 of its text} when it was handed in. `changes`: {language: [[field, label, before,
    after, row], …]}, what the deciders are shown.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="papers", db_index=False)
    round = models.PositiveSmallIntegerField()
    payload = models.BinaryField()
    digest = models.CharField(max_length=64)
    fields = models.JSONField()
    changes = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        constraints = [models.UniqueConstraint(fields=["run", "round"], name="paper_one_a_round")]


class Annex(LawModel):
    """What the kind shows beside a paper and can work out only once: figures of that hour. Everybody who decides on the
    paper is shown it, before and after.

    `content`: canonical JSON in UTF-8, {language: what the kind's template takes}; `digest` its SHA-256 in hexadecimal.
    """

    id = models.BigAutoField(primary_key=True)
    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="annex")
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("annex")
        verbose_name_plural = _("annexes")

    def in_language(self, code: str) -> Mapping[str, Any]:
        """What is shown in a language; the first there is where it has none of its own."""
        found: dict[str, Mapping[str, Any]] = json.loads(bytes(self.content))
        return found.get(code) or next(iter(found.values()))


class Draft(models.Model):
    """What a person has begun to ask for. Saves itself; gone once it is handed in."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="approval_drafts"
    )
    kind = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    payload = models.JSONField()
    comment = models.CharField(max_length=500, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "subject_type", "subject_id"], name="draft_one_each"
            )
        ]


class Copy(LawModel):
    """Somebody who is told and may read (抄送)."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="copies")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="copied_runs", db_index=False
    )
    by_id = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        constraints = [models.UniqueConstraint(fields=["person", "run"], name="copy_once")]


class Comment(LawModel):
    """A word said beside the decisions."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="comments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
