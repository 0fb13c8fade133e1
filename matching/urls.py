from django.urls import path

from . import views

app_name = "matching"
urlpatterns = [
    path("programs/<int:pk>/matching/", views.board, name="board"),
    path("programs/<int:pk>/matching/run/", views.run, name="run"),
    path("programs/<int:pk>/matching/unmatched/", views.unmatched, name="unmatched"),
    path("programs/<int:pk>/matching/criteria/", views.criteria, name="criteria"),
    path("programs/<int:pk>/matching/publish/", views.publish, name="publish"),
    path("programs/<int:pk>/matching/swap/", views.swap, name="swap"),
    path("programs/<int:pk>/matching/mentees/<int:mentee>/", views.candidates, name="candidates"),
    path("programs/<int:pk>/matching/mentees/<int:mentee>/place/", views.place, name="place"),
    path("programs/<int:pk>/matching/proposals/<int:proposal>/lock/", views.lock, name="lock"),
    path("programs/<int:pk>/matching/proposals/<int:proposal>/discard/", views.discard, name="discard"),
]
