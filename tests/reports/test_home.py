"""The one next action of each role, what waits, and what is coming."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext

from accounts.models import PeopleImport
from feedback.models import Pulse
from matching.models import MatchRun, Proposal
from programs.models import Enrolment, Mentorship, Participant
from reports.home import home_of
from sessions.models import Attendance, Session, WeeklyHours
from tests.people import inside, make_member, make_mentorship

from .conftest import NOON, enrol, make_people, make_program, pair

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADDRESS = "/o/northwind/"


@pytest.fixture
def ines(northwind):
    return make_member(northwind, "Ines", family_name="Adler")


@pytest.fixture
def tom(northwind):
    return make_member(northwind, "Tom", family_name="Brandt", time_zone="Europe/Berlin")


@pytest.fixture
def mentorship(ines, tom):
    return make_mentorship(ines, tom)


def meet(mentorship, *people, at, status="planned", **fields):
    with inside(mentorship.organisation):
        session = Session.objects.create(
            mentorship=mentorship, status=status, starts_at=at, ends_at=at + HOUR, zone_name="Europe/London", **fields
        )
        for person in people:
            Attendance.objects.create(session=session, member=person, during=DateTimeTZRange(at, at + HOUR))
    return session


def offer_hours(member):
    with inside(member.organisation):
        WeeklyHours.objects.create(member=member, weekday=1, start_minute=540, end_minute=720)


def home(member):
    with inside(member.organisation):
        return home_of(member)


def next_step(member):
    step = home(member).next_step
    return step.key, step.title, step.url


def keys(actions):
    return [action.key for action in actions]


class TestTakingPart:
    """What a mentor or mentee does next, in the order in which one thing gives way to another."""

    def test_nothing_is_open(self, tom):
        assert next_step(tom) == ("nothing", "Nothing waits for you", "/o/northwind/profile/")
        assert home(tom).waiting == []

    def test_a_programme_to_join(self, tom, northwind):
        program = make_program(northwind, status="open")
        assert next_step(tom) == (
            "join", "Take part in Growing together", f"/o/northwind/programmes/{program.pk}/sign-up/",
        )  # fmt: skip
        second = make_program(northwind, "Second", status="open")
        assert [each.pk for each in home(tom).joinable] == [program.pk]
        assert home(tom).next_step.url == f"/o/northwind/programmes/{second.pk}/sign-up/"

    @pytest.mark.parametrize(
        ("status", "key", "title"),
        [
            ("applied", "enrolled_applied", "Your sign-up for Growing together is with the programme admin"),
            ("waiting", "enrolled_waiting", "You are on the waiting list of Growing together"),
            ("active", "enrolled_active", "You are enrolled in Growing together"),
        ],
    )
    def test_where_a_sign_up_stands(self, tom, northwind, status, key, title):
        program = make_program(northwind, status="open")
        enrol(program, [tom], "mentee", status=status)
        assert next_step(tom) == (key, title, f"/o/northwind/programmes/{program.pk}/")

    def test_an_offer_to_answer(self, ines, tom, northwind):
        mentorship = make_mentorship(ines, tom, status="offered", started_at=None)
        with inside(northwind):
            Participant.objects.update(response="pending")
        address = f"/o/northwind/mentorships/{mentorship.pk}/answer/"
        assert next_step(tom) == ("answer", "Ines Adler is suggested as your mentor", address)
        assert next_step(ines) == ("answer", "Will you mentor Tom Brandt?", address)
        with inside(northwind):
            Participant.objects.filter(role="mentee").update(response="accepted")
        assert next_step(tom)[:2] == ("accepted", "You said yes to Ines Adler")

    def test_a_first_and_a_next_session_to_book(self, mentorship, ines, tom):
        offer_hours(ines)
        address = f"/o/northwind/sessions/book/{mentorship.pk}/"
        assert next_step(tom) == ("book", "Book your first session with Ines Adler", address)
        meet(mentorship, ines, tom, at=NOON - 20 * DAY, status="held")
        assert next_step(tom) == ("book", "Book your next session with Ines Adler", address)
        assert next_step(ines) == ("book", "Book your next session with Tom Brandt", address)
        assert home(tom).next_step.text == "You last met on Monday 2 November."

    def test_a_day_of_another_year_is_said_with_its_year(self, mentorship, ines, tom):
        offer_hours(ines)
        meet(mentorship, ines, tom, at=NOON.replace(year=2025, month=12, day=15), status="held")
        assert home(tom).next_step.text == "You last met on Monday 15 December 2025."

    def test_nobody_is_asked_about_a_session_of_long_ago(self, mentorship, ines, tom):
        meet(mentorship, ines, tom, at=NOON - 91 * DAY, status="planned")
        assert next_step(tom)[0] != "log"
        meet(mentorship, ines, tom, at=NOON - 89 * DAY, status="planned")
        assert next_step(tom)[1] == "Did you meet Ines Adler on Tuesday 25 August?"

    def test_the_days_of_a_guide_are_those_of_the_organisation_wherever_one_is(self, northwind, ines):
        far = make_member(northwind, "Ana", time_zone="Pacific/Auckland")
        program = make_program(northwind, format="onboarding")
        # In Auckland it is the 16th already.
        make_mentorship(ines, far, program=program, started_at=NOON.replace(day=15, hour=20))
        assert home(far).next_step.text == "Day 1, a good one to meet on, was Sunday 15 November."

    def test_a_mentor_without_hours_offers_some(self, mentorship, ines):
        assert next_step(ines) == ("hours", "Say when you have time", "/o/northwind/sessions/availability/")

    def test_a_pulse_to_give_comes_before_booking(self, mentorship, ines, tom, northwind):
        session = meet(mentorship, ines, tom, at=NOON - 2 * DAY, status="held")
        address = f"/o/northwind/sessions/{session.pk}/pulse/"
        assert next_step(tom) == ("pulse", "How was your session with Ines Adler?", address)
        assert keys(home(tom).waiting) == ["book"]
        with inside(northwind):
            Pulse.objects.create(session=session, member=tom, useful=4, understood=4)
        assert next_step(tom)[0] == "book"

    def test_a_past_session_to_log_comes_before_a_pulse(self, mentorship, ines, tom):
        session = meet(mentorship, ines, tom, at=NOON - 3 * HOUR)
        meet(mentorship, ines, tom, at=NOON - 2 * DAY, status="held")
        address = f"/o/northwind/sessions/{session.pk}/log/"
        assert next_step(tom) == ("log", "Did you meet Ines Adler on Sunday 22 November?", address)
        # The next session is booked when it is known how this one went.
        assert keys(home(tom).waiting) == ["pulse"]

    def test_an_offer_comes_before_everything(self, mentorship, ines, tom, northwind):
        meet(mentorship, ines, tom, at=NOON - 3 * HOUR)
        uma = make_member(northwind, "Uma")
        make_mentorship(uma, tom, program=make_program(northwind, "Second"), status="offered", started_at=None)
        with inside(northwind):
            Participant.objects.filter(mentorship__status="offered").update(response="pending")
        assert next_step(tom)[0] == "answer"
        assert keys(home(tom).waiting) == ["log"]

    def test_with_all_done_the_next_session_is_told(self, mentorship, ines, tom):
        # 23:30 in London is the next day in Berlin.
        session = meet(mentorship, ines, tom, at=NOON + 11 * HOUR + HOUR / 2)
        step = home(tom).next_step
        assert (step.key, step.url) == ("next_session", f"/o/northwind/sessions/{session.pk}/")
        assert step.title == "You are all set for your session with Ines Adler"
        assert step.text == "It is on Monday 23 November. Nothing else waits for you."

    def test_what_is_coming_and_how_each_mentorship_goes(self, mentorship, ines, tom, northwind):
        with inside(northwind):
            # 30 days ago until in 40 days, every second week: 5 sessions.
            program = mentorship.program
            program.ends_on = (NOON + 40 * DAY).date()
            program.save()
        for days in (20, 6):
            meet(mentorship, ines, tom, at=NOON - days * DAY, status="held")
        meet(mentorship, ines, tom, at=NOON - 7 * DAY, status="cancelled")
        session = meet(mentorship, ines, tom, at=NOON + 2 * DAY, topic="First steps")
        meet(mentorship, ines, tom, at=NOON + 9 * DAY)
        (each,) = home(tom).part.partnerships
        assert (each.names, each.is_mentor, each.held, each.expected) == ("Ines Adler", False, 2, 5)
        assert (each.last_at, each.next_at) == (NOON - 6 * DAY, NOON + 2 * DAY)
        coming = home(tom).upcoming
        assert [meeting.starts_at for meeting in coming] == [NOON + 2 * DAY, NOON + 9 * DAY]
        assert (coming[0].pk, coming[0].names, coming[0].topic) == (session.pk, "Ines Adler", "First steps")
        assert coming[0].other_zone == "Europe/London"

    def test_an_ended_mentorship_asks_for_nothing(self, mentorship, ines, tom, northwind):
        with inside(northwind):
            Mentorship.objects.update(status="ended", ended_at=NOON)
            Enrolment.objects.update(status="withdrawn")
        assert next_step(tom)[0] == "nothing"
        assert home(tom).part.partnerships == []


class TestRunning:
    """What those who run programmes do next, from an empty organisation on."""

    def test_no_people(self, olga):
        assert next_step(olga) == ("import", "Bring in your people", "/o/northwind/people/import/")
        assert keys(home(olga).waiting) == ["launch"]

    def test_an_import_to_confirm(self, olga, northwind):
        with inside(northwind):
            found = PeopleImport.objects.create(
                file_name="people.csv", content=b"", status="planned", counts={"create": 2, "same": 3}
            )
        assert next_step(olga) == (
            "confirm_import", "Confirm the import of people.csv", f"/o/northwind/people/import/{found.pk}/",
        )  # fmt: skip
        with inside(northwind):
            PeopleImport.objects.update(counts={"same": 5})
        assert next_step(olga)[0] == "import"
        with inside(northwind):
            PeopleImport.objects.update(counts={"change": 1}, uploaded_at=NOON - 8 * DAY)
        assert next_step(olga)[0] == "import"

    def test_no_programme(self, olga, northwind):
        make_people(northwind, 3)
        assert next_step(olga) == ("launch", "Launch your first programme", "/o/northwind/programmes/new/")
        assert keys(home(olga).waiting) == ["invite"]

    def test_admins_do_not_invite_owners_do(self, adam, northwind):
        make_people(northwind, 3)
        assert keys(home(adam).waiting) == []

    def test_a_draft_to_finish(self, adam, northwind):
        make_people(northwind, 3)
        draft = make_program(northwind, status="draft", wizard_step="matching")
        address = f"/o/northwind/programmes/{draft.pk}/wizard/matching/"
        assert next_step(adam) == ("draft", "Finish Growing together", address)
        assert home(adam).running.launched == []

    def test_nobody_has_signed_up(self, adam, northwind):
        make_people(northwind, 3)
        program = make_program(northwind, status="open")
        assert next_step(adam) == (
            "recruit", "Nobody can be matched in Growing together yet", f"/o/northwind/programmes/{program.pk}/",
        )  # fmt: skip

    @pytest.fixture
    def program(self, northwind):
        """Two mentors and three mentees who are enrolled, and two who ask for a place."""
        program = make_program(northwind, status="open")
        enrol(program, make_people(northwind, 2), "mentor")
        enrol(program, make_people(northwind, 3), "mentee")
        enrol(program, make_people(northwind, 2), "mentee", status="applied", joined_at=None)
        return program

    def propose(self, program, number):
        with inside(program.organisation):
            mentor = program.enrolments.mentors().first()
            for mentee in program.enrolments.mentees().active()[:number]:
                Proposal.objects.create(program=program, mentor=mentor, mentee=mentee)

    def test_sign_ups_to_approve_come_before_matching(self, adam, program, northwind):
        assert next_step(adam) == (
            "approve", "2 sign-ups to approve", f"/o/northwind/programmes/{program.pk}/people/",
        )  # fmt: skip
        assert keys(home(adam).waiting) == ["match"]
        with inside(northwind):
            Enrolment.objects.filter(status="applied").update(status="declined")
        assert next_step(adam)[:2] == ("match", "Find mentors for 3 mentees")

    def test_mentorships_at_risk_are_counted_and_led_to(self, adam, northwind):
        program = make_program(northwind)
        mentors = enrol(program, make_people(northwind, 3), "mentor")
        mentees = enrol(program, make_people(northwind, 3), "mentee")
        # Two that have not met for twice their rhythm, and one that has only begun.
        for number in range(3):
            pair(program, mentors[number], mentees[number], started_at=NOON - (DAY if number == 2 else 60 * DAY))
        found = home(adam)
        assert (found.next_step.key, found.next_step.title) == ("at_risk", "2 mentorships are at risk")
        assert found.next_step.url == f"/o/northwind/programmes/{program.pk}/relationships/"
        # An admin is never told of their own: somebody may have asked for somebody else.
        with inside(northwind):
            mentees[0].member = adam
            mentees[0].save()
        cache.clear()
        found = home(adam)
        assert [each.title for each in found.waiting if each.key == "at_risk"] == ["1 mentorship is at risk"]

    def test_proposals_to_review_come_before_a_new_run(self, adam, program, northwind):
        with inside(northwind):
            Enrolment.objects.filter(status="applied").update(status="declined")
        self.propose(program, 2)
        assert next_step(adam)[:2] == ("publish", "Review 2 proposed matches")
        assert [action.title for action in home(adam).waiting] == ["Find a mentor for 1 mentee"]

    def test_whoever_a_run_left_over_is_explained(self, adam, program, northwind):
        with inside(northwind):
            Enrolment.objects.filter(status="applied").update(status="declined")
            MatchRun.objects.create(program=program, started_at=NOON - DAY, finished_at=NOON - DAY)
        assert next_step(adam)[:2] == ("unmatched", "3 mentees are without a mentor")
        # Somebody who joined after the run has not been looked at.
        enrol(program, make_people(northwind, 1), "mentee", joined_at=NOON)
        assert next_step(adam)[:2] == ("match", "Find mentors for 4 mentees")

    def test_the_table_of_programmes(self, adam, program, northwind, ines, tom):
        mentorship = make_mentorship(ines, tom, program=program)
        meet(mentorship, ines, tom, at=NOON - 29 * DAY, status="held")
        meet(mentorship, ines, tom, at=NOON - 31 * DAY, status="held")
        meet(mentorship, ines, tom, at=NOON - 3 * DAY, status="missed")
        make_program(northwind, "Closed", status="closed")
        (row,) = home(adam).running.launched
        assert (row.mentors, row.mentees, row.active, row.held_lately) == (3, 4, 1, 1)
        assert row.unmatched == 3

    def test_own_mentoring_comes_first_where_somebody_waits(self, program, northwind):
        ada = make_member(northwind, "Ada", is_admin=True)
        mentorship = make_mentorship(ada, make_member(northwind, "Tom"), program=program)
        assert next_step(ada)[0] == "approve"
        assert keys(home(ada).waiting) == ["match", "hours"]
        meet(mentorship, ada, at=NOON - 3 * HOUR)
        assert next_step(ada)[0] == "log"

    def test_long_lists_are_cut(self, adam, northwind):
        for number in range(8):
            program = make_program(northwind, f"Programme {number}", status="open")
            enrol(program, make_people(northwind, 1), "mentee", status="applied", joined_at=None)
        found = home(adam)
        assert len(found.waiting) == 6
        # Eight sign-ups and eight programmes without mentors, less the next step and the six.
        assert found.waiting_more == 9

    def test_all_is_done(self, adam, northwind):
        make_people(northwind, 1)
        make_program(northwind)
        assert next_step(adam) == ("health", "Nothing waits for you", "/o/northwind/reports/programmes/")


def test_hr_opens_the_reports(hanna):
    assert next_step(hanna) == ("report", "See who takes part, and who stays", "/o/northwind/reports/")
    assert home(hanna).running is None


class TestPage:
    def test_a_mentees_page(self, client, mentorship, ines, tom):
        offer_hours(ines)
        meet(mentorship, ines, tom, at=NOON + 2 * DAY, topic="First <steps>")
        client.force_login(tom.user)
        page = client.get(ADDRESS)
        assert page.status_code == 200
        content = page.content.decode()
        assert content.count('class="next-step"') == 1
        assert "Hello Tom" in content
        assert "Tuesday 24 November 2026, 13:00 Berlin time" in content
        assert "12:00 London time for them" in content
        assert "First &lt;steps&gt;" in content
        assert "Your mentor" in content
        # Neither what others run nor what others read.
        for text in ("Your programmes", "Reports", "People"):
            assert text not in content

    def test_an_admins_page(self, client, adam, northwind):
        program = make_program(northwind, "A & B", status="open")
        client.force_login(adam.user)
        content = client.get(ADDRESS).content.decode()
        assert f'<a class="link" href="/o/northwind/programmes/{program.pk}/">A &amp; B</a>' in content
        assert 'href="/o/northwind/reports/programmes/"' in content

    def test_nobody_keeps_a_copy(self, client, tom):
        client.force_login(tom.user)
        assert "no-store" in client.get(ADDRESS)["Cache-Control"]

    def test_visitors_are_asked_to_sign_in(self, client, northwind):
        assert client.get(ADDRESS).url == "/accounts/login/?next=/o/northwind/"

    def test_strangers_hear_nothing_of_it(self, client, mallory, northwind):
        client.force_login(mallory.user)
        assert client.get(ADDRESS).status_code == 404

    def test_no_other_method(self, client, tom):
        client.force_login(tom.user)
        assert client.post(ADDRESS).status_code == 405

    def test_as_many_queries_for_much_as_for_little(self, client, northwind):
        ada = make_member(northwind, "Ada", is_admin=True, is_owner=True, is_hr=True)

        def grow(number):
            mentee = make_member(northwind, f"Mentee{number}")
            mentorship = make_mentorship(ada, mentee, program=make_program(northwind, f"N{number}", status="open"))
            meet(mentorship, ada, mentee, at=NOON + number * DAY)
            meet(mentorship, ada, mentee, at=NOON - number * DAY)
            meet(mentorship, ada, mentee, at=NOON - number * DAY - 3 * HOUR, status="held")
            enrol(mentorship.program, make_people(northwind, 2), "mentee")
            make_program(northwind, f"Open {number}", status="open")
            offered = make_mentorship(mentee, ada, program=make_program(northwind, f"M{number}"), status="offered")
            with inside(northwind):
                Participant.objects.filter(mentorship=offered).update(response="pending")

        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(ADDRESS).status_code == 200
            return len(captured)

        client.force_login(ada.user)
        grow(1)
        one = queries()
        grow(2)
        grow(3)
        assert queries() == one
        # Four of them, which judge who is at risk, come once in some minutes.
        assert one <= 38
