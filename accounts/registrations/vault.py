"""The vault: verbs, kinds, clocks, notices, pages, and that signing out locks it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.kinds import vault as kinds
from accounts.services.vault import duties, unlocking
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import register_subject


def _lock(sender: object, request: HttpRequest | None, **_kwargs: Any) -> None:
    if request is not None and request.session.session_key:
        unlocking.lock(session_key=request.session.session_key)


def register() -> None:
    user_logged_out.connect(_lock, dispatch_uid="accounts.vault.lock")
    audit.register_verbs(
        {
            "accounts.set_up_key": _("Vault passphrase set up"),
            "accounts.change_passphrase": _("Vault passphrase changed"),
            "accounts.new_key": _("New vault key in use"),
            "accounts.make_recovery_key": _("Recovery key made"),
            "accounts.unlock": _("Vault unlocked"),
            "accounts.unlock_failed": _("Wrong vault passphrase"),
            "accounts.propose": _("Account proposed"),
            "accounts.changed": _("Account changed"),
            "accounts.reveal": _("Secret looked at"),
            "accounts.reseal": _("Sealed to further custodians"),
            "accounts.reseal_by_recovery_key": _("Sealed by means of the recovery key"),
            "accounts.drill": _("Recovery key tried"),
            "accounts.lending_agreed": _("Lending agreed to"),
            "accounts.lend": _("Account lent out"),
            "accounts.lending_over": _("Lending over"),
            "accounts.import": _("Accounts read from a file"),
        }
    )
    for kind in (
        kinds.change_kind(), kinds.import_kind(), kinds.key_kind(), kinds.recovery_kind(), kinds.lending_kind(),
    ):  # fmt: skip
        approvals.register_kind(kind)
    for rule, title in (
        (duties.RESEAL, _("letting a custodian in")),
        (duties.ROTATE, _("changing what somebody could see")),
        (duties.REGULAR, _("changing the password")),
        (duties.RENEWAL, _("renewing the account")),
        (duties.AFTER_LENDING, _("changing the password after lending it")),
    ):
        deadlines.register_kind(rule, title=title)
    notices.register_kind(
        "accounts.recovery_key",
        title=_("Another recovery key was made"),
        text=_(
            "{by} made the recovery key {label}. If you know nothing of it, ask before you let anybody in: secrets are"
            " sealed to it then."
        ),
        mutable=False,
    )
    notices.register_kind(
        "accounts.lend_now",
        title=_("Lending agreed to"),
        text=_("{label}: you may now hand it out to {borrower}. Unlock your vault for that."),
        mutable=False,
    )
    notices.register_kind(
        "accounts.borrow_soon",
        title=_("An account will be lent to you"),
        text=_("{label}: {lender} hands it out to you. Set up a vault passphrase if you have none yet."),
        mutable=False,
    )
    notices.register_kind(
        "accounts.lent",
        title=_("An account is lent to you"),
        text=_("{label}: you can look at it until {until_at}. Every look is on record."),
        mutable=False,
    )
    register_subject(
        "official_account", _("official account"), lambda pk: reverse("accounts:account", args=[pk])
    )
    register_subject("vault_key", _("vault key"), lambda pk: reverse("accounts:vault"))
    register_subject("recovery_key", _("recovery key"), lambda pk: reverse("accounts:vault"))
    register_subject("vault_import", _("import of accounts"), lambda pk: reverse("accounts:accounts"))
    register_subject("lending", _("lending of an account"), lambda pk: reverse("accounts:lending", args=[pk]))
