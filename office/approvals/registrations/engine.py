"""Verbs of the trail, notices, clocks and the subject of the engine itself."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.approvals.kinds import name_of, named
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.rulebook.words import register_rule_names
from office.subjects import register_subject


def register() -> None:
    """Called once at start."""
    register_rule_names(named)
    register_subject("run", _("Approval"), lambda pk: reverse("approvals:run", args=[pk]))
    register_subject("approval_figures", _("Figures of approvals"), lambda _id: reverse("approvals:figures"))
    audit.register_verbs(
        {
            "approvals.submit": _("Asked for approval"),
            "approvals.resubmit": _("Asked again"),
            "approvals.withdraw": _("Taken back"),
            "approvals.approve": _("Agreed to"),
            "approvals.agree_before": _("Agreed before, counted again"),
            "approvals.reject": _("Rejected"),
            "approvals.return": _("Returned"),
            "approvals.agreed": _("Agreed to by everybody"),
            "approvals.execute": _("Carried out"),
            "approvals.check": _("Checked afterwards"),
            "approvals.void": _("Void: the subject has changed"),
            "approvals.climb": _("Went to the superior"),
            "approvals.stuck": _("Stuck: nobody holds the post"),
            "approvals.resolve": _("Found somebody who decides"),
            "approvals.add_signer": _("Signer added"),
            "approvals.forward": _("Forwarded"),
            "approvals.hand_on": _("Handed on for somebody who leaves"),
            "approvals.copy": _("Copied to others"),
            "approvals.comment": _("Commented"),
            "approvals.remind": _("Reminded"),
            "approvals.deputy": _("Deputy named"),
            "approvals.end_deputy": _("Deputy ended"),
            "approvals.figures_exported": _("Figures exported"),
        }
    )
    for word, title, text, mutable in (
        ("asked", _("Your agreement is asked"), _("{label}: {what} waits on you."), True),
        ("agreed", _("Agreed"), _("{label}: {what} was agreed to."), True),
        ("execute", _("To be carried out"), _("{label}: {what} was agreed to. Please carry it out."), True),
        ("executed", _("Carried out"), _("{label}: {what} was carried out."), True),
        ("check", _("To be checked"), _("{label}: {what} was carried out. Please check the result."), True),
        ("checked", _("Checked and right"), _("{label}: {what} was checked and is right."), True),
        (
            "check_failed",
            _("Checked and wrong"),
            _("{label}: {what} was checked by {who} and is wrong."),
            False,
        ),
        ("rejected", _("Rejected"), _("{label}: {what} was rejected by {who}."), True),
        ("returned", _("Returned to you"), _("{label}: {what} was returned by {who}. Clocks pause."), True),
        (
            "returned_to_step",
            _("Returned"),
            _("{label}: {what} was returned to an earlier step by {who}."),
            True,
        ),
        ("withdrawn", _("Taken back"), _("{label}: {what} was taken back by {who}."), True),
        ("voided", _("Void"), _("{label}: {what} is void, because its subject has changed."), True),
        ("copied", _("Copied to you"), _("{label}: {who} lets you read {what}."), True),
        ("commented", _("Comment"), _("{label}: {who} commented on {what}."), True),
        ("reminded", _("Reminder"), _("{label}: {who} asks you to decide on {what}."), True),
        ("stuck", _("Stuck"), _("{label}: nobody can decide on {what}, because a post is vacant."), False),
    ):
        notices.register_kind(f"approvals.{word}", title=title, text=text, detail=name_of, mutable=mutable)
    deadlines.register_kind("approvals.step", title=_("decision on a request"))
    deadlines.register_kind("approvals.execute", title=_("carrying out what was agreed"))
    deadlines.register_kind("approvals.check", title=_("check of what was carried out"))
