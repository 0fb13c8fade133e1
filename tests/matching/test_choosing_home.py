"""What those who choose, and are asked, find as their next action at home and on the programme's page."""

import pytest

from tests.matching.test_requests import Scheme
from tests.people import inside


@pytest.fixture
def scheme(org):
    return Scheme(org)


def at_home(client):
    return client.get("/o/northwind/").context["home"].next_step


def of_program(client, scheme):
    return client.get(f"/o/northwind/programmes/{scheme.program.pk}/").context["next_step"]


def test_it_leads_from_asking_to_the_answer(scheme, browser_of):
    def theo():
        return browser_of(scheme.theo.member)

    def maya():
        return browser_of(scheme.maya.member)

    path = f"/o/northwind/programmes/{scheme.program.pk}"
    assert (at_home(theo()).key, at_home(theo()).url) == ("choose", f"{path}/mentors/")
    assert of_program(theo(), scheme).title == "Find a mentor"
    assert at_home(maya()).key == "may_be_asked"
    assert of_program(maya(), scheme) is None

    request = scheme.ask(scheme.theo, scheme.maya)
    one = f"/o/northwind/requests/{request.pk}/"
    assert (at_home(theo()).key, at_home(theo()).title) == ("asked", "You have asked Maya Osei")
    assert of_program(theo(), scheme) is None
    assert (at_home(maya()).title, at_home(maya()).url) == ("Theo Osei asks you to be their mentor", one)
    assert of_program(maya(), scheme).title == "1 mentee asks you"

    scheme.do("ask_back", request, question="What have you tried?")
    assert (at_home(theo()).title, at_home(theo()).url) == ("Maya Osei would like to know more", one)
    assert of_program(theo(), scheme).url == one
    assert at_home(maya()).key == "may_be_asked"

    scheme.do("answer_question", request, answer="Two courses.")
    scheme.do("accept_request", request)
    assert at_home(theo()).key == "book"
    assert of_program(theo(), scheme) is None


def test_an_admin_isnt_sent_to_match_where_mentees_choose(scheme, admin):
    assert at_home(admin).key not in ("match", "unmatched")
    assert of_program(admin, scheme) is None
    with inside(scheme.org):
        scheme.program.pairing = "hybrid"
        scheme.program.save()
    assert at_home(admin).key == "match"
    assert of_program(admin, scheme).action == "Go to matching"


def test_the_programmes_page_leads_to_wishes_and_mentors(scheme, browser_of):
    page = browser_of(scheme.theo.member).get(f"/o/northwind/programmes/{scheme.program.pk}/").content.decode()
    assert "You choose a mentor who suits you, and ask them." in page
    assert f"/programmes/{scheme.program.pk}/wishes/" in page
    assert f"/programmes/{scheme.program.pk}/mentors/" in page
