"""The people of a programme, for its admins: list, approve, decline, take out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mentoring.outbox.models import Message
from programs import services
from programs.models import Enrolment
from tests.people import inside, make_member
from tests.programs.scheme import make_pair, sign_up


@pytest.fixture
def admin(sign_in, alice):
    return sign_in(alice)


def status_of(org, enrolment):
    with inside(org):
        return Enrolment.objects.get(pk=enrolment.pk).status


def test_those_to_approve_come_first(admin, url, org, program):
    sign_up(program, make_member(org, "Ann"), skills=["Python", "Writing"])
    page = admin.get(url("enrolments", program.pk)).content.decode()
    assert "Ann Osei" in page
    assert "Python, Writing" in page
    assert "Approve those chosen" in page
    assert (
        "Nobody has signed up yet" in admin.get(url("enrolments", program.pk, query="?status=active")).content.decode()
    )


def test_the_list_is_narrowed_by_role_and_name(admin, url, org, alice, program):
    make_pair(program, alice)

    def names(query):
        page = admin.get(url("enrolments", program.pk, query=f"?status=active{query}")).content.decode()
        return [name for name in ("Maya Osei", "Theo Osei") if name in page]

    assert names("") == ["Maya Osei", "Theo Osei"]
    assert names("&role=mentor") == ["Maya Osei"]
    assert names("&q=theo%20ose") == ["Theo Osei"]
    assert names("&role=mentor&q=theo") == []
    assert names("&role=boss&page=x") == ["Maya Osei", "Theo Osei"]


def test_a_search_answers_with_the_list_alone(admin, url, program):
    answer = admin.get(url("enrolments", program.pk, query="?q=x"), headers={"HX-Request": "true"}).content.decode()
    assert answer.strip().startswith('<div id="results"')
    assert "Nobody matches" in answer


def test_the_list_asks_as_little_for_three_as_for_one(admin, url, org, program):
    where = url("enrolments", program.pk)
    counts = []
    for names in (["Ann"], ["Ben", "Cleo"]):
        for name in names:
            sign_up(program, make_member(org, name), skills=["Python", "Writing"])
        admin.get(where)
        with CaptureQueriesContext(connection) as seen:
            admin.get(where)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_approving_those_chosen_and_then_all(admin, url, org, program):
    ann, ben, cleo = (sign_up(program, make_member(org, name)) for name in ("Ann", "Ben", "Cleo"))
    answer = admin.post(url("approve", program.pk), {"enrolment": [ann.pk, "x", "9" * 30]}, follow=True)
    assert "1 sign-up is approved." in answer.content.decode()
    assert [status_of(org, each) for each in (ann, ben, cleo)] == ["active", "applied", "applied"]
    answer = admin.post(url("approve", program.pk), {}, follow=True)
    assert "Nobody was chosen, so nothing has changed." in answer.content.decode()
    answer = admin.post(url("approve", program.pk), {"all": "1"}, follow=True)
    assert "2 sign-ups are approved." in answer.content.decode()
    assert [status_of(org, each) for each in (ben, cleo)] == ["active", "active"]


def test_an_enrolment_shows_what_was_said(admin, url, org, alice, program):
    with inside(org):
        question = services.add_question(
            program, by=alice, text="What suits you?", kind="choices", options=["Lunch", "Walks"]
        )
    enrolment = sign_up(
        program, make_member(org, "Ann"), skills=["Python"], free_hours=[[0, 480, 600], [0, 840, 960]],
        note="Not Eve.", answers={question.pk: ["Lunch", "Walks"]},
    )  # fmt: skip
    page = admin.get(url("enrolment", enrolment.pk)).content.decode()
    for text in ("Python", "Mon 08:00–10:00, 14:00–16:00", "Not Eve.", "What suits you?", "Lunch, Walks"):
        assert text in page
    admin.post(url("enrolment", enrolment.pk))
    assert status_of(org, enrolment) == "active"


def test_declining_tells_the_reason_to_the_person(admin, url, org, program):
    enrolment = sign_up(program, make_member(org, "Ann"))
    too_long = admin.post(url("enrolment_decline", enrolment.pk), {"reason": "x" * 301})
    assert too_long.status_code == 422
    answer = admin.post(url("enrolment_decline", enrolment.pk), {"reason": "For engineers only."}, follow=True)
    assert "Ann Osei has been told." in answer.content.decode()
    assert status_of(org, enrolment) == "declined"
    with inside(org):
        assert "For engineers only." in Message.objects.get(kind="sign_up_ended").text
    admin.post(url("enrolment_decline", enrolment.pk), {"reason": "Again"})
    with inside(org):
        assert Enrolment.objects.get(pk=enrolment.pk).decision_reason == "For engineers only."


def test_declining_who_has_been_approved_meanwhile_says_so(admin, url, org, alice, program):
    enrolment = sign_up(program, make_member(org, "Ann"), by=alice)
    answer = admin.post(url("enrolment_decline", enrolment.pk), {"reason": ""}, follow=True)
    assert "Ann Osei is no longer waiting for an answer." in answer.content.decode()
    assert status_of(org, enrolment) == "active"


def test_taking_somebody_out_names_what_ends(admin, url, org, alice, program):
    mentorship = make_pair(program, alice)
    with inside(org):
        maya = mentorship.participants.get(role="mentor").enrolment
    assert "This ends 1 mentorship or offer" in admin.get(url("enrolment_remove", maya.pk)).content.decode()
    admin.post(url("enrolment_remove", maya.pk))
    assert status_of(org, maya) == "withdrawn"
    with inside(org):
        mentorship.refresh_from_db()
        assert mentorship.status == "ended"
