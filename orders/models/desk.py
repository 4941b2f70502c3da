"""What moves: an order's progress at the desk, contacts, notes, who watched, who looked at whose data."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from orders.models.ledger import Order


class OrderProgress(models.Model):
    """The mutable row beside an order; verbs lock it. A trigger refuses moves that the state table (orders.rules) does
    not have, and counts `version` up on every change.

    shop, number, received_at, total, currency and goods repeat the order's facts so that a desk list is one index
    scan; a trigger keeps them equal to the order's. `due_at` is until when the next act is awaited: the earliest of
    the running clocks and the next try, null when there is neither; `due_rule` says which it is.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        CONTACTED = "contacted", _("Contacted")
        CONFIRMED = "confirmed", _("Confirmed")
        INVALID = "invalid", _("Invalid")
        HANDED_OVER = "handed_over", _("Handed over")
        TAKEN = "taken", _("Taken by product operations")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    OPEN_STATES = ("waiting", "accepted", "contacted", "confirmed", "handed_over", "taken")

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="progress")
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="held_orders",
        db_index=False,
    )
    shop_id = models.BigIntegerField()
    number = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    goods = models.CharField(max_length=120)  # "first title ×2 +3", for lists
    due_at = models.DateTimeField(null=True)
    due_rule = models.CharField(max_length=60, blank=True)
    next_try_at = models.DateTimeField(null=True)  # next contact attempt, or callback
    tries = models.PositiveSmallIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="taken_orders",
        db_index=False,
    )
    closed_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)  # the last act on it at the desk: whether its holder is idle
    returned_reason = models.CharField(max_length=40, blank=True)  # why it is in the pool again
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("order progress")
        verbose_name_plural = _("order progress")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", holder=None)
                | Q(state__in=("accepted", "contacted", "confirmed"), holder__isnull=False)
                | Q(state__in=("invalid", "handed_over", "taken", "closed", "cancelled")),
                name="progress_holder_fits_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "contacted", "confirmed")) | Q(accepted_at__isnull=False),
                name="progress_accepted_at",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(due_at__isnull=False), name="progress_waiting_is_due"
            ),
            models.CheckConstraint(
                condition=~Q(state="taken") | Q(taken_at__isnull=False, taken_by__isnull=False),
                name="progress_taken_by_name",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "order"], condition=Q(state="waiting"), name="progress_pool"),
            models.Index(
                fields=["holder", "due_at", "order"],
                condition=Q(state__in=("accepted", "contacted", "confirmed")),
                name="progress_mine",
            ),
            models.Index(
                fields=["due_at", "order"],
                condition=Q(
                    state__in=("waiting", "accepted", "contacted", "confirmed", "handed_over", "taken")
                ),
                name="progress_open_due",
            ),
            models.Index(
                fields=["due_at", "order"],
                condition=Q(state__in=("handed_over", "taken")),
                name="progress_takeover",
            ),
            models.Index(
                fields=["holder", "-received_at", "-order"],
                condition=Q(holder__isnull=False),
                name="progress_holder",
            ),
            models.Index(fields=["shop_id", "-received_at", "-order"], name="progress_shop"),
            models.Index(fields=["-received_at", "-order"], name="progress_all"),
            models.Index(fields=["number"], name="progress_number"),
            models.Index(fields=["state", "-received_at", "-order"], name="progress_state"),
            models.Index(
                F("state"), Coalesce("total", Value(-1)).desc(), F("order").desc(), name="progress_amount"
            ),
        ]


class ContactRecord(models.Model):
    """One try to reach the customer (C7.2). Only this stops the ten-minute clock. Insert-only."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        CHAT = "chat", _("Shop chat")
        SMS = "sms", _("SMS")
        EMAIL = "email", _("E-mail")
        OTHER = "other", _("Other")

    class Outcome(models.TextChoices):
        REACHED = "reached", _("Reached")
        NOT_REACHED = "not_reached", _("Not reached")

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="contacts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    channel = models.CharField(_("channel"), max_length=8, choices=Channel.choices)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    goods_confirmed = models.BooleanField(_("goods"), default=False)
    amount_confirmed = models.BooleanField(_("amount"), default=False)
    address_confirmed = models.BooleanField(_("address"), default=False)
    phone_confirmed = models.BooleanField(_("phone"), default=False)
    next_try_at = models.DateTimeField(_("next try"), null=True)
    sealed_note = models.BinaryField(null=True)  # under the customer's key

    class Meta:
        verbose_name = _("contact record")
        verbose_name_plural = _("contact records")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="not_reached") | Q(next_try_at__isnull=False),
                name="contact_next_try_is_set",
            )
        ]


class Note(models.Model):
    """A note on an order (under the customer's key), with a callback time that shows on my day. Insert-only but for
    `done_at`."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="order_notes")
    at = models.DateTimeField()
    sealed_text = models.BinaryField()
    callback_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    follow_up = models.BooleanField(default=False)  # a follow-up note of M5.3

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["by", "callback_at"],
                condition=Q(callback_at__isnull=False, done_at=None),
                name="note_callback",
            )
        ]


class DeskWatch(models.Model):
    """Somebody watched the desk from `started_at` to `last_at` (heartbeats close together are one row): the proof of
    C7.1 / M5.1."""

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="desk_watches"
    )
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = _("desk watch")
        verbose_name_plural = _("desk watches")
        indexes = [
            models.Index(fields=["last_at"], name="desk_watch_last"),
            models.Index(fields=["employee", "-last_at"], name="desk_watch_person"),
        ]


class Unmasking(models.Model):
    """Who saw which customer's phone and address, and why. Insert-only, beside its audit entry."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="unmaskings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("unmasking")
        verbose_name_plural = _("unmaskings")
