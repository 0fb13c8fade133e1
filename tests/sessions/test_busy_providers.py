"""Accounts of Google and Microsoft, each played by a server of our own that insists on what the real one insists on."""

import base64
import dataclasses
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from mentoring.outbox.models import Message
from sessions import services, tasks
from sessions.busy import fetching, providers
from sessions.models import BookingPolicy, BusyCalendar, BusyTime
from sessions.sealing import calendar_place, unseal
from sessions.services.wishing import accept_wish
from tests.people import inside
from tests.sessions.conftest import utc
from tests.sessions.test_busy_fetching import contexts, server

__all__ = ["contexts", "server"]

PAGE = "/o/northwind/sessions/calendar/"


class Fake:
    """A provider: hands out codes and tokens, forgets the old ones, and answers with busy times."""

    def __init__(self, server, *, rotates):
        self.rotates = rotates
        self.challenge = self.code = self.refresh = self.access = ""
        self.is_revoked = False
        self.busy = []
        self.asked = []
        server.answers["/token"] = self.token
        server.answers["/api"] = self.api
        for page in range(3):
            server.answers[f"/page{page}"] = self.api

    def allow(self, address):
        """What somebody's browser brings back who was sent to this address and says yes."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == "our-id"
        self.challenge, self.code = asked["code_challenge"], secrets.token_hex(8)
        return {"code": self.code, "state": asked["state"]}

    def token(self, handler):
        sent = dict(parse_qsl(handler.rfile.read(int(handler.headers["Content-Length"])).decode()))
        self.asked.append(sent["grant_type"])
        is_fine = (sent["client_id"], sent["client_secret"]) == ("our-id", "our-secret") and not self.is_revoked
        if sent["grant_type"] == "authorization_code":
            digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
            is_fine &= base64.urlsafe_b64encode(digest).decode().rstrip("=") == self.challenge
            is_fine &= sent["code"] == self.code
            # A code is worth something once.
            self.code = secrets.token_hex(8)
        else:
            is_fine &= sent["refresh_token"] == self.refresh
        if not is_fine:
            return say(handler, {"error": "invalid_grant"}, 400)
        self.access = secrets.token_hex(8)
        said = {"access_token": self.access, "token_type": "Bearer", "expires_in": 3599}
        if self.rotates or sent["grant_type"] == "authorization_code":
            self.refresh = said["refresh_token"] = secrets.token_hex(8)
        return say(handler, said)

    def api(self, handler):
        if handler.headers["Authorization"] != f"Bearer {self.access}":
            return say(handler, {"error": "unauthorized"}, 401)
        return say(handler, self.answer(handler))


class Google(Fake):
    def __init__(self, server):
        super().__init__(server, rotates=False)

    def answer(self, handler):
        asked = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        start, end = (datetime.fromisoformat(asked[bound]) for bound in ("timeMin", "timeMax"))
        assert end - start <= timedelta(days=60)
        assert asked["items"] == [{"id": "primary"}]
        busy = [
            {"start": f"{begins:%Y-%m-%dT%H:%M:%SZ}", "end": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
            for begins, ends in self.busy
            if begins < end and ends > start
        ]
        return {"kind": "calendar#freeBusy", "calendars": {"primary": {"busy": busy}}}


class Microsoft(Fake):
    def __init__(self, server):
        super().__init__(server, rotates=True)
        self.next_host = server.address
        self.extra = []

    def answer(self, handler):
        assert handler.headers["Prefer"] == 'outlook.timezone="UTC"'
        parts = urlsplit(handler.path)
        events = self.extra + [
            {
                "start": {"dateTime": f"{begins:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"},
                "end": {"dateTime": f"{ends:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"},
                "showAs": "busy", "isCancelled": False, "iCalUId": secrets.token_hex(8),
            }
            for begins, ends in self.busy
        ]  # fmt: skip
        if parts.path == "/api":
            assert set(parse_qs(parts.query)["$select"][0].split(",")) == {
                "start", "end", "showAs", "isCancelled", "iCalUId",
            }  # fmt: skip
            return {"value": events[:1], "@odata.nextLink": f"{self.next_host}/page1"}
        return {"value": events[1:]}


def say(handler, said, status=200):
    content = json.dumps(said).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", len(content))
    handler.end_headers()
    handler.wfile.write(content)


class ByPath(dict):
    """Answers by path, whatever question stands behind it."""

    def __getitem__(self, path):
        return super().__getitem__(urlsplit(path).path)


@pytest.fixture
def exchange(contexts):
    return partial(
        fetching.exchange, resolver=lambda host, port: ["127.0.0.1"], refused=lambda address: "", context=contexts[1]
    )


@pytest.fixture
def play(server, settings, monkeypatch, exchange):
    """Have a provider played, and this installation known to it."""

    def begin(key):
        fake = {"google": Google, "microsoft": Microsoft}[key](server)
        real = providers.PROVIDERS[key]
        played = dataclasses.replace(real, token_url=server.address + "/token", api_url=server.address + "/api")
        monkeypatch.setitem(providers.PROVIDERS, key, played)
        setattr(settings, f"{key.upper()}_CLIENT_ID", "our-id")
        setattr(settings, f"{key.upper()}_CLIENT_SECRET", "our-secret")
        monkeypatch.setattr(services, "connect_calendar", partial(services.connect_calendar, exchange=exchange))
        monkeypatch.setattr(tasks.read_calendar, "apply_async", lambda **more: None)
        return fake

    # The fixture's handler looks answers up here, at each request.
    by_path = ByPath(server.answers)
    monkeypatch.setattr(server, "answers", by_path)
    server.RequestHandlerClass.do_GET = server.RequestHandlerClass.do_POST = lambda handler: by_path[handler.path](
        handler
    )
    return begin


def connect(client, key, fake, **changed):
    """Go all the way through the provider, as a browser does. Returns the last answer."""
    sent = client.get(f"{PAGE}connect/{key}/")
    assert sent.status_code == 302
    brought = fake.allow(sent["Location"]) | changed
    back = client.get(f"/calendar/connected/{key}/", brought)
    assert back.status_code == 302
    return client.get(back["Location"], follow=True)


def read(cast, exchange):
    with inside(cast.northwind):
        calendar = BusyCalendar.objects.get()
        services.read_calendar(calendar.pk, exchange=exchange)
        calendar.refresh_from_db()
        times = [f"{each.starts_at:%d %H:%M}-{each.ends_at:%H:%M}" for each in BusyTime.objects.all()]
    return calendar, times


def secret_of(cast):
    with inside(cast.northwind):
        calendar = BusyCalendar.objects.get()
        return unseal(calendar.secret, bound_to=calendar_place(calendar))


NINE = (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC))
FAR = (datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 9, 30, tzinfo=UTC))
BOTH = pytest.mark.parametrize("key", ["google", "microsoft"])


@BOTH
def test_an_account_is_connected_and_read(cast, as_member, play, exchange, key):
    fake = play(key)
    fake.busy = [NINE, FAR]
    page = connect(as_member(cast.tom), key, fake)
    assert "Connected." in page.content.decode()
    assert secret_of(cast) == fake.refresh
    calendar, times = read(cast, exchange)
    assert (calendar.source, calendar.name, calendar.problem) == (key, key.title(), "")
    assert times == ["24 09:00-10:00", "01 09:00-09:30"]
    with inside(cast.northwind):
        free = services.free_slots(cast.mentorship, by=cast.ines, days=3)
        assert [f"{slot.starts_at:%d %H:%M}" for slot in free] == ["24 10:00", "24 11:00"]


@BOTH
def test_our_own_session_does_not_stand_in_its_own_way(cast, booked, as_member, play, exchange, key):
    fake = play(key)
    fake.busy = [NINE]
    if key == "microsoft":
        # Longer there than here, but the same by name.
        fake.extra = [
            {"start": {"dateTime": "2026-11-24T09:00:00.0000000"}, "end": {"dateTime": "2026-11-24T10:15:00.0000000"},
             "showAs": "busy", "isCancelled": False, "iCalUId": str(booked.uid).upper()},
        ]  # fmt: skip
    connect(as_member(cast.tom), key, fake)
    assert read(cast, exchange)[1] == []


def test_what_stands_where_a_session_is_off_counts(cast, booked, as_member, play, exchange):
    fake = play("google")
    fake.busy = [NINE]
    connect(as_member(cast.ines), "google", fake)
    assert read(cast, exchange)[1] == []
    with inside(cast.northwind):
        services.cancel_session(booked, by=cast.ines, reason="I have to see the dentist then.")
    assert read(cast, exchange)[1] == ["24 09:00-10:00"]
    with inside(cast.northwind):
        free = services.free_slots(cast.mentorship, by=cast.tom, days=3)
        assert [f"{slot.starts_at:%d %H:%M}" for slot in free] == ["24 10:00", "24 11:00"]


def test_what_stands_where_a_session_is_only_wished_for_counts(cast, as_member, play, exchange):
    fake = play("google")
    fake.busy = [NINE]
    connect(as_member(cast.ines), "google", fake)
    with inside(cast.northwind):
        BookingPolicy.objects.create(program=cast.mentorship.program, needs_yes=True)
        wish = services.book_session(cast.mentorship, starts_at=NINE[0], by=cast.tom)
    assert read(cast, exchange)[1] == ["24 09:00-10:00"]
    with inside(cast.northwind):
        assert accept_wish(wish, by=cast.ines).planned == []


def test_what_microsoft_says_is_free(cast, as_member, play, exchange):
    fake = play("microsoft")
    connect(as_member(cast.tom), "microsoft", fake)
    for number, (show_as, cancelled) in enumerate(
        [("free", False), ("workingElsewhere", False), ("busy", True), ("tentative", False), ("oof", False)]
    ):
        fake.extra.append({
            "start": {"dateTime": f"2026-11-24T{9 + number:02}:00:00.0000000"},
            "end": {"dateTime": f"2026-11-24T{9 + number:02}:30:00.0000000"},
            "showAs": show_as, "isCancelled": cancelled, "iCalUId": "x",
        })  # fmt: skip
    assert read(cast, exchange)[1] == ["24 12:00-12:30", "24 13:00-13:30"]


def test_a_refresh_token_that_changes_is_kept(cast, as_member, play, exchange):
    fake = play("microsoft")
    connect(as_member(cast.tom), "microsoft", fake)
    kept = {secret_of(cast)}
    for _time in range(3):
        calendar, _times = read(cast, exchange)
        assert calendar.problem == ""
        assert secret_of(cast) == fake.refresh
        kept.add(fake.refresh)
    assert len(kept) == 4


def test_the_new_one_is_kept_before_anything_can_fail(cast, as_member, play, exchange, server):
    fake = play("microsoft")
    connect(as_member(cast.tom), "microsoft", fake)
    server.answers["/api"] = lambda handler: say(handler, {}, 503)
    assert read(cast, exchange)[0].problem == "status"
    server.answers["/api"] = fake.api
    assert read(cast, exchange)[0].problem == ""


def test_two_that_read_at_once(cast, as_member, play, exchange):
    fake = play("microsoft")
    connect(as_member(cast.tom), "microsoft", fake)

    def overtaken(address, **more):
        """While the first asks for its tokens, the other has been through already."""
        read(cast, exchange)
        return exchange(address, **more)

    calendar, _times = read(cast, overtaken)
    assert calendar.problem == "slow"
    assert read(cast, exchange)[0].problem == ""


@BOTH
def test_access_that_was_taken_back(cast, as_member, play, exchange, key, clock):
    fake = play(key)
    fake.busy = [NINE]
    connect(as_member(cast.tom), key, fake)
    read(cast, exchange)
    fake.is_revoked = True
    for _time in range(3):
        calendar, times = read(cast, exchange)
        clock.shift(timedelta(minutes=15))
    assert calendar.problem == "revoked"
    assert times == ["24 09:00-10:00"]
    assert "The access was taken back." in as_member(cast.tom).get(PAGE).content.decode()
    with inside(cast.northwind):
        # At once, because it won't come right by itself, and once.
        assert Message.objects.filter(kind="calendar_failing").count() == 1


@pytest.mark.parametrize("changed", [{"state": "another"}, {"code": ""}, {"state": ""}])
def test_what_was_brought_by_somebody_else_is_refused(cast, as_member, play, changed):
    fake = play("google")
    page = connect(as_member(cast.tom), "google", fake, **changed)
    assert "The account was not connected." in page.content.decode()
    assert fake.asked == []


def test_a_way_back_is_gone_once(cast, as_member, play):
    fake = play("google")
    tom = as_member(cast.tom)
    brought = fake.allow(tom.get(f"{PAGE}connect/google/")["Location"])
    assert "Connected." in tom.get(f"{PAGE}connected/google/", brought, follow=True).content.decode()
    assert "not connected" in tom.get(f"{PAGE}connected/google/", brought, follow=True).content.decode()
    with inside(cast.northwind):
        assert BusyCalendar.objects.count() == 1


def test_another_providers_answer_is_not_taken(cast, as_member, play):
    fake = play("google")
    play("microsoft")
    tom = as_member(cast.tom)
    brought = fake.allow(tom.get(f"{PAGE}connect/google/")["Location"])
    assert "not connected" in tom.get(f"{PAGE}connected/microsoft/", brought, follow=True).content.decode()


def test_a_code_without_our_verifier_is_worth_nothing(cast, as_member, play):
    fake = play("google")
    tom = as_member(cast.tom)
    brought = fake.allow(tom.get(f"{PAGE}connect/google/")["Location"])
    session = tom.session
    session["connecting_calendar"] = session["connecting_calendar"] | {"verifier": providers.new_verifier()}
    session.save()
    page = tom.get(f"{PAGE}connected/google/", brought, follow=True)
    assert "The account could not be connected." in page.content.decode()


def test_microsofts_next_page_stands_on_its_own_server(cast, as_member, play, exchange):
    fake = play("microsoft")
    connect(as_member(cast.tom), "microsoft", fake)
    fake.next_host = "https://evil.example"
    assert read(cast, exchange)[0].problem == "redirects"


@pytest.mark.parametrize("said", [b"no json", b"[]", b'{"calendars": {"primary": {"busy": [{"start": 1}]}}}'])
def test_nonsense_from_a_provider(said):
    def answers(address, **more):
        return (200, said)

    with pytest.raises(fetching.FetchProblem):
        providers.busy(
            providers.PROVIDERS["google"], "x", start=utc("2026-11-01T00:00"), end=utc("2026-11-02T00:00"),
            own=frozenset(), exchange=answers,
        )  # fmt: skip


def test_off_without_credentials(cast, as_member):
    tom = as_member(cast.tom)
    assert "Connect Google" not in tom.get(PAGE).content.decode()
    for key in ("google", "microsoft", "another"):
        answer = tom.get(f"{PAGE}connect/{key}/", follow=True)
        assert "can’t be connected here" in answer.content.decode()
    assert tom.get("/calendar/connected/google/").status_code == 404


def test_what_is_asked_for(settings):
    client = providers.Client("our-id", "our-secret", "https://x.example/calendar/connected/google/")
    for key, scope in (
        ("google", "https://www.googleapis.com/auth/calendar.freebusy"),
        ("microsoft", "offline_access https://graph.microsoft.com/Calendars.ReadBasic"),
    ):
        address = providers.authorize_url(providers.PROVIDERS[key], client, state="s", verifier="v" * 64)
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["scope"] == scope
        assert asked["redirect_uri"] == "https://x.example/calendar/connected/google/"
        assert "our-secret" not in address
        assert "v" * 64 not in address
    # RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert providers.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
