from django.urls import path

from cms.views import rounds

urlpatterns = [
    path("rounds/", rounds.round_list, name="rounds"),
    path("rounds/<int:pk>/", rounds.round_detail, name="round"),
    path("rounds/<int:pk>/act/", rounds.act, name="round_act"),
    path("freshness/", rounds.freshness, name="freshness"),
    path("freshness/workbook/", rounds.freshness_workbook, name="freshness_workbook"),
]
