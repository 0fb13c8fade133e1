"""What people wish: the services, and the page that only they see."""

import re

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from matching import services
from matching.models import Avoidance, Declaration, MatchRun, MentorRequest, StatedChoice
from matching.working_style import style_of
from mentoring.jobs.models import Job
from mentoring.tenancy.erasing import erase_organisation
from mentoring.tenancy.models import TenantModel
from programs.criteria import default_criteria
from programs.formats import FORMATS
from programs.models import Enrolment, EnrolmentSkill
from programs.services import change_sign_up, withdraw
from tests.matching.test_requests import Scheme
from tests.people import inside, make_member, make_organisation

ASKED = {
    "key": "k1", "label": "Gender", "options": ["Woman", "Man", "Other"], "why": "Women asked for women as mentors.",
    "want": "same", "weight": 2,
}  # fmt: skip
CALM = ["3", "3", "3", "1", "3", "3", "3", "3", "5", "3"]


@pytest.fixture
def scheme(org):
    criteria = {**default_criteria(FORMATS["traditional"]), "characteristics": [ASKED]}
    return Scheme(org, criteria=criteria)


@pytest.fixture
def theo(browser_of, scheme):
    return browser_of(scheme.theo.member)


def url(scheme, rest=""):
    return f"/o/northwind/programmes/{scheme.program.pk}/wishes/{rest}"


def rows(scheme, model, *fields):
    with inside(scheme.org):
        return list(model.objects.order_by("pk").values_list(*fields))


def of(scheme, enrolment):
    with inside(scheme.org):
        return Enrolment.objects.get(pk=enrolment.pk)


def test_up_to_five_are_chosen_in_order(scheme, org, theo):
    for mentor in (scheme.maya, scheme.noor):
        theo.post(url(scheme), {"part": "choose", "act": "add", "person": mentor.pk})
    assert rows(scheme, StatedChoice, "chosen_id", "rank") == [(scheme.maya.pk, 1), (scheme.noor.pk, 2)]
    theo.post(url(scheme), {"part": "choose", "act": "up", "person": scheme.noor.pk})
    assert rows(scheme, StatedChoice, "chosen_id", "rank") == [(scheme.noor.pk, 1), (scheme.maya.pk, 2)]
    theo.post(url(scheme), {"part": "choose", "act": "remove", "person": scheme.noor.pk})
    assert rows(scheme, StatedChoice, "chosen_id", "rank") == [(scheme.maya.pk, 1)]
    # Nobody of one's own side, and nobody twice.
    assert theo.post(url(scheme), {"part": "choose", "act": "add", "person": scheme.uma.pk}).status_code == 409
    theo.post(url(scheme), {"part": "choose", "act": "add", "person": scheme.maya.pk})
    assert rows(scheme, StatedChoice, "chosen_id", "rank") == [(scheme.maya.pk, 1)]
    with inside(org), pytest.raises(services.MatchingProblem, match="five people at most"):
        services.say_choices(scheme.theo, range(1, 7), by=scheme.theo.member)


def test_the_search_finds_the_other_side_whatever_the_rules_say(scheme, org, theo):
    with inside(org):
        Avoidance.objects.create(member=scheme.maya.member, avoided=scheme.theo.member)
    page = theo.get(url(scheme, "?choose=maya")).content.decode()
    assert "Maya Osei" in page
    assert "Nobody of that name takes part" in theo.get(url(scheme, "?choose=uma")).content.decode()


def test_an_avoidance_is_private_to_who_said_it(scheme, org, theo, browser_of):
    with inside(org):
        alice = make_member(org, "Alice", is_admin=True, is_owner=True)
    assert "Not this person" in theo.get(url(scheme, "?avoid=maya")).content.decode()
    theo.post(url(scheme), {"part": "avoid", "person": scheme.maya.member_id})
    theo.post(url(scheme), {"part": "avoid", "person": scheme.maya.member_id})
    assert rows(scheme, Avoidance, "member_id", "avoided_id") == [(scheme.theo.member_id, scheme.maya.member_id)]
    assert "only you, not even the programme admins" in theo.get(url(scheme)).content.decode()
    assert theo.post(url(scheme), {"part": "avoid", "person": scheme.theo.member_id}).status_code == 409
    maya = browser_of(scheme.maya.member)
    assert "Theo" not in maya.get(url(scheme)).content.decode()
    # Somebody else's list can't be touched.
    maya.post(url(scheme), {"part": "stop_avoiding", "person": scheme.maya.member_id})
    assert len(rows(scheme, Avoidance, "pk")) == 1
    with inside(org), pytest.raises(PermissionDenied):
        services.avoid(scheme.theo.member, scheme.noor.member, by=alice)
    browser_of(scheme.theo.member).post(url(scheme), {"part": "stop_avoiding", "person": scheme.maya.member_id})
    assert rows(scheme, Avoidance, "pk") == []


