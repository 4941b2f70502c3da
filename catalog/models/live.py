"""What channels really show, compared with what was agreed (M9, C11)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.goods import Channel, Sku


class Feed(models.Model):
    """Where a channel's goods can be read: a CSV, JSON or XML page. `failure` is a code of office.outbound or of the
    reader, "" after a whole reading."""

    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, related_name="feed")
    url = models.CharField(_("address of the feed"), max_length=1000)
    active = models.BooleanField(_("read by itself"), default=True)
    read_at = models.DateTimeField(null=True)  # the last attempt
    failure = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name = _("channel feed")
        verbose_name_plural = _("channel feeds")


class LiveCheck(models.Model):
    """One comparison of a channel with what was agreed at `at`."""

    class Source(models.TextChoices):
        FILE = "file", _("File")
        FEED = "feed", _("Feed")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="checks")
    source = models.CharField(max_length=4, choices=Source.choices)
    name = models.CharField(max_length=120)  # of the file, or the feed's host
    whole = models.BooleanField()  # it names everything that is on sale
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    read = models.PositiveIntegerField()
    refused = models.JSONField(default=list)  # [{row, cells, code, params}], the first of them
    more = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("live check")
        verbose_name_plural = _("live checks")
        ordering = ["-id"]


class LiveDifference(models.Model):
    """An incident: a line of a channel shows something else than was agreed; several wrong prices for the same goods
    are as many incidents. It closes by itself when a check finds that both agree again; what a person calls solved is
    open again when the next check still finds it."""

    class Kind(models.TextChoices):
        PRICE = "price", _("Another price")
        MISSING = "missing", _("Not on sale")
        UNAGREED = "unagreed", _("On sale without agreement")
        UNKNOWN = "unknown", _("Unknown goods")

    class State(models.TextChoices):
        OPEN = "open", _("To be seen to")
        SEEN = "seen", _("Being seen to")
        SOLVED = "solved", _("Said to be solved")
        CLOSED = "closed", _("Agrees again")

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="differences", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    code = models.CharField(max_length=120)  # the style number, or what the channel calls it
    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, null=True, related_name="differences")
    agreed = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    shown = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    found_at = models.DateTimeField()  # the last check that found it
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True)
    clause = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("difference from what was agreed")
        verbose_name_plural = _("differences from what was agreed")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "kind", "code", "shown"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="difference_one_open",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="difference_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed"]) | Q(holder__isnull=False),
                name="difference_holder_fits",
            ),
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(closed_at=None), name="difference_open")]
