"""Answers for what was refused or went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from office.errors import Invalid, Refused


def refusal_response(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """What, where, why: JSON for machines, a fragment for htmx, a page otherwise."""
    if request.path.startswith(("/api/", "/hooks/")) or request.headers.get("Accept") == "application/json":
        body: dict[str, object] = {"code": refusal.code, "message": str(refusal.message), **refusal.params}
        if refusal.clause:
            body["clause"] = refusal.clause
        if isinstance(refusal, Invalid):
            body["errors"] = refusal.errors
        return JsonResponse(body, status=refusal.status)
    return render(request, "errors/refused.html", {"refusal": refusal}, status=refusal.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long or came from elsewhere."""
    return render(request, "errors/csrf.html", status=403)
