"""Every change on the board can be undone, as long as nothing else has been done with its proposals."""

import threading

import pytest
from django.db import connection

from matching import services
from matching.models import BoardChange, Proposal
from programs.models import Enrolment
from programs.services import MentorFull, withdraw
from tests.matching.cast import drafts
from tests.matching.conftest import Scheme
from tests.people import inside, make_member, make_organisation

BEFORE = [("Theo", "Maya"), ("Uma", "Noor")]


def rows(program):
    """Everything about the proposals but when and why they score as they do."""
    with inside(program.organisation):
        return sorted(
            Proposal.objects.filter(program=program).values_list(
                "mentee__member__given_name", "mentor__member__given_name", "status", "locked", "by_hand", "score",
                "changed_at",
            )
        )  # fmt: skip


def last(scheme):
    return BoardChange.objects.filter(program=scheme.program).first()


def lock(scheme, alice):
    services.lock(scheme.of(scheme.theo), by=alice)


def discard(scheme, alice):
    services.discard(scheme.of(scheme.theo), by=alice)


def split(scheme, alice):
    services.split(scheme.of(scheme.theo), by=alice)


def reassign(scheme, alice):
    services.reassign(scheme.of(scheme.theo), mentor=scheme.omar, by=alice)


def swap(scheme, alice):
    services.swap(scheme.of(scheme.theo), scheme.of(scheme.uma), by=alice)


ACTS = {
    lock: "Locked Theo Osei with Maya Osei",
    discard: "Discarded Maya Osei for Theo Osei",
    split: "Split Theo Osei from Maya Osei",
    reassign: "Gave Theo Osei Omar Osei instead of Maya Osei",
    swap: "Swapped the mentors of Theo Osei and Uma Osei",
}


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_undone_is_as_if_it_had_never_been(org, alice, scheme, act):
    was = rows(scheme.program)
    with inside(org):
        act(scheme, alice)
        change = last(scheme)
        assert (change.text, change.by) == (ACTS[act], alice)
    assert rows(scheme.program) != was
    with inside(org):
        services.undo(change, by=alice)
        assert last(scheme).undone_at is not None
    assert rows(scheme.program) == was


def test_one_after_the_other(org, alice, scheme):
    """The last first, back to the beginning."""
    was = rows(scheme.program)
    with inside(org):
        lock(scheme, alice)
        reassign(scheme, alice)
        swap(scheme, alice)
        split(scheme, alice)
        for change in BoardChange.objects.all():
            services.undo(change, by=alice)
    assert rows(scheme.program) == was


def test_not_out_of_order(org, alice, scheme):
    with inside(org):
        lock(scheme, alice)
        first = last(scheme)
        reassign(scheme, alice)
        with pytest.raises(services.CannotUndo) as problem:
            services.undo(first, by=alice)
    assert str(problem.value) == (
        "“Locked Theo Osei with Maya Osei” can’t be undone any more: something has been done with these proposals since."
    )
    assert drafts(scheme.program) == [("Theo", "Omar"), ("Uma", "Noor")]


def test_not_twice(org, alice, scheme):
    with inside(org):
        discard(scheme, alice)
        services.undo(last(scheme), by=alice)
        with pytest.raises(services.CannotUndo, match="was undone already"):
            services.undo(last(scheme), by=alice)


def test_a_first_proposal_by_hand_goes_again_and_what_it_took_up_comes_back(org, alice, scheme):
    with inside(org):
        discard(scheme, alice)
        services.propose_by_hand(scheme.theo, scheme.maya, by=alice)
        assert not Proposal.objects.filter(status="discarded").exists()
        assert last(scheme).text == "Placed Theo Osei with Maya Osei"
        services.undo(last(scheme), by=alice)
        assert Proposal.objects.get(mentee=scheme.theo).status == "discarded"
    assert drafts(scheme.program) == [("Uma", "Noor")]


def test_what_was_published_since_stays(org, alice, scheme):
    with inside(org):
        lock(scheme, alice)
        services.publish(scheme.program, proposals=[scheme.of(scheme.theo)], by=alice)
        with pytest.raises(services.CannotUndo):
            services.undo(last(scheme), by=alice)


def test_who_was_placed_meanwhile_stays_where_they_are(org, alice, scheme):
    with inside(org):
        split(scheme, alice)
        change = last(scheme)
        services.propose_by_hand(scheme.theo, scheme.omar, by=alice)
        with pytest.raises(services.CannotUndo):
            services.undo(change, by=alice)


