from django.urls import path, re_path

from catalog.views import goods

urlpatterns = [
    path("", goods.products, name="products"),
    path("new/", goods.product_new, name="product_new"),
    path("<int:pk>/", goods.product, name="product"),
    path("<int:pk>/edit/", goods.product_edit, name="product_edit"),
    path("<int:pk>/decline/", goods.product_decline, name="product_decline"),
    path("<int:pk>/skus/new/", goods.sku_new, name="sku_new"),
    path("skus/<int:pk>/edit/", goods.sku_edit, name="sku_edit"),
    path("ranges/", goods.ranges, name="ranges"),
    re_path(r"^ranges/(?P<what>channel|category)/(?P<pk>[0-9]{1,15})/$", goods.range_edit, name="range_edit"),
]
