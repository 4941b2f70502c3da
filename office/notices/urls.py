from django.urls import path

from office.notices.views import channels, inbox

app_name = "notices"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("unread/", inbox.unread, name="unread"),
    path("read/", inbox.read, name="read"),
    path("read-all/", inbox.read_all, name="read_all"),
    path("mute/", inbox.mute, name="mute"),
    path("channels/", channels.channels, name="channels"),
    path("channels/new/", channels.new_channel, name="new_channel"),
    path("channels/<int:pk>/", channels.channel, name="channel"),
    path("channels/<int:pk>/enabled/", channels.enable_channel, name="enable_channel"),
    path("channels/<int:pk>/test/", channels.test_channel, name="test_channel"),
    path("channels/<int:pk>/retry/", channels.retry_channel, name="retry_channel"),
    path("outbox/", channels.outbox, name="outbox"),
    path("outbox/<int:pk>/retry/", channels.retry_message, name="retry_message"),
]
