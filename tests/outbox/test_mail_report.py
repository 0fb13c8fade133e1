"""A mail server reports, over real HTTP, that a letter it had taken came back."""

import http.client
import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache

from mentoring.outbox.composing import message_id
from mentoring.outbox.delivery import Delivery
from mentoring.outbox.models import BouncedAddress
from mentoring.outbox.services import write_account_letter
from tests.people import inside, make_member, make_organisation

SECRET = "a-secret-of-more-than-32-characters"
PATH = "/mail/reports/"
GONE = "550 5.1.1 No such user"


@pytest.fixture(autouse=True)
def secret(settings):
    settings.MAIL_REPORT_SECRET = SECRET
    cache.clear()


@pytest.fixture
def sent(letter):
    return letter(recipient="tom@northwind.example", status="sent", kind="session_booked")


@pytest.fixture
def report(client):
    """Report as a mail server does; returns the status and what was answered."""

    def post(letter, *, secret=SECRET, **fields):
        body = {
            "message_id": message_id(letter),
            "address": letter.recipient,
            "kind": "bounce",
            "reason": GONE,
        } | fields
        headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
        response = client.post(PATH, json.dumps(body), content_type="application/json", headers=headers)
        return response.status_code, response.json()

    return post


def marks(organisation):
    with inside(organisation):
        return list(BouncedAddress.objects.values_list("address", "reason"))


@pytest.mark.django_db(transaction=True)
def test_over_http(live_server, letter, smtp, temper, organisation, now_reads):
    """Sent over SMTP and taken; the report carries what stood in the letter."""
    written = letter(recipient="tom@northwind.example")
    assert Delivery().run(once=True) == 1
    (mail,) = temper.arrived
    body = {"message_id": mail["Message-ID"], "address": "Tom@Northwind.example", "kind": "bounce", "reason": GONE}
    url = urlsplit(live_server.url)
    for _twice in range(2):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
        connection.request("POST", PATH, json.dumps(body), {"Authorization": f"Bearer {SECRET}"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"marked": True})
        connection.close()
    assert marks(organisation) == [("tom@northwind.example", GONE)]
    assert (now_reads(written).status, now_reads(written).outcome) == ("failed", f"It came back: {GONE}")
    # The next one is not even tried.
    after = letter(recipient="tom@northwind.example")
    Delivery().run(once=True)
    assert now_reads(after).outcome == f"Letters to this address come back: {GONE}"
    assert len(temper.arrived) == 1


@pytest.mark.django_db
def test_an_admin_is_told(sent, report, client, organisation):
    tom = make_member(organisation, "Tom")
    olga = make_member(organisation, "Olga", is_owner=True)
    assert report(sent) == (200, {"marked": True})
    client.force_login(olga.user)
    people = client.get("/o/northwind/people/").content.decode()
    assert "1 letter could not be sent" in people
    assert "letters come back" in people
    letters = client.get("/o/northwind/letters/").content.decode()
    assert "tom@northwind.example" in letters
    assert f"It came back: {GONE}" in letters
    assert GONE in client.get(f"/o/northwind/people/{tom.pk}/").content.decode()


@pytest.mark.django_db
def test_what_may_still_arrive_marks_nothing(sent, report, organisation, now_reads):
    assert report(sent, kind="delay") == (200, {"marked": False})
    assert (marks(organisation), now_reads(sent).status) == ([], "sent")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"address": "somebody.else@northwind.example"},
        {"message_id": "<made-up@mentoring.example>"},
        {"message_id": "<" + "0" * 40 + ".1.1@localhost>"},
    ],
)
def test_a_report_of_another_letter_marks_nobody(sent, report, organisation, fields):
    assert report(sent, **fields) == (200, {"marked": False})
    assert marks(organisation) == []


@pytest.mark.django_db
def test_a_letter_is_known_by_its_whole_id(sent, letter, report, organisation):
    """With the number of another letter, in the same organisation or in another, it is not ours."""
    other = letter(recipient="bob@northwind.example", status="sent")
    theirs = letter(organisation=make_organisation("southwind"), recipient="bob@southwind.example", status="sent")
    for wrong in (other, theirs):
        place = f".{wrong.organisation_id}.{wrong.pk}@"
        forged = message_id(sent).replace(f".{sent.organisation_id}.{sent.pk}@", place)
        assert report(wrong, message_id=forged) == (200, {"marked": False})
    assert marks(organisation) == marks(theirs.organisation) == []


@pytest.mark.django_db
def test_a_letter_about_a_sign_in_is_nobody_s_to_mark(report):
    code = write_account_letter("code", to="carol@home.example", about="sign-in:1", subject="Code", text="123456")
    assert report(code) == (200, {"marked": False})


@pytest.mark.django_db
def test_without_the_secret(sent, report, client, organisation, settings):
    for wrong in (None, "", SECRET[:-1], SECRET + "x"):
        assert report(sent, secret=wrong) == (401, {"detail": "Not the secret."})
    assert client.get(PATH).status_code == 405
    settings.MAIL_REPORT_SECRET = ""
    assert client.post(PATH, "{}", content_type="application/json").status_code == 404
    assert (
        client.post(PATH, "{}", content_type="application/json", headers={"Authorization": "Bearer "}).status_code
        == 404
    )
    assert marks(organisation) == []


@pytest.mark.django_db
def test_guessing_is_slowed_down_and_so_is_a_flood(sent, report, client, monkeypatch):
    for _ in range(20):
        assert report(sent, secret="guess")[0] == 401
    assert report(sent)[0] == 429
    client.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert report(sent)[0] == 200
    monkeypatch.setattr("mentoring.outbox.reports.REPORTS_PER_MINUTE", 2)
    assert report(sent)[0] == 200
    assert report(sent)[0] == 429


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"not json", 400), (b"[]", 400), (b'{"kind": "bounce"}', 400), (b'{"message_id": "x", "kind": "gossip"}', 400),
        (b'{"message_id": 7, "kind": "bounce"}', 400), (b"\xff", 400), (b" " * 70000, 413),
    ],
)  # fmt: skip
def test_bad_input(client, body, status):
    headers = {"Authorization": f"Bearer {SECRET}"}
    response = client.post(PATH, body, content_type="application/json", headers=headers)
    assert response.status_code == status
    assert list(response.json()) == ["detail"]


def test_a_short_secret_is_refused_at_the_start():
    environment = {**os.environ, "MAIL_REPORT_SECRET": "short"}
    done = subprocess.run(
        [sys.executable, "-c", "import mentoring.settings.base"], env=environment, capture_output=True, text=True
    )
    assert "ImproperlyConfigured: MAIL_REPORT_SECRET must have at least 32 characters." in done.stderr
