"""What the rules forbid in groups: nobody is put in, moved, asked or offered against them, whatever was drafted before."""

import pytest

from accounts.models import Member
from matching import services
from matching.models import Avoidance, GroupProposal, GroupSeat, PairRule, Proposal
from matching.services import Forbidden
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from programs.models import Mentorship
from programs.services import leave_group
from tests.matching.arranging.cast import drafts, groups, left, pairs, run, scheme
from tests.people import inside


def peer(*skills, **member):
    return ("peer", {"skills": skills, "capacity": 0}, {"level": 3, **member})


@pytest.fixture
def circles(org):
    """Two circles of five; Noor manages Pa, who is in Maya's."""
    people = {
        "Maya": ("mentor", {"skills": ["Python"], "capacity": 6}, {"level": 6}),
        "Noor": ("mentor", {"skills": ["Law"], "capacity": 6}, {"level": 6}),
    }
    for letter in "abcde":
        people[f"P{letter}"] = ("mentee", {"skills": ["Python"], "capacity": 0}, {"level": 3})
        people[f"L{letter}"] = ("mentee", {"skills": ["Law"], "capacity": 0}, {"level": 3})
    program, who = scheme(org, "circle", people)
    with inside(org):
        Member.objects.filter(pk=who["Pa"].member_id).update(manager=who["Noor"].member_id)
    run(program)
    assert groups(program) == [
        ["La", "Lb", "Lc", "Ld", "Le", "Noor"],
        ["Maya", "Pa", "Pb", "Pc", "Pd", "Pe"],
    ]
    return program, who


def of(program, enrolment):
    return GroupProposal.objects.get(program=program, status="draft", seats__enrolment=enrolment)


LINE = "Noor Osei and Pa Osei are in one reporting line."


def test_nobody_is_moved_to_a_circle_of_their_own_manager(org, alice, circles):
    program, who = circles
    before = groups(program)
    with inside(org), pytest.raises(Forbidden, match=LINE):
        services.move_seat(of(program, who["Pa"]), enrolment=who["Pa"], to=of(program, who["La"]), by=alice)
    assert groups(program) == before


def test_nobody_is_put_into_a_group_of_their_own_manager(org, alice, circles):
    program, who = circles
    with inside(org):
        services.remove_seat(of(program, who["Pa"]), enrolment=who["Pa"], by=alice)
        with pytest.raises(Forbidden, match=LINE):
            services.add_seat(of(program, who["La"]), enrolment=who["Pa"], by=alice)
        own = services.make_group(program, name="Mine", by=alice)
        services.dissolve(of(program, who["La"]), by=alice)
        own = services.add_seat(own, enrolment=who["Noor"], by=alice)
        own = services.add_seat(own, enrolment=who["La"], by=alice)
        with pytest.raises(Forbidden, match=LINE):
            services.add_seat(own, enrolment=who["Pa"], by=alice)
        # A leader is looked at beside everybody who is in it.
        led = services.make_group(program, name="Theirs", by=alice)
        led = services.add_seat(led, enrolment=who["Pa"], by=alice)
        services.dissolve(GroupProposal.objects.get(pk=own.pk), by=alice)
        with pytest.raises(Forbidden, match=LINE):
            services.add_seat(led, enrolment=who["Noor"], by=alice)


def test_what_a_rule_forbids_by_now_is_not_offered_and_the_rest_is(org, alice, circles):
    program, who = circles
    with inside(org):
        PairRule.objects.create(program=program, mentee=who["Pb"], mentor=who["Maya"], kind="must_not")
        done = services.publish_groups(program, groups=drafts(program), by=alice)
    assert done.sentence() == (
        "Published 1 group. Its people have been asked whether they accept. "
        "1 could not be published and is still here: "
        "Circle of Maya Osei: Maya Osei and Pb Osei were ruled out for each other."
    )
    assert groups(program) == [["Maya", "Pa", "Pb", "Pc", "Pd", "Pe"]]


@pytest.mark.parametrize("who_says", [0, 1])
def test_peers_of_whom_one_does_not_want_the_other_are_not_offered(org, alice, who_says):
    program, who = scheme(org, "peer", {name: peer("Python") for name in ("Ann", "Ben")})
    run(program)
    members = [who["Ann"].member, who["Ben"].member]
    with inside(org):
        Avoidance.objects.create(member=members[who_says], avoided=members[1 - who_says])
        done = services.publish_groups(program, groups=drafts(program), by=alice)
        assert (done.count, Mentorship.objects.count()) == (0, 0)
    assert "were ruled out for each other" in done.sentence()


