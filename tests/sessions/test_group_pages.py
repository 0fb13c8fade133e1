"""The pages on which group sessions are seen, opened, joined, left and changed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from reports.health import _sessions
from reports.reach import reached_by_each
from sessions import services
from sessions.models import Session
from tests.people import inside, make_member, make_mentorship
from tests.sessions.conftest import utc
from tests.sessions.test_groups import HELD, MISSED, enrol, group, join, now_of, say

__all__ = ["group"]


def path(group, more=""):
    return f"/o/northwind/sessions/groups/{group.session.pk}/{more}"


def detail(group):
    return f"/o/northwind/sessions/{group.session.pk}/"


def test_mentees_find_it_and_join_with_one_click(group, as_member):
    client = as_member(group.pia)
    html = client.get("/o/northwind/sessions/").content.decode()
    assert "First steps" in html
    assert "2 seats free" in html
    assert f'action="{path(group, "join/")}"' in html
    assert "First steps" in client.get("/o/northwind/sessions/groups/").content.decode()
    page = client.get(path(group)).content.decode()
    assert "0 of 2 seats are taken." in page
    # Where they meet is for those who come.
    assert "Hall" not in page
    answer = client.post(path(group, "join/"))
    assert (answer.status_code, answer.url) == (302, detail(group))
    page = client.get(detail(group)).content.decode()
    assert "You have a seat. The invitation comes by e-mail." in page
    assert "Hall" in page
    assert "Leave this session" in page
    assert "Cancel session" not in page
    # It stands among their own now, and is no longer offered.
    html = client.get("/o/northwind/sessions/").content.decode()
    assert "Group session: First steps" in html
    assert path(group, "join/") not in html


def test_a_full_one_says_so(group, as_member):
    join(group, group.tom, group.pia)
    client = as_member(group.quin)
    assert "full" in client.get("/o/northwind/sessions/groups/").content.decode()
    assert "This session is full: all seats are taken." in client.get(path(group)).content.decode()
    answer = client.post(path(group, "join/"))
    assert answer.status_code == 409
    assert "This session is full: all seats are taken." in answer.content.decode()


def test_who_has_another_session_then_reads_so(group, as_member):
    max_ = make_member(group.northwind, "Max", time_zone="Europe/London")
    other = make_mentorship(max_, group.pia)
    with inside(group.northwind):
        services.set_weekly_hours(max_, [(1, 540, 720)], by=max_)
        services.book_session(other, starts_at=utc("2026-11-24T09:00"), by=group.pia)
    answer = as_member(group.pia).post(path(group, "join/"))
    assert answer.status_code == 409
    assert "You have another session at that time. Move or cancel it first." in answer.content.decode()


def test_who_clicks_when_it_is_off_reads_so(group, as_member, clock):
    with inside(group.northwind):
        services.cancel_session(group.session, by=group.ines, reason="Ill")
    client = as_member(group.pia)
    answer = client.post(path(group, "join/"))
    assert answer.status_code == 409
    assert "This session has been cancelled." in answer.content.decode()
    assert "First steps" not in client.get("/o/northwind/sessions/groups/").content.decode()
    assert "First steps" not in client.get("/o/northwind/sessions/").content.decode()
    clock.move_to(utc("2026-11-24T09:00"))
    with inside(group.northwind):
        Session.objects.update(status="planned")
    answer = client.post(path(group, "join/"))
    assert answer.status_code == 409
    assert "This session has begun already." in answer.content.decode()


def test_leaving(group, as_member):
    join(group, group.pia)
    answer = as_member(group.pia).post(path(group, "leave/"))
    assert (answer.status_code, answer.url) == (302, "/o/northwind/sessions/groups/")
    with inside(group.northwind):
        assert now_of(group).taken == 0
    # The old address of the session leads to where it can be joined.
    answer = as_member(group.pia).get(detail(group))
    assert (answer.status_code, answer.url) == (302, path(group))


def test_the_leader_stays(group, as_member):
    client = as_member(group.ines)
    assert client.post(path(group, "leave/")).url == detail(group)
    assert "You lead this session. Cancel it" in client.get(detail(group)).content.decode()


def test_the_leader_changes_the_seats(group, as_member):
    join(group, group.tom, group.pia)
    client = as_member(group.ines)
    html = client.get(detail(group)).content.decode()
    assert "2 of 2 seats are taken." in html
    assert "Pia Croft" in html
    answer = client.post(path(group, "seats/"), {"seats": "1"})
    assert answer.status_code == 422
    assert "2 people have joined, so there can’t be fewer seats than that." in answer.content.decode()
    assert client.post(path(group, "seats/"), {"seats": "many"}).status_code == 422
    assert client.post(path(group, "seats/"), {"seats": "5"}).status_code == 302
    with inside(group.northwind):
        assert now_of(group).seats == 5


@pytest.mark.parametrize("more", ["seats/", "../../{pk}/move/", "../../{pk}/cancel/"])
def test_who_has_only_joined_changes_nothing(group, as_member, more):
    join(group, group.pia)
    more = more.replace("../../{pk}/", "")
    address = path(group, more) if more == "seats/" else detail(group) + more
    answer = as_member(group.pia).post(address, {"seats": "9", "starts_at": "2026-11-24T11:00Z"})
    assert answer.status_code == 403
    with inside(group.northwind):
        session = now_of(group)
        assert (session.seats, session.starts_at, session.status) == (2, utc("2026-11-24T09:00"), "planned")


@pytest.mark.parametrize("who", ["ines", "olga"])
def test_the_leader_and_admins_move_and_cancel_it(group, as_member, who):
    join(group, group.pia)
    client = as_member(getattr(group, who))
    assert "11:00" in client.get(detail(group) + "move/").content.decode()
    assert client.post(detail(group) + "move/", {"starts_at": "2026-11-24T11:00Z"}).status_code == 302
    assert client.get(detail(group) + "cancel/").status_code == 200
    assert client.post(detail(group) + "cancel/", {"reason": "Ill"}).status_code == 302
    with inside(group.northwind):
        session = now_of(group)
        assert (session.starts_at, session.status) == (utc("2026-11-24T11:00"), "cancelled")
    assert "Ill" in as_member(group.pia).get(detail(group)).content.decode()


def test_a_mentor_opens_one(group, as_member):
    client = as_member(group.ines)
    address = f"/o/northwind/sessions/groups/open/{group.program.pk}/"
    assert address in client.get("/o/northwind/sessions/groups/").content.decode()
    html = client.get(address).content.decode()
    assert "start=2026-11-24T10%3A00Z" in html
    assert "start=2026-11-24T09%3A00Z" not in html
    assert "What it is about" in client.get(address, {"start": "2026-11-24T10:00Z"}).content.decode()
    sent = {"starts_at": "2026-11-24T10:00Z", "topic": "", "seats": "4", "place": "Loft", "own_mentees_only": "own"}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert "Loft" in answer.content.decode()
    answer = client.post(address, sent | {"topic": "Saying no"})
    with inside(group.northwind):
        session = Session.objects.latest("pk")
        assert (session.topic, session.seats, session.own_mentees_only, session.place) == ("Saying no", 4, True, "Loft")
        assert (session.led_by, session.starts_at) == (group.ines, utc("2026-11-24T10:00"))
    assert (answer.status_code, answer.url) == (302, f"/o/northwind/sessions/{session.pk}/")
    answer = client.post(address, sent | {"topic": "Once more"})
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "This time is no longer free." in html
    assert 'name="starts_at" value="2026-11-24T11:00Z"' in html
    assert "Once more" in html


def test_an_admin_opens_one_for_a_mentor(group, as_member):
    client = as_member(group.olga)
    address = f"/o/northwind/sessions/groups/open/{group.program.pk}/"
    assert f"?mentor={group.ines.pk}" in client.get(address).content.decode()
    html = client.get(address, {"mentor": group.ines.pk}).content.decode()
    assert f"mentor={group.ines.pk}" in html
    assert "start=2026-11-24T10%3A00Z" in html
    sent = {
        "mentor": group.ines.pk,
        "starts_at": "2026-11-24T10:00Z",
        "topic": "Saying no",
        "seats": "4",
        "own_mentees_only": "all",
    }
    assert client.post(address, sent).status_code == 302
    with inside(group.northwind):
        session = Session.objects.latest("pk")
        assert (session.led_by, session.booked_by) == (group.ines, group.olga)
    # Who does not take part sees it on the page for those who may join, with all that an admin can do.
    html = client.get(f"/o/northwind/sessions/{session.pk}/", follow=True).content.decode()
    assert "Nobody has joined yet." in html
    assert "Cancel session" in html


def test_who_sees_what(group, as_member, client):
    """Mentees of the programme may join; a mentor of it, other colleagues and strangers don't find it."""
    max_ = make_member(group.northwind, "Max")
    enrol(group.program, max_, role="mentor")
    sam = make_member(group.northwind, "Sam")
    opening = f"/o/northwind/sessions/groups/open/{group.program.pk}/"
    for member in (max_, sam):
        signed_in = as_member(member)
        assert "First steps" not in signed_in.get("/o/northwind/sessions/groups/").content.decode()
        assert signed_in.get(opening).status_code == 403
        for more in ("", "join/", "leave/", "seats/"):
            assert signed_in.post(path(group, more)).status_code == (404 if more else 405)
        assert signed_in.get(path(group)).status_code == 404
    for address in (path(group), opening, "/o/northwind/sessions/groups/"):
        assert as_member(group.mallory).get(address).status_code == 404
        client.logout()
        assert client.get(address).status_code == 302
    for more in ("join/", "leave/", "seats/"):
        assert as_member(group.pia).get(path(group, more)).status_code == 405


