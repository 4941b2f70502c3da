from django.urls import path

from accounts.views import room

urlpatterns = [
    path("room/", room.room, name="room"),
    path("room/ask/", room.ask, name="room_ask"),
    path("room/enter/", room.enter, name="room_enter"),
    path("room/<int:pk>/leave/", room.leave, name="room_leave"),
]
