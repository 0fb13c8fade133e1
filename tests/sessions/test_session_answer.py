"""Accepting and declining from the invitation: a GET changes nothing, a POST does, and only for whom it was written."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client
from icalendar import Calendar
from playwright.sync_api import expect

from mentoring.outbox.models import Message
from sessions import emails, services
from sessions.answering import answer_address, read_token
from sessions.models import Attendance, Session
from sessions.services.answering import answer_session
from tests.browser import assert_accessible, screenshot, sign_in
from tests.people import inside
from tests.sessions.conftest import people, utc


def links(cast, member):
    """As they stand in the newest letter."""
    with inside(cast.northwind):
        letter = Message.objects.filter(recipient=member.email, kind__in=emails.INVITATIONS).latest("pk")
    return re.findall(rf"{re.escape(settings.SITE_URL)}(/answer/\S+)", letter.text)


def answers(cast, session):
    with inside(cast.northwind):
        session = Session.objects.get(pk=session.pk)
        return {each.member.given_name: each.answer_to(session) for each in session.attendances.all()}


def partstats(cast, session, *, by=None):
    with inside(cast.northwind):
        session = Session.objects.with_people().get(pk=session.pk)
        calendar = Calendar.from_ical(emails.calendar_file(session, method="REQUEST", by=by))
    (event,) = calendar.walk("VEVENT")
    assert (calendar.errors, event.errors) == ([], [])
    return {str(each.params["CN"]): str(each.params["PARTSTAT"]) for each in event["ATTENDEE"]}


def test_only_who_was_invited_is_asked(cast, booked):
    assert [link.split("/")[-2] for link in links(cast, cast.ines)] == ["accept", "decline"]
    assert links(cast, cast.tom) == []


def test_looking_changes_nothing(cast, booked, client):
    for link in links(cast, cast.ines):
        response = client.get(link)
        assert response.status_code == 200
        assert "Tuesday 24 November 2026, 09:00 to 10:00 London time" in response.content.decode()
        assert client.head(link).status_code == 200
    assert answers(cast, booked) == {"Ines": "", "Tom": ""}


def test_accepting_is_kept_and_shown_to_the_other(cast, booked, client, tom_client):
    accept, _decline = links(cast, cast.ines)
    response = Client().post(accept)
    assert "Tom Brandt can see that you come." in response.content.decode()
    assert answers(cast, booked) == {"Ines": "accepted", "Tom": ""}
    with inside(cast.northwind):
        assert Attendance.objects.get(session=booked, member=cast.ines).answered_at == utc("2026-11-22T12:00")
    html = tom_client.get(f"/o/northwind/sessions/{booked.pk}/").content.decode()
    assert "Ines Adler has accepted" in html


def test_declining_leaves_it_standing_and_leads_on(cast, booked, client, tom_client):
    accept, decline = links(cast, cast.ines)
    html = Client().post(decline).content.decode()
    assert f'href="/o/northwind/sessions/{booked.pk}/move/"' in html
    assert f'href="/o/northwind/sessions/{booked.pk}/cancel/"' in html
    with inside(cast.northwind):
        assert Session.objects.get(pk=booked.pk).status == "planned"
    assert "Ines Adler has declined" in tom_client.get(f"/o/northwind/sessions/{booked.pk}/").content.decode()
    Client().post(accept)
    assert answers(cast, booked)["Ines"] == "accepted"


def test_the_calendar_follows(cast, booked, client):
    assert partstats(cast, booked, by=cast.tom) == {"Ines Adler": "NEEDS-ACTION", "Tom Brandt": "ACCEPTED"}
    accept, decline = links(cast, cast.ines)
    client.post(accept)
    assert partstats(cast, booked) == {"Ines Adler": "ACCEPTED", "Tom Brandt": "NEEDS-ACTION"}
    client.post(decline)
    assert partstats(cast, booked) == {"Ines Adler": "DECLINED", "Tom Brandt": "NEEDS-ACTION"}


def test_an_answer_counts_for_the_time_that_was_answered(cast, booked, client):
    old, _decline = links(cast, cast.ines)
    client.post(old)
    with inside(cast.northwind):
        services.move_session(booked, starts_at=utc("2026-11-24T11:00"), by=cast.tom)
    assert answers(cast, booked) == {"Ines": "", "Tom": ""}
    assert partstats(cast, booked, by=cast.tom) == {"Ines Adler": "NEEDS-ACTION", "Tom Brandt": "ACCEPTED"}
    assert "was moved or cancelled since this letter" in client.get(old).content.decode()
    response = client.post(old)
    assert response.status_code == 409
    assert "This session was moved since." in response.content.decode()
    assert answers(cast, booked)["Ines"] == ""
    client.post(links(cast, cast.ines)[0])
    assert answers(cast, booked)["Ines"] == "accepted"


def test_not_what_is_off_or_has_begun(cast, booked, client, clock):
    accept, _decline = links(cast, cast.ines)
    clock.move_to(booked.starts_at)
    assert client.post(accept).status_code == 409
    clock.move_to(utc("2026-11-22T12:00"))
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.tom)
    assert "This session has been cancelled." in client.post(accept).content.decode()
    assert answers(cast, booked)["Ines"] == ""


def test_links_that_are_not_ours(cast, booked, client):
    accept, _decline = links(cast, cast.ines)
    token = accept.split("/")[2]
    assert read_token(token) == (cast.northwind.pk, booked.pk, cast.ines.pk, 0)
    for wrong in (f"/answer/{token[:-1]}x/accept/", "/answer/x/accept/", f"/answer/{token}/maybe/"):
        for act in (client.get, client.post):
            assert act(wrong).status_code == 404
    assert client.put(accept).status_code == 405


def test_nobody_answers_who_does_not_take_part(cast, booked, client):
    with inside(cast.northwind):
        address = answer_address(booked, cast.olga, "accept").removeprefix(settings.SITE_URL)
        with pytest.raises(PermissionDenied):
            answer_session(booked, answer="accepted", sequence=0, by=cast.olga)
    assert client.post(address).status_code == 404
    assert answers(cast, booked) == {"Ines": "", "Tom": ""}


def test_a_page_of_another_site_can_not_answer(cast, booked):
    accept, _decline = links(cast, cast.ines)
    assert Client(enforce_csrf_checks=True).post(accept).status_code == 403
    assert answers(cast, booked)["Ines"] == ""


def declined(cast):
    with inside(cast.northwind):
        found = Message.objects.filter(kind="session_declined").order_by("pk")
        return [(letter.recipient, letter.status) for letter in found]


def test_the_other_gets_a_letter_with_the_ways_on(cast, booked):
    accept, decline = links(cast, cast.ines)
    Client().post(decline)
    with inside(cast.northwind):
        letter = Message.objects.get(kind="session_declined")
    assert (letter.recipient, letter.subject) == (
        "tom@northwind.example",
        "Ines Adler can’t come on Tuesday 24 November, 10:00",
    )
    assert "Ines Adler has declined this session." in letter.text
    assert "Tuesday 24 November 2026, 10:00 to 11:00 Berlin time" in letter.text
    for way in ("move", "cancel"):
        address = f"{settings.SITE_URL}/o/northwind/sessions/{booked.pk}/{way}/"
        assert address in letter.text
        assert f'href="{address}"' in letter.html
    # A second click says nothing new, and who changes their mind in time is not told on.
    Client().post(decline)
    assert declined(cast) == [("tom@northwind.example", "pending")]
    Client().post(accept)
    assert declined(cast) == [("tom@northwind.example", "skipped")]
    Client().post(decline)
    assert declined(cast) == [("tom@northwind.example", "pending")]


def test_accepting_writes_to_nobody(cast, booked):
    Client().post(links(cast, cast.ines)[0])
    assert declined(cast) == []


def page_of(cast, booked, member, as_member):
    return as_member(member).get(f"/o/northwind/sessions/{booked.pk}/").content.decode()


def test_the_sessions_page_asks_and_shows_who_comes(cast, booked, as_member):
    assert "Can you come?" not in page_of(cast, booked, cast.tom, as_member)
    assert "Ines Adler has not answered yet" in page_of(cast, booked, cast.tom, as_member)
    assert "Can you come?" in page_of(cast, booked, cast.ines, as_member)
    client, path = as_member(cast.ines), f"/o/northwind/sessions/{booked.pk}/"
    assert client.post(path + "answer/", {"answer": "accept", "sequence": "0"}).url == path
    html = client.get(path).content.decode()
    assert "You have accepted. The others can see that you come." in html
    assert "I can’t come after all" in html
    assert "Ines Adler has accepted" in page_of(cast, booked, cast.tom, as_member)
    client = as_member(cast.ines)
    client.post(path + "answer/", {"answer": "decline", "sequence": "0"})
    html = client.get(path).content.decode()
    assert "You have declined, and the others hear of it." in html
    assert "I can come after all" in html
    assert answers(cast, booked) == {"Ines": "declined", "Tom": ""}
    assert declined(cast) == [("tom@northwind.example", "pending")]


def test_after_a_move_everybody_is_asked(cast, booked, as_member):
    with inside(cast.northwind):
        services.move_session(booked, starts_at=utc("2026-11-24T11:00"), by=cast.ines)
    client, path = as_member(cast.tom), f"/o/northwind/sessions/{booked.pk}/"
    assert "Can you come?" in client.get(path).content.decode()
    # Who still looks at the old time is told, and nothing is kept.
    client.post(path + "answer/", {"answer": "accept", "sequence": "0"})
    assert "This session was moved since." in client.get(path).content.decode()
    assert answers(cast, booked) == {"Ines": "", "Tom": ""}
    client.post(path + "answer/", {"answer": "accept", "sequence": "1"})
    assert answers(cast, booked) == {"Ines": "", "Tom": "accepted"}


@pytest.mark.parametrize(
    "sent", [{"answer": "maybe", "sequence": "0"}, {"answer": "accept"}, {"answer": "accept", "sequence": "x"}]
)
def test_answers_that_are_none(cast, booked, as_member, sent):
    assert as_member(cast.ines).post(f"/o/northwind/sessions/{booked.pk}/answer/", sent).status_code == 302
    assert answers(cast, booked) == {"Ines": "", "Tom": ""}


@pytest.mark.parametrize("who", ["mallory", "olga"])
def test_nobody_else_finds_it(cast, booked, as_member, who):
    path = f"/o/northwind/sessions/{booked.pk}/answer/"
    assert as_member(getattr(cast, who)).post(path, {"answer": "accept", "sequence": "0"}).status_code == 404


def test_the_page_of_answers_in_a_browser(page, live_server, transactional_db):
    cast = people()
    with inside(cast.northwind):
        services.set_weekly_hours(cast.ines, [(day, 0, 1440) for day in range(7)], by=cast.ines)
        slot = services.free_slots(cast.mentorship, by=cast.tom)[40]
        session = services.book_session(cast.mentorship, starts_at=slot.starts_at, by=cast.tom, topic="First steps")
    sign_in(page, cast.ines.user)
    page.goto(f"/o/northwind/sessions/{session.pk}/")
    screenshot(page, "answer-1280")
    assert_accessible(page)
    page.set_viewport_size({"width": 360, "height": 740})
    screenshot(page, "answer-360")
    page.get_by_role("button", name="I can’t come").click()
    expect(page.get_by_role("heading", name="You have declined")).to_be_visible()
    screenshot(page, "answered-360")
    page.get_by_role("button", name="I can come after all").click()
    expect(page.get_by_role("heading", name="You have accepted")).to_be_visible()
    assert_accessible(page)
