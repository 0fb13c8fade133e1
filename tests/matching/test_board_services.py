"""What an admin does with proposals, and publishing them."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from matching import services
from matching.models import Proposal
from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError, NoProgress
from mentoring.jobs.services import cancel_job, run_job
from mentoring.outbox.models import Message
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment, Mentorship, Participant, Program
from programs.services import MentorFull, accept, decline, withdraw
from programs.wording import for_members
from tests.matching.cast import drafts, enrol, make_program
from tests.matching.conftest import Scheme
from tests.people import inside, make_member, make_organisation


def test_locking_says_who_did_it(org, alice, scheme):
    with inside(org):
        proposal = services.lock(scheme.of(scheme.theo), by=alice)
        assert (proposal.locked, proposal.changed_by) == (True, alice)
        assert services.unlock(scheme.of(scheme.theo), by=alice).locked is False


def test_another_mentor_comes_with_new_reasons_and_a_lock(org, alice, scheme):
    with inside(org):
        proposal = services.reassign(scheme.of(scheme.theo), mentor=scheme.omar, by=alice)
        assert (proposal.mentor_id, proposal.locked, proposal.by_hand) == (scheme.omar.pk, True, True)
        assert proposal.score > 0
        assert "skills.some" in [reason["code"] for reason in proposal.reasons]
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


def test_a_full_mentor_gets_nobody_else(org, alice, scheme):
    with inside(org), pytest.raises(MentorFull) as problem:
        services.reassign(scheme.of(scheme.theo), mentor=scheme.noor, by=alice)
    assert str(problem.value) == "Noor Osei has no free place any more."


def test_hours_a_month_limit_the_places_where_they_count(org, alice, scheme):
    with inside(org):
        # An hour every two weeks is about two hours a month: three hours are enough for one mentee.
        Enrolment.objects.filter(pk=scheme.omar.pk).update(hours_per_month=3)
        assert services.places_left(scheme.program)[scheme.omar.pk] == 2
        scheme.program.criteria["rules"]["hours_capacity"] = True
        scheme.program.save()
        assert services.places_left(scheme.program)[scheme.omar.pk] == 1


def test_where_nothing_counts_any_more_it_is_said(org, alice, scheme):
    with inside(org):
        scheme.program.criteria["weights"] = dict.fromkeys(scheme.program.criteria["weights"], 0)
        scheme.program.save()
    with inside(org), pytest.raises(services.MatchingProblem, match="Nothing counts in this programme’s matching"):
        services.reassign(scheme.of(scheme.theo), mentor=scheme.omar, by=alice)


def test_nobody_new_for_a_mentor_who_pauses(org, alice, scheme):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.omar.pk).update(paused_at=timezone.now())
        scheme.omar.refresh_from_db()
    with inside(org), pytest.raises(MentorFull, match="is pausing"):
        services.reassign(scheme.of(scheme.theo), mentor=scheme.omar, by=alice)


def test_two_mentees_change_mentors(org, alice, scheme):
    with inside(org):
        services.swap(scheme.of(scheme.theo), scheme.of(scheme.uma), by=alice)
    assert drafts(scheme.program) == [("Theo", "Noor"), ("Uma", "Maya")]
    with inside(org):
        assert all(each.locked for each in Proposal.objects.all())


def test_a_swap_that_a_rule_forbids_changes_neither(org, alice, scheme):
    with inside(org):
        scheme.theo.member.manager = scheme.noor.member
        scheme.theo.member.save()
        with pytest.raises(services.Forbidden) as problem:
            services.swap(scheme.of(scheme.theo), scheme.of(scheme.uma), by=alice)
    assert str(problem.value) == "Noor Osei and Theo Osei are in one reporting line."
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_a_proposal_is_not_swapped_with_itself(org, alice, scheme):
    with inside(org), pytest.raises(services.MatchingProblem, match="nothing to swap"):
        services.swap(scheme.of(scheme.theo), scheme.of(scheme.theo), by=alice)


@pytest.mark.parametrize("act", [services.lock, services.unlock, services.discard])
def test_what_has_changed_meanwhile_is_left_alone(org, alice, scheme, act):
    with inside(org):
        seen = scheme.of(scheme.theo)
        services.reassign(scheme.of(scheme.theo), mentor=scheme.omar, by=alice)
        with pytest.raises(services.ProposalChanged):
            act(seen, by=alice)
        with pytest.raises(services.ProposalChanged):
            services.swap(scheme.of(scheme.uma), seen, by=alice)


def test_what_is_gone_meanwhile_is_left_alone(org, alice, scheme):
    with inside(org):
        seen = scheme.of(scheme.theo)
        withdraw(scheme.theo, by=alice)
        with pytest.raises(services.ProposalChanged):
            services.reassign(seen, mentor=scheme.omar, by=alice)


def test_placing_by_hand_takes_up_again_what_was_set_aside(org, alice, scheme):
    with inside(org):
        services.discard(scheme.of(scheme.theo), by=alice)
        assert scheme.maya.pk in [each.mentor for each in services.best_candidates(scheme.program, scheme.theo)]
        services.propose_by_hand(scheme.theo, scheme.maya, by=alice)
        assert not Proposal.objects.filter(status="discarded").exists()
    with organisation_scope(org):
        services.run_matching(scheme.program.pk, NoProgress())
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]


def test_placing_by_hand_is_for_those_who_wait(org, alice, scheme):
    with inside(org):
        with pytest.raises(services.ProposalChanged):
            services.propose_by_hand(scheme.theo, scheme.omar, by=alice)
        services.publish(scheme.program, proposals=[scheme.of(scheme.theo)], by=alice)
        with pytest.raises(services.MatchingProblem, match="Theo Osei is not waiting"):
            services.propose_by_hand(scheme.theo, scheme.omar, by=alice)


def test_candidates_of_somebody_new_are_all_mentors_whom_no_rule_forbids(org, alice, scheme):
    scheme.new = enrol(scheme.program, make_member(org, "Vera", level=3, manager=scheme.noor.member), "mentee")
    with inside(org):
        found = services.best_candidates(scheme.program, scheme.new)
        assert sorted(each.mentor for each in found) == [scheme.maya.pk, scheme.omar.pk]


def test_published_pairs_are_offered_to_both_and_begin_when_both_accept(org, alice, scheme):
    with inside(org):
        assert services.publish(scheme.program, proposals=list(Proposal.objects.all()), by=alice) == 2
        published = Proposal.objects.get(mentee=scheme.theo)
        assert published.status == "published"
        mentorship = published.mentorship
        assert (mentorship.status, mentorship.score) == ("offered", published.score)
        assert mentorship.reasons[0]["text"] == "Offers 1 of the 2 skills wanted: Python"
        assert {reason["tone"] for reason in mentorship.reasons} == {"for"}
        assert for_members(mentorship.reasons, role="mentee")[0] == "Offers 1 of the 2 skills you want: Python"
        assert for_members(mentorship.reasons, role="mentor")[0] == "Offers 1 of the 2 skills wanted: Python"
        told = Message.objects.filter(kind__contains="mentorship_offered").values_list("recipient", flat=True)
        assert {"theo@northwind.example", "maya@northwind.example"} <= set(told)
        for part in Participant.objects.filter(mentorship=mentorship):
            accept(part, by=part.enrolment.member)
        mentorship.refresh_from_db()
        assert mentorship.status == "active"
    assert drafts(scheme.program) == []


def test_after_a_no_the_next_run_finds_somebody_else(org, alice, scheme):
    with inside(org):
        services.publish(scheme.program, proposals=[scheme.of(scheme.theo)], by=alice)
        part = Participant.objects.get(enrolment=scheme.theo)
        decline(part, reason="We know each other too well", by=part.enrolment.member)
    with organisation_scope(org):
        services.run_matching(scheme.program.pk, NoProgress())
    assert ("Theo", "Maya") not in drafts(scheme.program)
    assert [mentee for mentee, _mentor in drafts(scheme.program)] == ["Theo", "Uma"]


def test_what_cannot_be_offered_stays_and_is_told(org, alice, scheme):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.maya.pk).update(capacity=0)
        done = services.publish_each(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
        assert done.count == 1
        assert done.problems == ("Maya Osei has no place left for another mentee.",)
        assert done.sentence() == (
            "Published 1 pair. Both people have been asked whether they accept. 1 could not be published and is still "
            "here: Maya Osei has no place left for another mentee."
        )
    assert drafts(scheme.program) == [("Theo", "Maya")]


def test_publishing_twice_offers_once(org, alice, scheme):
    with inside(org):
        proposals = list(Proposal.objects.all())
        assert services.publish(scheme.program, proposals=proposals, by=alice) == 2
        assert services.publish(scheme.program, proposals=proposals, by=alice) == 0
        assert Mentorship.objects.count() == 2


def test_proposals_of_another_programme_are_not_published(org, alice, scheme):
    other = make_program(org, name="Another")
    with inside(org):
        assert services.publish(other, proposals=list(Proposal.objects.all()), by=alice) == 0


def test_many_are_published_by_a_job(org, alice, scheme):
    with inside(org):
        job = services.start_publishing(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
        with pytest.raises(services.MatchingProblem, match="being published right now"):
            services.start_publishing(scheme.program, proposals=[scheme.of(scheme.theo)], by=alice)
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        job.refresh_from_db()
        assert job.note == "Published 2 pairs. Both people of each have been asked whether they accept."
        assert Mentorship.objects.offered().count() == 2


def test_a_cancelled_publishing_offers_nothing(org, alice, scheme):
    with inside(org):
        job = services.start_publishing(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
        Job.objects.update(status="running")
        cancel_job(job)
        Job.objects.update(status="queued")
    with organisation_scope(org):
        run_job(job.pk)
    with inside(org):
        assert Job.objects.get(pk=job.pk).status == "cancelled"
        assert not Mentorship.objects.exists()


def test_a_closed_programme_takes_no_more(org, alice, scheme):
    with inside(org):
        proposal = scheme.of(scheme.theo)
        Program.objects.update(status="closed")
        for act in (services.lock, services.discard):
            with pytest.raises(Exception, match="This programme is closed"):
                act(proposal, by=alice)
    with organisation_scope(org), pytest.raises(JobError, match="This programme is closed"):
        services.publish_in_a_job(scheme.program.pk, [proposal.pk], alice.pk, NoProgress())


@pytest.mark.django_db(transaction=True)
def test_publishing_at_once_never_gives_a_mentor_more_than_they_offered():
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    scheme = Scheme(org)
    with inside(org):
        # As if the mentor had reduced their places after the proposals were made.
        Proposal.objects.update(mentor=scheme.maya)
        proposals = list(Proposal.objects.all())
    counts, errors = [], []

    def work(proposal):
        try:
            with inside(org):
                counts.append(services.publish(scheme.program, proposals=[proposal], by=alice))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(proposal,)) for proposal in proposals for _time in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(counts) == [0, 0, 0, 0, 0, 1]
    with inside(org):
        assert Mentorship.objects.count() == 1
