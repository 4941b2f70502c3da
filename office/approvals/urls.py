from django.urls import path

from office.approvals import views

app_name = "approvals"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("decide/", views.decide, name="decide"),
    path("deputy/", views.deputy, name="deputy"),
    path("deputy/<int:pk>/end/", views.end_deputy, name="end_deputy"),
    path("rulebook/", views.activation, name="activation"),
    path("rulebook/text/", views.own_text, name="own_text"),
    path("figures/", views.figures, name="figures"),
    path("figures/rows/", views.figure_rows, name="figure_rows"),
    path("figures/workbook/", views.workbook, name="figures_workbook"),
    path("drafts/<int:pk>/discard/", views.discard_draft, name="discard_draft"),
    path("drafts/<str:kind>/<str:subject_id>/", views.draft, name="draft"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/<slug:act>/", views.act, name="act"),
]
