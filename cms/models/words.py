"""Lists of words that a text is searched for before it is published (C6.4 to C6.6)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel


class WordList(models.Model):
    """One list. What it holds is its newest version; `code` is a category of the book, or the list's own word."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    clause = models.CharField(_("clause"), max_length=20)
    place = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        ordering = ["place", "code"]

    def __str__(self) -> str:
        return self.name


class WordListVersion(LawModel):
    """What a list holds from `at` on, until the next version: one word or phrase a line. `allow`: harmless phrases
    whose inside is not searched."""

    class Severity(models.TextChoices):
        BLOCK = "block", _("Stops the text")
        SECOND = "second", _("Needs a second approval")
        HINT = "hint", _("Is pointed out")

    list = models.ForeignKey(WordList, on_delete=models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    severity = models.CharField(max_length=6, choices=Severity.choices)
    words = models.TextField(blank=True)
    allow = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=200, blank=True)
    by_id = models.BigIntegerField(null=True)  # no key: a list outlives who wrote it
    by_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a word list")
        verbose_name_plural = _("versions of word lists")
        constraints = [models.UniqueConstraint(fields=["list", "number"], name="wordlist_number_once")]


class FileText(LawModel):
    """The words of an attached document, by the SHA-256 of its bytes; `readable` False: they could not be read."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    readable = models.BooleanField()
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("words of a document")
        verbose_name_plural = _("words of documents")
