"""The good end: a look back by each, thanks, and what comes after."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Skill
from mentoring.outbox.models import Message
from programs import services
from programs.models import ClosingReview, EnrolmentSkill, Goal, Mentorship
from programs.services import closing, lifelines
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import make_program, meet

TODAY = timezone.now().date()


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo")


@pytest.fixture
def mentorship(program, maya, theo):
    return make_mentorship(maya, theo, program=program, planned_end=TODAY + timedelta(days=100))


@pytest.fixture
def goal(org, mentorship, theo):
    with inside(org):
        return Goal.objects.create(mentorship=mentorship, owner=theo, text="Speak", measure="talks")


@pytest.fixture
def skill(org, mentorship):
    with inside(org):
        skill = Skill.objects.create(name="Speaking", key="speaking")
        mentee = mentorship.participants.get(role="mentee").enrolment
        EnrolmentSkill.objects.create(enrolment=mentee, skill=skill)
        return skill


def test_everybody_is_asked_once_two_weeks_before(org, mentorship, theo, maya):
    with inside(org):
        assert closing.ask_for_reviews(on=TODAY + timedelta(days=85)) == 0
        assert closing.ask_for_reviews(on=TODAY + timedelta(days=86)) == 2
        assert closing.ask_for_reviews(on=TODAY + timedelta(days=87)) == 0
        assert set(Message.objects.filter(kind="closing_review").values_list("recipient", flat=True)) == {
            "maya@northwind.example", "theo@northwind.example",
        }  # fmt: skip


def test_a_short_one_is_asked_in_its_last_quarter_and_a_paused_one_not(org, mentorship):
    with inside(org):
        # It began 30 days ago: 40 days long, the last ten of them.
        Mentorship.objects.update(planned_end=TODAY + timedelta(days=10))
        mentorship.refresh_from_db()
        assert not closing.nears_end(mentorship, on=TODAY - timedelta(days=1))
        assert closing.nears_end(mentorship, on=TODAY)
        Mentorship.objects.update(paused_at=timezone.now())
        assert closing.ask_for_reviews(on=TODAY) == 0


def test_who_has_looked_back_is_not_asked(org, mentorship, theo):
    with inside(org):
        closing.write_review(mentorship, closing.LookBack(went_well="All"), by=theo)
        assert closing.ask_for_reviews(on=TODAY + timedelta(days=90)) == 1
        assert Message.objects.get(kind="closing_review").recipient == "maya@northwind.example"


# Where people come on any day, each mentorship has a last day of its own.

BEGUN = datetime(2026, 11, 2, 9, tzinfo=UTC)


def begun(alice, *, hired_on=date(2020, 1, 6), **fields):
    program = make_program(alice, **fields)
    with inside(program.organisation):
        pair = [
            services.enrol(program, member, role=role, by=alice, skills=["Python"], at=BEGUN)
            for role, member in (
                ("mentor", make_member(program.organisation, "Gus")),
                ("mentee", make_member(program.organisation, "Nia", hired_on=hired_on)),
            )
        ]
        offered = services.offer_mentorship(program, mentor=pair[0], mentee=pair[1], by=alice, at=BEGUN)
        for part in offered.participants.all():
            services.accept(part, by=part.enrolment.member, at=BEGUN)
        return Mentorship.objects.get()


@pytest.mark.parametrize(
    ("fields", "last_day"),
    [
        ({"format": "onboarding"}, date(2027, 1, 31)),
        ({"format": "network"}, date(2027, 11, 1)),
        ({"rolling": True}, date(2027, 5, 3)),
        ({"rolling": True, "format_settings": {"days": 70}}, date(2027, 1, 11)),
        ({"rolling": True, "ends_on": date(2030, 1, 1)}, date(2027, 5, 3)),
        # Nobody goes on beyond the programme, and what is open-ended stays so.
        ({"rolling": True, "ends_on": date(2027, 3, 1)}, None),
        ({"ends_on": date(2027, 3, 1)}, None),
        ({}, None),
    ],
)
def test_it_is_meant_to_end_once_its_length_is_over(org, alice, fields, last_day):
    with time_machine.travel(BEGUN, tick=False):
        assert begun(alice, **fields).planned_end == last_day


def test_ninety_days_count_from_the_first_at_work_and_then_all_look_back(org, alice):
    with time_machine.travel(BEGUN, tick=False):
        mentorship = begun(alice, format="onboarding", hired_on=date(2026, 12, 1))
    with inside(org):
        assert mentorship.planned_end == date(2027, 3, 1)
        assert not closing.nears_end(mentorship, on=date(2027, 2, 14))
        assert closing.ask_for_reviews(on=date(2027, 2, 15)) == 2


def test_how_long_each_is_meant_to_take_is_said(alice, sign_in, url):
    page = sign_in(alice).get(url("detail", make_program(alice, format="onboarding").pk)).content.decode()
    assert "3 months from the day on which it begins" in page
    page = sign_in(alice).get(url("detail", make_program(alice).pk)).content.decode()
    assert "from the day on which it begins" not in page


def test_when_the_end_is_put_off_all_are_asked_again(org, mentorship, theo, maya):
    # Whatever the hour is now: a day begins at another in summer.
    noon = datetime.combine(TODAY, time(12), tzinfo=UTC)
    first, later = TODAY + timedelta(days=5), TODAY + timedelta(days=185)
    with time_machine.travel(noon), inside(org):
        Mentorship.objects.update(planned_end=first)
        assert closing.ask_for_reviews() == 2
        closing.write_review(mentorship, closing.LookBack(went_well="All"), by=theo)
    with time_machine.travel(noon + timedelta(hours=1)), inside(org):
        lifelines.extend(mentorship, to=later, by=maya)
        assert closing.ask_for_reviews() == 0
    with time_machine.travel(noon + timedelta(days=170)), inside(org):
        assert closing.ask_for_reviews() == 0
    with time_machine.travel(noon + timedelta(days=175)), inside(org):
        assert closing.ask_for_reviews() == 2
        assert closing.ask_for_reviews() == 0
        closing.write_review(mentorship, closing.LookBack(went_well="More"), by=theo)
        Message.objects.filter(kind="closing_review").delete()
        assert closing.ask_for_reviews() == 1


def test_a_few_days_more_are_no_reason_to_ask_again(org, mentorship, maya):
    with inside(org):
        Mentorship.objects.update(planned_end=TODAY + timedelta(days=5))
        assert closing.ask_for_reviews() == 2
        lifelines.extend(mentorship, to=TODAY + timedelta(days=7), by=maya)
        assert closing.ask_for_reviews() == 0


def form(goal, skill, **fields):
    return {
        "went_well": "We met", "otherwise": "Earlier", "thanks": "Thank you, Maya", "would_mentor": "yes",
        f"goal_{goal.pk}": "reached", f"score_{goal.pk}": "9", f"before_{skill.pk}": "2", f"after_{skill.pk}": "4",
    } | fields  # fmt: skip


def test_the_page_closes_goals_and_keeps_gains(org, mentorship, goal, skill, theo, maya, alice, sign_in, url):
    mine = sign_in(theo)
    mine.post(url("closing", mentorship.pk), form(goal, skill))
    with inside(org):
        review = ClosingReview.objects.get()
        assert review.skills_gained == [{"skill": skill.pk, "before": 2, "after": 4}]
        assert (review.thanks, review.would_mentor) == ("Thank you, Maya", True)
        goal.refresh_from_db()
        assert (goal.status, goal.score) == ("reached", 9)
    page = sign_in(maya).get(url("closing", mentorship.pk)).content.decode()
    assert "Theo Osei looks back" in page
    assert "from 2 to 4 of 5" in page
    # What was written is there to be changed.
    assert "We met" in mine.get(url("closing", mentorship.pk)).content.decode()
    assert sign_in(alice).get(url("closing", mentorship.pk)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"goal_{goal}": "", "score_{goal}": "3"}, "Say how it ended as well."),
        ({"score_{goal}": "11"}, "Ensure this value is less than or equal to 10."),
        ({"after_{skill}": ""}, "Give both, or neither."),
        ({"before_{skill}": "6"}, "6 is not one of the available choices"),
        ({"thanks": "x" * 1001}, "at most 1000 characters"),
    ],
)
def test_errors_lose_nothing(org, mentorship, goal, skill, theo, sign_in, url, fields, said):
    fields = {name.format(goal=goal.pk, skill=skill.pk): value for name, value in fields.items()}
    answer = sign_in(theo).post(url("closing", mentorship.pk), form(goal, skill, **fields))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Earlier" in answer.content.decode()
    with inside(org):
        assert not ClosingReview.objects.exists()


def test_completing_thanks_everybody_in_the_words_of_the_others(org, mentorship, theo, maya, sign_in, url):
    meet(mentorship)
    with inside(org):
        closing.write_review(mentorship, closing.LookBack(thanks="You listened"), by=theo)
    answer = sign_in(maya).post(url("mentorship_complete", mentorship.pk))
    assert answer.url == url("closing", mentorship.pk)
    with inside(org):
        letters = {letter.recipient: letter.text for letter in Message.objects.filter(kind="mentorship_thanks")}
    assert "You listened" in letters["maya@northwind.example"]
    assert "You listened" not in letters["theo@northwind.example"]
    assert "Become a mentor" in letters["theo@northwind.example"]
    assert "Become a mentor" not in letters["maya@northwind.example"]
    page = sign_in(theo).get(url("closing", mentorship.pk)).content.decode()
    assert "Download the certificate" in page
    assert "Become a mentor" in page


def test_a_programme_that_closes_thanks_everybody_in_the_words_of_the_others(org, program, mentorship, theo, alice):
    meet(mentorship)
    with inside(org):
        closing.write_review(mentorship, closing.LookBack(thanks="You listened"), by=theo)
        services.close_program(program, by=alice)
        letters = {letter.recipient: letter.text for letter in Message.objects.filter(kind="mentorship_thanks")}
    assert sorted(letters) == ["maya@northwind.example", "theo@northwind.example"]
    assert "You listened" in letters["maya@northwind.example"]
    assert "Your certificate is ready" in letters["maya@northwind.example"]
    assert f"/mentorships/{mentorship.pk}/mentor-next/" in letters["theo@northwind.example"]
    assert "mentor-next" not in letters["maya@northwind.example"]


def test_an_event_that_closes_and_history_that_is_brought_along_write_no_thanks(org, program, maya, theo, alice):
    make_mentorship(maya, theo, program=program, round=1)
    autumn = make_program(alice, name="Autumn")
    make_mentorship(maya, theo, program=autumn)
    with inside(org):
        services.close_program(program, by=alice)
        services.close_program(autumn, by=alice, at=timezone.now())
        assert set(Mentorship.objects.values_list("status", flat=True)) == {"completed"}
        assert not Message.objects.filter(kind="mentorship_thanks").exists()


def test_one_click_to_sign_up_as_a_mentor(org, program, mentorship, theo, alice, sign_in, url):
    mine = sign_in(theo)
    assert "No programme is looking for mentors now" in mine.get(url("mentor_next", mentorship.pk)).content.decode()
    other = make_program(alice, name="Autumn")
    assert mine.get(url("mentor_next", mentorship.pk)).url == url("join", other.pk, query="?role=mentor")


def test_the_board_shows_names_programme_and_role_unless_one_does_not_want_it(
    org, mentorship, theo, maya, bob, sam, sign_in, url
):
    assert "Nobody yet" in sign_in(bob).get(url("recognition")).content.decode()
    meet(mentorship)
    with inside(org):
        services.complete_mentorship(mentorship, by=theo)
    page = sign_in(bob).get(url("recognition")).content.decode()
    assert "Theo Osei" in page
    assert "Maya Osei" in page
    assert "Spring mentoring" in page
    sign_in(theo).post(url("recognition"), {"shown": "0"})
    page = sign_in(bob).get(url("recognition")).content.decode()
    assert "Theo Osei" not in page
    assert "Maya Osei" in page
    sign_in(theo).post(url("recognition"), {"shown": "1"})
    assert "Theo Osei" in sign_in(bob).get(url("recognition")).content.decode()
    assert sign_in(sam).get(url("recognition")).status_code == 404


def test_only_those_in_it_look_back(org, mentorship, alice):
    with inside(org):
        with pytest.raises(PermissionDenied):
            closing.write_review(mentorship, closing.LookBack(), by=alice)


def completed(org, mentor, mentee, program, *, days_ago):
    mentorship = make_mentorship(mentor, mentee, program=program, started_at=timezone.now() - timedelta(days=90))
    meet(mentorship, after=timedelta(days=days_ago))
    with inside(org):
        services.complete_mentorship(mentorship, by=mentor, at=timezone.now() - timedelta(days=days_ago))


def names_on_board(**limit):
    found = closing.recognised(**limit)
    return [(each["program"], [role["names"] for role in each["roles"]]) for each in found.programs], found.is_cut


def test_who_does_not_want_to_be_shown_is_not_in_a_later_programme_either(org, program, maya, theo, alice):
    completed(org, maya, theo, program, days_ago=9)
    with inside(org):
        closing.show_on_board(theo, shown=False, by=theo)
    completed(org, maya, theo, make_program(alice, name="Autumn"), days_ago=2)
    with inside(org):
        assert not closing.is_shown(theo)
        assert names_on_board() == ([("Autumn", [["Maya Osei"]]), ("Spring mentoring", [["Maya Osei"]])], False)
        closing.show_on_board(theo, shown=True, by=theo)
        assert names_on_board()[0][0] == ("Autumn", [["Theo Osei"], ["Maya Osei"]])


def test_the_newest_come_first_and_what_is_left_out_is_said(org, program, maya, theo, bob, alice, sign_in, url):
    completed(org, maya, theo, program, days_ago=2)
    completed(org, maya, bob, make_program(alice, name="Autumn"), days_ago=9)
    with inside(org):
        assert names_on_board(limit=2) == ([("Spring mentoring", [["Theo Osei"], ["Maya Osei"]])], True)
        assert names_on_board(limit=4)[1] is False
    assert "are shown." not in sign_in(bob).get(url("recognition")).content.decode()
