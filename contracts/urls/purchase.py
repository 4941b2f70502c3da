from django.urls import path

from contracts.views import arrivals, demand, inspections, losses, purchase, samples

urlpatterns = [
    path("orders/", purchase.orders, name="orders"),
    path("orders/<int:pk>/", purchase.order, name="order"),
    path("orders/<int:pk>/act/<slug:act>/", purchase.order_act, name="order_act"),
    path("orders/<int:pk>/accept/", purchase.accept, name="order_accept"),
    path("orders/<int:pk>/inspect/", purchase.inspect, name="order_inspect"),
    path("orders/<int:pk>/claim/", losses.claim, name="loss_new"),
    path("orders/<int:pk>/claim/file/", losses.file, name="order_claim_file"),
    path("orders/<int:pk>/lines/new/", purchase.line, name="line_new"),
    path("orders/<int:pk>/lines/<int:line_id>/", purchase.line, name="line"),
    path("orders/<int:pk>/papers/<int:file_id>/", purchase.paper, name="order_paper"),
    path("designs/<int:pk>/", purchase.design, name="design"),
    path("samples/", samples.samples, name="samples"),
    path("samples/<int:pk>/", samples.sample, name="sample"),
    path("samples/<int:pk>/act/<slug:act>/", samples.sample_act, name="sample_act"),
    path("samples/<int:pk>/photos/<int:file_id>/", samples.sample_photo, name="sample_photo"),
    path("inspections/", inspections.inspections, name="inspections"),
    path("inspections/draw/", inspections.draw_now, name="draw_now"),
    path("inspections/draws/<int:pk>/", inspections.draw, name="draw"),
    path("inspections/<int:pk>/", inspections.inspection, name="inspection"),
    path("inspections/<int:pk>/act/<slug:act>/", inspections.inspection_act, name="inspection_act"),
    path("inspections/<int:pk>/papers/<int:file_id>/", inspections.inspection_file, name="inspection_file"),
    path("arrivals/", arrivals.arrivals, name="arrivals"),
    path("arrivals/<int:pk>/", arrivals.count_in, name="count_in"),
    path("arrivals/<int:pk>/again/", arrivals.count_again, name="count_again"),
    path("demand/", demand.plans, name="demand_plans"),
    path("demand/<int:pk>/", demand.plan, name="demand_plan"),
    path("demand/<int:pk>/act/<slug:act>/", demand.plan_act, name="demand_act"),
    path("demand/needs/<int:pk>/order/<int:order_id>/", demand.order_need, name="order_need"),
]
