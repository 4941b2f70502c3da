"""The message board (留言板, W4): what visitors wrote, the answers, and what the public may read of it.

What a visitor says lies encrypted under a key of that message; destroying the key forgets the person.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject


class BoardSender(models.Model):
    """A website that hands over messages by machine. `sealed_secrets`: the current signing secret and, after a change,
    the one before it until its time is over (office.crypto)."""

    code = models.SlugField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    sealed_secrets = models.BinaryField()
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sender of messages")
        verbose_name_plural = _("senders of messages")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("board_sender", str(self.pk), self.code)


class BoardMessage(models.Model):
    """One message. `sealed` is {"name", "phone", "email", "topic", "text"} under the message's own key; erased, both
    are null. `erase_at`: when the retention of the book is over, set when the message is settled."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be answered")
        ANSWERED = "answered", _("Answered")
        SPAM = "spam", _("Closed as spam")
        ABUSE = "abuse", _("Closed as abuse")

    id = models.BigAutoField(primary_key=True)
    sender = models.ForeignKey(
        BoardSender, on_delete=models.PROTECT, null=True, related_name="messages"
    )  # null: our own form
    external_id = models.CharField(max_length=80, blank=True)
    body_digest = models.BinaryField(max_length=32, null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    kek = models.CharField(max_length=20, blank=True)
    wrapped = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    erase_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "external_id"],
                condition=Q(sender__isnull=False),
                name="board_message_once",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None, wrapped__isnull=False, sealed__isnull=False)
                | Q(erased_at__isnull=False, wrapped=None, sealed=None),
                name="board_erased_is_gone",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", settled_at=None)
                | Q(state="answered", settled_at__isnull=False)
                | (Q(state__in=["spam", "abuse"], settled_at__isnull=False) & ~Q(reason="")),
                name="board_state_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(state="waiting"), name="board_waiting"),
            models.Index(fields=["-id"], name="board_newest"),
            models.Index(fields=["erase_at"], condition=Q(erased_at=None), name="board_erase"),
        ]

    @property
    def subject(self) -> Subject:
        return Subject("board_message", str(self.pk), f"{_('Board message')} {self.pk}")


class BoardReply(LawModel):
    """One entry of a thread: an answer, a note that stays inside, or an answer that waits for a second person because
    of its words (C6.4). The words lie under the message's key. `releases`: the held answer that this one is, word for
    word, given by somebody else than its writer; the database compares."""

    class Kind(models.TextChoices):
        ANSWER = "answer", _("Answer")
        NOTE = "note", _("Inside note")
        HELD = "held", _("Held until a second person agrees")

    message = models.ForeignKey(BoardMessage, on_delete=models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    way = models.CharField(max_length=8, blank=True)  # cms.rules.board.WAYS, "" for a note
    sealed = models.BinaryField()
    releases = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="released_by")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")


class BoardDelivery(models.Model):
    """An answer on its way to the visitor by mail: tried again with growing pauses, given up in sight of everybody. The
    address and the words are not here: they lie sealed with the message and are opened when it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    reply = models.OneToOneField(
        BoardReply, on_delete=models.PROTECT, primary_key=True, related_name="delivery"
    )
    channel = models.ForeignKey("notices.Channel", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    idempotency_id = models.UUIDField(default=uuid.uuid4, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("answer on its way")
        verbose_name_plural = _("answers on their way")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="board_delivery_fits",
            )
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="board_delivery_due")]


class BoardEntry(LawModel):
    """What the public reads: a question and its answer, in words that name nobody, as the run agreed. A message is
    shown once; again only after a takedown whose case was closed as unfounded (the database asks)."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(BoardMessage, on_delete=models.PROTECT, related_name="entries")
    question = models.TextField(max_length=1000)
    answer = models.TextField(max_length=2000)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, null=True, related_name="+")
    authority_clause = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("public message")
        verbose_name_plural = _("public messages")


class BoardWithdrawal(LawModel):
    """A public message that is no longer shown."""

    entry = models.OneToOneField(
        BoardEntry, on_delete=models.PROTECT, primary_key=True, related_name="withdrawal"
    )
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("withdrawn public message")
        verbose_name_plural = _("withdrawn public messages")
