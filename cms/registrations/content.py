"""What the engines below are told about content: its subjects, the verbs of its trail, its approvals, its clock."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.rules import content
from cms.selectors import access, papers
from cms.services import columns, publishing, words, writing
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.rulebook.selectors import holds
from office.subjects import register_subject

NAMES = {
    "cms.news": _("News to go live"),
    "cms.event": _("Event to go live"),
    "cms.product": _("Product information to go live"),
    "cms.poster": _("Poster to go live"),
    content.MATERIAL: _("Content to go live"),
}


def _ask(subject_id: str) -> str:
    """Where somebody goes on: the item, or the kind of the new one he had begun."""
    if subject_id.startswith("new-"):
        return reverse("cms:new", args=[subject_id.removeprefix("new-")])
    return reverse("cms:item", args=[subject_id])


def _ask_column(subject_id: str) -> str:
    """The column, or the new one that somebody had begun."""
    if subject_id == columns.NEW:
        return reverse("cms:new_column")
    return reverse("cms:column", args=[subject_id])


def register() -> None:
    """Called once at start."""
    register_subject("content", _("Content"), lambda pk: reverse("cms:item", args=[pk]))
    register_subject("column", _("Site column"), lambda pk: reverse("cms:column", args=[pk]))
    register_subject("wordlist", _("Word list"), lambda code: reverse("cms:word_list", args=[code]))
    for verbs in (columns.VERBS, words.VERBS, writing.VERBS, publishing.VERBS):
        audit.register_verbs(verbs)
    for code, name in NAMES.items():
        approvals.register_kind(
            approvals.Kind(
                code=code,
                name=name,
                subject_type=access.SUBJECT,
                fields=publishing.fields,
                changes=papers.changes,
                apply=publishing.apply,
                check=publishing.check,
                again=publishing.submit_again,
                visible=lambda person, pk: access.may_see(person, pk, timezone.now()),
                visible_of_many=lambda person, ids: access.seen_of(person, ids, timezone.now()),
                closed=True,
                execute_rule=publishing.execute_rule,
                executes_itself=False,
                evidence=papers.evidence,
                exhibits=papers.exhibits,
                ask=_ask,
                similar=papers.similar,
                field_name=papers.field_name,
            )
        )
    approvals.register_kind(
        approvals.Kind(
            code=content.ENDING,
            name=_("Content to come off the site"),
            subject_type=access.SUBJECT,
            fields=publishing.end_fields,
            changes=papers.end_changes,
            apply=publishing.end_apply,
            check=publishing.end_check,
            visible=lambda person, pk: access.may_see(person, pk, timezone.now()),
            visible_of_many=lambda person, ids: access.seen_of(person, ids, timezone.now()),
            closed=True,
            executes_itself=False,
            ask=_ask,
        )
    )
    approvals.register_kind(
        approvals.Kind(
            code=columns.KIND,
            name=_("Change of a site column"),
            subject_type="column",
            fields=columns.fields,
            changes=papers.column_changes,
            apply=columns.apply,
            check=columns.check,
            visible=lambda person, pk: holds(person, "cms.view", timezone.now()),
            ask=_ask_column,
            field_name=papers.face_name,
        )
    )
    deadlines.register_kind("cms.publish_news", title=_("publishing the news"))