def test_each_logs_for_themselves(group, as_member, clock):
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    client = as_member(group.tom)
    assert "Did you meet Ines Adler on" in client.get("/o/northwind/").content.decode()
    html = client.get(detail(group) + "log/").content.decode()
    assert "Were you there?" in html
    assert client.post(detail(group) + "log/", {"report": "held", "length": "60"}).status_code == 302
    assert "Did it take place?" in as_member(group.ines).get(detail(group) + "log/").content.decode()
    say(group, (HELD, "", ""))
    client = as_member(group.pia)
    html = client.get(detail(group)).content.decode()
    assert "Say whether you were there" in html
    assert client.post(detail(group) + "log/", {"report": MISSED, "length": ""}).status_code == 302
    assert "held without you" in client.get(detail(group)).content.decode()
    assert "How was your session" not in client.get("/o/northwind/").content.decode()
    assert "How was your session with Ines Adler?" in as_member(group.tom).get("/o/northwind/").content.decode()


def test_weeks_months_and_home_show_it(group, as_member):
    join(group, group.pia)
    client = as_member(group.pia)
    assert "Group session: First steps" in client.get("/o/northwind/sessions/week/?at=2026-11-24").content.decode()
    assert "09:00 First steps" in client.get("/o/northwind/sessions/month/?at=2026-11-24").content.decode()
    assert "Ines Adler" in client.get("/o/northwind/").content.decode()
    ics = client.get(detail(group) + "session.ics").content.decode()
    assert "SUMMARY:Mentoring: First steps" in ics
    assert "ATTENDEE" not in ics