def test_a_place_that_has_gone_meanwhile_is_not_given_twice(org, alice, scheme):
    with inside(org):
        split(scheme, alice)
        change = last(scheme)
        services.reassign(scheme.of(scheme.uma), mentor=scheme.maya, by=alice)
        with pytest.raises(MentorFull) as problem:
            services.undo(change, by=alice)
    assert str(problem.value) == "Maya Osei has no free place any more."
    assert drafts(scheme.program) == [("Uma", "Maya")]


def test_who_has_left_meanwhile_stays_away(org, alice, scheme):
    with inside(org):
        split(scheme, alice)
        change = last(scheme)
        withdraw(scheme.theo, by=alice)
        with pytest.raises(services.MatchingProblem, match="is not waiting for a mentor any more"):
            services.undo(change, by=alice)


def test_a_rule_that_came_meanwhile_holds(org, alice, scheme):
    with inside(org):
        split(scheme, alice)
        change = last(scheme)
        scheme.theo.member.manager = scheme.maya.member
        scheme.theo.member.save()
        with pytest.raises(services.Forbidden, match="in one reporting line"):
            services.undo(change, by=alice)


def test_a_run_since_then_is_no_hindrance_while_the_pair_stays(org, alice, scheme):
    with inside(org):
        lock(scheme, alice)
    scheme.run()
    with inside(org):
        services.undo(last(scheme), by=alice)
        assert scheme.of(scheme.theo).locked is False


def test_split_is_not_for_ever(org, alice, scheme):
    with inside(org):
        split(scheme, alice)
    assert drafts(scheme.program) == [("Uma", "Noor")]
    scheme.run()
    assert drafts(scheme.program) == BEFORE
    with inside(org):
        discard(scheme, alice)
    scheme.run()
    assert ("Theo", "Maya") not in drafts(scheme.program)


def test_locking_what_is_locked_is_no_change(org, alice, scheme):
    with inside(org):
        lock(scheme, alice)
        lock(scheme, alice)
        assert BoardChange.objects.count() == 1


def at_once(org, *acts):
    """Do these at the same time, each in a transaction of its own. Returns what each came to."""
    ready, came = threading.Barrier(len(acts)), {}

    def work(at, act):
        try:
            with inside(org):
                ready.wait(timeout=10)
                came[at] = act()
        except services.MatchingProblem as problem:
            came[at] = problem
        except Exception as error:
            came[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return [came[at] for at in range(len(acts))]


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_at_once_one_is_told():
    org = make_organisation()
    alice, ben = (make_member(org, name, is_admin=True) for name in ("Alice", "Ben"))
    scheme = Scheme(org)
    with inside(org):
        theo, uma = scheme.of(scheme.theo), scheme.of(scheme.uma)
    came = at_once(
        org,
        lambda: services.reassign(theo, mentor=scheme.omar, by=alice),
        lambda: services.swap(theo, uma, by=ben),
        lambda: services.discard(theo, by=ben),
    )
    assert sorted(type(each).__name__ for each in came if isinstance(each, Exception)) == ["ProposalChanged"] * 2
    assert drafts(scheme.program) in (
        [("Theo", "Omar"), ("Uma", "Noor")], [("Theo", "Noor"), ("Uma", "Maya")], [("Uma", "Noor")],
    )  # fmt: skip
    with inside(org):
        assert BoardChange.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_undoing_at_once_undoes_once():
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    scheme = Scheme(org)
    with inside(org):
        split(scheme, alice)
        change = last(scheme)
    came = at_once(org, *[lambda: services.undo(change, by=alice)] * 3)
    assert sorted(type(each).__name__ for each in came) == ["BoardChange", "CannotUndo", "CannotUndo"]
    assert drafts(scheme.program) == BEFORE


@pytest.mark.django_db(transaction=True)
def test_undo_and_somebody_else_s_pair_do_not_share_a_place():
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    scheme = Scheme(org)
    with inside(org):
        split(scheme, alice)
        change, uma = last(scheme), scheme.of(scheme.uma)
    came = at_once(
        org, lambda: services.undo(change, by=alice), lambda: services.reassign(uma, mentor=scheme.maya, by=alice)
    )
    assert sum(isinstance(each, Exception) for each in came) == 1
    with inside(org):
        assert Proposal.objects.filter(mentor=scheme.maya, status="draft").count() == 1
        assert Enrolment.objects.get(pk=scheme.maya.pk).capacity == 1
