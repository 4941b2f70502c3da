"""What the engines below are told about redesigns and the review of the main page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cms.models import Redesign
from cms.selectors.redesign import Pair, pairs_of_run
from cms.services import page_review, redesign
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.enumerating import enumerated
from office.notices import api as notices
from office.staff.models import Employee
from office.subjects import register_subject


def register() -> None:
    """Called once at start."""
    register_subject("redesign", _("Redesign"), lambda pk: reverse("cms:redesign", args=[pk]))
    register_subject("page_review", _("Review of the main page"), lambda pk: reverse("cms:review", args=[pk]))
    audit.register_verbs(
        {
            "cms.begin_redesign": _("Redesign begun"),
            "cms.change_redesign": _("Proposal changed"),
            "cms.add_mock_up": _("View added"),
            "cms.set_mock_up": _("Mock-up put there"),
            "cms.remove_mock_up": _("View removed"),
            "cms.drop_redesign": _("Redesign dropped"),
            "cms.redesign_done": _("Redesign carried out"),
            "cms.open_review": _("Review opened"),
            "cms.close_review": _("Review closed"),
        }
    )
    deadlines.register_kind(page_review.CLOCK, title=_("the review of the main page"))
    notices.register_kind(
        "cms.review_opened",
        title=_("The main page is to be reviewed"),
        text=_("{label}: please look at the main page and write down what you find, until {due_at}."),
    )
    approvals.register_kind(
        approvals.Kind(
            code=redesign.KIND,
            name=_("Redesign"),
            subject_type="redesign",
            fields=_fields,
            changes=_changes,
            apply=lambda run, payload, by, now: redesign.record_done(
                run=run, payload=payload, by=by, now=now
            ),
            exhibits=_exhibits,
            ask=_ask,
        )
    )


def _ask(subject_id: str) -> str:
    """Where somebody goes on: the proposal, or the new one that he had begun."""
    if subject_id == redesign.NEW:
        return reverse("cms:redesign_new")
    return reverse("cms:redesign", args=[subject_id])


def _fields(subject_id: str) -> Mapping[str, str]:
    found = Redesign.objects.get(pk=subject_id)
    views = redesign.views_of(found)
    pictures = " ".join(
        f"{each.label}:{each.before.sha256 if each.before else ''}:{each.after.sha256 if each.after else ''}"
        for each in views
    )
    return {"title": found.title, "aim": found.aim, "page": found.page, "mock_ups": pictures}


def _changes(run: approvals.Run) -> list[approvals.Change]:
    asked = run.payload
    return [
        approvals.Change("page", _("Page"), "", asked["page"]),
        approvals.Change("aim", _("Aim"), "", asked["aim"]),
        approvals.Change(
            "mock_ups", _("Mock-ups"), "", enumerated(each["label"] for each in asked["evidence"]["mock_ups"])
        ),
    ]


def _exhibits(run: approvals.Run, person: Employee, now: datetime) -> list[approvals.Exhibit]:
    pairs: list[Pair] = pairs_of_run(run)
    return [approvals.Exhibit(_("Now and proposed"), "cms/_pairs.html", {"pairs": pairs})]
