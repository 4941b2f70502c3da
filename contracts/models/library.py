"""The clause library: what the department has made of the wording that ships."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel


class ClauseText(LawModel):
    """A revision of a clause's wording; insert-only, the newest counts. Names in braces stand for terms."""

    id = models.BigAutoField(primary_key=True)
    clause_id = models.CharField(max_length=10)
    n = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("wording of a clause")
        verbose_name_plural = _("wordings of clauses")
        constraints = [models.UniqueConstraint(fields=["clause_id", "n"], name="clausetext_n")]
