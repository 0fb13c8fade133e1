"""What counts: saved as versions, undone, restored, and refused in a sentence."""

import pytest

from matching.models import CriteriaVersion
from matching.services.criteria import CriteriaChanged, change_criteria, current_version, restore_criteria
from matching.services.problems import MatchingProblem
from programs.criteria import changes, complete, default_criteria, problems
from programs.formats import ONBOARDING, REVERSE, TRADITIONAL
from programs.models import Program, Question
from programs.services import add_question, retire_question
from tests.people import inside, make_member, make_organisation


def sent(page, **changed):
    """What a browser would send of the form on the page, with some of it changed; None leaves a box unticked."""
    data = {}
    for bound in page.context["form"]:
        value = bound.value()
        if value is True:
            data[bound.html_name] = "on"
        elif value is not None and value is not False:
            data[bound.html_name] = str(value)
    data["seen"] = str(page.context["seen"])
    data.update(changed)
    return {name: value for name, value in data.items() if value is not None}


def now(org, scheme):
    with inside(org):
        return complete(Program.objects.get(pk=scheme.program.pk).criteria, TRADITIONAL)


def versions(org):
    with inside(org):
        return list(CriteriaVersion.objects.order_by("number").values_list("number", "restores"))


# The description.


def test_a_programme_from_before_stays_as_it_was():
    old = {"weights": dict(TRADITIONAL.weights), "rules": {"reporting_line": True, "min_level_gap": 0}}
    found = complete(old, TRADITIONAL)
    assert found["weights"] == {
        "skills": 5, "goals": 0, "level": 2, "department": 1, "site": 1, "languages": 1, "hours": 2, "zone": 0,
        "tenure": 0, "style": 0, "interests": 0, "choices": 0,
    }  # fmt: skip
    assert found["rules"] == {
        "reporting_line": True, "same_team": False, "common_language": False, "same_site": False,
        "earlier_pairs": False, "hours_capacity": False, "min_level_gap": 0, "max_level_gap": None,
        "max_zone_hours": None, "mentor_min_tenure_months": None,
    }  # fmt: skip
    assert (found["objective"], found["keep_gain"], found["questions"]) == ("most", None, [])
    assert found["settings"]["department_want"] == "different"
    assert found["settings"]["site_want"] == "same"
    assert problems(found) == []


def test_each_format_has_its_own_level_gap():
    gaps = [complete({}, kind)["settings"]["level_target"] for kind in (TRADITIONAL, REVERSE, ONBOARDING)]
    assert gaps == [2, -2, 0]


