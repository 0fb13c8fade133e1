from django.http import Http404
from django.urls import path


def nothing(request, **kwargs):
    raise Http404


app_name = "accounts"
urlpatterns: list = [path("invitations/<slug:slug>/<str:token>/", nothing, name="invitation_accept")]
