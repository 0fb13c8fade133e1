"""A form that comes twice, at once or by the back button, makes what it makes once; opened anew, it may say the same again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from programs.models import Program, SentForm
from tests.people import inside
from tests.tenancy.cast import make_cast

MARK = "Said twice"
GOAL = {
    "text": MARK, "measure": "talks", "baseline": "0", "target": "4", "unit": "talks", "due_on": "in a month",
    "owner": "owner", "why": MARK, "milestones": "", "skill": "",
}  # fmt: skip
QUESTION = {
    "text": f"{MARK}?",
    "help_text": "",
    "kind": "text",
    "audience": "both",
    "options": "",
    "visible_to": "admins",
}
SURVEY = {"name": MARK, "moment": "day", "day": "2099-01-01", "role": "mentee", "answer_days": "7"}
# Form → whose it is, what is typed, and what it makes.
FORMS = {
    "programs:start": ("", {"template": "traditional"}, "programs.Program"),
    "programs:copy": ("program", {"name": MARK}, "programs.Program"),
    "programs:objective_create": (
        "program",
        {"text": MARK, "measure": "matched", "target": "80"},
        "programs.Objective",
    ),
    "programs:stage_create": ("program", {"name": MARK}, "programs.Stage"),
    "programs:question_create": ("program", QUESTION, "programs.Question"),
    "programs:resource_create": ("program", {"title": MARK, "kind": "text", "body": MARK}, "programs.Resource"),
    "programs:announcement_create": ("program", {"title": MARK, "body": MARK, "do": "send"}, "programs.Announcement"),
    "programs:goal_create": ("mentorship", GOAL, "programs.Goal"),
    "programs:goal_progress": ("goal", {"value": "2", "note": MARK}, "programs.GoalProgress"),
    "programs:milestone_add": ("goal", {"text": MARK}, "programs.Milestone"),
    "programs:messages": ("mentorship", {"text": MARK, "token": str(UUID(int=7))}, "programs.ChatMessage"),
    "sessions:journal": ("mentorship", {"text": MARK}, "mentoring_sessions.JournalEntry"),
    "sessions:actions": ("mentorship", {"text": MARK, "owner": "owner"}, "mentoring_sessions.ActionItem"),
    "feedback:survey_create": ("program", SURVEY, "feedback.Survey"),
    "feedback:survey_question_create": ("survey", {"text": f"{MARK}?", "kind": "text"}, "feedback.SurveyQuestion"),
    "feedback:concern_raise": ("program", {"text": MARK}, "feedback.Concern"),
    "feedback:concern": ("concern", {"do": "answer", "answer-text": MARK}, "feedback.ConcernEntry"),
}


@pytest.fixture
def cast(transactional_db):
    cast = make_cast("northwind", "Aurelian")
    with inside(cast.organisation):
        program = Program.objects.get(pk=cast.ids["program"])
        mentor = program.enrolments.get(role="mentor").member
        Program.objects.filter(pk=program.pk).update(safeguarding_contact=mentor)
        SentForm.objects.all().delete()
    return cast


def count(cast, label):
    with inside(cast.organisation):
        return apps.get_model(label).objects.count()


def send(cast, name, data, start=None):
    named = FORMS[name][0]
    client = Client(raise_request_exception=False)
    client.force_login(cast.user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse(name, args=[cast.organisation.slug, *([cast.ids[named]] if named else [])])
    try:
        if start is not None:
            start.wait(60)
        answer = client.post(address, data)
        return answer.status_code, answer.get("Location", "")
    finally:
        if start is not None:
            connection.close()


def test_each_form_of_the_whole_life_makes_one_of_two(cast):
    came_of_it = {}
    for name, (_named, typed, label) in FORMS.items():
        meant = {
            "owner": str(cast.ids["owner"]),
            "in a month": (timezone.now() + timedelta(days=30)).date().isoformat(),
        }
        data = {key: meant.get(value, value) for key, value in typed.items()}
        before = count(cast, label)
        page = data | {"csrfmiddlewaretoken": "of one page"}
        start = Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            answers = list(
                threads.map(lambda _turn, *said: send(cast, *said), [1, 2], [name] * 2, [page] * 2, [start] * 2)
            )
        answers.append(send(cast, name, page))
        came_of_it[name] = count(cast, label) - before, len(set(answers)), answers[0][0]
    assert came_of_it == dict.fromkeys(FORMS, (1, 1, 302))


def test_opened_anew_it_may_say_the_same_again(cast):
    before = count(cast, "programs.Objective")
    typed = FORMS["programs:objective_create"][1]
    for token in ("one page", "another page"):
        assert send(cast, "programs:objective_create", typed | {"csrfmiddlewaretoken": token})[0] == 302
    assert count(cast, "programs.Objective") == before + 2


def test_what_was_refused_may_come_again_and_what_is_old_is_forgotten(cast):
    wrong = {"text": "", "measure": "matched", "csrfmiddlewaretoken": "one page"}
    for _turn in range(2):
        assert send(cast, "programs:objective_create", wrong)[0] == 422
    assert count(cast, "programs.SentForm") == 0
    right = FORMS["programs:objective_create"][1] | {"csrfmiddlewaretoken": "one page"}
    send(cast, "programs:objective_create", right)
    with inside(cast.organisation):
        SentForm.objects.update(sent_at=timezone.now() - timedelta(days=1, minutes=1))
    send(cast, "programs:stage_create", {"name": MARK, "csrfmiddlewaretoken": "one page"})
    assert count(cast, "programs.SentForm") == 1
