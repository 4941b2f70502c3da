"""What is kept of an upload. The bytes lie on disk under their SHA-256 (office.files.store)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.files.names import readable_size
from office.subjects import Subject


class StoredFile(LawModel):
    """One accepted upload; insert-only. Several may share their bytes. A picture is what `pictures.clean` made of it,
    so `width` and `height` are set; of everything else they are 0."""

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(_("name"), max_length=120)
    family = models.CharField(max_length=10)  # image, video, document
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField(_("size"))
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    #: The scanner that found nothing, "" where none is configured.
    scanned_by = models.CharField(max_length=40, blank=True)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kept_at = models.DateTimeField(_("kept"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                name="storedfile_family", condition=models.Q(family__in=["image", "video", "document"])
            ),
            models.CheckConstraint(
                name="storedfile_sha256", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="storedfile_picture_measured",
                condition=~models.Q(family="image") | models.Q(width__gt=0, height__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.family == "image"

    @property
    def size_text(self) -> str:
        return readable_size(self.size)

    def subject(self) -> Subject:
        return Subject("file", str(self.pk), self.name)

    law_subject = subject


class Offer(models.Model):
    """A picture over the limit, and the version of it that fits: kept for a day for the person who sent it."""

    name = models.CharField(max_length=120)
    sent_size = models.PositiveIntegerField()  # of the upload as it came
    limit = models.PositiveIntegerField()
    original_sha256 = models.CharField(max_length=64, db_index=True)
    original_mime = models.CharField(max_length=100)
    original_width = models.PositiveIntegerField()
    original_height = models.PositiveIntegerField()
    smaller_sha256 = models.CharField(max_length=64, db_index=True)
    smaller_mime = models.CharField(max_length=100)
    smaller_size = models.PositiveIntegerField()
    smaller_width = models.PositiveIntegerField()
    smaller_height = models.PositiveIntegerField()
    quality = models.PositiveSmallIntegerField(default=0)
    scanned_by = models.CharField(max_length=40, blank=True)
    made_for = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("offer of a smaller picture")
        verbose_name_plural = _("offers of smaller pictures")

    def __str__(self) -> str:
        return self.name
