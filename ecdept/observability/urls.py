"""For machines: no sign-in, no session."""

from django.urls import path

from ecdept.observability import views

urlpatterns = [
    path("healthz", views.alive, name="healthz"),
    path("readyz", views.ready, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
