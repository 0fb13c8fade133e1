"""Pairs decided by hand, and which decisions contradict each other."""

import pytest

from matching.models import PairRule
from matching.services import MatchingProblem, add_pair_rule
from tests.people import inside


def rules(org):
    with inside(org):
        return [(each.mentee.member.given_name, each.mentor.member.given_name, each.kind)
                for each in PairRule.objects.select_related("mentee__member", "mentor__member")]  # fmt: skip


def test_decided_twice_is_once(org, alice, scheme):
    with inside(org):
        first = add_pair_rule(scheme.program, mentee=scheme.theo, mentor=scheme.noor, kind="must", by=alice)
        again = add_pair_rule(scheme.program, mentee=scheme.theo, mentor=scheme.noor, kind="must", by=alice)
    assert first == again
    assert rules(org) == [("Theo", "Noor", "must")]


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (("theo", "noor", "must"), ("theo", "maya", "must"), "must be paired with Noor Osei already"),
        (("theo", "noor", "must"), ("uma", "noor", "must"), "Noor Osei has 1 place, which is decided about already."),
        (("theo", "noor", "must"), ("theo", "noor", "must_not"), "must be paired: remove that first"),
        (("theo", "noor", "must_not"), ("theo", "noor", "must"), "must not be paired: remove that first"),
        (("theo", "noor", "must_not"), ("noor", "theo", "must"), "Noor Osei is not enrolled as a mentee."),
        (("theo", "noor", "must_not"), ("theo", "uma", "must"), "Uma Osei is not enrolled as a mentor."),
    ],
)
def test_contradictions_are_refused(org, alice, scheme, first, second, sentence):
    def decide(mentee, mentor, kind):
        return add_pair_rule(
            scheme.program, mentee=getattr(scheme, mentee), mentor=getattr(scheme, mentor), kind=kind, by=alice
        )

    with inside(org):
        decide(*first)
        with pytest.raises(MatchingProblem, match=sentence):
            decide(*second)
    assert len(rules(org)) == 1


def test_both_places_of_a_mentor_can_be_decided(org, alice, scheme):
    with inside(org):
        for mentee in (scheme.theo, scheme.uma):
            add_pair_rule(scheme.program, mentee=mentee, mentor=scheme.omar, kind="must", by=alice)
    assert rules(org) == [("Theo", "Omar", "must"), ("Uma", "Omar", "must")]


def test_the_page_decides_and_removes(admin, org, scheme):
    page = admin.post(
        scheme.url("pairs/"), {"mentee": scheme.theo.pk, "mentor": scheme.noor.pk, "kind": "must_not"}, follow=True
    )
    assert "Theo Osei and Noor Osei will not be paired." in page.content.decode()
    assert rules(org) == [("Theo", "Noor", "must_not")]
    with inside(org):
        rule = PairRule.objects.get()
    page = admin.post(scheme.url(f"pairs/{rule.pk}/remove/"), follow=True)
    assert "Theo Osei and Noor Osei are left to the scores again." in page.content.decode()
    assert rules(org) == []
    assert admin.post(scheme.url(f"pairs/{rule.pk}/remove/")).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": "must"}, "Choose a mentee."),
        ({"kind": "must", "mentee": "{theo}", "mentor": "{uma}"}, "Choose a mentor who is enrolled."),
        ({"kind": "must", "mentee": "x", "mentor": "9" * 30}, "Choose a mentee who is enrolled."),
        ({"kind": "perhaps", "mentee": "{theo}", "mentor": "{noor}"}, "Select a valid choice."),
    ],
)
def test_bad_input_is_told(admin, org, scheme, typed, sentence):
    ids = {name: getattr(scheme, name).pk for name in ("theo", "uma", "noor")}
    page = admin.post(scheme.url("pairs/"), {name: value.format(**ids) for name, value in typed.items()})
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert rules(org) == []


def test_the_searches_narrow_and_keep_who_was_chosen(admin, org, scheme):
    page = admin.get(scheme.url(f"pairs/?mentor_name=noor&mentor={scheme.maya.pk}&mentee_name=nobody"))
    with inside(org):
        mentees, mentors = page.context["form"].sides()
    assert [each.enrolment for each in mentees.options] == []
    assert [(each.enrolment, each.chosen) for each in mentors.options] == [(scheme.maya, True), (scheme.noor, False)]
    part = admin.get(scheme.url("pairs/?mentor_name=noor"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="choices"' in part


def test_a_closed_programme_keeps_its_rules(admin, org, scheme, alice):
    with inside(org):
        rule = add_pair_rule(scheme.program, mentee=scheme.theo, mentor=scheme.noor, kind="must", by=alice)
        type(scheme.program).objects.update(status="closed")
    page = admin.post(scheme.url(f"pairs/{rule.pk}/remove/"), follow=True)
    assert "This programme is closed." in page.content.decode()
    assert rules(org) == [("Theo", "Noor", "must")]
