"""My day, search, and the doors for machines."""

from django.urls import URLPattern, URLResolver, path

from ecdept import day

urlpatterns: list[URLPattern | URLResolver] = [
    path("", day.home, name="home"),
]
