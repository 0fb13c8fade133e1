"""Hybrid: mentees choose first, and the admin places the rest."""

import pytest

from matching import services
from matching.models import MentorRequest
from matching.services import publish
from mentoring.jobs.models import Job
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from programs.models import Mentorship, Program
from programs.services import accept
from tests.matching.cast import drafts, enrol, make_program
from tests.matching.test_requests import Scheme
from tests.people import inside, make_member


@pytest.fixture
def scheme(org):
    return Scheme(org)


def run(scheme):
    with organisation_scope(scheme.org):
        return services.run_matching(scheme.program.pk, NoProgress())


def set_pairing(scheme, pairing):
    with inside(scheme.org):
        Program.objects.filter(pk=scheme.program.pk).update(pairing=pairing)
        scheme.program.refresh_from_db()


def test_whoever_chooses_is_left_to_choose_and_the_rest_is_placed(scheme, org, alice):
    set_pairing(scheme, "hybrid")
    vera = enrol(scheme.program, make_member(org, "Vera", level=3), "mentee", skills=["Python"])
    # Theo has chosen, Uma waits for an answer, Vera has done nothing.
    first = scheme.ask(scheme.theo, scheme.omar)
    scheme.do("accept_request", first)
    second = scheme.ask(scheme.uma, scheme.maya)
    run(scheme)
    assert [mentee for mentee, _mentor in drafts(scheme.program)] == ["Vera"]
    # Maya says no: now Uma waits like everybody else, and the next run finds somebody for her.
    scheme.do("decline_request", second)
    run(scheme)
    assert [mentee for mentee, _mentor in drafts(scheme.program)] == ["Uma", "Vera"]
    with inside(org):
        proposals = list(scheme.program.proposals.filter(status="draft"))
        assert publish(scheme.program, proposals=proposals, by=alice) == 2
        for mentorship in Mentorship.objects.offered():
            for participant in mentorship.participants.all():
                accept(participant, by=participant.enrolment.member)
        assert Mentorship.objects.active().count() == 3
    assert vera.pk


def test_a_pair_that_an_admin_locked_stands_whomever_the_mentee_asks(scheme, org, alice):
    set_pairing(scheme, "hybrid")
    with inside(org):
        services.propose_by_hand(scheme.theo, scheme.noor, by=alice)
    scheme.ask(scheme.theo, scheme.maya)
    run(scheme)
    assert ("Theo", "Noor") in drafts(scheme.program)


def test_a_mentorship_that_came_by_an_offer_voids_the_requests(scheme, org, alice):
    set_pairing(scheme, "hybrid")
    request = scheme.ask(scheme.theo, scheme.maya)
    with inside(org):
        proposal = services.propose_by_hand(scheme.theo, scheme.noor, by=alice)
        publish(scheme.program, proposals=[proposal], by=alice)
        for participant in Mentorship.objects.get().participants.all():
            accept(participant, by=participant.enrolment.member)
    assert scheme.status(request) == "void"
    with inside(org):
        assert MentorRequest.objects.open().count() == 0


def test_where_mentees_choose_no_run_starts(scheme, org, alice, admin):
    with inside(org):
        assert services.start_nightly_runs() == []
        with pytest.raises(services.MatchingProblem, match="mentees choose their mentors themselves"):
            services.start_run(scheme.program, by=alice)
        # By hand the admin can still propose somebody.
        assert services.propose_by_hand(scheme.theo, scheme.noor, by=alice).locked
    admin.post(f"/o/northwind/programmes/{scheme.program.pk}/matching/run/")
    with inside(org):
        assert not Job.objects.exists()
    set_pairing(scheme, "hybrid")
    with inside(org):
        assert len(services.start_nightly_runs()) == 1


def test_the_board_says_who_decides_and_how_many_still_choose(scheme, admin):
    scheme.ask(scheme.theo, scheme.maya)
    board = admin.get(f"/o/northwind/programmes/{scheme.program.pk}/matching/").content.decode()
    assert "Mentees choose their mentors themselves" in board
    assert "1 mentee waits for a mentor’s answer" in board
    assert "Match now" not in board
    set_pairing(scheme, "hybrid")
    board = admin.get(f"/o/northwind/programmes/{scheme.program.pk}/matching/").content.decode()
    assert "Mentees choose first" in board
    assert "1 mentee waits for a mentor’s answer and is left out of matching until then." in board
    assert "Match now" in board


def test_a_programme_of_the_admins_own_says_nothing_of_choosing(org, admin):
    program = make_program(org)
    board = admin.get(f"/o/northwind/programmes/{program.pk}/matching/").content.decode()
    assert "Mentees choose" not in board
