"""The private calendar feed: whoever knows the secret address reads this one person's shifts."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance.selectors.calendar import calendar_of
from attendance.selectors.keys import owner_of


@require_safe
@never_cache
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    found = owner_of(secret)
    if found is None or found.employee is None:
        return HttpResponseNotFound("", content_type="text/plain; charset=utf-8")
    with translation.override(found.employee.language or settings.LANGUAGE_CODE):
        body = calendar_of(found.employee, timezone.now())
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="shifts.ics"'
    return answer
