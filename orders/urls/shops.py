from django.urls import URLPattern, path

from orders.views import shops

urlpatterns: list[URLPattern] = [
    path("shops/", shops.shop_list, name="shops"),
    path("shops/new/", shops.add_shop, name="shop_new"),
    path("shops/<int:pk>/", shops.shop, name="shop"),
    path("shops/<int:pk>/secret/", shops.set_secret, name="shop_secret"),
    path("shops/<int:pk>/secret/new/", shops.new_secret, name="shop_new_secret"),
    path("shops/<int:pk>/secret/overlap/", shops.end_overlap, name="shop_end_overlap"),
    path("shops/<int:pk>/people/", shops.grant, name="shop_grant"),
    path("shops/<int:pk>/people/<int:employee_id>/revoke/", shops.revoke, name="shop_revoke"),
]
