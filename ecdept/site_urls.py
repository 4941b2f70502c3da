"""My day, search, and the doors for machines."""

from django.urls import URLPattern, URLResolver, include, path

from ecdept import day
from ecdept.api import urls as api_urls

urlpatterns: list[URLPattern | URLResolver] = [
    path("", day.home, name="home"),
    path("hooks/", include(("orders.urls.hooks", "hooks"))),
    path("hooks/", include(("cms.hook_urls", "board_hooks"))),
    path("hooks/", include(("attendance.hook_urls", "punch_hooks"))),
    path("api/v1/", api_urls()),
]
