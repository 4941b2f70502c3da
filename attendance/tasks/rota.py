"""Celery tasks of the weekend rota."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from attendance.services.roster import rota

SECONDS = 20.0


@shared_task(name="attendance.solve_rota")
def solve_rota(rota_id: int) -> None:
    rota.solve(rota_id=rota_id, seconds=SECONDS, clock=timezone.now)


@shared_task(name="attendance.solve_waiting_rotas")
def solve_waiting_rotas() -> None:
    """What a lost message or a worker that died left behind."""
    for rota_id in rota.waiting(now=timezone.now()):
        rota.solve(rota_id=rota_id, seconds=SECONDS, clock=timezone.now)
