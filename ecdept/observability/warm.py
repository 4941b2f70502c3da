"""Do before serving what the first visitor would otherwise wait for."""

import logging
from collections.abc import Callable
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import structlog
from django.conf import settings
from django.contrib.auth import get_backends
from django.core.wsgi import get_wsgi_application
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import URLResolver, get_resolver, reverse
from django.utils import formats, timezone, translation

from office.rulebook import calendar

log = structlog.get_logger(__name__)
#: Other people's templates that our pages include while they render.
FRAMEWORKS = ("crispy_bootstrap5", "crispy_forms", "django_tables2")


def warm() -> int:
    """Compile every template, read every catalogue, build the URL resolver, import what a first page imports.

    Returns the number of templates.

    A template that does not compile is logged and left: it breaks its own page, not the start.
    """
    folders: list[Path] = list(settings.TEMPLATES[0]["DIRS"])  # type: ignore[call-overload]
    folders += [
        each
        for each in get_app_template_dirs("templates")
        if any(f"/{name}/" in f"{each}/" for name in FRAMEWORKS)
    ]
    count = 0
    for folder in folders:
        for path in sorted(folder.rglob("*.html")):
            try:
                get_template(str(path.relative_to(folder)))
                count += 1
            except (TemplateSyntaxError, TemplateDoesNotExist):
                log.exception("template_broken", component=str(path.relative_to(folder)))
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("ready")
            formats.localize(timezone.localtime())
            _populate(get_resolver())
    get_backends()
    calendar.DayTable().kind(timezone.localdate())
    _first_page()
    return count


def _populate(resolver: URLResolver) -> None:
    """For one language; `reverse` would do it namespace by namespace when a page first needs them."""
    resolver._populate()
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            _populate(each)


def _first_page() -> None:
    """Answer one request for the sign-in page and throw the answer away, so that no visitor is the first.

    What Django loads only when a request needs it (middleware's helpers, forms, icons, the manifest of static
    files) is loaded then. Says nothing: what fails here fails again, and is logged, when somebody asks for it.
    """
    environ: dict[str, object] = {
        "PATH_INFO": reverse(settings.LOGIN_URL),
        "HTTP_HOST": "localhost",
        "HTTP_X_FORWARDED_PROTO": "https" if settings.HTTPS else "http",
    }
    setup_testing_defaults(environ)
    before = logging.root.manager.disable
    logging.disable()
    try:
        response = get_wsgi_application()(environ, _no_answer)
        b"".join(response)
        response.close()
    except Exception:  # noqa: BLE001, S110  a page that cannot even be refused must not keep /healthz from answering
        pass
    finally:
        logging.disable(before)


def _no_answer(status: str, headers: list[tuple[str, str]], info: object = None) -> Callable[[bytes], object]:
    return bytes
