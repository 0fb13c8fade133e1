from django.urls import path

from . import views

app_name = "outbox"
urlpatterns = [
    path("letters/", views.letter_list, name="list"),
    path("notifications/", views.told, name="told"),
    path("notifications/<int:pk>/", views.told_open, name="told_open"),
    path("letters/<int:pk>/retry/", views.letter_retry, name="retry"),
]
