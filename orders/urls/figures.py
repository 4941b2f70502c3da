from django.urls import path

from orders.views import figures

urlpatterns = [
    path("figures/", figures.figures, name="figures"),
    path("figures/rows/", figures.rows, name="figure_rows"),
    path("figures/workbook/", figures.workbook, name="figures_workbook"),
    path("order-records/", figures.records, name="records"),
    path("order-records/<int:pk>/confirm/", figures.confirm, name="record_confirm"),
]
