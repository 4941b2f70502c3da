from django.urls import path

from cms.views import takedowns

urlpatterns = [
    path("items/<int:pk>/take-down/", takedowns.take_down, name="take_down"),
    path("board/entries/<int:pk>/take-down/", takedowns.take_down_entry, name="take_down_entry"),
    path("takedowns/", takedowns.takedown_list, name="takedowns"),
    path("takedowns/<int:pk>/", takedowns.takedown, name="takedown"),
    path("takedowns/<int:pk>/act/<slug:key>/", takedowns.act, name="takedown_act"),
]
