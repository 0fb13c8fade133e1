"""Who is at risk, said from facts, and what an admin can do for them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback import helping, standing
from feedback.models import Help, Pulse
from mentoring.outbox.models import Message
from programs.models import Enrolment, Goal, GoalProgress, Mentorship, Participant, Program
from sessions.services.nudging import nudge_quiet, quiet_mentorships
from tests.people import inside, make_member, make_mentorship, make_organisation

from .conftest import NOON, make_session

DAY = timedelta(days=1)


@pytest.fixture
def program(mentorship):
    with inside(mentorship.organisation):
        Mentorship.objects.filter(pk=mentorship.pk).update(started_at=NOON - 70 * DAY)
        return Program.objects.get(pk=mentorship.program_id)


def sentences(mentorship):
    with inside(mentorship.organisation):
        found = standing.standing_of(Mentorship.objects.get(pk=mentorship.pk))
        return found.health.state, [each["text"] for each in found.reasons]


def change(mentorship, **fields):
    with inside(mentorship.organisation):
        Mentorship.objects.filter(pk=mentorship.pk).update(**fields)


def listed(client, member, program, state=""):
    client.force_login(member.user)
    address = reverse("feedback:relationships", args=["northwind", program.pk])
    return client.get(f"{address}?state={state}" if state else address)


def test_in_words(program, mentorship, ines, tom):
    assert sentences(mentorship) == (
        "at_risk",
        [
            "They have not met since it began on 13 September 2026, and nothing is planned.",
            "They have set no goal yet.",
        ],
    )
    for ago in (6, 20, 34, 48):
        make_session(mentorship, ines, tom, ago=ago * DAY)
    make_session(mentorship, ines, tom, ago=-8 * DAY, status="planned")
    with inside(tom.organisation):
        goal = Goal.objects.create(
            mentorship=mentorship, owner=tom, text="Secret aim", measure="x", made_at=NOON - 60 * DAY
        )
        GoalProgress.objects.create(goal=goal, by=tom, at=NOON - 9 * DAY)
    assert sentences(mentorship) == (
        "well",
        [
            "They keep the rhythm: 4 confirmed sessions, 5 were due.",
            "The next session is on 30 November 2026.",
            "A goal last moved on 13 November 2026.",
        ],
    )


def test_quiet_and_written_to(program, mentorship, ines, tom):
    make_session(mentorship, ines, tom, ago=40 * DAY)
    with inside(tom.organisation):
        Message.objects.create(
            kind="mentorship_quiet", subject_ref=f"quiet:{mentorship.pk}:7", recipient="tom@x.example",
            written_at=NOON - 5 * DAY,
        )  # fmt: skip
    assert sentences(mentorship)[1][:2] == [
        "They last met on 13 October 2026, and nothing is planned.",
        "They were written to on 17 November 2026; nothing has happened since.",
    ]


def test_paused_ones_are_not_at_risk(client, program, mentorship, ines, olga):
    change(mentorship, paused_at=NOON)
    assert sentences(mentorship) == ("paused", ["It is paused."])
    assert "No mentorship is at risk." in listed(client, olga, program).content.decode()
    change(mentorship, paused_at=None)
    with inside(ines.organisation):
        Enrolment.objects.filter(member=ines).update(paused_at=NOON)
    assert sentences(mentorship)[0] == "paused"
    with inside(ines.organisation):
        Enrolment.objects.filter(member=ines).update(paused_at=None)
        Program.objects.update(paused_at=NOON)
    assert sentences(mentorship)[0] == "paused"


def test_an_offer_without_an_answer(program, mentorship, tom):
    change(mentorship, status="offered", started_at=None, offered_at=NOON - 5 * DAY, answer_by=NOON + DAY)
    with inside(tom.organisation):
        Participant.objects.filter(enrolment__member=tom).update(response="pending")
    assert sentences(mentorship) == (
        "at_risk", ["1 answer to the offer of 17 November 2026 is missing. It lapses on 23 November 2026."],
    )  # fmt: skip


def test_what_somebody_answered_is_no_part_of_it(program, mentorship, held, tom, ines):
    before = sentences(mentorship)
    with inside(tom.organisation):
        Pulse.objects.create(session=held, member=tom, useful=1, understood=1, counted_at=NOON)
    assert sentences(mentorship) == before


def test_the_page_lists_those_at_risk_first(client, program, mentorship, olga, ines, tom):
    page = listed(client, olga, program).content.decode()
    assert "Ines Adler &amp; Tom Brandt" in page or "Tom Brandt &amp; Ines Adler" in page
    assert "They have not met since it began on 13 September 2026" in page
    assert "Secret" not in page
    assert listed(client, olga, program, "well").status_code == 200
    assert "There is none of these now." in listed(client, olga, program, "well").content.decode()


def test_who_is_in_one_does_not_see_it_there(client, program, mentorship, tom):
    with inside(tom.organisation):
        tom.is_admin = True
        tom.save(update_fields=["is_admin"])
    assert "No mentorship to look after yet" in listed(client, tom, program).content.decode()
    client.force_login(tom.user)
    assert client.get(reverse("feedback:help", args=["northwind", mentorship.pk])).status_code == 404


def test_one_click_reminds_both_and_is_written_down(client, program, mentorship, olga):
    client.force_login(olga.user)
    address = reverse("feedback:help", args=["northwind", mentorship.pk])
    assert client.post(address, {"do": "nudge"}).status_code == 302
    # By accident once more.
    again = client.post(address, {"do": "nudge"}, follow=True).content.decode()
    assert "That was done on 22 November." in again
    assert "Reminded both" in again
    with inside(olga.organisation):
        letters = list(Message.objects.order_by("recipient").values_list("kind", "recipient", "subject"))
        assert Help.objects.count() == 1
    assert letters == [
        ("mentorship_nudge", "ines@northwind.example", "How are you and Tom Brandt getting on?"),
        ("mentorship_nudge", "tom@northwind.example", "How are you and Ines Adler getting on?"),
    ]


def test_after_a_week_they_may_be_reminded_again(program, mentorship, olga, clock):
    with inside(olga.organisation):
        helping.nudge(mentorship, by=olga)
    clock.shift(8 * DAY)
    with inside(olga.organisation):
        helping.nudge(mentorship, by=olga)
        assert Help.objects.count() == 2


def test_a_talk_is_offered_with_a_note(client, program, mentorship, olga):
    client.force_login(olga.user)
    address = reverse("feedback:help", args=["northwind", mentorship.pk])
    empty = client.post(address, {"do": "talk", "note": " "})
    assert empty.status_code == 422
    assert "error-summary" in empty.content.decode()
    client.post(address, {"do": "talk", "note": "Thursday after two?"})
    with inside(olga.organisation):
        letter = Message.objects.get(recipient="tom@northwind.example")
        assert letter.subject == "Olga Osei offers a talk about your mentorship"
        assert letter.headers["Reply-To"] == "olga@northwind.example"
        assert "Thursday after two?" in letter.text
        assert list(Help.objects.values_list("kind", "note")) == [("talk", "Thursday after two?")]
    refused = client.post(address, {"do": "talk", "note": "Or Friday?"})
    assert refused.status_code == 422
    assert "Or Friday?" in refused.content.decode()


def test_another_match_leads_to_the_end_and_is_written_down_once(client, program, mentorship, olga):
    client.force_login(olga.user)
    address = reverse("feedback:help", args=["northwind", mentorship.pk])
    for _twice in range(2):
        assert client.post(address, {"do": "rematch"}).url == f"/o/northwind/mentorships/{mentorship.pk}/end/"
    with inside(olga.organisation):
        assert list(Help.objects.values_list("kind", flat=True)) == ["rematch"]
        assert Mentorship.objects.get(pk=mentorship.pk).status == "active"


def test_nobody_is_reminded_in_a_pause(program, mentorship, olga):
    change(mentorship, paused_at=NOON)
    with inside(olga.organisation), pytest.raises(helping.HelpProblem):
        helping.nudge(mentorship, by=olga)


def test_only_admins_help(client, program, mentorship, tom, northwind):
    hanna = make_member(northwind, "Hanna", is_hr=True)
    mallory = make_member(make_organisation("initech"), "Mallory", is_admin=True)
    addresses = [
        reverse("feedback:relationships", args=["northwind", program.pk]),
        reverse("feedback:help", args=["northwind", mentorship.pk]),
    ]
    for member, status in ((tom, 403), (hanna, 403), (mallory, 404)):
        client.force_login(member.user)
        assert [client.get(address).status_code for address in addresses] == [status, status]
        assert client.post(addresses[1], {"do": "nudge"}).status_code == status
    assert client.put(addresses[1]).status_code in (404, 405)


def test_as_many_questions_for_one_as_for_four(program, mentorship, olga, northwind):
    with inside(northwind):
        with CaptureQueriesContext(connection) as one:
            standing.complete(standing.standings_of(program, by=olga))
    for number in range(3):
        mentor, mentee = make_member(northwind, f"A{number}"), make_member(northwind, f"B{number}")
        make_mentorship(mentor, mentee, program=program, started_at=NOON - 70 * DAY)
    with inside(northwind):
        with CaptureQueriesContext(connection) as four:
            found = standing.standings_of(program, by=olga)
            standing.complete(found)
    assert len(found) == 4
    assert len(one) == len(four)
    assert len(four) <= 11


# --- a format that names the days on which to meet: 1, 7, 30, 60 and 90 ---


@pytest.fixture
def guided(program, ines, tom, northwind):
    """They are on this day; they met on those."""

    def begin(today, met):
        with inside(northwind):
            Program.objects.filter(pk=program.pk).update(format="onboarding", rhythm=7 * DAY)
            Mentorship.objects.update(started_at=NOON - (today - 1) * DAY)
            found = Mentorship.objects.get()
        for day in met:
            make_session(found, ines, tom, ago=(today - day) * DAY)
        return found

    return begin


@pytest.mark.parametrize(
    ("today", "met", "said"),
    [
        (23, [1, 7], "They keep the rhythm: 2 confirmed sessions, 2 were due."),
        (50, [1, 7, 30], "They keep the rhythm: 3 confirmed sessions, 3 were due."),
        (88, [1, 7, 30, 60], "They keep the rhythm: 4 confirmed sessions, 4 were due."),
        (200, [1, 7, 30, 60, 90], "They keep the rhythm: 5 confirmed sessions, 5 were due."),
    ],
)
def test_a_pair_that_meets_on_its_days_does_well(guided, northwind, today, met, said):
    mentorship = guided(today, met)
    with inside(northwind):
        Goal.objects.create(mentorship=mentorship, owner_id=mentorship.participants.first().enrolment.member_id,
                            text="Find my way", measure="x", made_at=NOON - DAY)  # fmt: skip
    assert sentences(mentorship) == ("well", [said, "A goal last moved on 21 November 2026."])
    with inside(northwind):
        assert not quiet_mentorships().exists()
        assert nudge_quiet() == 0


def test_a_pair_that_lets_a_day_pass_is_at_risk(guided, northwind):
    mentorship = guided(39, [1, 7])
    assert sentences(mentorship)[1][0] == "They last met on 21 October 2026, and nothing is planned."
    with inside(northwind):
        assert list(quiet_mentorships()) == [mentorship]


def test_a_pair_that_met_once_is_told_of_one_session(guided):
    assert sentences(guided(14, [1]))[1][0] == (
        "They meet less often than planned: 1 confirmed session, 2 were due."
    )  # fmt: skip


def test_day_one_is_the_first_at_work(guided, northwind, tom):
    mentorship = guided(30, [])
    with inside(northwind):
        assert list(quiet_mentorships()) == [mentorship]
        tom.hired_on = NOON.date() - 2 * DAY
        tom.save(update_fields=["hired_on"])
        assert not quiet_mentorships().exists()
    assert sentences(mentorship)[1] == ["It has only begun."]
