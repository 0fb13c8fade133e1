"""Twenty requests for the last places are accepted at the same moment: as many succeed as there are places."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from matching import services
from matching.models import MentorRequest
from mentoring.outbox.models import Message
from programs.models import Mentorship, Participant
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation

ASKING = 20


def browser(member):
    client = Client(raise_request_exception=False)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def posting(member, path, **data):
    """A post by somebody, to be done later; their browser is there already."""
    client = browser(member)
    return lambda: client.post(path, data)


def at_once(acts):
    """Do them all in threads of their own that start together."""
    start = Barrier(len(acts))

    def one(act):
        try:
            start.wait(30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return [future.result(60) for future in [threads.submit(one, act) for act in acts]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("places", [1, 3])
def test_as_many_are_accepted_as_there_are_places(places):
    org = make_organisation()
    program = make_program(org, pairing="choice", requests_at_once=2)
    maya = enrol(program, make_member(org, "Maya", level=6), "mentor", capacity=places, skills=["Python"])
    noor = enrol(program, make_member(org, "Noor", level=6), "mentor", capacity=1, skills=["Python"])
    requests = []
    for number in range(ASKING):
        mentee = enrol(program, make_member(org, f"Mentee{number}", login=False, level=3), "mentee", skills=["Python"])
        with inside(org):
            requests.append(services.ask_mentor(mentee, maya, by=mentee.member))
            services.ask_mentor(mentee, noor, by=mentee.member)
    answers = at_once(
        [posting(maya.member, f"/o/northwind/requests/{request.pk}/", act="accept") for request in requests]
    )
    assert sorted(answer.status_code for answer in answers) == [302] * places + [409] * (ASKING - places)
    assert all("You have no free place now." in a.content.decode() for a in answers if a.status_code == 409)
    with inside(org):
        assert Mentorship.objects.active().count() == places
        assert Participant.objects.filter(enrolment=maya).count() == places
        statuses = MentorRequest.objects.filter(mentor=maya).values_list("status", flat=True)
        assert sorted(statuses) == ["accepted"] * places + ["pending"] * (ASKING - places)
        # Whoever was accepted no longer waits for the other mentor.
        assert MentorRequest.objects.filter(mentor=noor, status="void").count() == places
        assert Message.objects.filter(kind="request_accepted").count() == places


@pytest.mark.django_db(transaction=True)
def test_one_mentee_is_accepted_by_one_of_the_many_whom_they_asked():
    org = make_organisation()
    program = make_program(org, pairing="choice", requests_at_once=5)
    theo = enrol(program, make_member(org, "Theo", level=3), "mentee", skills=["Python"])
    acts, requests = [], []
    for number in range(5):
        mentor = enrol(program, make_member(org, f"Mentor{number}", level=6), "mentor", capacity=2, skills=["Python"])
        with inside(org):
            requests.append(services.ask_mentor(theo, mentor, by=theo.member))
        acts.append(posting(mentor.member, f"/o/northwind/requests/{requests[-1].pk}/", act="accept"))
    # At the same moment the mentee withdraws one of them.
    acts.append(posting(theo.member, f"/o/northwind/requests/{requests[0].pk}/", act="withdraw"))
    answers = at_once(acts)
    assert sorted(answer.status_code for answer in answers[:-1]) == [302] + [409] * 4
    assert answers[-1].status_code in (302, 409)
    with inside(org):
        assert Mentorship.objects.active().count() == 1
        left = MentorRequest.objects.values_list("status", flat=True)
        assert sorted(left).count("accepted") == 1
        assert not {"pending", "asked"} & set(left)


@pytest.mark.django_db(transaction=True)
def test_asking_many_at_once_keeps_to_the_limit():
    org = make_organisation()
    program = make_program(org, pairing="choice", requests_at_once=2)
    theo = enrol(program, make_member(org, "Theo", level=3), "mentee", skills=["Python"])
    acts = []
    for number in range(8):
        mentor = enrol(
            program, make_member(org, f"Mentor{number}", login=False, level=6), "mentor", capacity=2, skills=["Python"]
        )
        acts.append(posting(theo.member, f"/o/northwind/programmes/{program.pk}/mentors/{mentor.pk}/", note=""))
    answers = at_once(acts)
    assert sorted(answer.status_code for answer in answers) == [302] * 2 + [409] * 6
    with inside(org):
        assert MentorRequest.objects.open().count() == 2
