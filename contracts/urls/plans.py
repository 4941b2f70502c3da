from django.urls import path

from contracts.views import plans

urlpatterns = [
    path("plans/", plans.plan_list, name="plans"),
    path("plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/do/<slug:key>/", plans.plan_act, name="plan_act"),
    path("plans/steps/<int:pk>/<slug:key>/", plans.step, name="plan_step"),
    path("plans/documents/<int:pk>/<slug:key>/", plans.document, name="plan_document"),
    path("plans/papers/<int:pk>/", plans.paper, name="plan_paper"),
]
