from django.urls import path

from catalog.views import market

urlpatterns = [
    path("market/", market.market, name="market"),
    path("market/note/", market.market_note, name="market_note"),
    path("market/import/", market.market_import, name="market_import"),
    path("market/<int:pk>/workbook/", market.market_workbook, name="market_workbook"),
    path("market/summaries/<int:pk>/", market.summary, name="summary"),
]
