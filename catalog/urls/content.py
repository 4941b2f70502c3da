from django.urls import path

from catalog.views import content

urlpatterns = [
    path("pictures/<int:pk>/", content.picture, name="picture"),
    path("<int:pk>/pictures/add/", content.picture_add, name="picture_add"),
    path("<int:pk>/pictures/<int:row>/remove/", content.picture_remove, name="picture_remove"),
    path("<int:pk>/pictures/<int:row>/move/", content.picture_move, name="picture_move"),
    path("<int:pk>/pack/", content.pack, name="pack"),
    path("<int:pk>/text/", content.text, name="text"),
]
