from django.urls import re_path

from office.files import views

app_name = "files"
urlpatterns = [
    re_path(
        r"^offers/(?P<pk>\d{1,18})/(?P<which>original|smaller)$", views.offer_picture, name="offer_picture"
    ),
]
