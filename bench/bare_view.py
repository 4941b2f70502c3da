"""Row 2, for comparison: the same bare view behind the middlewares that a page of this application passes."""

from __future__ import annotations

from django.urls import path

from ecdept.settings import *  # noqa: F403

ROOT_URLCONF = "bench.bare_view"


def __getattr__(name: str) -> object:
    """`urlpatterns`, once the applications are loaded: this module is the settings too."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from bench.bare_django import insert

    return [path("bare", insert)]
