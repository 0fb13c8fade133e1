"""What a rule forbids by now, of pairs that are proposed."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from matching.models import Avoidance, PairRule, Proposal
from matching.scoring import Rule
from matching.services.attention import forbidden_now
from programs.models import Enrolment, Mentorship, Participant
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation

pytestmark = pytest.mark.django_db

RULES = {
    "same_team": True, "same_site": True, "max_zone_hours": 4, "min_level_gap": 0, "max_level_gap": 3,
    "mentor_min_tenure_months": 12,
}  # fmt: skip


@pytest.fixture
def org():
    return make_organisation()


@pytest.fixture
def program(org):
    program = make_program(org)
    set_rules(program, **RULES)
    return program


def set_rules(program, **rules):
    program.criteria = {**program.criteria, "rules": {**program.criteria["rules"], **rules}}
    with inside(program.organisation):
        program.save(update_fields=["criteria"])


def person(program, name, role, **fields):
    facts = {"level": 5 if role == "mentor" else 4, "site": "Berlin", "time_zone": "Europe/Berlin",
             "hired_on": date(2020, 1, 1), "languages": ["English"]}  # fmt: skip
    return enrol(program, make_member(program.organisation, name, login=False, **facts | fields), role)


def managed_by(member, manager):
    with inside(member.organisation):
        Member.objects.filter(pk=member.pk).update(manager=manager)


def test_every_rule_is_looked_at_and_what_was_set_aside_is_allowed(org, program):
    maya = person(program, "Maya", "mentor")
    noor = person(program, "Noor", "mentor")
    nia = person(program, "Nia", "mentor", hired_on=date(2026, 9, 1))
    # Whose managers are in a circle.
    ben = make_member(org, "Ben", login=False, manager=maya.member)
    managed_by(maya.member, ben)
    head = make_member(org, "Head", login=False)
    managed_by(noor.member, head)
    mentees = {
        "Line": person(program, "Line", "mentee", manager=ben),
        "Team": person(program, "Team", "mentee", manager=head),
        "Earlier": person(program, "Earlier", "mentee"),
        "Language": person(program, "Language", "mentee", languages=["French"]),
        "Site": person(program, "Site", "mentee", site="Paris"),
        "Zone": person(program, "Zone", "mentee", time_zone="Asia/Tokyo"),
        "Junior": person(program, "Junior", "mentee", level=1),
        "Senior": person(program, "Senior", "mentee", level=6),
        "New": person(program, "New", "mentee"),
        "Ruled": person(program, "Ruled", "mentee"),
        "Avoided": person(program, "Avoided", "mentee"),
        "Aside": person(program, "Aside", "mentee"),
        "Gone": person(program, "Gone", "mentee", level=6),
        "Fine": person(program, "Fine", "mentee"),
    }
    with inside(org):
        past = Mentorship.objects.create(program=make_program(org, name="Before"), status="ended")
        for role, enrolment in (("mentor", maya), ("mentee", mentees["Earlier"])):
            Participant.objects.create(mentorship=past, enrolment=enrolment, role=role)
        PairRule.objects.create(program=program, mentee=mentees["Ruled"], mentor=maya, kind="must_not")
        Avoidance.objects.create(member=maya.member, avoided=mentees["Avoided"].member)
        Proposal.objects.create(program=program, mentee=mentees["Aside"], mentor=maya, status="discarded")
        Enrolment.objects.filter(pk=mentees["Gone"].pk).update(status="withdrawn")
        partner = {"Team": noor, "New": nia}
        pairs = {(each.pk, partner.get(name, maya).pk): name for name, each in mentees.items()}
        found = {pairs[pair]: rule for pair, rule in forbidden_now(program, list(pairs)).items()}
    assert found == {
        "Line": Rule.REPORTING_LINE,
        "Team": Rule.SAME_TEAM,
        "Earlier": Rule.EARLIER_PAIR,
        "Language": Rule.LANGUAGE,
        "Site": Rule.SITE,
        "Zone": Rule.ZONE,
        "Junior": Rule.LEVEL_TOO_HIGH,
        "Senior": Rule.LEVEL_TOO_LOW,
        "New": Rule.NOT_ELIGIBLE,
        "Ruled": Rule.MUST_NOT,
        "Avoided": Rule.AVOIDED,
    }


def test_what_no_rule_forbids_any_more_is_not_asked_for(org, program):
    maya, theo = person(program, "Maya", "mentor"), person(program, "Theo", "mentee")
    managed_by(theo.member, maya.member)
    set_rules(program, reporting_line=False, same_team=False, earlier_pairs=False, mentor_min_tenure_months=None)
    with inside(org), CaptureQueriesContext(connection) as queries:
        assert forbidden_now(program, [(theo.pk, maya.pk)]) == {}
    assert not [each["sql"] for each in queries if "manager_id" in each["sql"] or "spell" in each["sql"]]


def test_limits_that_contradict_each_other_forbid_nothing(org, program):
    maya, theo = person(program, "Maya", "mentor"), person(program, "Theo", "mentee", level=6)
    set_rules(program, min_level_gap=3, max_level_gap=1)
    with inside(org):
        assert forbidden_now(program, [(theo.pk, maya.pk)]) == {}


def test_a_line_of_many_managers_is_one_question(org, program):
    maya, theo = person(program, "Maya", "mentor"), person(program, "Theo", "mentee")

    def count():
        with inside(org), CaptureQueriesContext(connection) as queries:
            found = forbidden_now(program, [(theo.pk, maya.pk)])
        return len(queries), found

    managed_by(theo.member, maya.member)
    few, found = count()
    assert found == {(theo.pk, maya.pk): Rule.REPORTING_LINE}
    below = maya.member
    for at in range(8):
        below = make_member(org, f"Boss{at}", login=False, manager=below)
    managed_by(theo.member, below)
    assert count() == (few, found)
