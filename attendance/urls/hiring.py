from django.urls import path

from attendance.views import career, exams, hiring

urlpatterns = [
    path("headcount/", hiring.headcount, name="headcount"),
    path("vacancies/", hiring.vacancy_list, name="vacancies"),
    path("vacancies/new/", hiring.vacancy_new, name="vacancy_new"),
    path("vacancies/<int:pk>/", hiring.vacancy, name="vacancy"),
    path("vacancies/<int:pk>/change/", hiring.vacancy_change, name="vacancy_change"),
    path("vacancies/<int:pk>/act/<slug:key>/", hiring.vacancy_act, name="vacancy_act"),
    path("candidates/", hiring.board, name="candidates"),
    path("candidates/<int:pk>/", hiring.candidate, name="candidate"),
    path("candidates/<int:pk>/act/<slug:key>/", hiring.candidate_act, name="candidate_act"),
    path("papers/", exams.papers, name="papers"),
    path("papers/<int:pk>/retire/", exams.retire_paper, name="paper_retire"),
    path("exams/", exams.exam_list, name="exams"),
    path("exams/<int:pk>/", exams.exam, name="exam"),
    path("exams/<int:pk>/act/<slug:key>/", exams.exam_act, name="exam_act"),
    path("exams/<int:pk>/file/", exams.exam_file, name="exam_file"),
    path("career/", career.mine, name="my_career"),
    path("probations/", career.probations, name="probations"),
    path("probations/whose/", career.change_whose, name="change_whose"),
    path("people/<int:pk>/post/", career.change_post, name="change_post"),
    path("kpis/", career.kpi_list, name="kpi_list"),
    path("kpis/new/", career.kpi_new, name="kpi_new"),
    path("kpis/<int:pk>/", career.kpis, name="kpis"),
    path("kpis/<int:pk>/publish/", career.kpi_publish, name="kpi_publish"),
    path("reviews/", career.review_list, name="reviews"),
    path("reviews/<int:pk>/", career.review, name="review"),
    path("reviews/<int:pk>/act/<slug:key>/", career.review_act, name="review_act"),
]
