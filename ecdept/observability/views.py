"""The doors for machines: /healthz, /readyz, /metrics."""

import hmac
from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

from office.deadlines.models import SweepTick

#: The sweep runs every two seconds; so long without one means that beat or every worker stands still.
STALE_BEAT = timedelta(seconds=30)


@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """200 while the process answers; asks nothing of anybody: a lost database must restart no web process."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, broker and beat do their work, else 503; the body says which does not.

    `{"status": "ok"|"down", "database": …, "broker": …, "beat": …}`, each "ok" or "down".
    """
    parts = {"database": _database(), "broker": _broker(), "beat": False}
    parts["beat"] = parts["database"] and _beat()
    whole = all(parts.values())
    body = {"status": "ok" if whole else "down"} | {
        name: "ok" if up else "down" for name, up in parts.items()
    }
    return JsonResponse(body, status=200 if whole else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for `Authorization: Bearer METRICS_TOKEN`; 404 with none set, 403 for a wrong one."""
    token = settings.METRICS_TOKEN
    if not token:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {token}".encode()):
        return HttpResponseForbidden()
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True


def _broker() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _beat() -> bool:
    try:
        return SweepTick.objects.filter(last_at__gte=timezone.now() - STALE_BEAT).exists()
    except DatabaseError:
        return False
