"""Answers for what was refused or went wrong: what, why, and what would make it possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _

from office.errors import Invalid, Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Plain:
    """The words of an error that is no refusal of a verb."""

    code: str
    title: StrOrPromise
    text: StrOrPromise
    hint: StrOrPromise = ""


WORDS: dict[int, Plain] = {
    400: Plain(
        "bad_request",
        _("The request could not be read"),
        _("Something in the address or the form is not what this page expects."),
        _("Go back and try again; if it stays, tell IT what you did."),
    ),
    403: Plain(
        "forbidden",
        _("Not within your authority"),
        _("None of the posts you hold may open this page."),
        _("If your work needs it, ask your superior: a post, or an acting appointment, opens it."),
    ),
    404: Plain(
        "not_found",
        _("Nothing here"),
        _("There is no such page, or nothing that you may see."),
        _("Check the number, or search for the order."),
    ),
    405: Plain(
        "method_not_allowed", _("Not like this"), _("This address does not take that kind of request.")
    ),
    413: Plain("too_large", _("Too large"), _("What was sent is larger than this page takes.")),
    500: Plain(
        "server_error",
        _("Something broke on our side"),
        _("Nothing was lost: what was saved before is saved, and the failed act did not happen by halves."),
        _("Try again in a moment. IT finds the cause under the number below."),
    ),
    503: Plain("unavailable", _("Back in a moment"), _("The system is starting or being maintained.")),
}
CSRF = Plain(
    "csrf",
    _("This form has expired"),
    _("It was open too long, or you have signed in again since."),
    _("Go back, reload the page and send it again."),
)


def wants_json(request: HttpRequest) -> bool:
    """Machines: the API, the hooks, and whoever asks for JSON and nothing else."""
    return (
        request.path.startswith(("/api/", "/hooks/"))
        or request.headers.get("Accept", "") == "application/json"
    )


def remedy(request: HttpRequest, refusal: Refused) -> dict[str, object]:
    """The one button that makes the refused act possible, {} when there is none: address, word, and the page to come
    back to."""
    if refusal.code != "off_duty" or not refusal.params.get("own"):
        return {}
    return {"url": reverse("staff:start_duty"), "label": _("Go on duty"), "next": reverse("orders:desk")}


def refusal_response(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """What, where, why: JSON for machines, a toast for htmx, a page otherwise."""
    if wants_json(request):
        body: dict[str, object] = {"code": refusal.code, "message": str(refusal.message), **refusal.params}
        if refusal.clause:
            body["clause"] = refusal.clause
        if isinstance(refusal, Invalid):
            body["errors"] = refusal.errors
        return JsonResponse(body, status=refusal.status)
    # Who only looked wanted nothing done.
    looking = request.method in {"GET", "HEAD"}
    context = {
        "title": WORDS[refusal.status].title if looking and refusal.status in {403, 404} else _("Not done"),
        "looking": looking,
        "refusal": refusal,
        "text": refusal.message,
        "hint": refusal.params.get("hint", ""),
        "errors": getattr(refusal, "errors", []),
        "clause": refusal.clause,
        "remedy": remedy(request, refusal),
    }
    if _htmx(request):
        return _toast(request, context, refusal.status)
    return _page(request, "errors/refused.html", context, refusal.status)


def answer(request: HttpRequest, status: int, words: Plain | None = None) -> HttpResponse:
    """An error that is no refusal."""
    plain = words or WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    if wants_json(request):
        return JsonResponse({"code": plain.code, "message": str(plain.text)}, status=status)
    context = {
        "status": status,
        "title": plain.title,
        "text": plain.text,
        "hint": plain.hint,
        "request_id": getattr(request, "id", "") or "",
    }
    if _htmx(request):
        return _toast(request, context, status)
    return _page(request, "errors/error.html", context, status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long or came from elsewhere."""
    return answer(request, 403, CSRF)


def _htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def _toast(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "errors/_toast.html", context, status=status)
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    response["HX-Push-Url"] = "false"
    patch_vary_headers(response, ["HX-Request"])
    return response


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int) -> HttpResponse:
    """A page that needs neither session nor database: an error must not fail again over the frame."""
    if status >= 500:
        return HttpResponse(render_to_string(template, context), status=status)
    back = request.headers.get("Referer", "")
    host = f"{request.scheme}://{request.headers.get('Host', '')}/"
    context["back"] = back if back.startswith(host) and back != request.build_absolute_uri() else ""
    if hasattr(request, "_messages"):
        list(messages.get_messages(request))  # a page of its own: told toasts do not wait for the next one
    return render(request, template, context, status=status)