def test_nobody_is_asked_into_a_running_circle_of_their_own_manager(org, alice, circles, admin):
    program, who = circles
    with inside(org):
        services.remove_seat(of(program, who["Pa"]), enrolment=who["Pa"], by=alice)
        services.publish_groups(program, groups=drafts(program), by=alice)
        laws = Mentorship.objects.get(participants__enrolment=who["Noor"])
    url = f"/o/{org.slug}/programmes/{program.pk}/matching/groups/running/{laws.pk}/"
    said = admin.post(url, {"act": "add", "enrolment": who["Pa"].pk}, follow=True).content.decode()
    assert LINE in said
    with inside(org):
        assert laws.participants.count() == 6
        # What is drafted to join it is refused alike.
        joining = GroupProposal.objects.create(program=program, mentorship=laws, name="Law")
        GroupSeat.objects.create(group=joining, enrolment=who["Pa"], role="mentee")
        done = services.publish_groups(program, groups=[joining], by=alice)
        assert done.problems == (f"Law: {LINE}",)


def test_who_was_in_a_circle_before_may_be_asked_back(org, alice, circles):
    program, who = circles
    with inside(org):
        services.publish_groups(program, groups=drafts(program), by=alice)
        running = Mentorship.objects.get(participants__enrolment=who["Noor"])
        leave_group(running, enrolment=who["Lc"], by=alice)
        services.ask_to_join(running, enrolment=who["Lc"], by=alice)
        assert running.participants.present().count() == 6


def test_pairs_of_a_cascade_keep_to_the_rules_when_they_are_published(org, alice):
    program, who = scheme(
        org, "cascade", {"Top": ("peer", {"capacity": 2}, {"level": 7}), "Mid": ("peer", {"capacity": 2}, {"level": 5})}
    )
    run(program)
    assert len(pairs(program)) == 1
    with inside(org):
        Avoidance.objects.create(member=who["Mid"].member, avoided=who["Top"].member)
        done = services.publish_each(program, proposals=Proposal.objects.filter(program=program), by=alice)
    assert done.problems == ("Top Osei and Mid Osei were ruled out for each other.",)


def refreshed(org, program, *people):
    with organisation_scope(org):
        return services.refresh(program.pk, NoProgress(), enrolment_ids=[each.pk for each in people])


def test_who_may_not_be_in_a_circle_any_more_is_taken_out_with_the_reason(org, alice, circles):
    program, who = circles
    with inside(org):
        Member.objects.filter(pk=who["Lc"].member_id).update(manager=who["Noor"].member_id)
    assert refreshed(org, program, who["Lc"]) == (
        "1 suggested group was forbidden by now and has been changed, with the reason given."
    )
    assert groups(program)[0] == ["La", "Lb", "Ld", "Le", "Noor"]
    assert left(program) == {"Lc": "Taken out of Circle of Noor Osei: Noor Osei and Lc Osei are in one reporting line."}
    assert refreshed(org, program, who["Lc"]) == "0 pairs were scored again."


def test_a_pair_of_peers_is_taken_back_when_one_of_them_does_not_want_the_other(org, alice):
    program, who = scheme(org, "peer", {name: peer("Python") for name in ("Ann", "Ben", "Cem", "Dot")})
    run(program)
    assert groups(program) == [["Ann", "Ben"], ["Cem", "Dot"]]
    with inside(org):
        Avoidance.objects.create(member=who["Ben"].member, avoided=who["Ann"].member)
    refreshed(org, program, who["Ben"])
    assert groups(program) == [["Cem", "Dot"]]
    why = "What was suggested was taken back: Ben Osei and Ann Osei were ruled out for each other."
    assert set(left(program)) == {"Ann", "Ben"}
    assert left(program)["Ann"] == left(program)["Ben"]
    assert left(program)["Ann"] in (why, why.replace("Ben Osei and Ann", "Ann Osei and Ben"))


def test_a_locked_group_stays_and_is_flagged(org, alice, circles, admin):
    program, who = circles
    with inside(org):
        Member.objects.filter(pk=who["Lc"].member_id).update(manager=who["Noor"].member_id)
        services.lock_group(of(program, who["Lc"]), locked=True, by=alice)
    refreshed(org, program, who["Lc"])
    assert groups(program)[0] == ["La", "Lb", "Lc", "Ld", "Le", "Noor"]
    page = admin.get(f"/o/{org.slug}/programmes/{program.pk}/matching/groups/").content.decode()
    assert page.count("can’t be published") == 1
    assert "Noor Osei and Lc Osei are in one reporting line." in page


def test_a_draft_of_a_cascade_is_taken_back_when_a_rule_forbids_it(org, alice):
    program, who = scheme(
        org, "cascade", {"Top": ("peer", {"capacity": 2}, {"level": 7}), "Mid": ("peer", {"capacity": 2}, {"level": 5})}
    )
    run(program)
    with inside(org):
        Avoidance.objects.create(member=who["Mid"].member, avoided=who["Top"].member)
    assert refreshed(org, program, who["Mid"]) == (
        "1 pair was scored again. 1 proposal was taken back, with the reason given."
    )
    assert pairs(program) == []
