"""The timeline: everything in order, for the people in it, and as a file without formulas."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from programs.models import MentorshipEvent
from programs.services import agreements, goals, rechecking
from programs.timeline import timeline_of
from sessions.models import ActionItem, Attendance, Session
from sessions.services import write_note
from sessions.services.journal import write_entry
from tests.people import inside, make_member, make_mentorship

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def maya(org):
    return make_member(org, "Maya")


@pytest.fixture
def theo(org):
    return make_member(org, "Theo", time_zone="America/New_York")


@pytest.fixture
def mentorship(org, program, maya, theo):
    mentorship = make_mentorship(maya, theo, program=program, started_at=START, offered_at=START - timedelta(days=3))
    with inside(org):
        for number, status in enumerate(("held", "missed", "cancelled"), 1):
            session = Session.objects.create(
                mentorship=mentorship, status=status, topic="=1+1", zone_name="Europe/London",
                starts_at=START + timedelta(days=7 * number), ends_at=START + timedelta(days=7 * number, hours=1),
                confirmation="both" if status == "held" else "",
            )  # fmt: skip
            for member in (maya, theo):
                Attendance.objects.create(
                    session=session, member=member, during=(session.starts_at, session.ends_at), occupies=False
                )
            if status == "held":
                write_note(session, visibility="private", body="Mine alone", by=theo)
                write_note(session, visibility="private", body="Hers alone", by=maya)
                write_note(session, visibility="shared", body="For both", by=maya)
        ActionItem.objects.create(mentorship=mentorship, owner=theo, text="Read it", made_at=START + timedelta(days=8))
        MentorshipEvent.objects.create(mentorship=mentorship, kind="paused", at=START + timedelta(days=30), by=maya)
        write_entry(mentorship, text="Journal only", by=theo)
    return mentorship


def test_everything_in_order_and_only_what_one_may_read(org, mentorship, theo):
    with inside(org):
        found = timeline_of(mentorship, by=theo)
        assert [each.at for each in found] == sorted(each.at for each in found)
        before = [each.what for each in found if each.at <= START + timedelta(days=60)]
        assert before == [
            "Offered", "It began", "Session: held", "Own note", "Shared note", "To do", "Session: missed",
            "Session: cancelled", "Paused",
        ]  # fmt: skip
        texts = " ".join(each.text for each in found)
    assert "Mine alone" in texts
    assert "For both" in texts
    assert "Hers alone" not in texts
    assert "Journal only" not in texts


def test_goals_and_agreement_stand_in_it_and_what_admins_look_at_does_not(org, mentorship, theo, maya):
    with inside(org):
        terms = agreements.Terms("Aim high", "Monthly", "All", "Any time")
        agreements.write_agreement(mentorship, terms, after=0, by=theo)
        agreements.accept_agreement(mentorship, version=1, by=maya)
        wanted = goals.Wanted("Speak", "talks", None, baseline=Decimal(0), target=Decimal(4), unit="talks")
        goal = goals.add_goal(mentorship, wanted, owner=theo, by=theo)
        goals.note_progress(goal, value=Decimal(10), note="good", by=maya)
        goals.close_goal(goal, status="reached", score=9, by=theo)
        rechecking.raise_check(mentorship, "A secret of the admins")
        found = [(each.what, each.who, each.text) for each in timeline_of(mentorship, by=theo)][-5:]
    assert found == [
        ("Agreement, version 1", "Theo Osei", "Aim high"),
        ("Accepted version 1 of the agreement", "Maya Osei", ""),
        ("Goal set", "Theo Osei", "Speak"),
        ("Progress", "Maya Osei", "Speak: 10 talks: good"),
        ("Goal: reached (9 of 10)", "Theo Osei", "Speak"),
    ]


def test_the_file_is_in_ones_own_zone_and_runs_nothing(mentorship, theo, sign_in, url):
    answer = sign_in(theo).get(url("timeline_csv", mentorship.pk))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Day", "Time", "Time zone", "What", "Who", "Details"]
    assert rows[2][:4] == ["2026-03-02", "04:00", "New York time (-0500)", "It began"]
    [held] = [row for row in rows if row[3] == "Session: held"]
    assert held[5] == "'=1+1"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize("who", ["alice", "bob", "sam"])
def test_nobody_else_reads_it(mentorship, sign_in, url, request, who):
    client = sign_in(request.getfixturevalue(who))
    assert client.get(url("timeline", mentorship.pk)).status_code == 404
    assert client.get(url("timeline_csv", mentorship.pk)).status_code == 404


def test_the_page(mentorship, theo, sign_in, url):
    page = sign_in(theo).get(url("timeline", mentorship.pk)).content.decode()
    assert "For both" in page
    assert "Hers alone" not in page
