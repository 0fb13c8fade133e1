"""The newer pages of the board: what needs a look, comparing, lanes by mentor, moving, splitting, undoing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from matching import services
from matching.models import BoardChange, Candidate, MatchRun, Proposal
from programs.models import Enrolment, Mentorship, Participant, Program
from tests.matching.cast import drafts, enrol, make_program
from tests.people import inside, make_member


def rows(page):
    return [(row.proposal.mentee.member.given_name, [flag.text for flag in row.flags]) for row in page.context["rows"]]


def said(page):
    return [str(message) for message in page.context["messages"]]


def test_what_needs_a_look_comes_first_and_says_why(admin, org, scheme):
    """Forbidden by now, then low, then something heavy against it, then unanswered, then no alternative, then the rest."""
    names = ["Vera", "Wim", "Xia", "Yara", "Zoe"]
    with inside(org):
        run = MatchRun.objects.latest("pk")
        base = scheme.of(scheme.uma).components
    for name in names:
        mentee = enrol(scheme.program, make_member(org, name, login=False, level=3), "mentee")
        with inside(org):
            Proposal.objects.create(
                program=scheme.program, run=run, mentee=mentee, mentor=scheme.omar, score=0.8, components=base
            )
            for rank, mentor in enumerate((scheme.omar, scheme.noor)):
                Candidate.objects.create(run=run, mentee=mentee, mentor=mentor, rank=rank, score=0.8)
    with inside(org):
        found = {each.mentee.member.given_name: each for each in Proposal.objects.select_related("mentee__member")}
        good = dict.fromkeys(base, 1.0)
        for name, changes in {
            "Theo": {"score": 0.2, "locked": True},
            "Uma": {"score": 0.35},
            "Vera": {"components": good | {"skills": 0.1}},
            "Wim": {"components": good | {"skills": None}},
            "Xia": {"components": good},
            "Yara": {"components": good, "score": 0.9},
            "Zoe": {"components": good, "score": 0.95},
        }.items():
            Proposal.objects.filter(pk=found[name].pk).update(**{"components": good, **changes})
        Candidate.objects.filter(run=run, mentee=found["Xia"].mentee, mentor=scheme.noor).delete()
        member = found["Zoe"].mentee.member
        member.manager = scheme.omar.member
        member.save()
    page = admin.get(scheme.url())
    assert rows(page) == [
        ("Zoe", ["No longer allowed: Omar Osei and Zoe Osei are in one reporting line."]),
        ("Uma", ["Low score"]),
        ("Vera", ["Against it: Skills"]),
        ("Wim", ["36% of the weight unanswered"]),
        ("Xia", ["Nobody else suits this mentee"]),
        ("Yara", []),
        # Locked: somebody has decided on it.
        ("Theo", ["Low score"]),
    ]
    assert page.context["flagged"] == 6
    assert "6 pairs need a look" in page.content.decode()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("score", ["Uma", "Theo"]),
        ("mentee", ["Theo", "Uma"]),
        ("mentor", ["Uma", "Theo"]),
        ("nonsense", ["Theo", "Uma"]),
    ],
)
def test_other_orders(admin, org, scheme, order, expected):
    with inside(org):
        Proposal.objects.filter(mentee=scheme.theo).update(score=0.7, mentor=scheme.omar)
        Proposal.objects.filter(mentee=scheme.uma).update(score=0.6)
        if order == "nonsense":
            Proposal.objects.update(score=0.6)
    assert [name for name, _flags in rows(admin.get(scheme.url(f"?order={order}")))] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("below=0.5", ["Uma"]), ("show=locked", ["Theo"]), ("show=open", ["Uma"]), ("show=by_hand", ["Theo"]),
        ("show=replacing", []), ("below=0.5&show=locked", []),
    ],
)  # fmt: skip
def test_filters(admin, org, scheme, query, expected):
    with inside(org):
        Proposal.objects.filter(mentee=scheme.theo).update(score=0.7, locked=True, by_hand=True)
        Proposal.objects.filter(mentee=scheme.uma).update(score=0.3)
    assert [name for name, _flags in rows(admin.get(scheme.url(f"?{query}")))] == expected


def test_a_pair_that_would_end_a_running_one_says_so(admin, org, alice, scheme):
    with inside(org):
        old = Mentorship.objects.create(program=scheme.program, status="active")
        Proposal.objects.filter(mentee=scheme.theo).update(replaces=old)
    page = admin.get(scheme.url("?show=replacing"))
    assert [name for name, _flags in rows(page)] == ["Theo"]
    assert "Takes the place of a running pair" in rows(page)[0][1]
    assert "These proposals would disturb 1 running mentorship" in page.content.decode()


def test_each_criterion_has_a_bar_as_long_as_it_weighs(admin, org, scheme):
    with inside(org):
        proposal = scheme.of(scheme.theo)
        kept = [each for each in proposal.reasons if each["criterion"] in ("skills", "level")]
        proposal.reasons = [
            {**kept[0], "criterion": "skills", "value": 0.5, "weight": 0.6},
            {**kept[1], "criterion": "level", "value": None, "weight": 0.3},
            {**kept[1], "criterion": "characteristic:k1", "value": 1.0, "weight": 0.1},
        ]
        proposal.save()
    page = admin.get(scheme.url("?department=Legal"))
    skills, level = page.context["rows"][0].lines
    assert (skills.label, skills.share, level.label) == ("Skills", "of 60%", "Level")
    assert 'width="96" height="8" rx="2" class="reason-track"' in skills.bar
    assert 'width="48" height="8" rx="2" class="reason-for"' in skills.bar
    assert 'width="48" height="8" rx="2" fill="url(#unknown)"' in level.bar
    text = page.content.decode()
    assert "unknown" in text
    # What somebody declared for the score alone is not shown.
    assert "characteristic" not in text
    assert 'style="' not in text


def test_the_board_asks_no_more_often_for_a_thousand_pairs(admin, org, alice):
    program = make_program(org)
    mentors = [enrol(program, make_member(org, f"M{n}", login=False, level=6), "mentor", capacity=9) for n in range(2)]
    with inside(org):
        run = MatchRun.objects.create(program=program, finished_at=timezone.now())
        from accounts.models import Member

        members = Member.objects.bulk_create(
            Member(given_name=f"P{n}", email=f"p{n}@x.example", time_zone="Europe/London", level=3) for n in range(1000)
        )
        mentees = Enrolment.objects.bulk_create(
            Enrolment(program=program, member=member, role="mentee", status="active") for member in members
        )
        Proposal.objects.bulk_create(
            Proposal(program=program, run=run, mentee=each, mentor=mentors[n % 2], score=n / 1000)
            for n, each in enumerate(mentees)
        )
    url = f"/o/northwind/programmes/{program.pk}/matching/"
    with CaptureQueriesContext(connection) as queries:
        page = admin.get(url)
    assert len(page.context["rows"]) == 20
    assert page.context["page"].paginator.count == 1000
    assert len(queries) <= 23  # with two for the transaction, and one for what is unread


def test_splitting_and_undoing(admin, org, scheme):
    with inside(org):
        pk = scheme.of(scheme.theo).pk
    page = admin.post(scheme.url(f"proposals/{pk}/split/"), {"seen": scheme.seen(scheme.theo)}, follow=True)
    assert said(page) == ["Split. Theo Osei waits again, and Maya Osei has the place free."]
    with inside(org):
        change = BoardChange.objects.get()
    undo = scheme.url(f"changes/{change.pk}/undo/")
    text = page.content.decode()
    # Beside what is said of it, and among the last changes.
    assert text.count(undo) == 2
    assert "Split Theo Osei from Maya Osei" in text
    assert said(admin.post(undo, follow=True)) == ["Undone: “Split Theo Osei from Maya Osei”."]
    assert drafts(scheme.program) == [("Theo", "Maya"), ("Uma", "Noor")]
    page = admin.post(undo, follow=True)
    assert said(page) == ["“Split Theo Osei from Maya Osei” was undone already."]


def test_a_change_of_another_programme_is_not_undone(admin, org, alice, scheme):
    with inside(org):
        services.split(scheme.of(scheme.theo), by=alice)
        change = BoardChange.objects.get()
    other = make_program(org, name="Another")
    assert admin.post(f"/o/northwind/programmes/{other.pk}/matching/changes/{change.pk}/undo/").status_code == 404
    assert admin.get(scheme.url(f"changes/{change.pk}/undo/")).status_code == 405


def test_any_mentor_is_found_by_name_and_forbidden_ones_say_why(admin, org, scheme):
    far = enrol(scheme.program, make_member(org, "Junia", login=False, level=1), "mentor", capacity=2, skills=["Law"])
    page = admin.get(scheme.url(f"mentees/{scheme.theo.pk}/?q=juni"))
    (other,) = page.context["comparison"].others
    assert other.mentor == far
    assert other.forbidden == "The level of Junia Osei is too low beside that of Theo Osei for this programme."
    assert other.score >= 0
    assert other.forbidden in page.content.decode()
    assert (
        "No mentor of this programme has that name."
        in admin.get(scheme.url(f"mentees/{scheme.theo.pk}/?q=nobody")).content.decode()
    )
    # Beside the others it says so too, and can't be chosen.
    page = admin.get(scheme.url(f"mentees/{scheme.theo.pk}/?with={far.pk}"))
    assert far in [column.mentor for column in page.context["comparison"].columns]
    assert "Choose Junia Osei" not in page.content.decode()


def test_places_say_who_has_them(admin, org, alice, scheme):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.maya.pk).update(capacity=2)
        services.publish(scheme.program, proposals=[scheme.of(scheme.theo)], by=alice)
        uma = services.reassign(scheme.of(scheme.uma), mentor=scheme.maya, by=alice)
    other = enrol(scheme.program, make_member(org, "Vera", login=False, level=3), "mentee")
    page = admin.get(scheme.url(f"mentees/{other.pk}/?with={scheme.maya.pk}"))
    maya = next(each for each in page.context["comparison"].columns if each.mentor == scheme.maya)
    assert [(each.name, each.state) for each in maya.holders] == [("Theo Osei", "offered"), ("Uma Osei", "proposed")]
    assert maya.free == 0
    assert uma.locked


def test_the_best_of_those_compared_is_marked_where_they_differ(admin, org, scheme):
    with inside(org):
        scheme.omar.member.department = "Legal"
        scheme.omar.member.save()
    columns = {
        each.mentor.pk: {cell.label: cell for cell in each.cells}
        for each in admin.get(scheme.url(f"mentees/{scheme.theo.pk}/")).context["comparison"].columns
    }
    assert columns[scheme.maya.pk]["Department"].is_best
    assert not columns[scheme.omar.pk]["Department"].is_best
    assert columns[scheme.omar.pk]["Level"].is_even
    assert not columns[scheme.omar.pk]["Level"].is_best


def lanes_of(page):
    return {
        lane.mentor.member.given_name: (
            [card.name for card in lane.cards],
            [each.name for each in lane.taken],
            lane.free,
        )
        for lane in page.context["lanes"]
    }


def test_everybody_by_mentor(admin, org, alice, scheme):
    vera = enrol(scheme.program, make_member(org, "Vera", login=False, level=3), "mentee")
    with inside(org):
        services.publish(scheme.program, proposals=[scheme.of(scheme.uma)], by=alice)
    page = admin.get(scheme.url("mentors/"))
    assert lanes_of(page) == {
        "Maya": (["Theo Osei"], [], 0), "Noor": ([], ["Uma Osei"], 0), "Omar": ([], [], 2),
    }  # fmt: skip
    assert [card.mentee for card in page.context["waiting"]] == [vera.pk]
    text = page.content.decode()
    for part in ("1 mentee without a proposal", "2 of 2 free", "offered, waiting for answers", "Move Theo Osei"):
        assert part in text


@pytest.mark.parametrize(
    ("query", "expected"), [("q=noor", {"Noor"}), ("q=theo", {"Maya"}), ("free=1", {"Omar"}), ("q=noor&free=1", set())]
)
def test_lanes_are_searched(admin, scheme, query, expected):
    assert set(lanes_of(admin.get(scheme.url(f"mentors/?{query}")))) == expected


def test_lanes_come_in_pages_and_as_a_fragment(admin, org, scheme):
    for n in range(30):
        enrol(scheme.program, make_member(org, f"Row{n}", login=False, level=5), "mentor", capacity=1)
    page = admin.get(scheme.url("mentors/"))
    assert len(page.context["lanes"]) == 24
    assert page.context["page"].paginator.count == 33
    part = admin.get(scheme.url("mentors/?page=2"), headers={"HX-Request": "true"})
    assert len(part.context["lanes"]) == 9
    assert "<html" not in part.content.decode()


def test_a_mentor_with_more_than_their_places_says_so(admin, org, scheme):
    with inside(org):
        Enrolment.objects.filter(pk=scheme.maya.pk).update(capacity=0)
    assert "1 too many" in admin.get(scheme.url("mentors/")).content.decode()


def test_moving_without_scripts(admin, org, scheme):
    url = scheme.url(f"mentees/{scheme.theo.pk}/move/")
    page = admin.get(url)
    assert [each.mentor for each in page.context["targets"]] == [scheme.noor, scheme.omar]
    text = page.content.decode()
    for part in ("Theo Osei is proposed Maya Osei now.", "Choose Omar Osei", "Swap with Uma Osei"):
        assert part in text
    assert [each.mentor for each in admin.get(url + "?q=omar").context["targets"]] == [scheme.omar]
    lanes = scheme.url("mentors/?q=maya")
    answer = admin.post(
        scheme.url(f"mentees/{scheme.theo.pk}/place/"),
        {"seen": scheme.seen(scheme.theo), "mentor": scheme.omar.pk, "next": lanes},
    )
    assert answer["Location"] == lanes
    # Nobody is led elsewhere by an address that was sent along.
    page = admin.get(url + "?next=https://elsewhere.example/")
    assert "elsewhere" not in page.context["back"]


def test_a_move_in_place_answers_with_the_board_and_what_came_of_it(admin, org, scheme):
    answer = admin.post(
        scheme.url(f"mentees/{scheme.theo.pk}/place/"),
        {"seen": scheme.seen(scheme.theo), "mentor": scheme.noor.pk, "next": scheme.url("mentors/")},
        headers={"HX-Request": "true"},
        follow=True,
    )
    text = answer.content.decode()
    assert "Noor Osei has no free place any more." in text
    assert 'hx-swap-oob="true"' in text
    assert "<html" not in text


def test_as_many_queries_for_many_mentors_as_for_few(admin, org, scheme):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(scheme.url("mentors/")).status_code == 200
        return len(queries)

    few = count()
    for n in range(8):
        mentor = enrol(scheme.program, make_member(org, f"Row{n}", login=False, level=5), "mentor", capacity=2)
        mentee = enrol(scheme.program, make_member(org, f"Line{n}", login=False, level=2), "mentee")
        with inside(org):
            Proposal.objects.create(program=scheme.program, mentee=mentee, mentor=mentor, score=0.4)
            mentorship = Mentorship.objects.create(program=scheme.program, status="active")
            for enrolment in (mentor, mentee):
                Participant.objects.create(mentorship=mentorship, enrolment=enrolment, role=enrolment.role)
    assert count() == few
    with inside(org):
        assert Program.objects.count() == 1