def test_interests_are_kept_once_each(scheme, theo):
    theo.post(url(scheme), {"part": "interests", "interests": "Jazz, jazz , Running"})
    assert of(scheme, scheme.theo).interests == ["jazz", "Running"]
    too_many = ", ".join(f"Interest {number}" for number in range(21))
    page = theo.post(url(scheme), {"part": "interests", "interests": too_many})
    assert page.status_code == 422
    assert "Interest 20" in page.content.decode()
    assert of(scheme, scheme.theo).interests == ["jazz", "Running"]


def test_five_traits_come_of_ten_answers():
    assert style_of([3] * 10) == [3, 3, 3, 3, 3]
    # In the order of the statements: outgoing 5 and (turned round) 1, blunt 1, planning 4, brooding 2, open 5, …
    assert style_of([5, 1, 4, 2, 5, 1, 4, 3, 4, 2]) == [4.5, 3.5, 5, 4.5, 4]


def test_the_working_style_is_kept_as_five_numbers_and_deleted(scheme, theo):
    answers = {f"item_{number}": value for number, value in enumerate(CALM)}
    missing = theo.post(url(scheme), {"part": "style", **answers, "item_4": ""})
    assert missing.status_code == 422
    assert missing.context["forms"]["style"].errors == {"item_4": ["Choose a number from 1 to 5."]}
    assert "Choose a number from 1 to 5." in missing.content.decode()
    assert of(scheme, scheme.theo).working_style is None
    theo.post(url(scheme), {"part": "style", **answers})
    assert of(scheme, scheme.theo).working_style == [3, 3, 3, 3, 5]
    page = theo.get(url(scheme)).content.decode()
    assert "Delete my working style" in page
    theo.post(url(scheme), {"part": "forget_style"})
    assert of(scheme, scheme.theo).working_style is None


def test_nothing_is_declared_without_its_own_consent(scheme, theo):
    page = theo.get(url(scheme)).content.decode()
    assert "Women asked for women as mentors." in page
    sent = {"part": "declare", "key": "k1", "declare-k1-value": "Woman"}
    refused = theo.post(url(scheme), sent)
    assert refused.status_code == 422
    assert "Without your consent nothing is kept." in refused.content.decode()
    assert rows(scheme, Declaration, "value") == []
    theo.post(url(scheme), {**sent, "declare-k1-consents": "on"})
    assert rows(scheme, Declaration, "enrolment_id", "key", "value") == [(scheme.theo.pk, "k1", "Woman")]
    # Not shown again, not even to who said it.
    page = theo.get(url(scheme)).content.decode()
    assert "Woman" not in page
    theo.post(url(scheme), {"part": "withdraw", "key": "k1"})
    assert rows(scheme, Declaration, "pk") == []
    assert theo.post(url(scheme), {**sent, "key": "k9", "declare-k1-consents": "on"}).status_code == 409


def test_being_counted_in_a_report_is_a_consent_of_its_own(scheme, theo):
    page = theo.get(url(scheme)).content.decode()
    assert "I also agree to be counted in the report on who gets access to mentoring" in page
    sent = {"part": "declare", "key": "k1", "declare-k1-value": "Woman"}
    # Alone it is none for being kept.
    assert theo.post(url(scheme), {**sent, "declare-k1-counted": "on"}).status_code == 422
    assert rows(scheme, Declaration, "value") == []
    theo.post(url(scheme), {**sent, "declare-k1-consents": "on"})
    assert rows(scheme, Declaration, "counted_at") == [(None,)]
    assert "It is used for matching only." in theo.get(url(scheme)).content.decode()
    theo.post(url(scheme), {"part": "withdraw", "key": "k1"})
    theo.post(url(scheme), {**sent, "declare-k1-consents": "on", "declare-k1-counted": "on"})
    ((counted_at,),) = rows(scheme, Declaration, "counted_at")
    assert counted_at is not None
    assert "You also agreed to be counted" in theo.get(url(scheme)).content.decode()


