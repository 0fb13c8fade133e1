"""What is typed into a log is kept for its author until it is sent, sealed like a note."""

import pytest

from sessions import services
from sessions.models import Note
from tests.people import inside


@pytest.fixture
def path(over):
    return f"/o/northwind/sessions/{over.pk}/draft/"


def test_what_is_typed_is_there_again(cast, over, path, as_member):
    client = as_member(cast.tom)
    answer = client.post(path, {"report": "held", "length": "45", "private_note": "Half a sent", "shared_note": ""})
    assert answer.status_code == 200
    assert "Kept at" in answer.content.decode()
    with inside(cast.northwind):
        assert services.draft(over, by=cast.tom) == {"report": "held", "length": "45", "private_note": "Half a sent"}
        assert services.own_notes(over, by=cast.tom) == {}
    page = client.get(f"/o/northwind/sessions/{over.pk}/log/").content.decode()
    assert "Half a sent" in page
    assert 'value="45"' in page
    assert "did not send is here again" in page
    assert "Half a sent" in client.get(f"/o/northwind/sessions/{over.pk}/").content.decode()
    # The other one finds nothing of it.
    assert "Half a sent" not in as_member(cast.ines).get(f"/o/northwind/sessions/{over.pk}/").content.decode()


@pytest.mark.parametrize("page", ["log/", ""])
def test_sent_it_is_no_draft_any_more(cast, over, path, as_member, page):
    client = as_member(cast.tom)
    client.post(path, {"private_note": "Half"})
    data = {"report": "held", "length": "45", "private_note": "Half a sentence", "shared_note": ""}
    assert client.post(f"/o/northwind/sessions/{over.pk}/{page}", data).status_code == 302
    with inside(cast.northwind):
        assert services.draft(over, by=cast.tom) == {}
        assert services.own_notes(over, by=cast.tom) == {"private": "Half a sentence"}


def test_it_can_be_thrown_away(cast, over, path, as_member):
    client = as_member(cast.tom)
    client.post(path, {"private_note": "Half"})
    assert client.post(path, {"discard": "log"}).url == f"/o/northwind/sessions/{over.pk}/log/"
    with inside(cast.northwind):
        assert not Note.objects.exists()


def test_what_stands_there_anyway_is_no_draft(cast, over, path, as_member):
    with inside(cast.northwind):
        services.write_notes(over, private_note="Line one\r\nLine two", shared_note=None, by=cast.tom)
    as_member(cast.tom).post(path, {"length": "60", "private_note": "Line one\nLine two", "shared_note": ""})
    with inside(cast.northwind):
        assert services.draft(over, by=cast.tom) == {}


def test_it_is_ones_own_session(cast, path, as_member, client):
    assert client.post(path, {"private_note": "x"}).status_code == 302
    for member in (cast.olga, cast.mallory):
        assert as_member(member).post(path, {"private_note": "x"}).status_code == 404
    assert as_member(cast.tom).get(path).status_code == 405
