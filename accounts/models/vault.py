"""The vault: official accounts, what is sealed to whom, and who has looked at it (C8, C6.2).

The server stores nothing that opens a secret. A secret's text is sealed under a data key of its own version; the data
key lies in one box for each custodian's public key and one for the recovery key that is printed and kept in a safe.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office.audit.lawful import LawModel
from office.subjects import Subject


class VaultKey(models.Model):
    """A person's pair: the public half, and the private one wrapped under his vault passphrase. A person's first pair
    counts at once; a later one, after a lost passphrase, when two people have agreed."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for two people")
        CURRENT = "current", _("present key")
        ENDED = "ended", _("former key")

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    public = models.BinaryField()
    wrapped = models.BinaryField()
    state = models.CharField(max_length=7, choices=State.choices)
    run = models.ForeignKey("approvals.Run", null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("vault key")
        verbose_name_plural = _("vault keys")
        constraints = [
            models.UniqueConstraint(
                fields=["employee"], condition=Q(state="current"), name="vault_key_one_current"
            ),
            models.UniqueConstraint(
                fields=["employee"], condition=Q(state="waiting"), name="vault_key_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False)
                | Q(state__in=["waiting", "current"], ended_at=None),
                name="vault_key_ended_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.employee_id} · {self.made_at:%Y-%m-%d}"


class RecoveryKey(models.Model):
    """The public half of the key that is printed and kept in the general manager's safe. Every one but the first rests
    on a run that a second person agreed to."""

    public = models.BinaryField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    run = models.ForeignKey("approvals.Run", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery key")
        verbose_name_plural = _("recovery keys")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at=None), name="recovery_key_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d}"


class Account(models.Model):
    """One official account. What is known of it is its newest facts; it is proposed until the first are agreed to."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("to be signed")
        OPEN = "open", _("in the vault")
        CLOSED = "closed", _("closed")
        DROPPED = "dropped", _("not agreed to")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=30)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    facts = models.ForeignKey("accounts.AccountFacts", null=True, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("official account")
        verbose_name_plural = _("official accounts")
        permissions = [("read_secrets", "May read the secrets of the account")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["open", "closed"]) | Q(facts__isnull=False),
                name="account_open_has_facts",
            )
        ]
        indexes = [models.Index(fields=["state", "kind", "name"], name="account_listed")]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("official_account", str(self.pk), self.name)


class AccountFacts(LawModel):
    """What an account is, as a run agreed to it. Insert-only."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="history")
    kind = models.CharField(_("kind"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("web address"), max_length=300, blank=True)
    login = models.CharField(_("login"), max_length=120, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    renew_on = models.DateField(_("renewed until"), null=True)
    change_days = models.PositiveSmallIntegerField(_("password changed every (days)"), null=True)
    closed = models.BooleanField(default=False)
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("facts of an account")
        verbose_name_plural = _("facts of accounts")

    def __str__(self) -> str:
        return self.name


class Sealed(LawModel):
    """A secret as it was proposed: sealed before anybody was asked. Insert-only. `renews`: the same text under a new
    data key, after a custodian was removed. Bound to account, field and number (XChaCha20-Poly1305)."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sealed")
    field = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=120, blank=True)
    ciphertext = models.BinaryField()
    weak = models.BooleanField(default=False)
    repeated = models.BooleanField(default=False)
    renews = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("sealed secret")
        verbose_name_plural = _("sealed secrets")
        constraints = [
            models.UniqueConstraint(fields=["account", "field", "number"], name="sealed_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.field} {self.number}"

    @property
    def place(self) -> bytes:
        """What the ciphertext is bound to."""
        return f"account {self.account_id} field {self.field} version {self.number}".encode()


class Box(models.Model):
    """The data key of a secret, sealed to one public key: a person's (`lending`: for the time of that lending), or the
    recovery key."""

    sealed = models.ForeignKey(Sealed, on_delete=models.PROTECT, related_name="boxes")
    key = models.ForeignKey(VaultKey, null=True, on_delete=models.PROTECT, related_name="boxes")
    recovery = models.ForeignKey(RecoveryKey, null=True, on_delete=models.PROTECT, related_name="boxes")
    lending = models.ForeignKey("accounts.Lending", null=True, on_delete=models.PROTECT, related_name="boxes")
    box = models.BinaryField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        constraints = [
            models.UniqueConstraint(
                fields=["sealed", "key"], condition=Q(lending=None), name="box_once_a_key"
            ),
            models.UniqueConstraint(fields=["sealed", "recovery"], name="box_once_a_recovery_key"),
            models.UniqueConstraint(fields=["sealed", "lending"], name="box_once_a_lending"),
            models.CheckConstraint(
                condition=Q(key__isnull=False, recovery=None)
                | Q(key=None, recovery__isnull=False, lending=None),
                name="box_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sealed_id} → {self.key_id or 'recovery'}"


class SecretVersion(LawModel):
    """From here on this is the secret of that field; without one the field has none. Insert-only; the newest counts."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="versions")
    field = models.CharField(max_length=20)
    sealed = models.OneToOneField(Sealed, null=True, on_delete=models.PROTECT, related_name="version")
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of a secret")
        verbose_name_plural = _("versions of secrets")
        indexes = [models.Index(fields=["account", "field", "-id"], name="secret_version_newest")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.field}"


class CustodianChange(LawModel):
    """Somebody became a custodian of an account, or ceased to be one. Insert-only; the newest counts."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="custodian_changes")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added = models.BooleanField()
    run = models.ForeignKey("approvals.Run", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of custodians")
        verbose_name_plural = _("changes of custodians")
        indexes = [models.Index(fields=["account", "employee", "-id"], name="custodian_newest")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.employee_id}"


class Reveal(LawModel):
    """Somebody opened a secret, and why. Insert-only."""

    class Way(models.TextChoices):
        SHOWN = "shown", _("shown")
        COPIED = "copied", _("copied")
        CODE = "code", _("one-time code")
        SAVED = "saved", _("file saved")

    sealed = models.ForeignKey(Sealed, on_delete=models.PROTECT, related_name="reveals")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=6, choices=Way.choices)
    reason = models.CharField(_("reason"), max_length=200)
    lending = models.ForeignKey(
        "accounts.Lending", null=True, on_delete=models.PROTECT, related_name="reveals"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("look at a secret")
        verbose_name_plural = _("looks at secrets")
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="reveal_says_why")]
        indexes = [
            models.Index(fields=["sealed", "-at"], name="reveal_of_secret"),
            models.Index(fields=["employee", "-at"], name="reveal_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.sealed_id} {self.employee_id}"


class Lending(models.Model):
    """A password that somebody else must enter with, in a special case (C13.4): asked for by a custodian, agreed to by
    the department head, handed out by the custodian for some hours, and changed afterwards (`changed_at`)."""

    class State(models.TextChoices):
        ASKED = "asked", _("waits for the department head")
        AGREED = "agreed", _("may be handed out")
        RELEASED = "released", _("lent out")
        OVER = "over", _("over")
        REFUSED = "refused", _("not agreed to")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lendings")
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    lender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)
    hours = models.PositiveSmallIntegerField(_("hours"))
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    run = models.ForeignKey("approvals.Run", null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("lending of an account")
        verbose_name_plural = _("lendings of accounts")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="lending_says_why"),
            models.CheckConstraint(
                condition=~Q(state="released") | Q(released_at__isnull=False, until__isnull=False),
                name="lending_released_whole",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=["asked", "agreed", "released"])
                | Q(state="over", released_at__isnull=False, changed_at=None),
                name="lending_one_until_changed",
            ),
        ]
        indexes = [
            models.Index(fields=["until"], condition=Q(state="released"), name="lending_ends"),
            models.Index(fields=["borrower"], condition=Q(state="released"), name="lending_of_borrower"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} → {self.borrower_id}"

    @property
    def subject(self) -> Subject:
        return Subject("lending", str(self.pk), self.account.name)


class Rotation(models.Model):
    """A secret that must be changed because somebody could see it, or saw it, who no longer should, or whose passphrase
    is lost."""

    class Why(models.TextChoices):
        REMOVED = "removed", _("no longer a custodian")
        LEFT = "left", _("has left, or no longer holds the post")
        LOST = "lost", _("lost the vault passphrase")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="rotations")
    field = models.CharField(max_length=20)
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=7, choices=Why.choices)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("secret to be changed")
        verbose_name_plural = _("secrets to be changed")
        constraints = [
            models.UniqueConstraint(
                fields=["account", "field", "employee"], condition=Q(done_at=None), name="rotation_once_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.field}"


class VaultImport(models.Model):
    """Accounts read from another manager's file, asked for as one request. The file is not kept."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    source = models.CharField(max_length=10)
    rows = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("import of accounts")
        verbose_name_plural = _("imports of accounts")

    def __str__(self) -> str:
        return f"{self.source} {self.at:%Y-%m-%d}"

    @property
    def subject(self) -> Subject:
        return Subject("vault_import", str(self.pk), f"{self.source} {self.at:%Y-%m-%d}")