def test_a_declaration_goes_with_who_leaves(scheme, org):
    with inside(org):
        services.declare(scheme.theo, "k1", "Man", consents=True, by=scheme.theo.member)
        withdraw(scheme.theo, by=scheme.theo.member)
    assert rows(scheme, Declaration, "pk") == []


def test_a_programme_that_asks_nothing_shows_no_declarations(org, browser_of):
    scheme = Scheme(org)
    assert "declare" not in browser_of(scheme.theo.member).get(url(scheme)).content.decode()


def test_mentors_say_how_well_they_know_what_they_offer(scheme, org, browser_of):
    maya = browser_of(scheme.maya.member)
    with inside(org):
        skill = EnrolmentSkill.objects.get(enrolment=scheme.maya)
        other = EnrolmentSkill.objects.get(enrolment=scheme.noor)
    maya.post(url(scheme), {"part": "levels", f"level_{skill.pk}": "2", f"level_{other.pk}": "1"})
    assert rows(scheme, EnrolmentSkill, "enrolment_id", "level")[:2] == [(scheme.maya.pk, 2), (scheme.noor.pk, None)]
    assert maya.post(url(scheme), {"part": "levels", f"level_{skill.pk}": "9"}).status_code == 422
    # Changing the sign-up keeps what was said of a skill that stays.
    with inside(org):
        change_sign_up(scheme.maya, by=scheme.maya.member, skills=["Law", "Python"], capacity=1)
        kept = EnrolmentSkill.objects.filter(enrolment=scheme.maya).order_by("rank")
        assert list(kept.values_list("skill__name", "level")) == [("Law", None), ("Python", 2)]


def test_mentors_pause(scheme, browser_of):
    maya = browser_of(scheme.maya.member)
    maya.post(url(scheme), {"part": "pause"})
    assert of(scheme, scheme.maya).paused_at
    maya.post(url(scheme), {"part": "resume"})
    assert of(scheme, scheme.maya).paused_at is None
    assert browser_of(scheme.theo.member).post(url(scheme), {"part": "pause"}).status_code == 409


def test_what_is_said_brings_the_scores_of_a_run_up_to_date(scheme, org, theo):
    with inside(org):
        MatchRun.objects.create(program=scheme.program, finished_at=timezone.now())
    theo.post(url(scheme), {"part": "avoid", "person": scheme.maya.member_id})
    theo.post(url(scheme), {"part": "interests", "interests": "Jazz"})
    with inside(org):
        assert [job.params["enrolment_ids"] for job in Job.objects.filter(kind="matching.refresh")] == [
            [scheme.theo.pk]
        ]


def test_who_may_not_and_wrong_methods(scheme, org, browser_of, client):
    carl = browser_of(make_member(org, "Carl"))
    assert carl.get(url(scheme)).status_code == 403
    assert carl.post(url(scheme), {"part": "avoid", "person": scheme.maya.member_id}).status_code == 403
    south = make_organisation("southwind")
    stranger = browser_of(make_member(south, "Sam"))
    assert stranger.get(url(scheme)).status_code == 404
    theo = browser_of(scheme.theo.member)
    assert theo.put(url(scheme)).status_code == 405
    assert theo.post(url(scheme), {"part": "everything"}).status_code == 422
    other = make_member(south, "Sue")
    assert theo.post(url(scheme), {"part": "avoid", "person": other.pk}).status_code == 404


def test_another_programme_of_an_organisation_shows_only_its_own_choices(scheme, org, browser_of):
    with inside(org):
        services.say_choices(scheme.theo, [scheme.maya.pk], by=scheme.theo.member)
    page = browser_of(scheme.uma.member).get(url(scheme)).content.decode()
    assert re.findall(r"\d\. \w+ Osei", page) == []


def test_erasing_takes_every_wish(scheme, org):
    with inside(org):
        services.say_choices(scheme.theo, [scheme.maya.pk], by=scheme.theo.member)
        services.avoid(scheme.theo.member, scheme.noor.member, by=scheme.theo.member)
        services.declare(scheme.theo, "k1", "Man", consents=True, by=scheme.theo.member)
        services.ask_mentor(scheme.theo, scheme.maya, by=scheme.theo.member)
        # A single member takes theirs along.
        pk = scheme.theo.member_id
        for model in (StatedChoice, Avoidance, Declaration, MentorRequest):
            assert issubclass(model, TenantModel)
            assert apps.is_installed("matching")
        type(scheme.theo.member).objects.filter(pk=pk).delete()
        assert [model.objects.count() for model in (StatedChoice, Avoidance, Declaration, MentorRequest)] == [0] * 4
    erase_organisation(org)
