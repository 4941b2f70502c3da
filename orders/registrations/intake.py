"""Batches of files: their acts in the trail and their page."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.subjects import register_subject
from orders.services.intake import VERBS


def register() -> None:
    audit.register_verbs(VERBS)
    register_subject("batch", _("import"), lambda batch: reverse("orders:batch", args=[batch]))
