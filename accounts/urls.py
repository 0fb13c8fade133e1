from django.urls import include, path

from .views import imports, invitations, members, organisations, settings

app_name = "accounts"

within_organisation = [
    path("settings/", settings.settings, name="settings"),
    path("settings/logo/", settings.logo, name="logo"),
    path("settings/keys/", settings.api_key_create, name="api_key_create"),
    path("settings/keys/<int:pk>/revoke/", settings.api_key_revoke, name="api_key_revoke"),
    path("profile/", settings.profile, name="profile"),
    path("people/", members.member_list, name="member_list"),
    path("people/add/", members.member_create, name="member_create"),
    path("people/invite/", invitations.invitation_create, name="invitation_create"),
    path("people/import/", imports.import_upload, name="import_upload"),
    path("people/import/<int:pk>/columns/", imports.import_columns, name="import_columns"),
    path("people/import/<int:pk>/", imports.import_preview, name="import_preview"),
    path("people/import/<int:pk>/confirm/", imports.import_confirm, name="import_confirm"),
    path("people/import/<int:pk>/result/", imports.import_result, name="import_result"),
    path("people/import/<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("people/import/<int:pk>/refused.csv", imports.import_refused_csv, name="import_refused_csv"),
    path("people/<int:pk>/", members.member_detail, name="member_detail"),
    path("people/<int:pk>/edit/", members.member_edit, name="member_edit"),
    path("people/<int:pk>/leave/", members.member_leave, name="member_leave"),
    path("people/<int:pk>/rehire/", members.member_rehire, name="member_rehire"),
    path("people/<int:pk>/erase/", members.member_erase, name="member_erase"),
    path("people/<int:pk>/roles/", members.member_roles, name="member_roles"),
    path("people/<int:pk>/invite/", invitations.member_invite, name="member_invite"),
]

urlpatterns = [
    path("", organisations.landing, name="landing"),
    path("account/", settings.account, name="account"),
    path("organisations/", organisations.organisation_list, name="organisations"),
    path("organisations/new/", organisations.organisation_create, name="organisation_create"),
    path("invitations/<slug:slug>/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("o/<slug:org>/", include(within_organisation)),
]
