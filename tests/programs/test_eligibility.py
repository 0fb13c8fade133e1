"""Who may sign up: each rule in words, counted while it is typed, and an admin who lets somebody in says why."""

from datetime import date, timedelta

import pytest

from accounts.models import Member
from mentoring.tenancy.clock import today
from programs import services
from programs.eligibility import Facts, fails, months_between, tidy, why_not_eligible
from programs.models import Enrolment, Program
from programs.services import planning
from tests.people import inside, make_member
from tests.programs.scheme import make_program, sign_up

ON = date(2026, 11, 22)
ANN = Facts(department="Sales", site="Leeds", languages=("English", "French"), level=3, hired_on=date(2025, 5, 23))


@pytest.mark.parametrize(
    ("rules", "failed"),
    [
        ({}, ""),
        ({"departments": ["sales", "Finance"]}, ""),
        ({"departments": ["Finance"]}, "departments"),
        ({"sites": ["Leeds"]}, ""),
        ({"sites": ["York"]}, "sites"),
        ({"languages": ["german", "FRENCH"]}, ""),
        ({"languages": ["German"]}, "languages"),
        ({"levels": [3, 3]}, ""),
        ({"levels": [4, None]}, "levels"),
        ({"levels": [None, 2]}, "levels"),
        ({"months": [17, 17]}, ""),
        ({"months": [18, None]}, "months"),
        ({"months": [None, 16]}, "months"),
        ({"departments": ["Finance"], "levels": [9, None]}, "departments"),
    ],
)
def test_the_first_rule_that_is_not_met(rules, failed):
    assert fails(rules, ANN, on=ON) == failed


@pytest.mark.parametrize(
    "rules", [{"departments": ["x"]}, {"languages": ["x"]}, {"levels": [1, None]}, {"months": [0, 9]}]
)
def test_what_is_unknown_meets_no_rule(rules):
    assert fails(rules, Facts(), on=ON) == next(iter(rules))


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2025, 5, 23), ON, 17),
        (date(2025, 5, 22), ON, 18),
        (date(2026, 12, 1), ON, -1),
        (date(2024, 2, 29), date(2025, 2, 28), 11),
    ],
)
def test_whole_months(start, end, months):
    assert months_between(start, end) == months


