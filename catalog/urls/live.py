from django.urls import path

from catalog.views import live

urlpatterns = [
    path("live/", live.live, name="live"),
    path("live/upload/", live.live_upload, name="live_upload"),
    path("live/checks/<int:pk>/", live.live_check, name="live_check"),
    path("live/channels/<int:pk>/", live.live_feed, name="live_feed"),
    path("live/channels/<int:pk>/read/", live.live_read, name="live_read"),
    path("live/<int:pk>/", live.difference, name="difference"),
    path("live/<int:pk>/take/", live.difference_take, name="difference_take"),
    path("live/<int:pk>/solve/", live.difference_solve, name="difference_solve"),
]
