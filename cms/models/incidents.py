"""Incidents of a site (C6.3, M4.3, W2): opened by hand or by a probe, told to the partner, settled, learned from."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.models.watch import WatchedSite
from office.audit.lawful import LawModel
from office.subjects import Subject

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: What a probe sees, by kind.
SEEN: dict[str, StrOrPromise] = {
    "down": _("The site cannot be reached"),
    "abnormal": _("The site answers abnormally or slowly"),
    "certificate": _("The certificate is not valid or about to end"),
    "content": _("The page changed without an approval"),
}


class SiteIncident(models.Model):
    """One incident. The state moves along cms.rules.incidents.MOVES; the database holds the same table.

    `facts`: what the probe saw ({"status": 503, "error": "timeout", …}). `by_itself`: the probe found the site well
    again. A settled incident waits for its post-mortem; closed, it never changes.
    """

    class Kind(models.TextChoices):
        VIRUS = "virus", _("Virus")
        INTRUSION = "intrusion", _("Intrusion")
        ABNORMAL = "abnormal", _("Runs abnormally")
        DOWN = "down", _("Cannot be reached")
        CERTIFICATE = "certificate", _("Certificate")
        CONTENT = "content", _("Changed without approval")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", _("Not taken on yet")
        ACKNOWLEDGED = "acknowledged", _("Somebody is at it")
        TOLD = "told", _("Partner told")
        RESOLVED = "resolved", _("Solved, post-mortem due")
        CLOSED = "closed", _("Closed")

    LIVE = (State.OPEN, State.ACKNOWLEDGED, State.TOLD)

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(WatchedSite, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    title = models.CharField(_("what is seen"), max_length=120, blank=True)  # "": what a probe saw
    detail = models.TextField(_("what exactly"), max_length=2000, blank=True)
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # null: a probe
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    told_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    resolution = models.CharField(_("how it was solved"), max_length=1000, blank=True)
    by_itself = models.BooleanField(default=False)
    cause = models.TextField(_("cause"), max_length=2000, blank=True)
    effect = models.TextField(_("who was affected, and how long"), max_length=2000, blank=True)
    prevention = models.TextField(_("what keeps it from happening again"), max_length=2000, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("site incident")
        verbose_name_plural = _("site incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "kind"],
                condition=Q(state__in=["open", "acknowledged", "told"]),
                name="incident_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state="open", acknowledged_at=None, resolved_at=None, closed_at=None)
                | Q(state="acknowledged", acknowledged_at__isnull=False, resolved_at=None, closed_at=None)
                | Q(state="told", told_at__isnull=False, resolved_at=None, closed_at=None)
                | Q(state="resolved", resolved_at__isnull=False, closed_at=None)
                | (
                    Q(state="closed", resolved_at__isnull=False, closed_at__isnull=False)
                    & ~Q(cause="")
                    & ~Q(prevention="")
                ),
                name="incident_state_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=~Q(state="closed"), name="incident_waiting"),
            models.Index(fields=["-opened_at"], name="incident_opened"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("site_incident", str(self.pk), f"{self.site.name} #{self.pk}")

    @property
    def headline(self) -> StrOrPromise:
        """What is seen, in one line."""
        return self.title or SEEN.get(self.kind, self.get_kind_display())

    @property
    def live(self) -> bool:
        return self.state in self.LIVE


class PartnerContact(models.Model):
    """Somebody at the partner company who is told. The company itself is named by the book."""

    name = models.CharField(_("person or desk"), max_length=60, unique=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), max_length=200, blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("contact at the partner")
        verbose_name_plural = _("contacts at the partner")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(phone="") | ~Q(email=""), name="partner_can_be_reached")
        ]

    def __str__(self) -> str:
        return self.name


class PartnerNotice(LawModel):
    """What the partner was told: by whom, to whom, which words, when. A call is told `at` once; what leaves by mail or
    a channel is told when its `PartnerDispatch` is taken by the other side."""

    class Way(models.TextChoices):
        PHONE = "phone", _("By phone")
        MAIL = "mail", _("By e-mail")
        CHANNEL = "channel", _("Through a channel")

    incident = models.ForeignKey(SiteIncident, on_delete=models.PROTECT, related_name="notices")
    way = models.CharField(max_length=8, choices=Way.choices)
    partner = models.CharField(max_length=80)
    whom = models.CharField(max_length=80)
    text = models.TextField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice to the partner")
        verbose_name_plural = _("notices to the partner")


class PartnerDispatch(models.Model):
    """A notice on its way out: tried again with growing pauses, given up in sight of everybody."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    notice = models.OneToOneField(
        PartnerNotice, on_delete=models.PROTECT, primary_key=True, related_name="dispatch"
    )
    channel = models.ForeignKey("notices.Channel", on_delete=models.PROTECT, null=True, related_name="+")
    email = models.EmailField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    idempotency_id = models.UUIDField(default=uuid.uuid4, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("dispatch to the partner")
        verbose_name_plural = _("dispatches to the partner")
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__isnull=False, email="") | (Q(channel=None) & ~Q(email="")),
                name="dispatch_one_way",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="dispatch_state_fits",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="dispatch_due")]
