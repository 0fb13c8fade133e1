"""What a programme's page says of matching."""

import pytest
from django.utils import timezone

from matching import services
from matching.models import Proposal
from mentoring.jobs.progress import JobError
from programs.models import Enrolment, Mentorship
from tests.matching.cast import JOINED, drafts, enrol, make_program
from tests.people import inside, make_member


def page(client, program):
    answer = client.get(f"/o/northwind/programmes/{program.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_proposals_are_the_next_step(admin, org, alice, scheme):
    text = page(admin, scheme.program)
    assert "Look at 2 proposed pairs" in text
    assert f'href="{scheme.url()}"' in text
    with inside(org):
        services.publish(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
    text = page(admin, scheme.program)
    assert "proposed pairs" not in text
    assert "0 pairs are proposed and not yet published." in text


def test_a_first_run_is_the_next_step_once_there_is_somebody_to_match(admin, org):
    program = make_program(org)
    enrol(program, make_member(org, "Theo"), "mentee")
    assert "is waiting for a mentor" not in page(admin, program)
    enrol(program, make_member(org, "Maya"), "mentor")
    text = page(admin, program)
    assert "1 mentee is waiting for a mentor" in text
    assert "It has not run yet." in text
    assert "has no proposal" not in text


def test_members_see_nothing_of_it(browser_of, scheme):
    text = page(browser_of(scheme.theo.member), scheme.program)
    assert scheme.url() not in text
    assert "pairs are proposed" not in text


def test_who_came_to_a_good_end_with_a_mentor_is_not_without_a_proposal(admin, org, alice, scheme):
    with inside(org):
        services.publish(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
        Mentorship.objects.update(status="completed", ended_at=timezone.now())
    text = page(admin, scheme.program)
    assert "no proposal" not in text
    assert "proposed pairs" not in text
    board = admin.get(scheme.url())
    assert (board.context["figures"].mentees, board.context["figures"].unmatched) == (0, 0)
    assert "Nobody is waiting" in board.content.decode()
    # Omar has two places, and nobody is looked at for them.
    with pytest.raises(JobError, match="No mentee is waiting: everybody who is enrolled has or had a mentor"):
        scheme.run()
    assert drafts(scheme.program) == []


def test_who_came_to_no_good_end_signed_up_again_or_is_placed_by_hand_waits(admin, org, alice, scheme):
    with inside(org):
        services.publish(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
        Mentorship.objects.update(status="completed", ended_at=timezone.now())
        services.propose_by_hand(scheme.uma, scheme.omar, by=alice)
    scheme.run()
    assert drafts(scheme.program) == [("Uma", "Omar")]
    with inside(org):
        Enrolment.objects.filter(pk=scheme.theo.pk).update(applied_at=timezone.now())
    assert admin.get(scheme.url()).context["figures"].unmatched == 1
    scheme.run()
    assert drafts(scheme.program) == [("Theo", "Noor"), ("Uma", "Omar")]
    with inside(org):
        Proposal.objects.filter(status="draft").delete()
        Enrolment.objects.filter(pk=scheme.theo.pk).update(applied_at=JOINED)
        Mentorship.objects.filter(participants__enrolment=scheme.theo).update(status="ended")
    page = admin.get(scheme.url())
    assert (page.context["figures"].proposed, page.context["figures"].unmatched) == (0, 1)
