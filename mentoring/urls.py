"""Every address. Below /o/<org>/ the tenancy middleware lets members in and answers strangers with 404."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from accounts.api import MemberViewSet, OneOrganisationViewSet, OrganisationListViewSet
from programs.api import EnrolmentViewSet, MentorshipViewSet, ProgramViewSet
from programs.views import certificate
from reports.api import RetentionViewSet
from sessions.api import GroupSessionViewSet, SessionViewSet
from sessions.views.answering import session_answer
from sessions.views.calendars import came_back, feed
from sessions.views.reminders import unsubscribe

from . import health, views
from .api import views as api
from .outbox.reports import mail_report

router = SimpleRouter(use_regex_path=False)
router.register("members", MemberViewSet, "member")
router.register("programs", ProgramViewSet, "program")
router.register("enrolments", EnrolmentViewSet, "enrolment")
router.register("mentorships", MentorshipViewSet, "mentorship")
router.register("sessions", SessionViewSet, "session")
router.register("group-sessions", GroupSessionViewSet, "group-session")

api_v1: list[URLPattern | URLResolver] = [
    path("organisations/", OrganisationListViewSet.as_view({"get": "list"}), name="organisation-list"),
    path("o/<slug:org>/", OneOrganisationViewSet.as_view({"get": "show", "patch": "change"}), name="organisation"),
    path("o/<slug:org>/reports/retention/", RetentionViewSet.as_view({"get": "show"}), name="retention"),
    path("o/<slug:org>/", include(router.urls)),
]

urlpatterns = [
    path("", include("accounts.urls")),
    path("o/<slug:org>/", include("programs.urls")),
    path("o/<slug:org>/", include("matching.urls")),
    path("o/<slug:org>/", include("sessions.urls")),
    path("o/<slug:org>/", include("feedback.urls")),
    path("o/<slug:org>/", include("reports.urls")),
    path("o/<slug:org>/", include("mentoring.jobs.urls")),
    path("o/<slug:org>/", include("mentoring.outbox.urls")),
    path("calendar/connected/<slug:provider>/", came_back, name="calendar_connected"),
    path("calendar/<str:token>.ics", feed, name="calendar_feed"),
    path("answer/<str:token>/<slug:answer>/", session_answer, name="session_answer"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("mail/reports/", mail_report, name="mail_report"),
    path("certificates/<slug:code>/", certificate, name="certificate"),
    path("api/v1/", include((api_v1, "api"))),
    path("api/schema/", api.schema, name="api_schema"),
    path("api/docs/", api.docs, name="api_docs"),
    path("accounts/", include("allauth.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

if settings.DEV_TOOLS:
    urlpatterns += [
        path("styleguide/", views.styleguide, name="styleguide"),
        path("dev/mail/", include("mentoring.outbox.devmail")),
    ]

handler400 = "mentoring.views.bad_request"
handler403 = "mentoring.views.permission_denied"
handler404 = "mentoring.views.page_not_found"
handler500 = "mentoring.views.server_error"
