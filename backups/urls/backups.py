from django.urls import path, re_path

from backups.views import backups

urlpatterns = [
    path("", backups.overview, name="list"),
    path("now/", backups.ask, name="ask"),
    path("proof/", backups.prove, name="prove"),
    re_path(r"^(?P<pk>\d{1,15})/$", backups.run, name="run"),
    re_path(r"^(?P<pk>\d{1,15})/overwrite/$", backups.ask_restore, name="ask_restore"),
    re_path(r"^drills/(?P<pk>\d{1,15})/$", backups.certificate, name="certificate"),
]
