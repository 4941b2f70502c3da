"""Row 2: the same bare view in this application's own server, at the door that machines come in by (ecdept.doors)."""

from __future__ import annotations

from django.urls import path

from ecdept.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare_view"


def __getattr__(name: str) -> object:
    """`urlpatterns`, once the applications are loaded: this module is the settings too."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from bench.bare_django import insert

    return [path("api/bare", insert)]
