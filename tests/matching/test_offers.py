"""What follows when an offer comes to nothing."""

from datetime import timedelta

import pytest

from matching import services
from matching.models import PairRule, Proposal
from matching.panels import matching as panel
from programs.models import Enrolment, Mentorship, Participant, Program
from programs.services import accept, decline, end_mentorship, lapse_offers
from tests.matching.cast import drafts
from tests.people import inside


def offered(scheme, alice):
    """Theo and Maya are offered to each other; Uma stays proposed Noor."""
    services.publish(scheme.program, proposals=[scheme.of(scheme.theo)], by=alice)
    return Participant.objects.get(enrolment=scheme.theo)


def say_no(part, reason=""):
    return decline(part, reason=reason, by=part.enrolment.member)


def test_after_a_no_the_next_best_is_on_the_board_and_nobody_is_told(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        say_no(part, "We know each other too well")
        proposal = scheme.of(scheme.theo)
        assert (proposal.mentor_id, proposal.status, proposal.locked) == (scheme.omar.pk, "draft", False)
        assert proposal.score > 0
        assert "skills.some" in [reason["code"] for reason in proposal.reasons]
        assert Mentorship.objects.offered().count() == 0
        assert panel(scheme.program, by=alice)["figures"].next_best == 1
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


def test_a_mentor_s_no_brings_the_mentee_somebody_else_as_well(org, alice, scheme):
    with inside(org):
        offered(scheme, alice)
        say_no(Participant.objects.get(enrolment=scheme.maya))
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


def test_silence_does_so_too_and_frees_the_place(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        lapse_offers(now=part.mentorship.answer_by + timedelta(minutes=1))
        assert services.places_left(scheme.program) == {scheme.maya.pk: 1, scheme.noor.pk: 0, scheme.omar.pk: 1}
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


@pytest.mark.parametrize("earlier_pairs", [True, False])
def test_never_the_same_pair_again(org, alice, scheme, earlier_pairs):
    """Not even where the programme lets earlier pairs meet again."""
    with inside(org):
        scheme.program.criteria["rules"]["earlier_pairs"] = earlier_pairs
        scheme.program.save()
        Enrolment.objects.filter(pk=scheme.omar.pk).update(capacity=0)
        say_no(offered(scheme, alice))
    assert drafts(scheme.program) == [("Uma", "Noor")]
    scheme.run()
    assert ("Theo", "Maya") not in drafts(scheme.program)


def test_who_waits_for_nobody_gets_nobody(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        for each in Participant.objects.filter(mentorship=part.mentorship):
            accept(each, by=each.enrolment.member)
        end_mentorship(part.mentorship, by=alice)
        # Ended, not declined: the next run looks for somebody.
        assert not Proposal.objects.filter(mentee=scheme.theo, status="draft").exists()


def test_a_mentor_who_pauses_is_left_in_peace(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        Enrolment.objects.filter(pk=scheme.omar.pk).update(paused_at=part.mentorship.offered_at)
        say_no(part)
    assert drafts(scheme.program) == [("Uma", "Noor")]


@pytest.mark.parametrize(
    ("pairing", "expected"), [("choice", [("Uma", "Noor")]), ("hybrid", [("Theo", "Omar"), ("Uma", "Noor")])]
)
def test_where_mentees_choose_nobody_places_them(org, alice, scheme, pairing, expected):
    with inside(org):
        part = offered(scheme, alice)
        Program.objects.update(pairing=pairing)
        say_no(part)
    assert drafts(scheme.program) == expected


def test_criteria_that_make_no_sense_do_not_stand_in_the_way_of_a_no(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        Program.objects.update(criteria={"weights": {}, "rules": {}})
        assert say_no(part).status == "declined"


def test_what_a_rule_forbids_by_now_is_not_published(org, alice, scheme):
    with inside(org):
        scheme.theo.member.manager = scheme.maya.member
        scheme.theo.member.save()
        done = services.publish_each(scheme.program, proposals=list(Proposal.objects.all()), by=alice)
        assert (done.count, done.problems) == (1, ("Maya Osei and Theo Osei are in one reporting line.",))
    assert drafts(scheme.program) == [("Theo", "Maya")]


def test_what_an_admin_rules_out_is_not_the_next_best(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        PairRule.objects.create(
            program=scheme.program, mentee=scheme.theo, mentor=scheme.omar, kind=PairRule.Kind.MUST_NOT, made_by=alice
        )
        say_no(part)
    assert ("Theo", "Omar") not in drafts(scheme.program)


def test_a_pair_that_replaces_one_ends_that_one_when_both_have_accepted(org, alice, scheme):
    with inside(org):
        part = offered(scheme, alice)
        for each in Participant.objects.filter(mentorship=part.mentorship):
            accept(each, by=each.enrolment.member)
        old = Mentorship.objects.get()
        anew = Proposal.objects.create(
            program=scheme.program, mentee=scheme.theo, mentor=scheme.omar, score=0.9, replaces=old
        )
        assert services.publish(scheme.program, proposals=[anew], by=alice) == 1
        new = Mentorship.objects.offered().get()
        one, other = new.participants.all()
        accept(one, by=one.enrolment.member)
        old.refresh_from_db()
        # Nobody is without a mentor while the answer is awaited.
        assert old.status == "active"
        accept(other, by=other.enrolment.member)
        old.refresh_from_db()
        assert (old.status, old.end_reason) == ("ended", "Matched with somebody else.")
        assert list(Mentorship.objects.active()) == [new]
