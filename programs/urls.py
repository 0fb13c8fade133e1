from django.urls import path

from . import views

app_name = "programs"
urlpatterns = [
    path("programmes/", views.program_list, name="list"),
    path("programmes/new/", views.program_start, name="start"),
    path("programmes/<int:pk>/", views.program_detail, name="detail"),
    path("programmes/<int:pk>/wizard/<slug:step>/", views.program_wizard, name="wizard"),
    path("programmes/<int:pk>/discard/", views.program_discard, name="discard"),
    path("programmes/<int:pk>/edit/", views.program_edit, name="edit"),
    path("programmes/<int:pk>/sign-up-state/", views.program_sign_up, name="sign_up"),
    path("programmes/<int:pk>/close/", views.program_close, name="close"),
    path("programmes/<int:pk>/sign-up/", views.program_join, name="join"),
    path("programmes/<int:pk>/leave/", views.program_leave, name="leave"),
    path("programmes/<int:pk>/people/", views.enrolment_list, name="enrolments"),
    path("programmes/<int:pk>/people/approve/", views.enrolment_approve, name="approve"),
    path("enrolments/<int:pk>/", views.enrolment_detail, name="enrolment"),
    path("enrolments/<int:pk>/decline/", views.enrolment_decline, name="enrolment_decline"),
    path("enrolments/<int:pk>/remove/", views.enrolment_remove, name="enrolment_remove"),
    path("programmes/<int:pk>/questions/", views.question_list, name="questions"),
    path("programmes/<int:pk>/questions/new/", views.question_create, name="question_create"),
    path("questions/<int:pk>/", views.question_edit, name="question_edit"),
    path("questions/<int:pk>/move/", views.question_move, name="question_move"),
    path("questions/<int:pk>/retire/", views.question_retire, name="question_retire"),
    path("programmes/<int:pk>/invite/", views.program_invite, name="invite"),
    path("programmes/<int:pk>/import/", views.sheet_upload, name="import_sign_ups"),
    path("sign-up-sheets/<int:pk>/", views.sheet_detail, name="sheet"),
    path("sign-up-sheets/<int:pk>/columns/", views.sheet_columns, name="sheet_columns"),
    path("sign-up-sheets/<int:pk>/refused.csv", views.sheet_refused, name="sheet_refused"),
    path("mentorships/<int:pk>/", views.mentorship_detail, name="mentorship"),
    path("mentorships/<int:pk>/answer/", views.mentorship_respond, name="respond"),
    path("mentorships/<int:pk>/end/", views.mentorship_end, name="mentorship_end"),
    path("mentorships/<int:pk>/change/", views.mentorship_change, name="mentorship_change"),
    path("mentorships/<int:pk>/complete/", views.mentorship_complete, name="mentorship_complete"),
]
