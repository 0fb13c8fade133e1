"""The dry run where people are not in plain pairs: what the run of that format would find, and nothing written."""

import pytest

from matching.models import GroupProposal, MatchRun, Proposal
from matching.services import trying
from matching.services.trying import NothingToTry, TooLarge, try_criteria
from programs.criteria import complete
from tests.matching.arranging.cast import groups, run, scheme
from tests.people import inside


def mentor(*skills, capacity=6):
    return ("mentor", {"skills": skills, "capacity": capacity}, {"level": 6})


def mentee(*skills):
    return ("mentee", {"skills": skills, "capacity": 0}, {"level": 3})


def peer(*skills, level=3, capacity=0):
    return ("peer", {"skills": skills, "capacity": capacity}, {"level": level})


def tried(org, program, **rules):
    with inside(org):
        criteria = complete(program.criteria, program.kind)
        return try_criteria(program, {**criteria, "rules": {**criteria["rules"], **rules}})


def test_a_circle_that_cannot_fill_is_dissolved_in_the_dry_run_too(org):
    program, _who = scheme(org, "circle", {"Maya": mentor(), **{f"P{n}": mentee() for n in range(3)}})
    trial = tried(org, program)
    assert (trial.found.groups, trial.found.pairs, trial.found.unmatched) == (0, 0, 4)
    assert trial.told == ("1 circle could not fill and was dissolved.",)
    assert trial.now is None
    with inside(org):
        assert not MatchRun.objects.exists()
        assert not GroupProposal.objects.exists()
        assert not Proposal.objects.exists()


def test_peers_are_tried_as_a_run_pairs_them_and_compared_with_what_is_suggested(org):
    people = {"Ann": peer("Python"), "Ben": peer("Python"), "Cem": peer("Law", level=4), "Dot": peer("Law", level=4)}
    program, _who = scheme(org, "peer", people)
    run(program)
    assert groups(program) == [["Ann", "Ben"], ["Cem", "Dot"]]
    trial = tried(org, program)
    assert (trial.found.groups, trial.found.unmatched, trial.same) == (2, 0, 2)
    assert (trial.now.groups, trial.now.unmatched) == (2, 0)
    assert trial.found.mean == pytest.approx(trial.now.mean)
    narrow = tried(org, program, min_level_gap=1, max_level_gap=1)
    assert (narrow.found.groups, narrow.found.unmatched, narrow.found.mean, narrow.same) == (0, 4, None, 0)


def test_a_cascade_is_tried_tier_by_tier(org):
    program, _who = scheme(
        org, "cascade", {"Top": peer(level=7, capacity=1), "Mia": peer(level=5), "Noa": peer(level=5)}
    )
    run(program)
    trial = tried(org, program)
    assert (trial.found.groups, trial.found.pairs, trial.found.unmatched, trial.same) == (None, 1, 1, 1)


def test_where_nobody_waits_the_dry_run_says_so(org, monkeypatch):
    program, _who = scheme(org, "peer", {})
    with pytest.raises(NothingToTry, match="Nobody is waiting"):
        tried(org, program)
    program, _who = scheme(org, "peer", {"Ann": peer(), "Ben": peer()}, name="Another")
    monkeypatch.setattr(trying, "MOST_IN_GROUPS", 3)
    with pytest.raises(TooLarge):
        tried(org, program)


def test_the_page_of_peers_shows_groups_and_no_aim_that_has_no_effect(org, admin):
    program, _who = scheme(org, "peer", {"Ann": peer("Python"), "Ben": peer("Python"), "Cem": peer("Python")})
    url = f"/o/{org.slug}/programmes/{program.pk}/matching/criteria/"
    page = admin.get(url)
    text = page.content.decode()
    assert "What matching aims for" not in text
    assert "Pairs that are running" not in text
    form = page.context["form"]
    typed = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    typed = {name: value for name, value in typed.items() if value is not False}
    found = admin.post(f"{url}try/", typed, headers={"HX-Request": "true"}).content.decode()
    assert 'data-figure="groups">1<' in found
    assert "1 groups, 0 left over" not in found
    assert "1 group, 0 left over, mean score" in found
    assert "Their number is odd, so three are together once." in found
    assert "Without a mentor" not in found
    saved = admin.post(url, {**typed, "weight_skills": "9"})
    assert saved.status_code == 302
    with inside(org):
        program.refresh_from_db()
    assert program.criteria["objective"] == "most"


def test_an_event_is_tried_as_meetings(org, admin):
    program, _who = scheme(org, "speed", {"Maya": mentor(), "Noor": mentor(), "Theo": mentee(), "Uma": mentee()})
    trial = tried(org, program)
    assert (trial.found.groups, trial.is_event, trial.found.unmatched) == (4, True, 0)
