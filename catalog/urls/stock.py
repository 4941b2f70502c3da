from django.urls import path

from catalog.views import counts, stock

urlpatterns = [
    path("stock/", stock.stock, name="stock"),
    path("stock/<int:pk>/", stock.sku_stock, name="sku_stock"),
    path("stock/<int:pk>/<slug:act>/", stock.move, name="move_stock"),
    path("stock/movements/<int:pk>/back/", stock.put_back, name="put_back"),
    path("stock/unmatched/", stock.unmatched, name="unmatched"),
    path("stock/unmatched/<int:pk>/", stock.settle, name="settle_goods"),
    path("stock/counts/", counts.counts, name="counts"),
    path("stock/counts/open/", counts.count_open, name="count_open"),
    path("stock/counts/<int:pk>/", counts.count, name="count"),
    path("stock/counts/<int:pk>/again/", counts.count_again, name="count_again"),
    path("stock/counts/<int:pk>/import/", counts.count_import, name="count_import"),
]
