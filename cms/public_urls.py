"""The public pages, at /pages/: served by a short way of their own (ecdept/doors.py)."""

from django.urls import path, re_path

from cms.views import attachments, public

app_name = "pages"
urlpatterns = [
    path("", public.front, name="front"),
    path("<slug:slug>/", public.column, name="column"),
    path("<slug:slug>/feed.xml", public.rss, name="rss"),
    path("<slug:slug>/feed.json", public.json_feed, name="json"),
    path("<slug:slug>/<int:pk>/", public.item, name="item"),
    re_path(
        r"^(?P<slug>[-\w]+)/(?P<pk>\d{1,18})/files/(?P<sha256>[0-9a-f]{64})$",
        attachments.public_file,
        name="file",
    ),
]
