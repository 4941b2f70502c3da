from django.urls import path

from office.deadlines import views

app_name = "deadlines"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("<int:pk>/retry/", views.retry, name="retry"),
]
