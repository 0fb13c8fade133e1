"""The sign-up page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from programs import services
from programs.hours import from_grid, to_grid
from programs.models import Enrolment
from tests.people import inside, make_member
from tests.programs.scheme import make_pair, make_program, sign_up

MENTEE = {
    "role": "mentee",
    "skills": "Python, Presenting to executives,python",
    "goal": "Lead a team",
    "preference": "",
}


def own(org, member):
    with inside(org):
        enrolment = Enrolment.objects.get(member=member)
        return enrolment, [each.skill.name for each in enrolment.skills.select_related("skill")]


def test_signing_up_as_a_mentee(sign_in, url, org, bob, program):
    client = sign_in(bob)
    data = MENTEE | {"languages": "English; Hindi", "free_hours": ["0-480", "0-600", "4-960"], "note": "Not Eve."}
    answer = client.post(url("join", program.pk), data, follow=True)
    assert answer.redirect_chain == [(url("detail", program.pk), 302)]
    assert "What happens next" in answer.content.decode()
    enrolment, skills = own(org, bob)
    assert skills == ["Python", "Presenting to executives"] or skills == ["python", "Presenting to executives"]
    assert (enrolment.role, enrolment.status, enrolment.languages) == ("mentee", "applied", ["English", "Hindi"])
    assert enrolment.free_hours == [[0, 480, 720], [4, 960, 1080]]


def test_signing_up_as_a_mentor(sign_in, url, org, bob, program):
    data = {
        "role": "mentor",
        "skills": "Negotiation",
        "capacity": "3",
        "hours_per_month": "4",
        "preference": "same_site",
    }
    sign_in(bob).post(url("join", program.pk), data)
    enrolment, skills = own(org, bob)
    assert (enrolment.role, enrolment.capacity, enrolment.hours_per_month) == ("mentor", 3, 4)
    assert (enrolment.preference, skills) == ("same_site", ["Negotiation"])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"skills": ""}, "This field is required."),
        ({"skills": " , ,"}, "This field is required."),
        ({"skills": ", ".join(f"Skill {n}" for n in range(21))}, "Please give 20 at most."),
        ({"skills": "x" * 81}, "Put commas between them"),
        ({"free_hours": ["6-480"]}, "Select a valid choice."),
        ({"preference": "the_boss"}, "Select a valid choice."),
        ({"role": "mentor", "capacity": "21"}, "less than or equal to 20"),
        ({"role": "mentor", "capacity": ""}, "This field is required."),
    ],
)
def test_bad_input(sign_in, url, org, bob, program, data, sentence):
    answer = sign_in(bob).post(url("join", program.pk), MENTEE | data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with inside(org):
        assert not Enrolment.objects.exists()


def test_no_role_shows_the_choice_and_who_may_not(sign_in, url, org, alice):
    program = make_program(alice, format="onboarding")
    old = make_member(org, "Old", hired_on=timezone.localdate() - timedelta(days=500))
    client = sign_in(old)
    page = client.get(url("join", program.pk)).content.decode()
    assert "hired within the last 90 days" in page
    assert "?role=mentor" in page
    assert "?role=mentee" not in page
    assert "?role=mentor" in client.post(url("join", program.pk), MENTEE).content.decode()
    with inside(org):
        assert not Enrolment.objects.exists()


def test_a_closed_sign_up_says_so(sign_in, url, org, alice, bob, program):
    with inside(org):
        services.close_sign_up(program, by=alice)
    client = sign_in(bob)
    for answer in (client.get(url("join", program.pk)), client.post(url("join", program.pk), MENTEE)):
        assert "Sign-up for this programme is closed." in answer.content.decode()
    with inside(org):
        assert not Enrolment.objects.exists()


def test_questions_are_asked_and_required_of_those_they_are_for(sign_in, url, org, alice, bob, program):
    with inside(org):
        why = services.add_question(program, by=alice, text="Why now?", required=True, audience="mentee")
        walks = services.add_question(
            program, by=alice, text="What suits you?", kind="choices", options=["Lunch", "Walks"], audience="both"
        )
        scale = services.add_question(program, by=alice, text="How sure?", kind="scale", audience="mentee")
        services.add_question(program, by=alice, text="Only mentors", audience="mentor", required=True)
    client = sign_in(bob)
    answer = client.post(url("join", program.pk), MENTEE)
    assert answer.status_code == 422
    assert "Only mentors" not in answer.content.decode()
    given = {f"question_{why.pk}": "Because", f"question_{walks.pk}": ["Walks"], f"question_{scale.pk}": "4"}
    assert client.post(url("join", program.pk), MENTEE | given).status_code == 302
    with inside(org):
        answers = Enrolment.objects.get().answers.values_list("question_id", "value")
        assert dict(answers) == {why.pk: "Because", walks.pk: ["Walks"], scale.pk: 4}
    page = client.get(url("join", program.pk)).content.decode()
    assert 'value="Because"' in page
    assert '<option value="4" selected>' in page


def test_answers_are_changed_on_the_same_page_until_there_is_a_mentor(sign_in, url, org, alice, bob, program):
    sign_up(program, bob, skills=["Writing"], free_hours=[[0, 480, 600], [5, 540, 660]])
    client = sign_in(bob)
    page = client.get(url("join", program.pk)).content.decode()
    assert 'value="Writing"' in page
    client.post(url("join", program.pk), MENTEE | {"role": "mentor", "skills": "Go", "free_hours": ["1-480"]})
    enrolment, skills = own(org, bob)
    # Saturday does not stand in the grid, and stays.
    assert (enrolment.role, skills, enrolment.free_hours) == ("mentee", ["Go"], [[1, 480, 600], [5, 540, 660]])


def test_matched_mentees_keep_their_answers(sign_in, url, org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        theo = mentorship.participants.get(role="mentee").enrolment.member
    answer = sign_in(theo).post(url("join", program.pk), MENTEE)
    assert answer.status_code == 422
    assert "You have a mentor already" in answer.content.decode()


def test_leaving_names_what_ends(sign_in, url, org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        theo = mentorship.participants.get(role="mentee").enrolment.member
    client = sign_in(theo)
    assert "your mentorship with Maya Osei" in client.get(url("leave", program.pk)).content.decode()
    client.post(url("leave", program.pk))
    assert client.get(url("leave", program.pk)).status_code == 404
    assert "You have left this programme. You may come back." in client.get(url("detail", program.pk)).content.decode()
    assert client.delete(url("leave", program.pk)).status_code == 405


def test_leaving_is_for_those_who_take_part(sign_in, url, bob, sam, program):
    for other in (bob, sam):
        assert sign_in(other).get(url("leave", program.pk)).status_code == 404


def test_hours_fit_the_grid_or_stay_beside_it():
    windows = [(0, 420, 720), (2, 600, 700), (5, 540, 660)]
    blocks, rest = to_grid(windows)
    assert blocks == {"0-480", "0-600"}
    assert rest == [(0, 420, 480), (2, 600, 700), (5, 540, 660)]
    assert from_grid(blocks, rest) == [[0, 420, 720], [2, 600, 700], [5, 540, 660]]
