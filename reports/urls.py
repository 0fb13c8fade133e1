from django.urls import path

from . import program_views, views

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("reports/", views.overview, name="overview"),
    path("reports/participation/", views.participation, name="participation"),
    path("reports/participation.csv", views.participation_csv, name="participation_csv"),
    path("reports/retention/", views.retention, name="retention"),
    path("reports/retention.csv", views.retention_csv, name="retention_csv"),
    path("reports/programmes/", views.program_health, name="program_health"),
    path("reports/programmes/compare/", program_views.program_compare, name="program_compare"),
    path("reports/programmes/health.<slug:kind>", program_views.program_health_file, name="program_health_file"),
    path("reports/programmes/<int:pk>/", views.program_health, name="program_health"),
    path("reports/programmes/<int:pk>/fairness/", views.matching_fairness, name="matching_fairness"),
    path("reports/programmes/<int:pk>/score/", views.matching_calibration, name="matching_calibration"),
]
