"""Groups: who has to say yes before one begins, what a no does, who joins later, and who leaves."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.utils import timezone

from mentoring.outbox.models import Message
from mentoring.tenancy.scope import organisation_scope
from programs import services
from programs.models import Mentorship, Participant
from programs.services import AlreadyMatched, MentorFull, ProgramProblem
from sessions.models import Attendance, Session
from sessions.services import log_session
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.fixture
def alice(org):
    return make_member(org, "Alice", is_admin=True)


def program_of(mentorship):
    with inside(mentorship.organisation):
        return Mentorship.objects.select_related("program__organisation").get(pk=mentorship.pk).program


def people(program, org, *names, role="mentee", **fields):
    return [enrol(program, make_member(org, name, login=False), role, **fields) for name in names]


def circle(org, alice, *, mentees="Ann Ben Cem Dot Eva Fay", leaders="Maya", **fields):
    """An offered circle of 5 to 6: its mentorship, and who is in it by name."""
    program = make_program(org, format="circle", created_by=alice, **fields)
    who = people(program, org, *leaders.split(), role="mentor", capacity=6) + people(program, org, *mentees.split())
    with inside(org):
        mentorship = services.offer_group(
            program, name="Circle of Maya", seats=[(each, each.role) for each in who], by=alice
        )
    return mentorship, {each.member.given_name: each for each in who}


def part(mentorship, enrolment):
    return Participant.objects.get(mentorship=mentorship, enrolment=enrolment)


def answer(mentorship, who, names, *, yes=True):
    for name in names.split():
        with inside(mentorship.organisation):
            act = services.accept if yes else services.decline
            act(part(mentorship, who[name]), by=who[name].member)
    return fresh(mentorship).status


def fresh(mentorship):
    with inside(mentorship.organisation):
        mentorship.refresh_from_db()
    return mentorship


def letters(kind):
    return sorted(Message.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_a_circle_begins_with_its_leader_and_the_fewest_that_the_programme_wants(org, alice):
    mentorship, who = circle(org, alice)
    with inside(org):
        assert len(letters("group_offered")) == 7
        letter = Message.objects.get(kind="group_offered", recipient="maya@northwind.example")
        assert "lead Circle of Maya" in letter.subject
        assert "circle mentor" in letter.text
        assert "Ann Osei (circle member)" in letter.text
    assert answer(mentorship, who, "Ann Ben Cem Dot Eva") == "offered"
    assert answer(mentorship, who, "Maya") == "active"
    with inside(org):
        assert len(letters("mentorship_started")) == 6
        assert "fay@northwind.example" not in letters("mentorship_started")


def test_one_yes_too_few_does_not_begin_it(org, alice):
    mentorship, who = circle(org, alice)
    assert answer(mentorship, who, "Maya Ann Ben Cem Dot") == "offered"
    assert answer(mentorship, who, "Eva") == "active"


def test_all_who_lead_have_to_say_yes(org, alice):
    mentorship, who = circle(org, alice, leaders="Maya Sam", mentees="Ann Ben Cem Dot Eva")
    assert answer(mentorship, who, "Maya Ann Ben Cem Dot Eva") == "offered"
    assert answer(mentorship, who, "Sam") == "active"


def test_whoever_answers_later_joins_and_is_invited_to_what_is_booked(org, alice):
    mentorship, who = circle(org, alice)
    answer(mentorship, who, "Maya Ann Ben Cem Dot Eva")
    session = meeting(mentorship, who, "Maya Ann Ben Cem Dot Eva", days=3)
    assert answer(mentorship, who, "Fay") == "active"
    with inside(org):
        assert Attendance.objects.filter(session=session).count() == 7
        assert letters("session_booked") == ["fay@northwind.example"]
        assert letters("group_news") == sorted(
            f"{name}@northwind.example" for name in ("maya", "ann", "ben", "cem", "dot", "eva")
        )


def test_a_no_frees_the_seat_and_the_others_go_on(org, alice):
    mentorship, who = circle(org, alice)
    assert answer(mentorship, who, "Fay", yes=False) == "offered"
    with inside(org):
        assert letters("group_news") == ["alice@northwind.example"]
        assert not Mentorship.objects.involving(who["Fay"].member).exists()
        assert services.present(mentorship.participants.all()) == list(
            mentorship.participants.exclude(enrolment=who["Fay"])
        )
    assert answer(mentorship, who, "Maya Ann Ben Cem Dot Eva") == "active"


def test_a_freed_seat_is_given_to_somebody_else_who_is_asked(org, alice):
    mentorship, who = circle(org, alice)
    answer(mentorship, who, "Fay", yes=False)
    (gil,) = people(program_of(mentorship), org, "Gil")
    with inside(org):
        services.add_to_group(mentorship, enrolment=gil, role="mentee", by=alice)
        assert "gil@northwind.example" in letters("group_offered")
        with pytest.raises(ProgramProblem, match="takes at most 6"):
            services.add_to_group(mentorship, enrolment=who["Fay"], role="mentee", by=alice)


def test_nobody_is_in_two_groups_at_once_and_nobody_leads_two(org, alice):
    mentorship, who = circle(org, alice)
    program = mentorship.program
    others = people(program, org, "Hal", "Ida")
    (sam,) = people(program, org, "Sam", role="mentor")
    with inside(org):
        with pytest.raises(MentorFull, match="Maya Osei has a group or an offer already"):
            services.offer_group(program, seats=[(who["Maya"], "mentor"), (others[0], "mentee")], by=alice)
        with pytest.raises(AlreadyMatched, match="Ann Osei is in a group or has an offer already"):
            services.offer_group(program, seats=[(sam, "mentor"), (who["Ann"], "mentee")], by=alice)
        with pytest.raises(ProgramProblem, match="signed up in another role"):
            services.offer_group(program, seats=[(others[0], "mentor"), (others[1], "mentee")], by=alice)


def test_without_enough_answers_a_circle_lapses_and_late_seats_are_freed(org, alice):
    mentorship, who = circle(org, alice)
    with inside(org):
        services.lapse_offers(now=timezone.now() + timedelta(days=8))
    fresh(mentorship)
    assert mentorship.status == "declined"
    second, who = circle_again(org, alice, who)
    answer(second, who, "Maya Ann Ben Cem Dot Eva")
    with inside(org):
        assert services.lapse_seats(now=timezone.now() + timedelta(days=8)) == 1
        assert part(second, who["Fay"]).left_at is not None
    fresh(second)
    assert second.status == "active"


def circle_again(org, alice, who):
    with inside(org):
        program = who["Maya"].program
        return services.offer_group(program, seats=[(each, each.role) for each in who.values()], by=alice), who


def meeting(mentorship, who, names, *, days):
    """A session of these people in so many days, or so many days ago."""
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    starts_at = timezone.now() + timedelta(days=days)
    with inside(mentorship.organisation):
        session = Session.objects.create(
            mentorship=mentorship,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            wall_time=starts_at,
            zone_name="Europe/London",
        )
        for name in names.split():
            Attendance.objects.create(
                session=session,
                member=who[name].member,
                during=DateTimeTZRange(session.starts_at, session.ends_at),
            )
    return session


def test_who_leaves_a_circle_is_taken_out_of_its_sessions_and_the_others_are_told(org, alice):
    mentorship, who = circle(org, alice)
    answer(mentorship, who, "Maya Ann Ben Cem Dot Eva Fay")
    session = meeting(mentorship, who, "Maya Ann Ben Cem Dot Eva Fay", days=2)
    with inside(org):
        Message.objects.all().delete()
        services.end_mentorship(mentorship, reason="Too much on my plate", by=who["Ann"].member)
    fresh(mentorship)
    assert mentorship.status == "active"
    with inside(org):
        assert Attendance.objects.filter(session=session).count() == 6
        assert letters("group_left") == ["ann@northwind.example"]
        assert len(letters("group_news")) == 7
        to_admin = Message.objects.get(kind="group_news", recipient="alice@northwind.example")
        assert "Too much on my plate" in to_admin.text
        to_ben = Message.objects.get(kind="group_news", recipient="ben@northwind.example")
        assert "Too much" not in to_ben.text


def test_when_the_leader_leaves_the_others_wait_for_an_admin_who_is_told(org, alice):
    mentorship, who = circle(org, alice)
    answer(mentorship, who, "Maya Ann Ben Cem Dot Eva")
    with inside(org):
        services.withdraw(who["Maya"], by=alice)
    fresh(mentorship)
    assert mentorship.status == "active"
    assert mentorship.check_reason == "Nobody leads it any more: Maya Osei has left."
    (sam,) = people(program_of(mentorship), org, "Sam", role="mentor")
    with inside(org):
        services.add_to_group(mentorship, enrolment=sam, role="mentor", by=alice)
    answer(mentorship, {"Sam": sam}, "Sam")
    assert mentorship.check_reason == ""


def test_a_stranger_takes_nobody_out_and_a_pair_still_ends_for_both(org, alice):
    mentorship, who = circle(org, alice)
    with inside(org), pytest.raises(PermissionDenied):
        services.leave_group(mentorship, enrolment=who["Ann"], by=who["Ben"].member)
    program = make_program(org, name="Pairs")
    (mia,) = people(program, org, "Mia", role="mentor")
    (tom,) = people(program, org, "Tom")
    with inside(org):
        pair = services.offer_mentorship(program, mentor=mia, mentee=tom, by=alice)
        for each in (mia, tom):
            services.accept(part(pair, each), by=each.member)
        services.end_mentorship(pair, by=tom.member)
    fresh(pair)
    assert pair.status == "ended"


def test_a_triad_of_peers_goes_on_as_two_and_two_never_as_one(org, alice):
    program = make_program(org, format="peer")
    three = people(program, org, "Ann", "Ben", "Cem", role="peer", capacity=0)
    who = {each.member.given_name: each for each in three}
    with inside(org):
        group = services.offer_group(program, seats=[(each, "peer") for each in three], by=alice)
    assert answer(group, who, "Ann Ben") == "offered"
    assert answer(group, who, "Cem", yes=False) == "active"
    with inside(org):
        services.end_mentorship(group, by=who["Ann"].member)
    fresh(group)
    assert group.status == "ended"


def test_a_session_of_a_circle_counts_when_the_leader_and_one_other_say_so(org, alice):
    mentorship, who = circle(org, alice)
    answer(mentorship, who, "Maya Ann Ben Cem Dot Eva")
    with inside(org):
        Mentorship.objects.update(started_at=timezone.now() - timedelta(days=9))
    session = meeting(mentorship, who, "Maya Ann Ben Cem Dot Eva", days=-1)
    hour = timedelta(hours=1)
    with inside(org):
        log_session(session, report="held", length=hour, by=who["Ann"].member)
        session.refresh_from_db()
        assert session.status == "planned"
        log_session(session, report="held", length=hour, by=who["Maya"].member)
        session.refresh_from_db()
        assert (session.status, session.confirmation) == ("held", "both")
        # Who was not there says so for themselves.
        log_session(session, report="missed", length=None, by=who["Ben"].member)
        session.refresh_from_db()
        assert session.status == "held"


def test_a_meeting_of_an_event_is_booked_at_once_and_a_clash_is_told(org, alice):
    program = make_program(org, format="speed", created_by=alice)
    (maya,) = people(program, org, "Maya", role="mentor")
    ann, ben = people(program, org, "Ann", "Ben")
    at = datetime(2027, 1, 12, 9, tzinfo=UTC)
    meeting = services.Meeting(round=0, meets_at=at, meets_for=timedelta(minutes=10), meets_where="Amber")
    with inside(org):
        found = services.offer_group(program, seats=[(maya, "mentor"), (ann, "mentee")], meeting=meeting, by=alice)
        assert found.status == "active"
        session = Session.objects.get(mentorship=found)
        assert (session.starts_at, session.ends_at, session.place) == (at, at + timedelta(minutes=10), "Amber")
        assert letters("session_booked") == ["ann@northwind.example", "maya@northwind.example"]
    with inside(org), pytest.raises(ProgramProblem, match="Maya Osei can’t come at that time"):
        services.offer_group(program, seats=[(maya, "mentor"), (ben, "mentee")], meeting=meeting, by=alice)


@pytest.mark.django_db(transaction=True)
def test_two_who_offer_the_same_people_at_once_make_one_group(transactional_db):
    org = make_organisation()
    alice = make_member(org, "Alice", is_admin=True)
    program = make_program(org, format="peer")
    two = people(program, org, "Ann", "Ben", role="peer", capacity=0)
    outcomes, ready = [], threading.Barrier(2)

    def offer():
        ready.wait()
        try:
            with organisation_scope(org), inside(org):
                services.offer_group(program, seats=[(each, "peer") for each in two], by=alice)
            outcomes.append("offered")
        except AlreadyMatched:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=offer) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["offered", "too late"]


def test_the_page_of_a_group_shows_its_people_in_their_parts_and_lets_one_leave(org, alice):
    program = make_program(org, format="circle", created_by=alice)
    maya, ann = make_member(org, "Maya"), make_member(org, "Ann")
    leader, one = enrol(program, maya, "mentor", capacity=6), enrol(program, ann, "mentee")
    rest = people(program, org, "Ben", "Cem", "Dot", "Eva")
    with inside(org):
        group = services.offer_group(
            program, name="Circle of Maya", seats=[(each, each.role) for each in (leader, one, *rest)], by=alice
        )
    page = f"/o/northwind/mentorships/{group.pk}/"
    client = Client()
    client.force_login(ann.user)
    text = client.get(page, follow=True).content.decode()
    assert "Would you like to join Circle of Maya?" in text
    assert "Circle mentor" in text
    answer = client.post(page + "answer/", {"answer": "yes"}, follow=True)
    assert "as soon as enough of you have said yes" in answer.content.decode()
    answer = client.post(page + "end/", {"reason": "No time", "lessons": ""}, follow=True)
    assert "You have left, and nobody is to blame." in answer.content.decode()
    assert client.get(page).status_code == 404
    fresh(group)
    assert group.status == "offered"


def test_two_who_both_want_to_meet_again_are_offered_to_each_other(org, alice):
    program = make_program(org, format="speed", created_by=alice)
    maya, ann = make_member(org, "Maya"), make_member(org, "Ann")
    one, other = enrol(program, maya, "mentor", capacity=1), enrol(program, ann, "mentee")
    at = timezone.now() + timedelta(hours=1)
    with inside(org):
        met = services.offer_group(
            program,
            seats=[(one, "mentor"), (other, "mentee")],
            meeting=services.Meeting(0, at, timedelta(minutes=10)),
            by=alice,
        )
        with pytest.raises(ProgramProblem, match="once you have met"):
            services.meet_again(part(met, one), wants=True, by=maya)
        Mentorship.objects.update(meets_at=timezone.now() - timedelta(hours=1))
        assert services.meet_again(part(met, one), wants=True, by=maya) is None
        assert services.meet_again(part(met, one), wants=False, by=maya) is None
        assert services.meet_again(part(met, one), wants=True, by=maya) is None
    client = Client()
    client.force_login(ann.user)
    page = client.get(f"/o/northwind/mentorships/{met.pk}/").content.decode()
    assert "Would you like to meet again?" in page
    assert "You have said yes." not in page
    answer = client.post(f"/o/northwind/mentorships/{met.pk}/again/", {"again": "1"}, follow=True)
    assert "Both of you would like to." in answer.content.decode()
    with inside(org):
        pair = Mentorship.objects.get(round=None)
        assert pair.status == "offered"
        assert {each.enrolment_id for each in pair.participants.all()} == {one.pk, other.pk}


def test_a_circle_is_completed_by_who_leads_it_and_not_by_one_of_its_members(org, alice):
    program = make_program(org, format="circle", created_by=alice)
    maya, ann = make_member(org, "Maya"), make_member(org, "Ann")
    leader, one = enrol(program, maya, "mentor", capacity=6), enrol(program, ann, "mentee")
    rest = people(program, org, "Ben", "Cem", "Dot", "Eva")
    with inside(org):
        group = services.offer_group(
            program, name="Early birds", seats=[(each, each.role) for each in (leader, one, *rest)], by=alice
        )
    who = {each.member.given_name: each for each in (leader, one, *rest)}
    assert answer(group, who, " ".join(who)) == "active"
    page = f"/o/northwind/mentorships/{group.pk}/"
    hers, theirs = Client(), Client()
    hers.force_login(ann.user)
    theirs.force_login(maya.user)
    assert "Complete the mentorship" not in hers.get(page).content.decode()
    assert hers.get(page + "complete/").status_code == 403
    assert hers.post(page + "complete/").status_code == 403
    assert "Is Early birds complete?" in theirs.get(page + "complete/").content.decode()
    assert theirs.post(page + "complete/").url == page + "closing/"
    assert fresh(group).status == "completed"
    assert "Early birds is complete." in hers.get(page + "closing/").content.decode()
