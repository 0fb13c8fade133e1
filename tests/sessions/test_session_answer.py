"""Accepting and declining from the invitation: a GET changes nothing, a POST does, and only for whom it was written."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.test import Client
from icalendar import Calendar

from mentoring.outbox.models import Message
from sessions import emails, services
from sessions.answering import answer_address, read_token
from sessions.models import Attendance, Session
from sessions.services.answering import answer_session
from tests.people import inside
from tests.sessions.conftest import utc


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
