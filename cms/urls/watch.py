from django.urls import path

from cms.views import incidents, watch

urlpatterns = [
    path("watch/", watch.watch, name="watch"),
    path("watch/new/", watch.edit, name="watched_new"),
    path("watch/workbook/", watch.workbook, name="watch_workbook"),
    path("watch/<int:pk>/", watch.watched, name="watched"),
    path("watch/<int:pk>/edit/", watch.edit, name="watched_edit"),
    path("watch/<int:pk>/approve/", watch.approve, name="watched_approve"),
    path("incidents/", incidents.incidents, name="incidents"),
    path("incidents/new/", incidents.report, name="incident_new"),
    path("incidents/<int:pk>/", incidents.incident, name="incident"),
    path("incidents/<int:pk>/act/<slug:key>/", incidents.act, name="incident_act"),
    path("partner/", incidents.contacts, name="contacts"),
    path("partner/<int:pk>/", incidents.contacts, name="contact"),
]
