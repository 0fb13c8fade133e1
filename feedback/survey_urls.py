"""The addresses of surveys, part of those of feedback."""

from django.urls import path

from programs.sending import once

from . import views

urlpatterns = [
    path("programmes/<int:pk>/surveys/", views.survey_list, name="surveys"),
    path("programmes/<int:pk>/surveys/copy/", once(views.survey_copy), name="survey_copy"),
    path("programmes/<int:pk>/surveys/new/", once(views.survey_create), name="survey_create"),
    path("programmes/<int:pk>/gains/", views.program_gains, name="program_gains"),
    path("surveys/<int:pk>/", views.survey_detail, name="survey"),
    path("surveys/<int:pk>/edit/", views.survey_edit, name="survey_edit"),
    path("surveys/<int:pk>/open/", views.survey_open, name="survey_open"),
    path("surveys/<int:pk>/hold/", views.survey_hold, name="survey_hold"),
    path("surveys/<int:pk>/close/", views.survey_close, name="survey_close"),
    path("surveys/<int:pk>/remove/", views.survey_remove, name="survey_remove"),
    path("surveys/<int:pk>/preview/", views.survey_preview, name="survey_preview"),
    path("surveys/<int:pk>/questions/new/", once(views.survey_question_create), name="survey_question_create"),
    path("surveys/<int:pk>/results/", views.survey_results, name="results"),
    path("surveys/<int:pk>/results.csv", views.survey_results_csv, name="results_csv"),
    path("survey-questions/<int:pk>/", views.survey_question, name="survey_question"),
    path("survey-questions/<int:pk>/move/", views.survey_question_move, name="survey_question_move"),
    path("survey-questions/<int:pk>/remove/", views.survey_question_remove, name="survey_question_remove"),
    path("survey-answers/<int:pk>/", views.survey_answer, name="survey_answer"),
    path("gains/", views.gains, name="gains"),
]
