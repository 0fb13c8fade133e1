"""What no form would send: null bytes, endless numbers, times at the end of the calendar. Nothing of it is our error."""

import pytest
from django.test import Client

import accounts.services
from tests.api.conftest import BACKEND, make_cast
from tests.people import inside

LONG = "9" * 5000
STRANGE = ["\x00", "a\x00b", LONG, "9" * 20, "-1", "²", "%", "\ud83d".encode("utf-8", "surrogatepass"), "x " * 1500]
LISTS = [
    "", "people/", "programmes/", "sessions/", "settings/", "people/import/", "reports/", "reports/participation/",
    "reports/programmes/", "programmes/{program}/people/", "programmes/{program}/invite/",
    "programmes/{program}/matching/", "programmes/{program}/matching/unmatched/", "programmes/{program}/sign-up/",
    "sessions/book/{mentorship}/",
]  # fmt: skip
PARAMETERS = [
    "q",
    "page",
    "status",
    "tab",
    "role",
    "department",
    "site",
    "mentor",
    "by",
    "program",
    "start",
    "show",
    "next",
]
API_LISTS = ["members/", "programs/", "enrolments/", "mentorships/", "sessions/", "sessions/slots/"]
API_PARAMETERS = [
    "q", "email", "department", "status", "role", "format", "program", "member", "mentorship", "starts_from",
    "starts_before", "cursor", "page_size", "days",
]  # fmt: skip


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def visit(cast):
    client = Client(raise_request_exception=False)

    def enter(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return enter


def ids(cast):
    return {"program": cast.program.pk, "mentorship": cast.mentorship.pk, "session": cast.session.pk}


@pytest.mark.parametrize("parameters", [PARAMETERS, ["q"], ["page"], ["start"]])
def test_pages_take_any_query(cast, visit, parameters):
    client = visit(cast.olga)
    broken = []
    for page in LISTS:
        address = "/o/northwind/" + page.format(**ids(cast))
        for value in STRANGE:
            status = client.get(address, dict.fromkeys(parameters, value)).status_code
            if status >= 500:
                broken.append((page, value[:20]))
    assert broken == []


@pytest.mark.parametrize("parameters", [API_PARAMETERS, ["q"], ["cursor"], ["starts_from"]])
def test_endpoints_take_any_query(cast, visit, parameters):
    client = visit(cast.olga)
    broken = []
    for page in API_LISTS:
        for value in [*STRANGE, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]:
            status = client.get("/api/v1/o/northwind/" + page, dict.fromkeys(parameters, value)).status_code
            if status >= 500:
                broken.append((page, value[:20]))
    assert broken == []


@pytest.mark.parametrize(
    "path",
    [
        "people/{0}/", "people/{0}/edit/", "programmes/{0}/", "programmes/{0}/people/", "enrolments/{0}/", "jobs/{0}/",
        "mentorships/{0}/", "sessions/book/{0}/", "sessions/{0}/", "sessions/{0}/pulse/", "questions/{0}/",
        "programmes/{0}/matching/", "reports/programmes/{0}/", "people/import/{0}/", "sign-up-sheets/{0}/",
    ],
)  # fmt: skip
def test_no_row_has_an_endless_number(cast, visit, path):
    client = visit(cast.olga)
    for number in ("0", "9" * 19, "9" * 40, LONG):
        assert client.get("/o/northwind/" + path.format(number)).status_code == 404, number[:40]


def test_ids_in_forms_may_be_anything(cast, visit):
    client = visit(cast.olga)
    matching = f"/o/northwind/programmes/{cast.program.pk}/matching/"
    people = f"/o/northwind/programmes/{cast.program.pk}/"
    for value in STRANGE:
        for address, data in [
            (matching + "publish/", {"chosen": value}),
            (matching + "swap/", {"chosen": [value, "1-1"]}),
            (matching + f"mentees/{cast.mentee.pk}/place/", {"mentor": value}),
            (matching + f"mentees/{cast.mentee.pk}/place/", {"seen": value}),
            (matching + f"mentees/{cast.mentee.pk}/place/", {"swap_with": value}),
            (matching + "proposals/1/lock/", {"seen": value}),
            (people + "people/approve/", {"enrolment": value}),
            (people + "invite/", {"member": value, "message": value}),
            ("/o/northwind/people/add/", {"given_name": value, "manager": value, "time_zone": value, "level": value}),
            ("/o/northwind/people/invite/", {"email": value}),
            ("/o/northwind/profile/", {"given_name": "Olga", "time_zone": "Europe/London", "languages": value}),
            ("/o/northwind/settings/keys/", {"name": value}),
            ("/organisations/new/", {"name": value, "time_zone": value}),
            (f"/invitations/northwind/{'x' * 20}/", {}),
        ]:
            assert client.post(address, data).status_code < 500, (address, value[:20])


def test_answers_that_no_database_holds(cast, visit):
    with inside(cast.northwind):
        from programs.services import add_question

        question = add_question(cast.program, by=cast.adam, text="Why?", kind="text")
    client = visit(cast.nina)
    for text in ("a\\u0000b", "\\ud800"):
        body = (
            f'{{"program": {cast.program.pk}, "role": "mentee", '
            f'"answers": [{{"question": {question.pk}, "value": "{text}"}}]}}'
        )
        answer = client.post("/api/v1/o/northwind/enrolments/", body, content_type="application/json")
        assert answer.status_code == 400, text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_days_at_the_ends_of_the_calendar(cast, visit, day, zone):
    with inside(cast.northwind):
        cast.tom.time_zone = zone
        cast.tom.save()
        outsider = accounts.services.add_member(by=cast.adam, given_name="Lea", family_name="Lang")
    client = visit(cast.tom)
    for clock in ("00:00", "23:59"):
        data = {"day": day, "start": clock, "length": "60"}
        assert client.post(f"/o/northwind/sessions/record/{cast.mentorship.pk}/", data).status_code == 422
        for path in (f"sessions/book/{cast.mentorship.pk}/", f"sessions/{cast.session.pk}/move/"):
            status = client.post(f"/o/northwind/{path}", {"starts_at": f"{day}T{clock}"}).status_code
            assert status in (409, 422), path
    client = visit(cast.olga)
    for path, data in [
        (f"people/{cast.nina.pk}/leave/", {"last_day": day}),
        (f"people/{outsider.pk}/leave/", {"last_day": day}),
        (f"people/{outsider.pk}/rehire/", {"started_on": day}),
        (f"programmes/{cast.draft.pk}/wizard/objective/", {"objective": "own", "own": "More", "name": "More"}),
        (f"programmes/{cast.draft.pk}/wizard/format/", {"format": "traditional"}),
        (f"programmes/{cast.draft.pk}/wizard/who/", {
            "starts_on": day, "default_capacity": "1", "session_length": "60", "rhythm": "14", "answer_within": "7", "pairing": "admin", "requests_at_once": "1",
        }),
        (f"programmes/{cast.draft.pk}/wizard/format/", {"format": "reverse"}),
    ]:  # fmt: skip
        assert client.post("/o/northwind/" + path, data).status_code < 500, path
    for page in ("", "reports/", "reports/retention/", "people/", "programmes/"):
        assert client.get("/o/northwind/" + page).status_code == 200, page
