"""Do before serving what the first visitor would otherwise wait for."""

from pathlib import Path

import structlog
from django.conf import settings
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.template.utils import get_app_template_dirs
from django.urls import get_resolver
from django.utils import translation

log = structlog.get_logger(__name__)
#: Other people's templates that our pages include while they render.
FRAMEWORKS = ("crispy_bootstrap5", "crispy_forms", "django_tables2")


def warm() -> int:
    """Compile every template, read every catalogue, build the URL resolver; returns the number of templates.

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
    get_resolver()._populate()
    return count
