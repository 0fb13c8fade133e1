from django.http import Http404
from django.urls import path

app_name = "programs"


def soon(request, **kwargs):
    raise Http404


urlpatterns = [
    path("programmes/", soon, name="list"),
    path("programmes/<int:pk>/", soon, name="detail"),
    path("programmes/<int:pk>/sign-up/", soon, name="join"),
    path("mentorships/<int:pk>/", soon, name="mentorship"),
    path("mentorships/<int:pk>/answer/", soon, name="respond"),
]
