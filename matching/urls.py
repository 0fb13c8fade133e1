from django.urls import path

from . import views

app_name = "matching"
urlpatterns = [
    path("programmes/<int:pk>/matching/", views.board, name="board"),
    path("programmes/<int:pk>/matching/run/", views.run, name="run"),
    path("programmes/<int:pk>/matching/unmatched/", views.unmatched, name="unmatched"),
    path("programmes/<int:pk>/matching/criteria/", views.criteria, name="criteria"),
    path("programmes/<int:pk>/matching/publish/", views.publish, name="publish"),
    path("programmes/<int:pk>/matching/swap/", views.swap, name="swap"),
    path("programmes/<int:pk>/matching/mentees/<int:mentee>/", views.candidates, name="candidates"),
    path("programmes/<int:pk>/matching/mentees/<int:mentee>/place/", views.place, name="place"),
    path("programmes/<int:pk>/matching/proposals/<int:proposal>/lock/", views.lock, name="lock"),
    path("programmes/<int:pk>/matching/proposals/<int:proposal>/discard/", views.discard, name="discard"),
]