@pytest.mark.parametrize(("tom", "pia", "met"), [(HELD, MISSED, 1), (MISSED, HELD, 0)])
def test_the_programmes_health_counts_it_for_those_who_were_there(group, as_member, clock, tom, pia, met):
    """Tom is matched, and has met as soon as he was in a group session; Pia has no mentor, so she is no pair that met."""
    join(group, group.tom, group.pia)
    clock.move_to(utc("2026-11-24T11:00"))
    say(group, (HELD, tom, pia))
    with inside(group.northwind):
        reached = reached_by_each([group.program])[group.program.pk]
        steps = [len(each) for each in (reached.enrolled, reached.matched, reached.met, reached.completed)]
        assert steps == [3, 1, met, 0]
        counts = _sessions(group.program, timezone.now(), [])
        assert counts == {"held": 1, "held_lately": 1, "missed": 0, "cancelled": 0, "unconfirmed": 0}
    assert as_member(group.olga).get("/o/northwind/").status_code == 200


def test_the_programmes_page_has_them(group, as_member):
    address = reverse("programs:detail", args=["northwind", group.program.pk])
    html = as_member(group.pia).get(address).content.decode()
    assert "First steps" in html
    assert f'action="{path(group, "join/")}"' in html
    opening = f"/o/northwind/sessions/groups/open/{group.program.pk}/"
    assert opening not in html
    assert opening in as_member(group.ines).get(address).content.decode()
    assert "Open a group session for a mentor" in as_member(group.olga).get(address).content.decode()
