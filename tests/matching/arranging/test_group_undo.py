"""Whatever an admin does with suggested groups can be undone, as long as nothing else has been done with them since."""

import pytest

from matching import services
from matching.models import BoardChange, GroupProposal, GroupSeat, Proposal
from programs.services import withdraw
from tests.matching.arranging.cast import drafts, pairs, run
from tests.matching.arranging.test_arranging import circle, event, mentee, mentor, scheme
from tests.people import inside


@pytest.fixture
def circles(org):
    """Two circles of five; Maya’s takes one more."""
    program, who = circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    run(program)
    return program, who


def rows(program):
    """Everything about the suggestions, with who is in them."""
    with inside(program.organisation):
        return sorted(
            (
                each.pk, each.name, each.round, each.place, each.score, each.locked, each.by_hand, each.changed_at,
                sorted(each.seats.values_list("enrolment__member__given_name", "role", "score")),
            )
            for each in drafts(program)
        )  # fmt: skip


def first_mentee(group):
    return group.seats.filter(role="mentee").order_by("enrolment_id")[0].enrolment


def name(one, other, by):
    services.name_group(one, name="Early birds", by=by)


def lock(one, other, by):
    services.lock_group(one, locked=True, by=by)


def take_apart(one, other, by):
    services.dissolve(one, by=by)


def take_out(one, other, by):
    services.remove_seat(one, enrolment=first_mentee(one), by=by)


def move(one, other, by):
    services.move_seat(one, enrolment=first_mentee(one), to=other, by=by)


def make(one, other, by):
    services.make_group(one.program, name="Night owls", by=by)


ACTS = {
    name: "Called Circle of Maya Osei “Early birds”",
    lock: "Locked Circle of Maya Osei",
    take_apart: "Took Circle of Maya Osei apart",
    take_out: "Took P01 Osei out of Circle of Maya Osei",
    move: "Moved P01 Osei to Circle of Sam Osei",
    make: "Made Night owls",
}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_undone_is_as_if_it_had_never_been(org, alice, circles, act):
    program, _who = circles
    was = rows(program)
    with inside(org):
        act(*GroupProposal.objects.order_by("name"), alice)
        change = BoardChange.objects.get()
        assert (change.text, change.by) == (ACTS[act], alice)
    assert rows(program) != was
    with inside(org):
        services.undo(change, by=alice)
        assert BoardChange.objects.get().undone_at is not None
    assert rows(program) == was


def test_one_after_the_other_back_to_the_beginning(org, alice, circles):
    program, _who = circles
    was = rows(program)
    with inside(org):
        move(*GroupProposal.objects.order_by("name"), alice)
        take_out(*GroupProposal.objects.order_by("name"), alice)
        take_apart(*GroupProposal.objects.order_by("name"), alice)
        for change in BoardChange.objects.all():
            services.undo(change, by=alice)
    assert rows(program) == was


def test_what_has_changed_since_is_not_undone(org, alice, circles):
    program, _who = circles
    with inside(org):
        one, _other = GroupProposal.objects.order_by("name")
        services.lock_group(one, locked=True, by=alice)
        change = BoardChange.objects.get()
        services.name_group(GroupProposal.objects.get(pk=one.pk), name="Early birds", by=alice)
    was = rows(program)
    with inside(org), pytest.raises(services.CannotUndo, match="something has been done with these groups since"):
        services.undo(change, by=alice)
    assert rows(program) == was


def test_who_has_left_does_not_come_back(org, alice, circles):
    _program, _who = circles
    with inside(org):
        one, _other = GroupProposal.objects.order_by("name")
        person = first_mentee(one)
        services.remove_seat(one, enrolment=person, by=alice)
        change = BoardChange.objects.get()
        withdraw(person, by=alice)
        with pytest.raises(services.CannotUndo, match="P01 Osei is not waiting any more"):
            services.undo(change, by=alice)
        assert not GroupSeat.objects.filter(enrolment=person).exists()


def test_a_meeting_comes_back_to_its_round_though_its_people_have_others(org, alice):
    program, _who = event(org, mentees="PQR", mentors="MN")
    run(program)
    was = rows(program)
    with inside(org):
        services.dissolve(drafts(program)[0], by=alice)
        services.undo(BoardChange.objects.get(), by=alice)
    assert rows(program) == was


def test_a_pair_of_a_network_comes_back_with_its_topic_and_one_of_a_cascade_with_its_tier(org, alice):
    network, _who = scheme(
        org, "network", {"Pia": mentee("Python", "Sales"), "Maya": mentor("Python"), "Sam": mentor("Sales")}
    )
    levels = {"Top": 8, "Mid": 5, "Low": 3}
    cascade, _who = scheme(
        org, "cascade", {each: ("peer", {"capacity": 1}, {"level": level}) for each, level in levels.items()}
    )
    for program, expected in (
        (network, [("Pia", "Maya", "Python"), ("Pia", "Sam", "Sales")]),
        (cascade, [("Low", "Mid", 1), ("Mid", "Top", 0)]),
    ):
        run(program)
        assert pairs(program) == expected
        with inside(org):
            services.discard(Proposal.objects.filter(program=program).first(), by=alice)
        assert len(pairs(program)) == 1
        with inside(org):
            services.undo(BoardChange.objects.filter(program=program).get(), by=alice)
        assert pairs(program) == expected
