"""Celery tasks that look at sites and tell the partner."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cms.models import WatchedSite
from cms.services import looking, partner, watching
from office.rulebook import api as rulebook


@shared_task(name="cms.look_at_sites")
def look_at_sites() -> None:
    """Hands each site that is due to a worker of its own, so that a slow one holds up nobody."""
    for site_id in watching.claim_due(now=timezone.now()):
        look_at_site.apply_async(args=(site_id,), expires=240)


@shared_task(name="cms.look_at_site")
def look_at_site(site_id: int) -> None:
    site = WatchedSite.objects.filter(pk=site_id, active=True).first()
    if site is None:
        return
    asked_at = timezone.now()
    timeout = rulebook.parameter_rule(watching.PARAMETERS, at=asked_at).integer("timeout_seconds")
    look = looking.look_at(site, at=asked_at, timeout=timeout)
    watching.record_look(site_id=site.pk, look=look, now=timezone.now())


@shared_task(name="cms.tell_partner")
def tell_partner() -> None:
    partner.send_waiting(now=timezone.now())


@shared_task(name="cms.forget_probes")
def forget_probes() -> None:
    watching.forget_probes(now=timezone.now())
