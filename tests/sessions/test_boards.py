"""Shadow boards: who writes the brief, the recommendation and the answer, and who reads them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.utils import timezone

from programs import services as programs
from programs.models import Participant
from sessions.models import Attendance, BoardBrief, Session
from sessions.services import boards
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation


@pytest.fixture
def made(db):
    """A board that runs, with one meeting: its session, and its people by name."""
    org = make_organisation()
    who = {"Alice": make_member(org, "Alice", is_admin=True)}
    program = make_program(org, format="board", created_by=who["Alice"])
    for name, role in (("Vera", "mentor"), ("Ann", "mentee"), ("Ben", "mentee")):
        who[name] = make_member(org, name)
        enrol(program, who[name], role)
    with inside(org):
        seats = [(each, each.role) for each in program.enrolments.all()]
        board = programs.offer_group(program, name="Board 1", seats=seats, by=who["Alice"])
        for part in Participant.objects.filter(mentorship=board).select_related("enrolment__member"):
            programs.accept(part, by=part.enrolment.member)
        starts_at = timezone.now() + timedelta(days=3)
        session = Session.objects.create(
            mentorship=board,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            wall_time=starts_at,
            zone_name="Europe/London",
        )
        for member in list(who.values())[1:]:
            Attendance.objects.create(
                session=session, member=member, during=DateTimeTZRange(session.starts_at, session.ends_at)
            )
    return org, board, session, who


def visit(member):
    client = Client()
    client.force_login(member.user)
    return client


def test_executives_bring_the_question_and_the_board_answers(made):
    org, board, session, who = made
    page = f"/o/northwind/sessions/boards/brief/{session.pk}/"
    vera, ann = visit(who["Vera"]), visit(who["Ann"])
    answer = vera.post(page, {"brief": "Should we open in Oslo?", "response": "", "seen": ""}, follow=True)
    assert "Should we open in Oslo?" in answer.content.decode()
    text = ann.get(page).content.decode()
    assert "Should we open in Oslo?" in text
    assert 'name="recommendation"' in text
    assert 'name="brief"' not in text
    with inside(org):
        seen = boards.token_of(BoardBrief.objects.get())
    ann.post(page, {"recommendation": "Yes, with a team of three.", "seen": seen})
    listed = vera.get(f"/o/northwind/sessions/boards/{board.pk}/").content.decode()
    assert "Yes, with a team of three." in listed


def test_two_at_once_and_the_second_is_told_with_what_they_typed(made):
    org, _board, session, who = made
    page = f"/o/northwind/sessions/boards/brief/{session.pk}/"
    visit(who["Ann"]).post(page, {"recommendation": "First", "seen": ""})
    answer = visit(who["Ben"]).post(page, {"recommendation": "Second", "seen": ""})
    assert answer.status_code == 422
    assert "Somebody else has changed it" in answer.content.decode()
    assert "Second" in answer.content.decode()
    with inside(org):
        assert BoardBrief.objects.get().recommendation == "First"


def test_nobody_writes_the_part_of_others_and_strangers_find_nothing(made):
    org, board, session, who = made
    with inside(org), pytest.raises(PermissionDenied):
        boards.write_brief(session, values={"brief": "Mine"}, seen="", by=who["Ann"])
    colleague = visit(make_member(org, "Zoe"))
    stranger = visit(make_member(make_organisation("southwind"), "Cleo", is_admin=True))
    for client in (colleague, stranger):
        assert client.get(f"/o/northwind/sessions/boards/{board.pk}/").status_code == 404
        assert client.get(f"/o/northwind/sessions/boards/brief/{session.pk}/").status_code == 404
    admin = visit(who["Alice"]).get(f"/o/northwind/sessions/boards/{board.pk}/")
    assert "No meeting is planned yet" not in admin.content.decode()


def test_whoever_runs_the_programme_reaches_the_meetings_from_the_board_and_from_its_composition(made):
    org, board, session, who = made
    meetings, brief = f"/o/northwind/sessions/boards/{board.pk}/", f"/o/northwind/sessions/boards/brief/{session.pk}/"
    own, groups = f"/o/northwind/mentorships/{board.pk}/", f"{board.program_id}/matching/groups/"
    admin = visit(who["Alice"])
    page = admin.get(own).content.decode()
    assert f'href="{meetings}"' in page
    assert f'href="{brief}"' in page
    assert "no brief yet" in page
    # What the others write to each other, and the sessions they book, stay theirs.
    assert "Your sessions" not in page
    with inside(org):
        boards.write_brief(session, values={"brief": "Oslo?", "recommendation": "Yes"}, seen="", by=who["Alice"])
    for page in (admin.get(own).content.decode(), visit(who["Ann"]).get(own).content.decode()):
        section = page[page.index('id="boards"') : page.index("</section>", page.index('id="boards"'))]
        assert "no brief yet" not in section
        assert "recommendation" in section
        assert "answer" not in section
    assert f'href="{meetings}"' in admin.get(f"/o/northwind/programmes/{groups}").content.decode()
    assert f'href="{own}"' in admin.get(meetings).content.decode()


def test_a_board_that_has_not_begun_has_no_meetings_to_go_to(made):
    org, board, _session, who = made
    with inside(org):
        type(board).objects.filter(pk=board.pk).update(status="offered", started_at=None)
    admin = visit(who["Alice"])
    for path in (f"mentorships/{board.pk}/", f"programmes/{board.program_id}/matching/groups/"):
        page = admin.get(f"/o/northwind/{path}")
        assert page.status_code == 200
        assert f"/boards/{board.pk}/" not in page.content.decode()
