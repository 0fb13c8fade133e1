from django.urls import path

from . import views

app_name = "feedback"
urlpatterns = [
    path("sessions/<int:pk>/pulse/", views.pulse, name="pulse"),
]
