"""The error pages: a page for people, a toast for htmx, JSON for machines. None of them reads the database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from ecdept.errors import answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, 500)
