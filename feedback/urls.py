from django.urls import include, path

from programs.sending import once

from . import concern_views, help_views, views

app_name = "feedback"
urlpatterns = [
    path("", include("feedback.survey_urls")),
    path("sessions/<int:pk>/pulse/", views.pulse, name="pulse"),
    path("concerns/", concern_views.concern_list, name="concerns"),
    path("concerns/<int:pk>/", once(concern_views.concern), name="concern"),
    path("concerns/<int:pk>/hand-over/", concern_views.concern_hand_over, name="concern_hand_over"),
    path("programmes/<int:pk>/concern/", once(concern_views.concern_raise), name="concern_raise"),
    path("programmes/<int:pk>/relationships/", help_views.relationships, name="relationships"),
    path("mentorships/<int:pk>/help/", once(help_views.help_mentorship), name="help"),
    path("mentorships/<int:pk>/concern/", once(concern_views.concern_about), name="concern_about"),
]
