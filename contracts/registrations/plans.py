"""Work plans: verbs, subjects, deadlines."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import Milestone, PlanDocument
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs(
        {
            "contracts.make_plan": _("Made the plan"),
            "contracts.add_milestone": _("Added a step"),
            "contracts.change_milestone": _("Changed a step"),
            "contracts.finish_milestone": _("Finished a step"),
            "contracts.drop_milestone": _("Took a step out"),
            "contracts.add_document": _("Added a document"),
            "contracts.hand_in_document": _("Handed a document in"),
            "contracts.drop_document": _("Took a document out"),
            "contracts.close_plan": _("Closed the plan"),
        }
    )
    register_subject(
        "work_plan", _("work plan"), lambda pk: reverse("contracts:plan", args=[pk]) if pk.isdecimal() else ""
    )
    register_subject("milestone", _("step of a plan"), milestone_url)
    register_subject("plan_document", _("document of a plan"), document_url)
    deadlines.register_kind("work.milestone", title=_("a step of the plan"))
    deadlines.register_kind("work.gather", title=_("getting a document"))
    deadlines.register_kind("work.document", title=_("a document that runs out"))


def milestone_url(pk: str) -> str:
    found = Milestone.objects.filter(pk=pk).first() if pk.isdecimal() else None
    return reverse("contracts:plan", args=[found.plan_id]) if found else ""


def document_url(pk: str) -> str:
    found = PlanDocument.objects.filter(pk=pk).first() if pk.isdecimal() else None
    return reverse("contracts:plan", args=[found.plan_id]) if found else ""
