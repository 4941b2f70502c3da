from django.urls import path

from cms.views import board

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/senders/", board.sender_list, name="senders"),
    path("board/senders/<int:pk>/<slug:key>/", board.sender_act, name="sender_act"),
    path("board/<int:pk>/", board.message, name="message"),
    path("board/<int:pk>/act/<slug:key>/", board.act, name="message_act"),
]
