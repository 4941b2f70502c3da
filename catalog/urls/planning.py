from django.urls import path

from catalog.views import planner, seasons

urlpatterns = [
    path("seasons/", seasons.seasons, name="seasons"),
    path("seasons/<int:pk>/", seasons.season, name="season"),
    path("planner/", planner.planner, name="planner"),
    path("planner/tasks/<int:pk>/", planner.planner_task, name="planner_task"),
    path("planner/<int:pk>/", planner.planner_record, name="planner_record"),
]
