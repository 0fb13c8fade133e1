"""Agendas: what they start from, and two people who change them at once."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from programs.models import Program
from sessions import services
from sessions.models import AgendaPoint, AgendaTemplate, Session
from sessions.services import agendas
from sessions.services.problems import SessionProblem
from tests.people import inside
from tests.sessions.conftest import utc

FIRST = [
    "Getting to know each other: how we came here",
    "What the mentee would like to reach",
    "What each of us expects of the other",
    "How often, where and how we meet",
    "What stays between us",
]


@pytest.fixture
def scope(cast):
    with inside(cast.northwind):
        yield cast


def texts(session):
    return list(AgendaPoint.objects.filter(session=session).values_list("text", flat=True))


def held(scope, day):
    return services.record_session(
        scope.mentorship, starts_at=utc(f"{day}T10:00"), length=timedelta(hours=1), by=scope.tom
    )


# --- where it starts ---


def test_a_first_session_starts_with_its_points(scope, booked):
    session = agendas.begin_agenda(booked)
    assert session.stage == "first"
    assert texts(session) == FIRST
    agendas.begin_agenda(session)
    assert len(texts(session)) == 5


def test_it_starts_with_what_the_admin_wrote(scope, booked):
    program = scope.mentorship.program
    agendas.set_proposal(
        program, stage="first", points=["Tea", " ", "Talk  a bit"], preparation="Think.", by=scope.olga
    )
    agendas.begin_agenda(booked)
    assert texts(booked) == ["Tea", "Talk a bit"]
    assert agendas.proposal_of(program, "first").preparation == "Think."


def test_a_proposal_as_ours_is_ours_again(scope):
    program = scope.mentorship.program
    agendas.set_proposal(program, stage="first", points=["Tea"], preparation="", by=scope.olga)
    usual = agendas.usual_proposal(program, "first")
    agendas.set_proposal(program, stage="first", points=usual.points, preparation=usual.preparation, by=scope.olga)
    assert not AgendaTemplate.objects.exists()
    with pytest.raises(PermissionDenied):
        agendas.set_proposal(program, stage="first", points=["Mine"], preparation="", by=scope.tom)


@pytest.mark.parametrize("format", ["traditional", "reverse", "onboarding"])
def test_each_format_has_points_for_each_stage(scope, format):
    program = Program(format=format)
    for stage in agendas.STAGES:
        proposal = agendas.usual_proposal(program, stage)
        assert 3 < len(proposal.points) < 8
        assert all(len(point) <= 200 for point in proposal.points)
        assert proposal.preparation


def test_onboarding_begins_otherwise(scope):
    assert agendas.usual_proposal(Program(format="onboarding"), "first").points[0] == (
        "Welcome: who is who, and where to find what"
    )


# The mentorship started on 23 October 2026; it is 22 November.
@pytest.mark.parametrize(
    ("ends_on", "earlier", "stage"),
    [
        (None, [], "first"),
        (None, ["2026-11-02"], "usual"),
        (date(2026, 12, 10), ["2026-11-02"], "closing"),
        (date(2026, 12, 16), ["2026-11-02"], "review"),
        # There has been one since the middle.
        (date(2026, 12, 16), ["2026-11-20"], "usual"),
        (date(2027, 6, 1), ["2026-11-02"], "usual"),
    ],
)
def test_the_stage_is_guessed_from_when_it_is(scope, booked, ends_on, earlier, stage):
    Program.objects.update(ends_on=ends_on)
    for day in earlier:
        held(scope, day)
    assert agendas.guess_stage(Session.objects.get(pk=booked.pk)) == stage


def test_another_stage_replaces_what_nobody_has_touched(scope, booked):
    agendas.begin_agenda(booked)
    first, second = AgendaPoint.objects.all()[:2]
    agendas.tick_point(booked, first.pk, done=True, by=scope.tom)
    agendas.change_point(booked, second.pk, text="My wishes", was=second.text, by=scope.tom)
    agendas.add_point(booked, text="Holidays", by=scope.ines)
    agendas.choose_stage(booked, stage="closing", by=scope.tom)
    assert texts(booked) == [
        "Getting to know each other: how we came here",
        "My wishes",
        "Holidays",
        "What has been reached, and what we learned",
        "What was most useful",
        "What comes next, without these meetings",
        "Whether and how we stay in touch",
    ]


# --- changing it together ---


def test_points_move_and_keep_their_place(scope, booked):
    for text in ("One", "Two", "Three"):
        agendas.add_point(booked, text=text, by=scope.tom)
    three = AgendaPoint.objects.get(text="Three")
    agendas.move_point(booked, three.pk, by_places=-1, by=scope.ines)
    assert texts(booked) == ["One", "Three", "Two"]
    agendas.move_point(booked, three.pk, by_places=-1, by=scope.ines)
    agendas.move_point(booked, three.pk, by_places=-1, by=scope.ines)
    assert texts(booked) == ["Three", "One", "Two"]
    agendas.move_point(booked, three.pk, by_places=1, by=scope.tom)
    assert texts(booked) == ["One", "Three", "Two"]


def test_who_writes_last_hears_what_was_there(scope, booked):
    point = agendas.add_point(booked, text="Plans", by=scope.tom)
    assert agendas.change_point(booked, point.pk, text="Plans for May", was="Plans", by=scope.ines).meanwhile == ""
    outcome = agendas.change_point(booked, point.pk, text="Plans for June", was="Plans", by=scope.tom)
    assert outcome.meanwhile == "Somebody had changed this point to “Plans for May” meanwhile; now yours stands."
    assert texts(booked) == ["Plans for June"]


def test_what_is_written_into_a_removed_point_is_not_lost(scope, booked):
    point = agendas.add_point(booked, text="Plans", by=scope.tom)
    agendas.remove_point(booked, point.pk, was="Plans", by=scope.ines)
    outcome = agendas.change_point(booked, point.pk, text="Plans for May", was="Plans", by=scope.tom)
    assert "removed this point meanwhile" in outcome.meanwhile
    assert texts(booked) == ["Plans for May"]


def test_what_was_rewritten_is_not_removed_unseen(scope, booked):
    point = agendas.add_point(booked, text="Plans", by=scope.tom)
    agendas.change_point(booked, point.pk, text="Plans for May", was="Plans", by=scope.ines)
    assert "“Plans for May”" in agendas.remove_point(booked, point.pk, was="Plans", by=scope.tom).meanwhile
    assert texts(booked) == ["Plans for May"]


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_point_is_none(scope, booked, text):
    with pytest.raises(SessionProblem, match="what the point is about"):
        agendas.add_point(booked, text=text, by=scope.tom)


def test_an_agenda_has_an_end(scope, booked):
    for number in range(30):
        agendas.add_point(booked, text=f"Point {number}", by=scope.tom)
    with pytest.raises(SessionProblem, match="at most 30"):
        agendas.add_point(booked, text="One more", by=scope.tom)


def test_only_those_in_the_session_change_it(scope, booked):
    point = agendas.add_point(booked, text="Plans", by=scope.tom)
    for change in (
        lambda: agendas.add_point(booked, text="Mine", by=scope.olga),
        lambda: agendas.tick_point(booked, point.pk, done=True, by=scope.olga),
        lambda: agendas.remove_point(booked, point.pk, was="", by=scope.olga),
        lambda: agendas.choose_stage(booked, stage="review", by=scope.olga),
    ):
        with pytest.raises(PermissionDenied):
            change()


# --- pages ---


def test_the_page_begins_the_agenda_and_changes_it(cast, booked, as_member):
    client, path = as_member(cast.tom), f"/o/northwind/sessions/{booked.pk}/"
    assert FIRST[0] in client.get(path).content.decode()
    response = client.post(f"{path}agenda/", {"do": "add", "text": "Holidays"})
    assert response.url == f"{path}#agenda"
    with inside(cast.northwind):
        point = AgendaPoint.objects.get(text="Holidays")
        assert (point.added_by, point.position) == (cast.tom, 5)
    client.post(f"{path}agenda/", {"do": "tick", "point": point.pk, "was": "Holidays"})
    part = client.post(f"{path}agenda/", {"do": "up", "point": point.pk}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert part.content.decode().lstrip().startswith("<section")
    with inside(cast.northwind):
        point.refresh_from_db()
        assert point.done_at is not None
        assert point.position == 4


@pytest.mark.parametrize("sent", [{}, {"do": "tick", "point": "x"}, {"do": "up", "point": "9" * 30}, {"do": "stage"}])
def test_nonsense_changes_nothing(cast, booked, as_member, sent):
    response = as_member(cast.tom).post(f"/o/northwind/sessions/{booked.pk}/agenda/", sent, follow=True)
    assert response.status_code == 200
    with inside(cast.northwind):
        assert len(texts(booked)) == 5


def test_what_could_not_be_added_is_still_there(cast, booked, as_member):
    with inside(cast.northwind):
        for number in range(30):
            agendas.add_point(booked, text=f"Point {number}", by=cast.tom)
    path = f"/o/northwind/sessions/{booked.pk}/agenda/"
    answer = as_member(cast.tom).post(path, {"do": "add", "text": "One more"}, headers={"HX-Request": "true"})
    assert "at most 30 points" in answer.content.decode()
    assert 'value="One more"' in answer.content.decode()


def test_colleagues_and_strangers_find_no_agenda(cast, booked, as_member, client):
    path = f"/o/northwind/sessions/{booked.pk}/agenda/"
    assert client.post(path, {"do": "add", "text": "x"}).status_code == 302
    for member in (cast.mallory, cast.olga):
        assert as_member(member).post(path, {"do": "add", "text": "x"}).status_code == 404
        assert as_member(member).get(path).status_code == 404
    assert as_member(cast.tom).get(path).url == f"/o/northwind/sessions/{booked.pk}/#agenda"
    assert as_member(cast.tom).put(path).status_code == 405


def test_what_another_has_changed_comes_in_and_nothing_else(cast, booked, as_member):
    client, path = as_member(cast.tom), f"/o/northwind/sessions/{booked.pk}/"
    seen = client.get(path).context["seen"]
    htmx = {"HX-Request": "true"}
    assert client.get(f"{path}agenda/?seen={seen}", headers=htmx).status_code == 204
    with inside(cast.northwind):
        point = agendas.add_point(booked, text="Holidays", by=cast.ines)
    for change in (
        lambda: None,
        lambda: agendas.tick_point(booked, point.pk, done=True, by=cast.ines),
        lambda: agendas.move_point(booked, point.pk, by_places=-1, by=cast.ines),
        lambda: agendas.change_point(booked, point.pk, text="Summer", was="Holidays", by=cast.ines),
    ):
        with inside(cast.northwind):
            change()
        part = client.get(f"{path}agenda/?seen={seen}", headers=htmx)
        assert part.status_code == 200
        assert part.content.decode().strip().startswith('<section id="agenda-notice"')
        assert "Somebody else has just changed the agenda." in part.content.decode()
        assert f'<form method="post" action="{path}agenda/"' in part.content.decode()
        seen = re.search(r"seen=(\w+)", part.content.decode())[1]
        assert client.get(f"{path}agenda/?seen={seen}", headers=htmx).status_code == 204


def test_an_admin_writes_the_proposals(cast, as_member):
    path = f"/o/northwind/sessions/agendas/{cast.mentorship.program_id}/"
    client = as_member(cast.olga)
    page = client.get(path)
    assert FIRST[0] in page.content.decode()
    data = {name: field.initial for name, field in page.context["form"].fields.items()}
    assert client.post(path, data | {"review_points": "Look back\n\n Look ahead "}).status_code == 302
    with inside(cast.northwind):
        assert list(AgendaTemplate.objects.values_list("stage", "points")) == [("review", ["Look back", "Look ahead"])]
    response = client.post(path, data | {"first_points": "x" * 201, "first_preparation": "Do not lose me"})
    assert response.status_code == 422
    assert "Do not lose me" in response.content.decode()
    assert as_member(cast.tom).get(path).status_code == 403
    assert as_member(cast.mallory).get(path).status_code == 404
    assert (
        f'href="{path}"'
        in as_member(cast.olga).get(f"/o/northwind/programmes/{cast.mentorship.program_id}/").content.decode()
    )