@pytest.mark.parametrize(
    ("rules", "facts", "sentence"),
    [
        (
            {"departments": ["Finance", "IT", "HR"]}, ANN,
            "This programme takes as mentees only those in Finance, IT or HR. Of Ann it is known: Sales.",
        ),
        (
            {"months": [6, None]}, Facts(),
            "This programme takes as mentees only those who have been here for 6 months or longer. "
            "When Ann was hired is not known.",
        ),
        (
            {"levels": [4, 6]}, ANN,
            "This programme takes as mentees only those of level 4 to 6. Of Ann it is known: level 3.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_names_the_rule(rules, facts, sentence):
    assert why_not_eligible(rules, facts, on=ON, name="Ann", people="mentees") == sentence


def test_only_what_rules_somebody_out_is_kept():
    assert tidy({"departments": [], "sites": ["Leeds"], "levels": [None, None], "months": [None, 3]}) == {
        "sites": ["Leeds"], "months": [None, 3],
    }  # fmt: skip


@pytest.fixture
def for_sales(org, alice, program):
    with inside(org):
        planning.set_eligibility(program, rules={"mentee": {"departments": ["Sales"]}}, by=alice)
        return Program.objects.get(pk=program.pk)


def test_it_holds_for_one_role_and_at_every_way_in(sign_in, url, org, for_sales):
    pam = make_member(org, "Pam", department="Marketing")
    page = sign_in(pam).get(url("join", for_sales.pk)).content.decode()
    assert "only those in Sales. Of Pam Osei it is known: Marketing." in page
    with pytest.raises(services.NotEligible, match="only those in Sales"):
        sign_up(for_sales, pam)
    assert sign_up(for_sales, pam, role="mentor").status == "applied"


def test_whoever_meets_it_signs_up(bob, for_sales):
    assert sign_up(for_sales, bob).status == "applied"


def test_an_admin_lets_somebody_in_and_says_why(sign_in, url, org, alice, for_sales):
    make_member(org, "Pam", department="Marketing")
    client = sign_in(alice)
    sent = {"person": "pam@northwind.example", "role": "mentee", "skills": "Python"}
    answer = client.post(url("enrolment_add", for_sales.pk), sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "only those in Sales" in page
    assert "Say why, if Pam Osei is to take part all the same." in page
    answer = client.post(url("enrolment_add", for_sales.pk), {**sent, "despite": "Moves to Sales in May"})
    with inside(org):
        own = Enrolment.objects.get(program=for_sales)
        assert (own.status, own.let_in_because) == ("active", "Moves to Sales in May")
    assert "Moves to Sales in May" in client.get(answer.url).content.decode()


def test_a_reason_that_was_not_needed_is_not_kept(org, alice, bob, for_sales):
    assert sign_up(for_sales, bob, by=alice, despite="Just so").let_in_because == ""


def test_nobody_lets_themselves_in(org, for_sales):
    pam = make_member(org, "Pam", department="Marketing")
    with pytest.raises(services.NotEligible):
        sign_up(for_sales, pam, despite="I want to")


def test_the_page_counts_while_one_types(sign_in, url, org, alice, bob, program):
    client = sign_in(alice)
    where = url("eligibility", program.pk)
    assert "Mentees: 2 of 2 people may sign up." in client.get(where).content.decode()
    typed = {"mentee-departments": "Sales", "mentor-level_from": "5"}
    part = client.get(where, typed, headers={"HX-Request": "true"}).content.decode()
    assert "Mentees: 1 of 2 people may sign up." in part
    assert "Mentors: 0 of 2 people may sign up." in part
    assert "<html" not in part
    with inside(org):
        assert Program.objects.get(pk=program.pk).eligibility == {}


def test_who_was_hired_too_long_ago_is_not_counted_as_one_who_may(sign_in, url, org, alice, bob):
    program, client = make_program(alice, format="onboarding"), sign_in(alice)
    new = make_member(org, "Nia", hired_on=today())
    with inside(org):
        Member.objects.filter(pk=bob.pk).update(hired_on=today() - timedelta(days=91))
        assert services.why_not(program, new, role="mentee") == ""
    page = client.get(url("eligibility", program.pk)).content.decode()
    assert "New colleagues: 1 of 3 people may sign up." in page
    assert "Hired within the last 90 days" in client.get(url("plan", program.pk)).content.decode()


def test_the_page_keeps_the_rules(sign_in, url, org, alice, program):
    sent = {"mentee-departments": "Sales, IT", "mentee-months_to": "24", "mentor-languages": "Welsh"}
    client = sign_in(alice)
    assert client.post(url("eligibility", program.pk), sent).status_code == 302
    with inside(org):
        assert Program.objects.get(pk=program.pk).eligibility == {
            "mentee": {"departments": ["Sales", "IT"], "months": [None, 24]}, "mentor": {"languages": ["Welsh"]},
        }  # fmt: skip
    assert 'value="Sales, IT"' in client.get(url("eligibility", program.pk)).content.decode()
    wrong = client.post(url("eligibility", program.pk), {"mentee-level_from": "5", "mentee-level_to": "3"})
    assert wrong.status_code == 422


def test_only_those_for_whom_it_is_are_invited(org, alice, bob, program):
    rules = {"mentee": {"departments": ["Sales"]}}
    with inside(org):
        program = planning.set_eligibility(program, rules=rules, by=alice)
        # Anybody may still mentor.
        assert set(services.to_invite(program)) == {alice, bob}
        program = planning.set_eligibility(program, rules={**rules, "mentor": {"levels": [9, None]}}, by=alice)
        assert set(services.to_invite(program)) == {bob}


def test_whoever_is_in_already_stays(org, alice, bob, program):
    own = sign_up(program, bob)
    with inside(org):
        planning.set_eligibility(program, rules={"mentee": {"departments": ["IT"]}}, by=alice)
        assert services.approve(own, by=alice).status == "active"


def test_the_rules_of_a_role_that_is_not_there_are_a_mistake(org, alice):
    peers = make_program(alice, format="peer")
    with inside(org), pytest.raises(TypeError):
        planning.set_eligibility(peers, rules={"mentor": {}}, by=alice)
