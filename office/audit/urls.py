from django.urls import path

from office.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("seals/", views.seals, name="seals"),
    path("incidents/", views.incidents, name="incidents"),
]
