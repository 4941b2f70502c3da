"""The public message board, mounted at /board/."""

from django.urls import path

from cms.views import board_public

app_name = "board"
urlpatterns = [
    path("", board_public.entries, name="entries"),
    path("ask/", board_public.ask, name="ask"),
]
