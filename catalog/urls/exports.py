from django.urls import path

from catalog.views import exports

urlpatterns = [
    path("export/", exports.products, name="products_export"),
    path("stock/export/", exports.stock, name="stock_export"),
    path("skus/<int:pk>/prices/export/", exports.prices, name="prices_export"),
]
