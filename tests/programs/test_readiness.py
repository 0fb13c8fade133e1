"""The check before the launch: answers kept, advice given, never a wall."""

import pytest

from programs.models import Program
from programs.readiness import CHECKS, findings
from programs.services import planning
from tests.people import inside, make_member
from tests.programs.scheme import make_program


def test_every_answer_but_the_best_has_advice():
    for check in CHECKS:
        assert set(check.answers) == {"yes", "partly", "no"}
        assert set(check.advice) == {"partly", "no"}
    assert [check.key for check in CHECKS] == [
        "sponsor", "time", "people", "budget", "safeguarding", "communication",
    ]  # fmt: skip


def test_what_was_not_looked_at_says_why_it_matters():
    found = {each.check.key: each for each in findings({"time": "no", "budget": "nonsense"}, {})}
    assert (found["time"].tone, found["time"].is_well) == ("danger", False)
    assert str(found["time"].advice).startswith("Make it smaller")
    assert found["budget"].answer == ""
    assert str(found["budget"].advice) == str(found["budget"].check.why)


def test_a_sponsor_without_a_name_is_asked_for():
    found = findings({"sponsor": "yes"}, {"sponsor": None})[0]
    assert str(found.advice) == "Say who it is, so that the platform knows too."


@pytest.fixture
def draft(alice):
    return make_program(alice, launched=False)


def test_answers_and_people_are_kept(sign_in, url, org, alice, draft):
    make_member(org, "Sandra", family_name="Okafor")
    client = sign_in(alice)
    answer = client.post(
        url("readiness", draft.pk),
        {
            "answer_sponsor": "yes", "sponsor": "okafor", "answer_time": "partly", "answer_people": "",
            "answer_safeguarding": "no", "safeguarding_contact": "",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    with inside(org):
        kept = Program.objects.get(pk=draft.pk)
        assert kept.readiness == {"sponsor": "yes", "time": "partly", "safeguarding": "no"}
        assert kept.sponsor.name == "Sandra Okafor"
        assert kept.safeguarding_contact is None
    page = client.get(url("readiness", draft.pk)).content.decode()
    assert "Write to managers before people sign up" in page
    assert 'value="sandra@northwind.example"' in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Nobody Known", "Nobody who works here"),
        ("osei", "Several people are meant"),
        ("lena@northwind.example", "Nobody"),
    ],
)
def test_a_person_who_cannot_be_told_apart_is_asked_for_again(sign_in, url, org, alice, bob, draft, typed, said):
    from datetime import date

    make_member(org, "Lena", family_name="Gone", left_on=date(2024, 1, 31))
    answer = sign_in(alice).post(url("readiness", draft.pk), {"sponsor": typed, "answer_time": "no"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert f'value="{typed}"' in page


def test_it_stops_nobody(sign_in, url, org, alice, draft):
    client = sign_in(alice)
    client.post(url("readiness", draft.pk), {f"answer_{check.key}": "no" for check in CHECKS})
    with inside(org):
        planning.answer_readiness(
            Program.objects.get(pk=draft.pk), answers={"time": "no", "who": "yes"}, sponsor=None,
            safeguarding_contact=None, by=alice,
        )  # fmt: skip
        assert Program.objects.get(pk=draft.pk).readiness == {"time": "no"}
        Program.objects.filter(pk=draft.pk).update(wizard_step="check")
    page = client.get(url("wizard", draft.pk, "check")).content.decode()
    assert "0 of 6 points are settled. You can launch all the same." in page
    client.post(url("wizard", draft.pk, "check"))
    with inside(org):
        assert Program.objects.get(pk=draft.pk).status == "open"


def test_everybody_sees_whom_to_turn_to(sign_in, url, org, alice, bob, program):
    contact = make_member(org, "Carla", family_name="Care")
    with inside(org):
        planning.answer_readiness(program, answers={}, sponsor=None, safeguarding_contact=contact, by=alice)
    assert "Carla Care, in confidence" in sign_in(bob).get(url("detail", program.pk)).content.decode()
