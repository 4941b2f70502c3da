from django.urls import path

from contracts.views import breaches, invoices, money, money_lists, paying, scores, statements

urlpatterns = [
    path("money/", money.overview, name="money"),
    path("money/<int:pk>/", money.account, name="account"),
    path("money/<int:pk>/pay/", money.ask, name="account_ask"),
    path("money/<int:pk>/credit-note/", money.credit_note, name="credit_note"),
    path("money/<int:pk>/breach/", breaches.new, name="breach_new"),
    path("money/<int:pk>/consent/", breaches.consent, name="consent_new"),
    path("money/<int:pk>/invoices/", invoices.listed, name="invoices"),
    path("invoices/<int:pk>/strike-out/", invoices.strike_out, name="invoice_strike_out"),
    path("invoices/<int:pk>/scan/", invoices.add_scan, name="invoice_scan"),
    path("money/<int:pk>/<str:month>/", statements.statement, name="statement"),
    path("money/<int:pk>/<str:month>/pdf/", statements.as_pdf, name="statement_pdf"),
    path("money/<int:pk>/<str:month>/xlsx/", statements.as_xlsx, name="statement_xlsx"),
    path("payables/<int:pk>/", money.payable, name="payable"),
    path("payments/<int:pk>/", paying.payment, name="payment"),
    path("payments/<int:pk>/record/", paying.record, name="payment_record"),
    path("payments/<int:pk>/drop/", paying.drop, name="payment_drop"),
    path("claims/", money_lists.claims, name="claims"),
    path("claims/<int:pk>/", paying.set_off, name="set_off"),
    path("claims/<int:pk>/take-back/", paying.take_back, name="set_off_take_back"),
    path("claims/<int:pk>/credit-note/", paying.note, name="set_off_note"),
    path("breaches/", money_lists.breaches, name="breaches"),
    path("breaches/<int:pk>/", breaches.breach, name="breach"),
    path("breaches/<int:pk>/release/", breaches.release, name="breach_release"),
    path("breaches/<int:pk>/penalty/", breaches.penalty, name="breach_penalty"),
    path("money-files/<str:kind>/<int:pk>/", money.file, name="money_file"),
    path("scores/", scores.listed, name="scores"),
    path("reviews/<int:pk>/", scores.review, name="supplier_review"),
    path("reviews/<int:pk>/decide/", scores.decide, name="supplier_review_decide"),
]
