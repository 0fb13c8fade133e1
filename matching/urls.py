from django.urls import path

from . import views

app_name = "matching"
urlpatterns = [
    path("programmes/<int:pk>/matching/", views.board, name="board"),
    path("programmes/<int:pk>/matching/groups/", views.groups, name="groups"),
    path("programmes/<int:pk>/matching/groups/publish/", views.groups_publish, name="groups_publish"),
    path("programmes/<int:pk>/matching/groups/make/", views.group_make, name="group_make"),
    path("programmes/<int:pk>/matching/groups/add/", views.group_add, name="group_add"),
    path("programmes/<int:pk>/matching/groups/<int:group>/", views.group_change, name="group_change"),
    path("programmes/<int:pk>/matching/groups/running/<int:mentorship>/", views.group_people, name="group_people"),
    path("programmes/<int:pk>/matching/run/", views.run, name="run"),
    path("programmes/<int:pk>/matching/unmatched/", views.unmatched, name="unmatched"),
    path("programmes/<int:pk>/matching/unmatched/mentors/", views.idle, name="idle"),
    path("programmes/<int:pk>/matching/criteria/", views.criteria, name="criteria"),
    path("programmes/<int:pk>/matching/criteria/try/", views.criteria_try, name="criteria_try"),
    path("programmes/<int:pk>/matching/criteria/versions/", views.criteria_versions, name="criteria_versions"),
    path(
        "programmes/<int:pk>/matching/criteria/versions/<int:number>/", views.criteria_version, name="criteria_version"
    ),
    path(
        "programmes/<int:pk>/matching/criteria/versions/<int:number>/restore/",
        views.criteria_restore,
        name="criteria_restore",
    ),
    path("programmes/<int:pk>/matching/pairs/", views.pair_rules, name="pair_rules"),
    path("programmes/<int:pk>/matching/pairs/<int:rule>/remove/", views.pair_rule_remove, name="pair_rule_remove"),
    path("programmes/<int:pk>/matching/publish/", views.publish, name="publish"),
    path("programmes/<int:pk>/matching/swap/", views.swap, name="swap"),
    path("programmes/<int:pk>/matching/mentees/<int:mentee>/", views.candidates, name="candidates"),
    path("programmes/<int:pk>/matching/mentors/", views.lanes, name="lanes"),
    path("programmes/<int:pk>/matching/mentees/<int:mentee>/move/", views.move, name="move"),
    path("programmes/<int:pk>/matching/mentees/<int:mentee>/place/", views.place, name="place"),
    path("programmes/<int:pk>/matching/proposals/<int:proposal>/lock/", views.lock, name="lock"),
    path("programmes/<int:pk>/matching/proposals/<int:proposal>/discard/", views.discard, name="discard"),
    path("programmes/<int:pk>/matching/proposals/<int:proposal>/split/", views.split, name="split"),
    path("programmes/<int:pk>/matching/changes/<int:change>/undo/", views.undo, name="undo"),
    path("programmes/<int:pk>/mentors/", views.mentors, name="mentors"),
    path("programmes/<int:pk>/mentors/<int:mentor>/", views.mentor, name="mentor"),
    path("programmes/<int:pk>/requests/", views.requests, name="requests"),
    path("programmes/<int:pk>/wishes/", views.wishes, name="wishes"),
    path("requests/<int:pk>/", views.request_detail, name="request"),
]
