from django.urls import path

from office.rulebook import views

app_name = "rulebook"
urlpatterns = [
    path("", views.clause_list, name="list"),
    path("calendar/", views.calendar, name="calendar"),
    path("<str:clause_id>/", views.clause, name="clause"),
    path("<str:clause_id>/brief/", views.brief, name="brief"),
]
