"""Time clocks that push by ZKTeco's own protocol."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models.punches import PunchSource


class Terminal(models.Model):
    """The device of a source. It is known by its serial number, an address that cannot be guessed (only its SHA-256 is
    kept) and the networks it may come from, by all three at once.

    `zone`: what its clock shows, in hours from UTC. `stamp`: the mark of the last records it handed over, told to it
    again when it asks where to go on. `ahead`: by how many seconds its clock was ahead when it last handed over one
    punch as it happened; behind, negative. `refused_*`: the last time somebody with the address was not let in.
    """

    source = models.OneToOneField(PunchSource, on_delete=models.CASCADE, related_name="terminal")
    serial = models.CharField(_("serial number"), max_length=40, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    networks = ArrayField(models.CharField(max_length=43), verbose_name=_("networks"))
    zone = models.SmallIntegerField(_("time zone"), default=8)
    stamp = models.CharField(max_length=20, blank=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_from = models.GenericIPAddressField(null=True)
    firmware = models.CharField(max_length=60, blank=True)
    ahead = models.IntegerField(null=True)
    ahead_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_from = models.GenericIPAddressField(null=True)
    refused_for = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = _("time clock that pushes")
        verbose_name_plural = _("time clocks that push")
        constraints = [
            models.CheckConstraint(condition=Q(zone__gte=-12, zone__lte=14), name="terminal_zone"),
            models.CheckConstraint(condition=Q(networks__len__gte=1), name="terminal_has_networks"),
        ]

    def __str__(self) -> str:
        return self.serial
