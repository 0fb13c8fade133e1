from django.urls import path

from . import access_views, program_views, retention_views, views

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("reports/", views.overview, name="overview"),
    path("reports/participation/", views.participation, name="participation"),
    path("reports/participation.csv", views.participation_csv, name="participation_csv"),
    path("reports/retention/", retention_views.retention, name="retention"),
    path("reports/retention/<int:pk>/download/", retention_views.retention_download, name="retention_download"),
    path("reports/retention/jobs/<int:pk>/cancel/", retention_views.retention_cancel, name="retention_cancel"),
    path("reports/access/", access_views.access_page, name="access"),
    path("reports/access/<int:pk>/download/", access_views.access_download, name="access_download"),
    path("reports/downloads/", retention_views.download_list, name="downloads"),
    path("reports/data-quality/", retention_views.data_quality, name="data_quality"),
    path("reports/programmes/", views.program_health, name="program_health"),
    path("reports/programmes/compare/", program_views.program_compare, name="program_compare"),
    path("reports/programmes/health.<slug:kind>", program_views.program_health_file, name="program_health_file"),
    path("reports/programmes/<int:pk>/", views.program_health, name="program_health"),
    path("reports/programmes/<int:pk>/fairness/", views.matching_fairness, name="matching_fairness"),
    path("reports/programmes/<int:pk>/score/", views.matching_calibration, name="matching_calibration"),
]
