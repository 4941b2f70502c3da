from django.urls import path

from contracts.views import complaints, disputes

urlpatterns = [
    path("complaints/", complaints.complaints, name="complaints"),
    path("complaints/new/", complaints.new, name="complaint_new"),
    path("complaints/<int:pk>/", complaints.complaint, name="complaint"),
    path("complaints/<int:pk>/do/<slug:key>/", complaints.act, name="complaint_act"),
    path("complaints/<int:pk>/file/", complaints.add_file, name="complaint_add_file"),
    path("complaints/<int:pk>/file/<int:file>/", complaints.file, name="complaint_file"),
    path("disputes/", disputes.disputes, name="disputes"),
    path("disputes/new/", disputes.new, name="dispute_new"),
    path("disputes/<int:pk>/", disputes.dispute, name="dispute"),
    path("disputes/<int:pk>/file/<int:step>/", disputes.dispute_file, name="dispute_file"),
]
