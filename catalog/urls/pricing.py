from django.urls import path

from catalog.views import pricing, sheets

urlpatterns = [
    path("skus/<int:pk>/prices/", pricing.prices, name="prices"),
    path("skus/<int:pk>/prices/ask/", pricing.propose, name="propose_price"),
    path("evidence/<int:run>/<int:pk>/", pricing.evidence, name="evidence"),
    path("price-tables/", sheets.sheets, name="sheets"),
    path("price-tables/template/", sheets.sheet_template, name="sheet_template"),
    path("price-tables/<int:pk>/", sheets.sheet, name="sheet"),
]
