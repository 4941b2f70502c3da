from django.urls import path

from accounts.views import records

urlpatterns = [
    path("security/", records.security, name="security"),
    path("security/<int:pk>/", records.security_report, name="security_report"),
    path("security/files/", records.advisories, name="security_upload"),
    path("security/files/<int:pk>/", records.security_file, name="security_file"),
    path("security/files/<int:pk>/content/", records.security_file_content, name="security_file_content"),
    path("procedures/", records.procedures, name="procedures"),
    path("procedures/<slug:code>/", records.procedure, name="procedure"),
    path("procedures/<slug:code>/write/", records.write, name="procedure_write"),
]
