"""The pages on which mentees choose and mentors answer."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from matching.models import Avoidance, MentorRequest, StatedChoice
from programs.criteria import default_criteria
from programs.formats import FORMATS
from programs.models import Enrolment, Program
from tests.matching.cast import enrol
from tests.matching.test_requests import Scheme
from tests.people import inside, make_member, make_organisation


@pytest.fixture
def scheme(org):
    return Scheme(org)


@pytest.fixture
def theo(browser_of, scheme):
    return browser_of(scheme.theo.member)


def url(scheme, rest="mentors/"):
    return f"/o/northwind/programmes/{scheme.program.pk}/{rest}"


def shown(page):
    """The given names of the mentors on a page, in order."""
    return [row.mentor.member.given_name for row in page.context["page"]]


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_mentors_come_best_first_with_reasons_in_the_mentees_voice(scheme, org, theo):
    lara = make_member(org, "Lara", level=5, department="Sales")
    enrol(scheme.program, lara, "mentor", skills=["Python", "Law"])
    page = theo.get(url(scheme))
    assert page.status_code == 200
    assert shown(page)[0] == "Lara"
    assert set(shown(page)) == {"Lara", "Maya", "Noor", "Omar"}
    text = page.content.decode()
    assert "Offers all 2 skills you want: Python, Law" in text
    assert "2 free places" in text


def test_who_is_ruled_out_is_as_little_there_as_who_never_signed_up(scheme, org, theo):
    with inside(org):
        Member.objects.filter(pk=scheme.theo.member_id).update(manager=scheme.maya.member)
        Avoidance.objects.create(member=scheme.noor.member, avoided=scheme.theo.member)
    page = theo.get(url(scheme))
    assert shown(page) == ["Omar"]
    assert "1 mentor" in page.content.decode()
    missing = theo.get(url(scheme, "mentors/987654/"))
    for mentor in (scheme.maya, scheme.noor):
        there = theo.get(url(scheme, f"mentors/{mentor.pk}/"))
        assert (there.status_code, there.content) == (404, missing.content)
        assert theo.post(url(scheme, f"mentors/{mentor.pk}/"), {"note": "Please"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=may", ["Maya"]),
        ("name=osei+omar", ["Omar"]),
        ("skill=Law", ["Noor"]),
        ("department=Legal", ["Omar"]),
        ("site=Leeds", ["Maya"]),
        ("language=French", ["Omar"]),
        ("free_at=0-morning", ["Noor"]),
        ("free_at=0-afternoon", []),
        ("only_free=on", ["Noor"]),
        ("sort=name", ["Maya", "Noor", "Omar"]),
        ("sort=places&name=o", ["Noor", "Maya", "Omar"]),
        ("skill=nonsense", ["Maya", "Noor", "Omar"]),
        ("page=99&name=noor", ["Noor"]),
    ],
)
def test_filters_and_orders(scheme, org, theo, query, found):
    with inside(org):
        Member.objects.filter(pk=scheme.maya.member_id).update(site="Leeds")
        Member.objects.filter(pk=scheme.omar.member_id).update(department="Legal")
        Enrolment.objects.filter(pk=scheme.maya.pk).update(capacity=0)
        Enrolment.objects.filter(pk=scheme.omar.pk).update(languages=["French"], paused_at="2026-11-01T00:00Z")
        # In Tokyo, nine hours ahead of London in winter: her Monday evening is Theo's Monday morning.
        Enrolment.objects.filter(pk=scheme.noor.pk).update(free_hours=[[0, 17 * 60, 19 * 60]])
        Member.objects.filter(pk=scheme.noor.member_id).update(time_zone="Asia/Tokyo")
        skill = scheme.theo.skills.get(skill__name="Law").skill
        scheme.noor.skills.create(skill=skill)
    page = theo.get(url(scheme, f"mentors/?{query}"))
    assert page.status_code == 200
    assert sorted(shown(page)) == sorted(found) if "sort" not in query else shown(page) == found


def test_both_clocks_are_shown_where_they_differ(scheme, org, theo):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.noor.pk).update(free_hours=[[0, 7 * 60, 9 * 60]])
        Enrolment.objects.filter(pk=scheme.maya.pk).update(free_hours=[[1, 8 * 60, 10 * 60]])
        Member.objects.filter(pk=scheme.noor.member_id).update(time_zone="Asia/Tokyo")
    text = theo.get(url(scheme)).content.decode()
    # Monday 7 to 9 in Tokyo is Sunday 22 to midnight in London.
    assert re.search(r"Usually free Sun 2[23]:00–2[34]:00(; Mon 00:00–01:00)? \(London time\)", text)
    assert "For them: Mon 07:00–09:00 (Tokyo time)" in text
    assert "Usually free Tue 08:00–10:00 (London time)" in text
    assert text.count("For them:") == 1


def test_a_full_and_a_pausing_mentor_are_shown_as_such(scheme, org, theo):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.maya.pk).update(capacity=0)
        Enrolment.objects.filter(pk=scheme.omar.pk).update(paused_at="2026-11-01T00:00Z")
    text = theo.get(url(scheme)).content.decode()
    assert "full: requests wait" in text
    assert "pausing" in text
    assert "There is no free place now" in theo.get(url(scheme, f"mentors/{scheme.maya.pk}/")).content.decode()
    assert "Pausing at the moment" in theo.get(url(scheme, f"mentors/{scheme.omar.pk}/")).content.decode()


def test_asking_answering_and_the_way_out_of_a_clash(scheme, org, theo, browser_of):
    page = theo.post(url(scheme, f"mentors/{scheme.maya.pk}/"), {"note": "I write reports by hand."}, follow=True)
    assert said(page) == ["Asked. Maya Osei gets a letter, and so do you with the answer."]
    with inside(org):
        request = MentorRequest.objects.get()
    one = f"/o/northwind/requests/{request.pk}/"
    assert "Your open request" in theo.get(url(scheme)).content.decode()
    assert "You have asked somebody else" in theo.get(url(scheme, f"mentors/{scheme.noor.pk}/")).content.decode()
    clash = theo.post(url(scheme, f"mentors/{scheme.noor.pk}/"), {"note": "Or you?"})
    assert clash.status_code == 409
    assert "You have asked somebody already" in clash.content.decode()

    maya = browser_of(scheme.maya.member)
    listed = maya.get(url(scheme, "requests/")).content.decode()
    assert "Theo Osei" in listed
    assert "Offers 1 of the 2 skills wanted: Python" in listed
    assert "1 of 1 places free" in listed
    assert maya.post(one, {"act": "ask", "ask-question": " "}).status_code == 422
    maya.post(one, {"act": "ask", "ask-question": "What have you tried?"})
    assert maya.post(one, {"act": "answer", "answer": "Mine"}).status_code == 422

    theo = browser_of(scheme.theo.member)
    assert "What have you tried?" in theo.get(one).content.decode()
    assert theo.post(one, {"act": "accept"}).status_code == 422
    theo.post(one, {"act": "answer", "answer": "Two courses."})

    maya = browser_of(scheme.maya.member)
    assert "Two courses." in maya.get(one).content.decode()
    answered = maya.post(one, {"act": "accept"}, follow=True)
    assert "Your mentorship with Theo Osei begins now." in said(answered)[0]
    again = maya.post(one, {"act": "decline"})
    assert again.status_code == 409
    assert "This request is over: it is accepted." in again.content.decode()
    theo = browser_of(scheme.theo.member)
    assert "You have a mentor" in theo.get(url(scheme)).content.decode()


def test_what_a_mentor_writes_when_declining_is_read_by_the_mentee_only(scheme, org, theo, browser_of):
    theo.post(url(scheme, f"mentors/{scheme.maya.pk}/"), {"note": ""})
    with inside(org):
        request = MentorRequest.objects.get()
    one = f"/o/northwind/requests/{request.pk}/"
    browser_of(scheme.maya.member).post(one, {"act": "decline", "decline-reason": "Away until March."})
    assert "Away until March." in browser_of(scheme.theo.member).get(one).content.decode()
    for other in (scheme.uma.member, make_member(org, "Alice", is_admin=True)):
        assert browser_of(other).get(one).status_code == 404


def test_a_mentor_pauses_from_the_requests(scheme, org, browser_of):
    maya = browser_of(scheme.maya.member)
    maya.post(url(scheme, "requests/"), {"act": "pause"})
    assert "You are pausing" in maya.get(url(scheme, "requests/")).content.decode()
    maya.post(url(scheme, "requests/"), {"act": "resume"})
    with inside(org):
        assert Enrolment.objects.get(pk=scheme.maya.pk).paused_at is None


def test_each_role_finds_its_own_page(scheme, theo, browser_of):
    assert theo.get(url(scheme, "requests/")).headers["Location"] == url(scheme)
    assert browser_of(scheme.maya.member).get(url(scheme)).headers["Location"] == url(scheme, "requests/")
    assert browser_of(scheme.maya.member).get(url(scheme, f"mentors/{scheme.noor.pk}/")).status_code == 404


def test_where_admins_decide_there_is_nobody_to_ask(scheme, org, theo):
    with inside(org):
        Program.objects.update(pairing="admin")
    page = theo.get(url(scheme), follow=True)
    assert said(page) == ["In this programme the programme admins find the mentors. There is nothing to do for you."]


def test_who_may_not(scheme, org, browser_of):
    paths = ["mentors/", f"mentors/{scheme.maya.pk}/", "requests/"]
    colleague = browser_of(make_member(org, "Carl"))
    assert [colleague.get(url(scheme, path)).status_code for path in paths] == [403] * 3
    stranger = browser_of(make_member(make_organisation("southwind"), "Sam"))
    assert [stranger.get(url(scheme, path)).status_code for path in paths] == [404] * 3
    theo = browser_of(scheme.theo.member)
    assert theo.post(url(scheme)).status_code == 405
    assert theo.put(url(scheme, paths[1])).status_code == 405
    assert theo.delete(url(scheme, "requests/")).status_code == 405


def test_criteria_without_weight_are_told_kindly(scheme, org, theo):
    with inside(org):
        Program.objects.update(criteria={"weights": {"skills": 0}, "rules": {}})
    page = theo.get(url(scheme))
    assert page.status_code == 200


def test_as_many_queries_for_500_mentors_as_for_3_and_fast(scheme, org, theo):
    def ask():
        with CaptureQueriesContext(connection) as queries:
            assert theo.get(url(scheme)).status_code == 200
        return len(queries)

    ask()
    few = ask()
    with inside(org):
        members = Member.objects.bulk_create(
            Member(given_name=f"Row {n}", email=f"row{n}@x.example", time_zone="Europe/London", level=5)
            for n in range(497)
        )
        enrolments = Enrolment.objects.bulk_create(
            Enrolment(
                program=scheme.program, member=member, role="mentor", status="active", capacity=1,
                free_hours=[[0, 480, 600], [2, 480, 600]],
            )
            for member in members
        )  # fmt: skip
        skill = scheme.theo.skills.get(skill__name="Python").skill
        for enrolment in enrolments:
            enrolment.skills.create(skill=skill)
    assert ask() == few
    assert few <= 30


def test_as_many_queries_for_one_request_as_for_many(scheme, org, theo, browser_of):
    scheme.ask(scheme.theo, scheme.maya)

    def ask():
        with CaptureQueriesContext(connection) as queries:
            page = maya.get(url(scheme, "requests/"))
        assert page.status_code == 200
        return len(queries), len(page.context["rows"])

    maya = browser_of(scheme.maya.member)
    ask()
    few, one = ask()
    for number in range(5):
        member = make_member(org, f"Mentee{number}", login=False, level=3)
        scheme.ask(enrol(scheme.program, member, "mentee", skills=["Python"]), scheme.maya)
    many, six = ask()
    assert (one, six) == (1, 6)
    assert many == few


def test_what_either_said_privately_is_no_reason_that_the_other_reads(scheme, org, theo, browser_of):
    with inside(org):
        Program.objects.update(
            criteria={
                **default_criteria(FORMATS["traditional"]),
                "weights": {"skills": 1, "choices": 10, "style": 10},
            }
        )
        StatedChoice.objects.create(enrolment=scheme.maya, chosen=scheme.theo, rank=1)
        Enrolment.objects.filter(pk__in=[scheme.maya.pk, scheme.theo.pk]).update(working_style=[3, 3, 3, 3, 3])
    request = scheme.ask(scheme.theo, scheme.maya)
    assert {"choices", "style"} <= {each["criterion"] for each in request.reasons}
    listed = theo.get(url(scheme)).context["page"][0].speaking
    looked_at = theo.get(url(scheme, f"mentors/{scheme.maya.pk}/")).context["row"].speaking
    received = browser_of(scheme.maya.member).get(f"/o/northwind/requests/{request.pk}/").context["speaking"]
    assert listed == looked_at == ["Offers 1 of the 2 skills you want: Python"]
    assert received == ["Offers 1 of the 2 skills wanted: Python"]
