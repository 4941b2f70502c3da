"""The inbox (one row per person) and the outbox (one row per channel message)."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.staff.models import Position


class Notice(models.Model):
    """One line in one person's inbox. Written in the transaction of the act that causes it.

    `kind` is a registered notice kind (its text is rendered in the reader's language from `params`);
    `params` holds no customer's personal data. `source`, `source_id` and `step` with the recipient make
    it exactly-once.
    """

    id = models.BigAutoField(primary_key=True)
    # No index of its own: notice_inbox begins with it.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=90)
    source = models.CharField(max_length=20)  # "deadline", "orders", …
    source_id = models.BigIntegerField()
    step = models.SmallIntegerField(default=0)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    label = models.CharField(max_length=120)  # e.g. "TM01/8812": what it is about, in a list
    clause = models.CharField(max_length=20, blank=True)
    params = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)  # an escalation: cannot be muted
    muted = models.BooleanField(default=False)  # in the inbox, but it interrupts nobody
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id", "step", "recipient"], name="notice_exactly_once"
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at=None, muted=False), name="notice_unread"),
        ]


class Channel(models.Model):
    """A way out of the house: e-mail, a group robot (DingTalk, WeCom, Feishu), or a generic webhook."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("Mail")
        DINGTALK = "dingtalk", _("DingTalk robot")
        WECOM = "wecom", _("WeCom robot")
        FEISHU = "feishu", _("Feishu robot")
        WEBHOOK = "webhook", _("Webhook")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    sealed_config = models.BinaryField()  # office.crypto: URL, secret
    enabled = models.BooleanField(_("enabled"), default=True)
    urgent_only = models.BooleanField(_("urgent notices only"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("notice channel")
        verbose_name_plural = _("notice channels")


class Subscription(models.Model):
    """Whose notices also leave through which channel. Without an employee: everybody's of that position."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="subscriptions")
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="subscriptions",
    )
    position = models.CharField(max_length=30, blank=True, choices=Position.choices)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["channel", "employee", "position"], name="subscription_once"),
            models.CheckConstraint(
                condition=Q(employee__isnull=False) ^ ~Q(position=""), name="subscription_person_or_position"
            ),
        ]


class Mute(models.Model):
    """A kind of notice a person does not want to be interrupted by. Urgent notices ignore it."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes")
    kind = models.CharField(max_length=90)

    class Meta:
        verbose_name = _("muted kind")
        verbose_name_plural = _("muted kinds")
        constraints = [models.UniqueConstraint(fields=["employee", "kind"], name="mute_once")]


class OutboxMessage(models.Model):
    """One message to one outside channel: at least once, with an idempotency id."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    id = models.BigAutoField(primary_key=True)
    idempotency_id = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="messages")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [models.UniqueConstraint(fields=["channel", "notice"], name="outbox_once")]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="outbox_due")]
