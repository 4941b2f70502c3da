from django.urls import path

from accounts.views import records

urlpatterns = [
    path("security/", records.security, name="security"),
    path("security/<int:pk>/", records.security_report, name="security_report"),
    path("procedures/", records.procedures, name="procedures"),
    path("procedures/<slug:code>/", records.procedure, name="procedure"),
    path("procedures/<slug:code>/write/", records.write, name="procedure_write"),
]
