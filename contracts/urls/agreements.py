from django.urls import path

from contracts.views import agreements, suppliers

urlpatterns = [
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("suppliers/choices/", suppliers.supplier_choices, name="supplier_choices"),
    path("suppliers/new/", suppliers.supplier_new, name="supplier_new"),
    path("suppliers/<int:pk>/", suppliers.supplier, name="supplier"),
    path("suppliers/<int:pk>/do/<slug:key>/", suppliers.supplier_act, name="supplier_act"),
    path("suppliers/<int:pk>/bank/", suppliers.bank_ask, name="bank_ask"),
    path("contacts/<int:pk>/", suppliers.contact, name="contact"),
    path("certificates/<int:pk>/file/", suppliers.certificate_file, name="certificate_file"),
    path("certificates/<int:pk>/end/", suppliers.certificate_end, name="certificate_end"),
    path("agreements/", agreements.contracts, name="contracts"),
    path("agreements/new/", agreements.contract_new, name="contract_new"),
    path("agreements/<int:pk>/", agreements.contract, name="contract"),
    path("agreements/<int:pk>/do/<slug:key>/", agreements.contract_act, name="contract_act"),
    path("agreements/<int:pk>/draw/", agreements.version_new, name="version_new"),
    path("versions/<int:pk>/paper/", agreements.version_pdf, name="version_pdf"),
    path("versions/<int:pk>/compare/", agreements.compare, name="compare"),
    path("signatures/<int:pk>/file/", agreements.signature_file, name="signature_file"),
    path("clauses/", agreements.clauses, name="clauses"),
    path("clauses/<str:clause_id>/", agreements.clause, name="clause"),
]
