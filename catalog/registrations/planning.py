"""Seasons, the planner's records, new products: verbs, subjects, clocks."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.services import debuts, planning, seasons
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.subjects import register_subject


def register() -> None:
    audit.register_verbs({**seasons.VERBS, **planning.VERBS, **debuts.VERBS})
    register_subject("season", _("season"), lambda key: reverse("catalog:season", args=[key]))
    register_subject(
        "planner_record", _("planner’s record"), lambda key: reverse("catalog:planner_record", args=[key])
    )
    register_subject(
        "planner_task", _("planner’s task"), lambda key: reverse("catalog:planner_task", args=[key])
    )
    deadlines.register_kind(planning.DONE, title=_("keeping the planner’s record"))
    deadlines.register_kind(debuts.RULE, title=_("publishing the new product"))
