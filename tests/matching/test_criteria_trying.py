"""The dry run: what a run would find, compared with what is proposed, and nothing written."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from matching import services
from matching.gathering import gather
from matching.models import Avoidance, CriteriaVersion, MatchRun, PairRule, Proposal
from matching.services import trying
from matching.services.trying import Change, NothingToTry, TooLarge, try_criteria
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from programs.criteria import complete
from programs.formats import TRADITIONAL
from programs.models import Enrolment
from programs.services import add_question
from tests.matching.cast import drafts, enrol, make_program
from tests.people import inside, make_member, make_organisation


@pytest.fixture(autouse=True)
def nothing_kept():
    trying.forget()


@pytest.fixture
def picky(org):
    """Theo and Uma both want what only Maya offers; she has one place, Noor and Omar have one each."""
    program = make_program(org)
    who = {}
    for name, skill in (("Maya", "Python"), ("Noor", "Law"), ("Omar", "Art")):
        member = make_member(org, name, login=False, level=5, department="Sales")
        who[name] = enrol(program, member, "mentor", skills=[skill])
    for name, wants in (("Theo", ["Python", "Law"]), ("Uma", ["Python"])):
        member = make_member(org, name, login=False, level=3, department="Legal")
        who[name] = enrol(program, member, "mentee", skills=wants)
    return program, who


def criteria(**changed):
    found = complete({}, TRADITIONAL)
    for name, value in changed.items():
        found[name] = {**found[name], **value} if isinstance(value, dict) else value
    return found


def run(program):
    with organisation_scope(program.organisation):
        services.run_matching(program.pk, NoProgress())


def test_before_the_first_run_there_is_nothing_to_compare_with(org, picky):
    program, _who = picky
    with inside(org):
        trial = try_criteria(program, criteria())
        assert not MatchRun.objects.exists()
        assert not Proposal.objects.exists()
        assert not CriteriaVersion.objects.exists()
    assert (trial.mentees, trial.mentors, trial.found.pairs, trial.found.unmatched) == (2, 3, 2, 0)
    assert (trial.now, trial.changes) == (None, ())


def test_the_same_criteria_change_nobody(org, picky):
    program, _who = picky
    run(program)
    with inside(org):
        trial = try_criteria(program, criteria())
    assert trial.changes == ()
    assert trial.now.pairs == trial.found.pairs == 2
    assert trial.found.mean == pytest.approx(trial.now.mean, abs=1e-4)
    assert trial.found.lowest == pytest.approx(trial.now.lowest, abs=1e-4)


def test_it_finds_what_a_run_would(org, picky):
    program, who = picky
    run(program)
    assert drafts(program) == [("Theo", "Noor"), ("Uma", "Maya")]
    # Nobody may be paired with somebody of a level above: nobody is left.
    none = criteria(rules={"min_level_gap": None, "max_level_gap": 0})
    with inside(org):
        trial = try_criteria(program, none)
    assert (trial.found.pairs, trial.found.unmatched, trial.found.mean) == (0, 2, None)
    assert trial.changes == (
        Change(who["Theo"].pk, who["Noor"].pk, None), Change(who["Uma"].pk, who["Maya"].pk, None),
    )  # fmt: skip
    with inside(org):
        program.criteria = none
        program.save()
    run(program)
    assert drafts(program) == []
    with inside(org):
        back = try_criteria(program, criteria())
    assert (back.now, back.found.pairs) == (None, 2)


def test_locked_pairs_stay_and_must_pairs_come(org, alice, picky):
    program, who = picky
    run(program)
    with inside(org):
        services.lock(Proposal.objects.get(mentee=who["Theo"]), by=alice)
        services.add_pair_rule(program, mentee=who["Uma"], mentor=who["Omar"], kind="must", by=alice)
        trial = try_criteria(program, criteria())
    assert trial.changes == (Change(who["Uma"].pk, who["Maya"].pk, who["Omar"].pk),)


def test_whatever_changes_about_people_is_seen_at_once(org, alice, picky):
    program, who = picky
    with inside(org):
        before = try_criteria(program, criteria())
        assert len(trying._kept) == 1
        try_criteria(program, criteria(weights={"skills": 8}))
        assert len(trying._kept) == 1
        PairRule.objects.create(program=program, mentee=who["Uma"], mentor=who["Maya"], kind="must_not")
        after = try_criteria(program, criteria())
        assert after.found.mean < before.found.mean
        Avoidance.objects.create(member=who["Uma"].member, avoided=who["Omar"].member)
        Enrolment.objects.filter(pk=who["Noor"].pk).update(capacity=0)
        last = try_criteria(program, criteria())
    assert (last.found.pairs, last.found.unmatched) == (1, 1)


def test_what_is_kept_depends_on_every_table_that_is_read(org, alice, picky):
    program, _who = picky
    with inside(org):
        question = add_question(program, by=alice, text="How bold?", kind="scale")
        program.criteria = criteria(
            questions=[{"question": question.pk, "compare": "close", "weight": 1}],
            characteristics=[
                {"key": "k", "label": "x", "options": ["a", "b"], "why": "y", "want": "same", "weight": 1}
            ],
        )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            gather(program)
    read = {name for each in queries for name in re.findall(r'(?:FROM|JOIN) "(\w+)"', each["sql"])}
    assert {"programs_enrolment", "accounts_member", "matching_avoidance"} <= read
    assert read - {"programs_program", "accounts_organisation"} <= set(trying._READ)


@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_an_empty_side_is_told(org, role):
    program = make_program(org)
    enrol(program, make_member(org, "Maya", login=False), role)
    with inside(org), pytest.raises(NothingToTry):
        try_criteria(program, criteria())


def test_too_many_for_waiting_is_told_with_a_way_out(admin, scheme, monkeypatch):
    monkeypatch.setattr(trying, "MOST_PAIRS", 5)
    with inside(scheme.org), pytest.raises(TooLarge, match="2 mentees and 3 mentors are too many"):
        try_criteria(scheme.program, criteria())
    from tests.matching.test_criteria import sent

    data = sent(admin.get(scheme.url("criteria/")))
    page = admin.post(scheme.url("criteria/try/"), data, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "Save, then match again" in page.content.decode()


def test_the_panel_names_who_changes(admin, scheme):
    from tests.matching.test_criteria import sent

    data = sent(admin.get(scheme.url("criteria/")), level_rule="own", max_level_gap="0", min_level_gap="0")
    page = admin.post(scheme.url("criteria/try/"), data, headers={"HX-Request": "true"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "2 mentees change" in text
    assert "Theo Osei" in text
    assert "nobody" in text
    assert "<html" not in text
    # Without scripts the whole page comes back, with what was typed.
    page = admin.post(scheme.url("criteria/try/"), data)
    assert page.context["form"]["level_rule"].value() == "own"
    assert "2 mentees change" in page.content.decode()


def test_two_organisations_are_never_mixed_up(org, picky):
    program, _who = picky
    other = make_organisation("contoso")
    theirs = make_program(other)
    enrol(theirs, make_member(other, "Zed", login=False), "mentor")
    enrol(theirs, make_member(other, "Yan", login=False), "mentee")
    with inside(org):
        assert try_criteria(program, criteria()).mentees == 2
    with inside(other):
        assert try_criteria(theirs, criteria()).mentees == 1
    assert len(trying._kept) == 2
