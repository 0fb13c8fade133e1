"""Runs of the formats that make no plain pairs: who is with whom, who is left over and why, and what survives a run."""

import pytest

from accounts.models import Member
from matching import services
from matching.arranging import ARRANGERS, PAIRS
from matching.models import GroupProposal, GroupSeat, MatchRun, Proposal
from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError, NoProgress
from programs.arrangers import on_offer
from programs.models import Mentorship, Program
from programs.services import withdraw
from tests.matching.arranging.cast import drafts, groups, left, pairs, run, scheme, timetable
from tests.matching.cast import enrol
from tests.people import inside, make_member


def peer(*skills, **member):
    return ("peer", {"skills": skills, "capacity": 0}, {"level": 3, **member})


def mentor(*skills, capacity=6, **member):
    return ("mentor", {"skills": skills, "capacity": capacity}, {"level": 6, **member})


def mentee(*skills, **member):
    return ("mentee", {"skills": skills, "capacity": 0}, {"level": 3, **member})


def test_peers_are_paired_by_what_they_share_and_an_odd_one_joins_a_pair(org):
    program, _who = scheme(
        org,
        "peer",
        {
            "Ann": peer("Python"),
            "Ben": peer("Python"),
            "Cem": peer("Sales"),
            "Dot": peer("Sales"),
            "Eva": peer("Sales"),
        },
    )
    said = run(program)
    assert groups(program) == [["Ann", "Ben"], ["Cem", "Dot", "Eva"]]
    assert said == "2 groups for 5 people. Their number is odd, so three are together once."
    assert left(program) == {}


def test_peers_whom_a_rule_keeps_apart_from_everybody_are_told_which(org):
    program, _who = scheme(org, "peer", {"Ann": peer(), "Ben": peer(), "Zoe": peer(level=9)})
    run(program)
    assert groups(program) == [["Ann", "Ben"]]
    assert left(program) == {"Zoe": "Nobody suits: the rules forbid all 2 people there are: level too low (2)."}


def test_a_second_run_keeps_locked_groups_and_leaves_published_ones_alone(org, alice):
    program, who = scheme(
        org, "peer", {name: peer(skill) for name, skill in zip("ABCDEF", ["X", "X", "Y", "Y", "Z", "Z"], strict=True)}
    )
    run(program)
    assert groups(program) == [["A", "B"], ["C", "D"], ["E", "F"]]
    with inside(org):
        one, two, _three = sorted(drafts(program), key=lambda each: each.seats.order_by("id")[0].enrolment_id)
        services.lock_group(one, locked=True, by=alice)
        assert services.publish_groups(program, groups=[two], by=alice).sentence() == (
            "Published 1 group. Its people have been asked whether they accept."
        )
        kept = one.pk
    enrol(program, make_member(org, "G", login=False, level=3), "peer", skills=["Z"])
    run(program)
    assert groups(program) == [["A", "B"], ["E", "F", "G"]]
    assert groups(program, "published") == [["C", "D"]]
    with inside(org):
        assert GroupProposal.objects.get(pk=kept).locked
        assert Mentorship.objects.get().participants.count() == 2
    assert who["A"].pk


def test_nothing_is_changed_when_the_second_run_finds_the_same(org):
    program, _who = scheme(org, "peer", {name: peer("X") for name in "ABCD"})
    run(program)
    with inside(org):
        before = [(each.pk, each.changed_at) for each in drafts(program)]
    run(program)
    with inside(org):
        assert [(each.pk, each.changed_at) for each in drafts(program)] == before
        assert MatchRun.objects.count() == 2


def test_one_peer_alone_gets_a_sentence(org):
    program, _who = scheme(org, "peer", {"Ann": peer()})
    with pytest.raises(JobError, match="Only one person is waiting"):
        run(program)


def circle(org, mentees=11, **leaders):
    people = {name: mentor(*skills, capacity=capacity) for name, (skills, capacity) in leaders.items()}
    people |= {f"P{n:02}": mentee("Python" if n % 2 else "Sales") for n in range(mentees)}
    return scheme(org, "circle", people)


