"""The public pages, at /pages/: served by a short way of their own (ecdept/doors.py)."""

from django.urls import path

from cms.views import public

app_name = "pages"
urlpatterns = [
    path("", public.front, name="front"),
    path("<slug:slug>/", public.column, name="column"),
    path("<slug:slug>/feed.xml", public.rss, name="rss"),
    path("<slug:slug>/feed.json", public.json_feed, name="json"),
    path("<slug:slug>/<int:pk>/", public.item, name="item"),
]
