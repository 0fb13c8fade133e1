"""Every address. Below /o/<org>/ the tenancy middleware lets members in and answers strangers with 404."""

from django.conf import settings
from django.urls import include, path

from . import health, views

urlpatterns = [
    path("", include("accounts.urls")),
    path("o/<slug:org>/", include("programs.urls")),
    path("o/<slug:org>/", include("matching.urls")),
    path("o/<slug:org>/", include("sessions.urls")),
    path("o/<slug:org>/", include("feedback.urls")),
    path("o/<slug:org>/", include("reports.urls")),
    path("o/<slug:org>/", include("mentoring.jobs.urls")),
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