def test_circles_fill_between_five_and_six_by_what_they_are_about(org):
    program, _who = circle(org, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    said = run(program)
    assert groups(program) == [
        ["Maya", "P01", "P03", "P05", "P07", "P09"],
        ["P00", "P02", "P04", "P06", "P08", "P10", "Sam"],
    ]
    assert said == "2 groups for 11 people."
    with inside(org):
        assert sorted(GroupProposal.objects.values_list("name", flat=True)) == [
            "Circle of Maya Osei",
            "Circle of Sam Osei",
        ]


def test_a_circle_that_cannot_fill_is_dissolved_and_its_leader_told(org):
    program, _who = circle(org, mentees=7, Maya=(["Python"], 6), Sam=(["Sales"], 6), Tim=(["Sales"], 3))
    said = run(program)
    (only,) = groups(program)
    assert len(only) == 7
    found = left(program)
    assert found["Tim"] == "A circle needs 5, and this mentor takes at most 3."
    gone = "Sam" if "Maya" in only else "Maya"
    assert found[gone] == (
        "This circle can’t fill: it needs 5, and of the 7 people who might be in it too few were left."
    )
    (out,) = [name for name in found if name.startswith("P")]
    assert found[out] == "The 1 circle that would suit is full."
    assert said == (
        "1 group for 6 people. 2 circles could not fill and were dissolved. 3 people are left over, with the reasons given."
    )


def test_those_whom_an_admin_put_together_go_on_leading_together(org, alice):
    program, who = circle(org, mentees=6, Maya=(["Python"], 3), Sam=(["Python"], 3))
    with inside(org):
        group = services.make_group(program, name="Two who lead", by=alice)
        group = services.add_seat(group, enrolment=who["Maya"], by=alice)
        group = services.add_seat(group, enrolment=who["Sam"], by=alice)
        services.lock_group(group, locked=False, by=alice)
    run(program)
    assert groups(program) == [["Maya", "P00", "P01", "P02", "P03", "P04", "P05", "Sam"]]
    with inside(org):
        assert GroupProposal.objects.get().name == "Two who lead"


def test_a_cascade_gives_each_tier_mentors_from_the_one_above(org):
    def link(level, capacity=1):
        return ("peer", {"capacity": capacity}, {"level": level})

    program, _who = scheme(
        org,
        "cascade",
        {
            "Top": link(8),
            "Vic": link(6),
            "Wes": link(5),
            "Xia": link(4),
            "Yan": link(3),
            "Zed": link(None),
            "Eve": ("peer", {"capacity": 1, "tier": 3}, {"level": None}),
        },
        format_settings={"tiers": [[7, 20], [5, 6], [3, 4], [1, 2]]},
    )
    run(program)
    found = pairs(program)
    assert [(mentor, tier) for _mentee, mentor, tier in found if tier == 0] == [("Top", 0)]
    assert sorted((mentee, tier) for mentee, _mentor, tier in found if tier == 1) == [("Xia", 1), ("Yan", 1)]
    assert [(mentee, tier) for mentee, _mentor, tier in found if tier == 2] == [("Eve", 2)]
    told = left(program)
    (over,) = {"Vic", "Wes"} & told.keys()
    assert told[over] == "The one person of the tier above who would suit has no free place."
    assert told["Zed"].startswith("In no tier: their level is not known")


def test_whoever_is_left_over_in_a_cascade_reads_who_is_full_and_who_is_ruled_out(org):
    def link(level, capacity=1):
        return ("peer", {"capacity": capacity}, {"level": level})

    program, who = scheme(
        org,
        "cascade",
        {"Chief": link(9, 2), "Top": link(8), "Tim": link(7), "Mia": link(5), "Noa": link(5), "Oda": link(5)},
        format_settings={"tiers": [[7, 20], [5, 6], [1, 4]]},
    )
    with inside(org):
        below = Member.objects.filter(enrolments__in=[who["Mia"], who["Noa"], who["Oda"]])
        below.update(manager=who["Chief"].member)
    run(program)
    (reason,) = left(program).values()
    assert reason == (
        "The 2 people of the tier above who would suit have no free place; 1 is ruled out: in one reporting line (1)."
    )


def test_in_a_cascade_a_mentee_mentors_below(org, alice):
    def link(level):
        return ("peer", {"capacity": 1}, {"level": level})

    program, who = scheme(
        org,
        "cascade",
        {"Top": link(8), "Mid": link(5), "Low": link(3)},
        format_settings={"tiers": [[7, 20], [5, 6], [1, 4]]},
    )
    run(program)
    assert pairs(program) == [("Low", "Mid", 1), ("Mid", "Top", 0)]
    with inside(org):
        assert services.publish(program, proposals=Proposal.objects.all(), by=alice) == 2
        parts = {
            (each.tier, part.role): part.enrolment.member.given_name
            for each in Mentorship.objects.all()
            for part in each.participants.all()
        }
    assert parts == {(0, "mentor"): "Top", (0, "mentee"): "Mid", (1, "mentor"): "Mid", (1, "mentee"): "Low"}
    with pytest.raises(JobError, match="everybody below the top has a mentor"):
        run(program)
    assert who["Mid"].role == "peer"


def test_a_network_serves_each_topic_by_somebody_else(org, alice):
    program, _who = scheme(
        org,
        "network",
        {
            "Pia": mentee("Python", "Sales", "Chess"),
            "Quin": mentee("Python"),
            "Maya": mentor("Python", "Sales", capacity=5),
            "Sam": mentor("Sales", capacity=1),
        },
    )
    run(program)
    assert pairs(program) == [("Pia", "Maya", "Python"), ("Pia", "Sam", "Sales"), ("Quin", "Maya", "Python")]
    assert left(program) == {"Pia": "Chess: nobody offers it."}
    with inside(org):
        assert services.publish(program, proposals=Proposal.objects.all(), by=alice) == 3
        topics = Mentorship.objects.order_by("topic__name", "pk").values_list("topic__name", flat=True)
        assert list(topics) == ["Python", "Python", "Sales"]
    run(program)
    assert pairs(program) == []


def board(org, executives=1, **settings):
    people = {f"E{n}": mentor("Strategy") for n in range(executives)}
    # A pool of two thirds Sales, one third Finance.
    people |= {f"P{n:02}": mentee(department="Sales" if n % 3 else "Finance", site="Berlin") for n in range(12)}
    return scheme(org, "board", people, format_settings=settings)


def test_a_board_is_composed_like_those_who_applied(org):
    program, _who = board(org, executives=2, boards=1, size=6)
    said = run(program)
    (found,) = groups(program)
    assert found[:2] == ["E0", "E1"]
    with inside(org):
        seats = GroupSeat.objects.filter(role="mentee")
        assert seats.filter(enrolment__member__department="Finance").count() == 2
        assert seats.filter(enrolment__member__department="Sales").count() == 4
        assert GroupProposal.objects.get().name == "Board 1"
    assert said.startswith("1 group for 6 people. The largest difference between a board and all who applied is 0%.")
    assert len(left(program)) == 6


def test_two_boards_each_with_an_executive_and_never_too_many(org):
    program, _who = board(org, executives=2, boards=2, size=6)
    run(program)
    assert [found[0] for found in groups(program)] == ["E0", "E1"]
    assert sorted(len(found) for found in groups(program)) == [7, 7]
    program, _who = scheme(org, "board", {"E9": mentor()}, name="Another", format_settings={"boards": 1, "size": 6})
    with pytest.raises(JobError, match="0 people have applied and are free; 1 × 6 = 6 are needed"):
        run(program)


SETTINGS = {
    "starts_at": "2027-01-12T09:00:00+00:00",
    "rounds": 2,
    "round_minutes": 10,
    "break_minutes": 5,
    "rooms": ["Amber", "Birch"],
    "sides": "two",
}


def event(org, mentees="PQ", mentors="MN", **settings):
    people = {name: mentee("X") for name in mentees} | {name: mentor("X") for name in mentors}
    return scheme(org, "speed", people, format_settings={**SETTINGS, **settings})


def test_at_an_event_everybody_meets_somebody_new_in_each_round(org):
    program, _who = event(org)
    assert run(program) == "4 meetings in 2 rounds."
    found = timetable(program)
    assert list(found) == [0, 1]
    assert sorted(meeting[:2] for meetings in found.values() for meeting in meetings) == [
        ("M", "P"), ("M", "Q"), ("N", "P"), ("N", "Q"),
    ]  # fmt: skip
    # A mentor stays in their room.
    assert {(meeting[0], meeting[2]) for meetings in found.values() for meeting in meetings} == {
        ("M", "Amber"), ("N", "Birch"),
    }  # fmt: skip


def test_an_event_of_one_pool_lets_everybody_meet_everybody(org):
    program, _who = scheme(
        org,
        "speed",
        {name: peer("X") for name in "ABCD"},
        format_settings={**SETTINGS, "sides": "one", "rounds": 3, "rooms": []},
    )
    run(program)
    found = timetable(program)
    met = sorted(meeting[:2] for meetings in found.values() for meeting in meetings)
    assert met == [("A", "B"), ("A", "C"), ("A", "D"), ("B", "C"), ("B", "D"), ("C", "D")]
    assert [sorted(meeting[2] for meeting in meetings) for meetings in found.values()] == [["Table 1", "Table 2"]] * 3


def test_a_locked_meeting_stays_in_its_round_and_nobody_is_in_two_places(org, alice):
    program, _who = event(org, mentees="PQR", mentors="MNO", rounds=2, rooms=["Amber", "Birch", "Cedar"])
    run(program)
    with inside(org):
        locked = GroupProposal.objects.filter(round=1).first()
        services.lock_group(locked, locked=True, by=alice)
        names = sorted(locked.seats.values_list("enrolment__member__given_name", flat=True))
    run(program)
    found = timetable(program)
    assert [*names, locked.place] in [list(meeting) for meeting in found[1]]
    for meetings in found.values():
        busy = [name for meeting in meetings for name in meeting[:2]]
        rooms = [meeting[2] for meeting in meetings]
        assert len(busy) == len(set(busy))
        assert len(rooms) == len(set(rooms))
    met = [meeting[:2] for meetings in found.values() for meeting in meetings]
    assert len(met) == len(set(met)) == 6


def test_the_night_runs_what_might_find_somebody_and_no_event(org):
    program, _who = scheme(org, "peer", {"Cy": peer(), "Di": peer()})
    event(org)
    with inside(org):
        services.start_nightly_runs()
        assert [job.subject for job in Job.objects.all()] == [f"program:{program.pk}"]


def test_a_programme_that_was_closed_meanwhile_gets_no_suggestions(org):
    program, _who = scheme(org, "peer", {"Ann": peer(), "Ben": peer()})

    class Closing(NoProgress):
        def step(self, done, total, note=""):
            if note.startswith("Choosing"):
                with inside(org):
                    Program.objects.update(status="closed")

    with pytest.raises(JobError, match="closed meanwhile"):
        run(program, Closing())
    assert groups(program) == []


def test_whoever_signs_up_while_it_is_computed_is_in_it(org):
    program, _who = scheme(org, "peer", {"Ann": peer(), "Ben": peer(), "Cem": peer()})

    class Joining(NoProgress):
        def step(self, done, total, note=""):
            if note.startswith("Choosing"):
                enrol(program, make_member(org, "Dot", login=False, level=3), "peer")

    run(program, Joining())
    assert sorted(len(each) for each in groups(program)) == [2, 2]


def test_a_locked_person_who_leaves_takes_their_seat_with_them(org, alice):
    program, who = scheme(org, "peer", {name: peer("X") for name in "ABC"})
    run(program)

    with inside(org):
        services.lock_group(drafts(program)[0], locked=True, by=alice)
        withdraw(who["B"], by=alice)
    assert groups(program) == [["A", "C"]]


def test_what_is_on_offer_is_what_can_be_arranged():
    assert {kind.arranging for kind in on_offer()} == {PAIRS, *ARRANGERS}


def late(org, program, *names, skill="Python"):
    return [enrol(program, make_member(org, name, login=False, level=3), "mentee", skills=[skill]) for name in names]


def published(org, alice, **leaders):
    program, who = circle(org, mentees=10, **(leaders or {"Maya": (["Python"], 6), "Sam": (["Sales"], 6)}))
    run(program)
    with inside(org):
        services.publish_groups(program, groups=drafts(program), by=alice)
    return program, who


def test_whoever_comes_later_is_suggested_to_a_circle_that_has_room(org, alice):
    program, _who = published(org, alice)
    late(org, program, "Lea")
    assert run(program) == "1 group for 1 person."
    assert groups(program) == [["Lea"]]
    with inside(org):
        (join,) = drafts(program)
        assert (join.name, join.mentorship.name) == ("Circle of Maya Osei", "Circle of Maya Osei")
        done = services.publish_groups(program, groups=[join], by=alice)
        assert done.sentence() == "Published 1 group. Its people have been asked whether they accept."
        circle_ = Mentorship.objects.get(name="Circle of Maya Osei")
        assert circle_.participants.count() == 7
        lea = circle_.participants.get(enrolment__member__given_name="Lea")
        assert (lea.role, lea.response) == ("mentee", "pending")
        assert Mentorship.objects.count() == 2


def test_more_latecomers_than_seats_are_told_so_and_a_second_run_finds_the_same(org, alice):
    program, _who = published(org, alice)
    late(org, program, "Lea", "Leo", "Liv")
    run(program)
    # Each circle of five takes one more.
    assert [len(people) for people in groups(program)] == [1, 1]
    assert list(left(program).values()) == ["All 2 circles that would suit are full."]
    with inside(org):
        before = [(each.pk, each.changed_at) for each in drafts(program)]
    run(program)
    with inside(org):
        assert [(each.pk, each.changed_at) for each in drafts(program)] == before


def test_a_locked_latecomer_keeps_the_last_seat(org, alice):
    program, _who = published(org, alice)
    late(org, program, "Lea")
    run(program)
    with inside(org):
        services.lock_group(drafts(program)[0], locked=True, by=alice)
    late(org, program, "Leo")
    run(program)
    with inside(org):
        joins = {each.seats.get().enrolment.member.given_name: each.mentorship.name for each in drafts(program)}
    assert joins == {"Lea": "Circle of Maya Osei", "Leo": "Circle of Sam Osei"}


def test_enough_latecomers_with_a_leader_of_their_own_fill_a_circle_of_their_own(org, alice):
    program, _who = published(org, alice)
    late(org, program, *(f"L{n}" for n in range(6)))
    enrol(program, make_member(org, "Tim", login=False, level=6), "mentor", capacity=6, skills=["Python"])
    run(program)
    assert sum(len(people) for people in groups(program)) == 7
    assert any("Tim" in people and len(people) >= 6 for people in groups(program))
    assert left(program) == {}


def test_in_the_night_one_latecomer_is_enough_where_a_circle_has_room(org, alice):
    program, _who = published(org, alice)
    arranger = ARRANGERS["circles"]
    with inside(org):
        assert not arranger.is_wanted(arranger.situation(program))
    late(org, program, "Lea")
    with inside(org):
        assert arranger.is_wanted(arranger.situation(program))


def test_who_is_suggested_to_a_circle_may_leave_before_it_is_published(org, alice):
    program, _who = published(org, alice)
    (lea,) = late(org, program, "Lea")
    run(program)
    with inside(org):
        withdraw(lea, by=alice)
        assert drafts(program) == []


def test_nobody_is_moved_into_a_running_circle_that_is_full(org, alice):
    program, _who = published(org, alice)
    late(org, program, "Lea", "Leo")
    run(program)
    with inside(org):
        one, other = drafts(program)
        moved = one.seats.get().enrolment
        with pytest.raises(services.MatchingProblem, match="This group is full: it takes at most 6"):
            services.move_seat(one, enrolment=moved, to=other, by=alice)