@pytest.mark.parametrize(
    ("part", "name", "value", "sentence"),
    [
        ("weights", "skills", 11, "Each weight is a number from 0 to 10."),
        ("weights", "skills", float("nan"), "Each weight is a number from 0 to 10."),
        ("weights", "skills", True, "Each weight is a number from 0 to 10."),
        ("settings", "zone_tolerance", 0, "is a number from 1 to 12."),
        ("settings", "site_want", "near", "Location can’t be “near”."),
        ("rules", "max_level_gap", -1, "No pair can be at least 0 and at most -1 levels apart."),
        ("rules", "max_zone_hours", -2, "is a number from 0 to 26."),
        (None, "objective", "best", "Choose what matching aims for."),
        (None, "keep_gain", 2, "is a number from 0 to 1."),
        (None, "questions", [{"question": 1, "compare": "like", "weight": 1}], "how the answers to each question"),
        (
            None, "characteristics",
            [{"key": "k", "label": "First in family", "options": ["yes", "no"], "why": "", "want": "same", "weight": 1}],
            "and a reason why the programme asks.",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(part, name, value, sentence):
    wrong = complete(default_criteria(TRADITIONAL), TRADITIONAL)
    (wrong[part] if part else wrong)[name] = value
    assert [each for each in problems(wrong) if sentence in each]


def test_changes_in_words():
    before = complete(default_criteria(TRADITIONAL), TRADITIONAL)
    after = complete(default_criteria(TRADITIONAL), TRADITIONAL)
    after["weights"]["skills"] = 8
    after["settings"]["department_want"] = "same"
    after["rules"] |= {"reporting_line": False, "max_zone_hours": 3}
    after["questions"] = [{"question": 7, "compare": "close", "weight": 2}]
    after["objective"] = "fairest"
    after["keep_gain"] = 0.2
    assert changes(before, after, questions={7: "How bold are you?"}) == [
        "Skills 5 → 8",
        "wanted another department → the same department",
        "“How bold are you?” 0 → 2",
        "reporting line no longer forbidden",
        "hours between time zones at most none → 3",
        "aim: Most people first → Fairest",
        "running pairs may be replaced for a gain above 0.2",
    ]
    assert changes(after, after, questions={}) == []


# Versions.


def test_a_change_is_a_version_and_the_same_again_is_none(org, alice, scheme):
    with inside(org):
        first = current_version(scheme.program)
        wanted = complete(scheme.program.criteria, TRADITIONAL)
        wanted["weights"]["skills"] = 8
        second = change_criteria(scheme.program, wanted, by=alice)
        again = change_criteria(scheme.program, wanted, by=alice)
    assert (first.number, first.made_by, second.number, second.made_by, again.pk) == (1, None, 2, alice, second.pk)
    assert versions(org) == [(1, None), (2, None)]
    assert now(org, scheme)["weights"]["skills"] == 8


def test_restoring_is_a_version_of_its_own(org, alice, scheme):
    with inside(org):
        wanted = complete(scheme.program.criteria, TRADITIONAL)
        wanted["weights"]["skills"] = 8
        change_criteria(scheme.program, wanted, by=alice)
        third = restore_criteria(scheme.program, 1, by=alice)
        assert restore_criteria(scheme.program, 1, by=alice).pk == third.pk
    assert versions(org) == [(1, None), (2, None), (3, 1)]
    assert now(org, scheme)["weights"]["skills"] == 5


def test_who_saw_an_older_version_is_told_what_changed(org, alice, scheme):
    with inside(org):
        first = current_version(scheme.program)
        wanted = complete(scheme.program.criteria, TRADITIONAL)
        wanted["weights"]["site"] = 4
        change_criteria(scheme.program, wanted, by=alice, seen=first.number)
        with pytest.raises(CriteriaChanged, match=r"Alice Osei changed what counts .* Location 1 → 4\.") as changed:
            change_criteria(scheme.program, wanted, by=alice, seen=first.number)
    assert changed.value.changes == ["Location 1 → 4"]


def test_a_programme_that_was_changed_without_a_version_gets_one(org, alice, scheme):
    with inside(org):
        current_version(scheme.program)
        scheme.program.criteria = {**scheme.program.criteria, "objective": "fairest"}
        scheme.program.save()
        assert current_version(scheme.program).number == 2


def test_nothing_without_sense_is_saved(org, alice, scheme):
    with inside(org):
        wrong = complete(scheme.program.criteria, TRADITIONAL)
        wrong["weights"] = dict.fromkeys(wrong["weights"], 0)
        with pytest.raises(MatchingProblem, match="At least one thing must count"):
            change_criteria(scheme.program, wrong, by=alice)
    assert versions(org) == [(1, None)]


def test_a_retired_question_comes_back_with_no_version(org, alice, scheme):
    with inside(org):
        question = add_question(scheme.program, by=alice, text="How bold?", kind=Question.Kind.SCALE)
        wanted = complete(scheme.program.criteria, TRADITIONAL)
        change_criteria(
            scheme.program,
            wanted | {"questions": [{"question": question.pk, "compare": "close", "weight": 3}]},
            by=alice,
        )
        change_criteria(scheme.program, wanted, by=alice)
        retire_question(question, by=alice)
        assert restore_criteria(scheme.program, 2, by=alice).criteria["questions"] == []


# The page.


def test_saving_tells_what_changed_and_offers_to_undo_it(admin, org, scheme):
    page = admin.get(scheme.url("criteria/"))
    answer = admin.post(scheme.url("criteria/"), sent(page, weight_skills="8", reporting_line=None))
    assert answer["Location"] == scheme.url("criteria/?saved=2")
    page = admin.get(answer["Location"])
    text = page.content.decode()
    assert "Saved as version 2." in text
    assert "Skills 5 → 8; reporting line no longer forbidden. It holds" in text
    answer = admin.post(scheme.url("criteria/versions/1/restore/"), {"seen": "2"})
    assert answer["Location"] == scheme.url("criteria/?saved=3")
    assert versions(org) == [(1, None), (2, None), (3, 1)]
    assert now(org, scheme)["weights"]["skills"] == 5
    # Once there is a newer version, the old notice is gone.
    assert "Saved as version" not in admin.get(scheme.url("criteria/?saved=2")).content.decode()


def test_nothing_changed_is_nothing_saved(admin, org, scheme):
    page = admin.get(scheme.url("criteria/"))
    answer = admin.post(scheme.url("criteria/"), sent(page), follow=True)
    assert "Nothing was changed, so there was nothing to save." in answer.content.decode()
    assert versions(org) == [(1, None)]


def test_everything_on_the_page_is_kept(admin, org, alice, scheme):
    with inside(org):
        bold = add_question(scheme.program, by=alice, text="How bold?", kind=Question.Kind.SCALE)
        add_question(scheme.program, by=alice, text="Asked of mentors", kind=Question.Kind.SCALE, audience="mentor")
    page = admin.get(scheme.url("criteria/"))
    assert "Asked of mentors" not in page.content.decode()
    data = sent(
        page, weight_tenure="3", setting_tenure_target="5", setting_department_want="same", level_rule="own",
        min_level_gap="1", max_level_gap="3", same_team="on", max_zone_hours="4", mentor_min_tenure_months="12",
        objective="fairest", running="replace", keep_gain="0.25", declared_0_label="First in my family at university",
        declared_0_options="Yes\nNo\n\nYes", declared_0_why="To find somebody who went the same way.",
        declared_0_weight="2", **{f"question_{bold.pk}_weight": "4", f"question_{bold.pk}_compare": "different"},
    )  # fmt: skip
    assert admin.post(scheme.url("criteria/"), data).status_code == 302
    found = now(org, scheme)
    assert found["weights"]["tenure"] == 3
    assert (found["settings"]["tenure_target"], found["settings"]["department_want"]) == (5, "same")
    assert {name: value for name, value in found["rules"].items() if value not in (None, False)} == {
        "reporting_line": True, "same_team": True, "common_language": True, "earlier_pairs": True, "min_level_gap": 1,
        "max_level_gap": 3, "max_zone_hours": 4, "mentor_min_tenure_months": 12,
    }  # fmt: skip
    assert found["questions"] == [{"question": bold.pk, "compare": "different", "weight": 4}]
    assert (found["objective"], found["keep_gain"]) == ("fairest", 0.25)
    (declared,) = found["characteristics"]
    key = declared.pop("key")
    assert declared == {
        "label": "First in my family at university", "options": ["Yes", "No"],
        "why": "To find somebody who went the same way.", "want": "same", "weight": 2,
    }  # fmt: skip
    # The page shows it as it was saved, and sends the same again.
    page = admin.get(scheme.url("criteria/"))
    assert admin.post(scheme.url("criteria/"), sent(page))["Location"] == scheme.url("criteria/")
    # Asked for another reason it is another characteristic, which nobody has agreed to yet; other options are not.
    admin.post(scheme.url("criteria/"), sent(page, declared_0_options="Yes\nNo\nPartly"))
    assert now(org, scheme)["characteristics"][0]["key"] == key
    admin.post(scheme.url("criteria/"), sent(admin.get(scheme.url("criteria/")), declared_0_why="For a report."))
    assert now(org, scheme)["characteristics"][0]["key"] != key


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (
            {f"weight_{code}": "0" for code in complete({}, TRADITIONAL)["weights"]},
            "At least one thing must count, or every pair would be as good as any other.",
        ),
        ({"weight_skills": "eleven"}, "Enter a number."),
        ({"weight_skills": "nan"}, "Enter a number."),
        ({"weight_skills": "11"}, "less than or equal to 10"),
        ({"level_rule": "nonsense"}, "Select a valid choice."),
        (
            {"level_rule": "own", "min_level_gap": "3", "max_level_gap": "1"},
            "No pair can be at least 3 and at most 1 levels apart.",
        ),
        ({"setting_level_tolerance": "0"}, "greater than or equal to 1"),
        ({"objective": "best"}, "Select a valid choice."),
        ({"running": "replace", "keep_gain": ""}, "Say how much must be gained"),
        ({"question_4711_weight": "3"}, "A question that you weighed is no longer asked"),
        ({"declared_0_label": "Faith"}, "without a reason nobody may be asked"),
        ({"declared_0_label": "Faith", "declared_0_why": "So", "declared_0_options": "One"}, "at least two options"),
        ({"declared_0_why": "To find friends"}, "Say what people may declare"),
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(admin, org, scheme, typed, sentence):
    data = sent(admin.get(scheme.url("criteria/")), **({"weight_goals": "7"} | typed))
    page = admin.post(scheme.url("criteria/"), data)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert page.context["form"]["weight_goals"].value() == data["weight_goals"]
    assert versions(org) == [(1, None)]
    tried = admin.post(scheme.url("criteria/try/"), data, headers={"HX-Request": "true"})
    assert tried.status_code == 422
    assert sentence in tried.content.decode()


def test_who_saves_second_sees_what_the_first_saved_and_loses_nothing(admin, org, alice, scheme):
    page = admin.get(scheme.url("criteria/"))
    admin.post(scheme.url("criteria/"), sent(page, weight_site="4"))
    clash = admin.post(scheme.url("criteria/"), sent(page, weight_goals="6"))
    assert clash.status_code == 409
    text = clash.content.decode()
    assert "Alice Osei changed what counts while this page was open: Location 1 → 4." in text
    assert "data-error-summary" in text
    assert clash.context["form"]["weight_goals"].value() == "6"
    assert now(org, scheme)["weights"]["goals"] == 0
    # Whoever has read it may put their own in its place.
    assert clash.context["seen"] == 2
    assert admin.post(scheme.url("criteria/"), sent(clash)).status_code == 302
    assert (now(org, scheme)["weights"]["goals"], now(org, scheme)["weights"]["site"]) == (6, 1)


def test_an_error_does_not_hide_a_clash(admin, scheme):
    page = admin.get(scheme.url("criteria/"))
    admin.post(scheme.url("criteria/"), sent(page, weight_site="4"))
    wrong = admin.post(scheme.url("criteria/"), sent(page, weight_goals="12"))
    assert (wrong.status_code, wrong.context["seen"]) == (422, 1)
    assert admin.post(scheme.url("criteria/"), sent(wrong, weight_goals="6")).status_code == 409


def test_the_history_says_what_each_version_changed(admin, org, scheme):
    assert "As the programme began" in admin.get(scheme.url("criteria/versions/")).content.decode()
    admin.post(scheme.url("criteria/"), sent(admin.get(scheme.url("criteria/")), weight_skills="8"))
    admin.post(scheme.url("criteria/versions/1/restore/"), {"seen": "2"})
    page = admin.get(scheme.url("criteria/versions/"))
    assert [(step.version.number, step.changes) for step in page.context["steps"]] == [
        (3, ["Skills 8 → 5"]), (2, ["Skills 5 → 8"]), (1, []),
    ]  # fmt: skip
    assert "brought back version 1" in page.content.decode()
    page = admin.get(scheme.url("criteria/versions/2/"))
    assert page.context["changes"] == ["Skills 5 → 8"]
    assert page.context["dry"].trial.found.pairs == 2


def test_restoring_what_is_gone_or_was_overtaken(admin, org, scheme):
    admin.post(scheme.url("criteria/"), sent(admin.get(scheme.url("criteria/")), weight_skills="8"))
    assert admin.post(scheme.url("criteria/versions/9/restore/"), {"seen": "2"}).status_code == 404
    page = admin.post(scheme.url("criteria/versions/1/restore/"), {"seen": "1"}, follow=True)
    assert "Nothing was restored." in page.content.decode()
    assert versions(org) == [(1, None), (2, None)]


@pytest.mark.parametrize("path", ["criteria/", "criteria/versions/", "criteria/versions/1/", "pairs/"])
def test_only_admins_of_the_organisation_decide(browser_of, org, scheme, path):
    with inside(org):
        current_version(scheme.program)
    stranger = make_member(make_organisation("contoso"), "Zed", is_admin=True)
    assert browser_of(make_member(org, "Bob")).get(scheme.url(path)).status_code == 403
    assert browser_of(stranger).get(scheme.url(path)).status_code == 404


@pytest.mark.parametrize("path", ["criteria/try/", "criteria/versions/1/restore/", "pairs/1/remove/"])
def test_what_changes_something_is_posted(admin, scheme, path):
    assert admin.get(scheme.url(path)).status_code == 405


def test_a_closed_programme_shows_what_counted_and_takes_nothing(admin, org, scheme):
    page = admin.get(scheme.url("criteria/"))
    with inside(org):
        Program.objects.update(status="closed")
    assert b"<fieldset disabled" in admin.get(scheme.url("criteria/")).content
    answer = admin.post(scheme.url("criteria/"), sent(page, weight_skills="8"))
    assert answer.status_code == 422
    assert "This programme is closed." in answer.content.decode()
    assert versions(org) == [(1, None)]
