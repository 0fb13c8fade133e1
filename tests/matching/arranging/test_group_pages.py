"""The pages of who is with whom: what they show in each format, what can be done on them, and who may not."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from matching import services
from matching.models import GroupProposal, MatchRun, Proposal
from matching.showing import drawn, left_in_cascade, pair_rows, timetable
from programs.models import Mentorship
from tests.matching.arranging.cast import groups, run
from tests.matching.arranging.test_arranging import SETTINGS, board, circle, event, mentee, mentor, peer, scheme
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member, make_organisation


@pytest.fixture
def admin(alice):
    client = Client()
    client.force_login(alice.user)
    return client


def at(program, path=""):
    return f"/o/northwind/programmes/{program.pk}/matching/groups/{path}"


def page(admin, program):
    answer = admin.get(at(program))
    assert answer.status_code == 200
    return answer.content.decode()


def suggested(program):
    with inside(program.organisation):
        return list(GroupProposal.objects.filter(program=program, status="draft").order_by("pk"))


def token(group):
    return services.token_of(group)


def test_the_roster_shows_circles_with_their_people_and_what_is_left(org, admin):
    program, _who = circle(org, mentees=7, Maya=(["Python"], 6), Tim=(["Sales"], 3))
    assert "Nothing is suggested yet" in page(admin, program)
    run(program)
    text = page(admin, program)
    assert "Circle of Maya Osei" in text
    assert "1 suggestion, not yet published" in text
    assert "A circle needs 5, and this mentor takes at most 3." in text
    assert "circle mentor" in text


def test_somebody_is_moved_added_taken_out_and_the_group_named_and_locked(org, admin):
    program, _who = circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    run(program)
    one, other = suggested(program)
    with inside(org):
        moved = one.seats.filter(role="mentee").first().enrolment
        who_moved = moved.member.given_name
    answer = admin.post(
        at(program, f"{one.pk}/"),
        {"act": "move", "seen": token(one), "to": token(other), "enrolment": moved.pk},
        follow=True,
    )
    assert f"Moved {who_moved} Osei. Both groups are locked." in answer.content.decode()
    one, other = suggested(program)
    assert one.locked
    assert other.locked
    admin.post(at(program, f"{other.pk}/"), {"act": "remove", "seen": token(other), "enrolment": moved.pk})
    one, other = suggested(program)
    answer = admin.post(at(program, "add/"), {"seen": token(one), "enrolment": moved.pk}, follow=True)
    assert f"{who_moved} Osei is in. The group is locked." in answer.content.decode()
    one, other = suggested(program)
    admin.post(at(program, f"{one.pk}/"), {"act": "name", "seen": token(one), "name": "  Python   people "})
    one, other = suggested(program)
    assert one.name == "Python people"
    admin.post(at(program, f"{one.pk}/"), {"act": "unlock", "seen": token(one)})
    one, other = suggested(program)
    assert not one.locked
    admin.post(at(program, f"{other.pk}/"), {"act": "dissolve", "seen": token(other)})
    assert len(suggested(program)) == 1


def test_who_looks_at_an_old_page_is_told_and_nothing_happens(org, admin, alice):
    program, _who = circle(org, mentees=5, Maya=(["Python"], 6))
    run(program)
    (one,) = suggested(program)
    old = token(one)
    with inside(org):
        services.name_group(one, name="Meanwhile", by=alice)
    answer = admin.post(at(program, f"{one.pk}/"), {"act": "dissolve", "seen": old}, follow=True)
    assert "have changed since you opened that page" in answer.content.decode()
    assert len(suggested(program)) == 1


def test_two_admins_publish_at_once_and_it_happens_once(org, admin):
    program, _who = circle(org, mentees=5, Maya=(["Python"], 6))
    run(program)
    first = admin.post(at(program, "publish/"), {"which": "all", "count": "1"}, follow=True)
    assert "Published 1 group." in first.content.decode()
    second = admin.post(at(program, "publish/"), {"which": "all", "count": "1"}, follow=True)
    assert "have changed since you opened that page" in second.content.decode()
    with inside(org):
        assert Mentorship.objects.count() == 1
    assert "waiting for answers" in page(admin, program)


def test_a_published_group_gets_and_loses_people(org, admin):
    program, who = circle(org, mentees=5, Maya=(["Python"], 6))
    run(program)
    admin.post(at(program, "publish/"), {"which": "all", "count": "1"})
    gil = enrol(program, make_member(org, "Gil", login=False, level=3), "mentee")
    with inside(org):
        running = Mentorship.objects.get().pk
    answer = admin.post(at(program, f"running/{running}/"), {"act": "add", "enrolment": gil.pk}, follow=True)
    assert "Gil Osei has been asked to join." in answer.content.decode()
    admin.post(at(program, f"running/{running}/"), {"act": "remove", "enrolment": who["P00"].pk})
    with inside(org):
        names = Mentorship.objects.get().participants.present().values_list("enrolment__member__given_name", flat=True)
        assert sorted(names) == ["Gil", "Maya", "P01", "P02", "P03", "P04"]


def test_an_empty_group_is_made_by_hand_and_not_published_without_anybody(org, admin):
    program, _who = circle(org, mentees=5, Maya=(["Python"], 6))
    answer = admin.post(at(program, "make/"), {"name": "By hand"}, follow=True)
    assert "Made “By hand”." in answer.content.decode()
    answer = admin.post(at(program, "publish/"), {"which": "all", "count": "1"}, follow=True)
    assert "By hand: Nobody leads it yet." in answer.content.decode()
    assert len(suggested(program)) == 1


def test_the_timetable_has_rounds_rooms_and_who_sits_out(org, admin):
    program, _who = event(org, mentees="PQR", mentors="MN")
    run(program)
    text = page(admin, program)
    assert "Amber" in text
    assert "Event sheet" in text
    assert "Publish the timetable" in text
    answer = admin.post(at(program, "publish/"), {"which": "all", "count": "4"}, follow=True)
    assert "Published 4 meetings. They are in everybody’s calendars." in answer.content.decode()
    with inside(org):
        assert Mentorship.objects.active().count() == 4


def test_namesakes_at_an_event_have_a_sheet_each_and_are_told_apart(org, admin):
    program, who = event(org, mentees="PQ", mentors="MN")
    with inside(org):
        members = Member.objects.filter(enrolments__in=[who["P"], who["Q"]])
        members.update(given_name="Tom", site="")
        members.filter(pk=who["P"].member_id).update(department="Sales")
        members.filter(pk=who["Q"].member_id).update(department="Legal")
    run(program)
    with inside(org):
        found = timetable(program)
        assert [name for name, _rows in found.sheets] == [
            "M Osei", "N Osei", "Tom Osei (Legal · level 3)", "Tom Osei (Sales · level 3)",
        ]  # fmt: skip
        # Nobody is at two tables at once.
        assert [[number for number, *_rest in rows] for _name, rows in found.sheets] == [[1, 2]] * 4
        assert {row[3] for name, rows in found.sheets for row in rows if name == "M Osei"} == {
            "Tom Osei (Legal · level 3)", "Tom Osei (Sales · level 3)",
        }  # fmt: skip
    assert page(admin, program).count("Tom Osei (Legal · level 3)</h3>") == 1
    admin.post(at(program, "publish/"), {"which": "all", "count": "4"})
    with inside(org):
        Member.objects.filter(pk__in=[who["P"].member_id, who["Q"].member_id]).update(department="", level=None)
        who["P"].member.refresh_from_db()
        assert [name for name, _rows in timetable(program).sheets][2:] == sorted(
            f"Tom Osei ({who[each].member.email})" for each in "PQ"
        )


def test_namesakes_in_a_network_are_two_on_its_map(org):
    program, who = scheme(
        org, "network", {"Pia": mentee("Python"), "Pat": mentee("Python"), "Maya": mentor("Python", capacity=2)}
    )
    with inside(org):
        Member.objects.filter(pk=who["Pat"].member_id).update(given_name="Pia")
    run(program)
    with inside(org):
        found = drawn(pair_rows(program))
        assert [dot.name for dot in found.dots] == ["Pia Osei", "Pia Osei", "Python", "Maya Osei"]
        assert len({(dot.x, dot.y) for dot in found.dots}) == 4
        assert len({(line.x1, line.y1) for line in found.lines}) == 3


def test_tables_that_nobody_needs_are_named_and_take_no_room(org, admin):
    program, _who = event(org, rooms=["Amber", "Birch", "Cedar", "Dogwood"])
    run(program)
    text = page(admin, program)
    assert text.count('<th scope="col">') == 4  # round, Amber, Birch, who sits out
    assert "not needed: Cedar, Dogwood" in text
    assert 'role="region" aria-label="Timetable" tabindex="0"' in text


def test_an_event_without_a_beginning_is_not_published(org, admin):
    program, _who = event(org, starts_at=None)
    run(program)
    answer = admin.post(at(program, "publish/"), {"which": "all", "count": "4"}, follow=True)
    assert "Say when the event begins first" in answer.content.decode()
    with inside(org):
        assert not Mentorship.objects.exists()


def test_a_cascade_is_a_tree_and_a_network_a_table(org, admin, alice):
    def link(level):
        return ("peer", {"capacity": 1}, {"level": level})

    program, _who = scheme(
        org,
        "cascade",
        {"Top": link(8), "Mid": link(5), "Low": link(3)},
        format_settings={"tiers": [[7, 20], [5, 6], [1, 4]]},
    )
    run(program)
    text = page(admin, program)
    assert text.index("Top Osei") < text.index("Mid Osei") < text.index("Low Osei")
    assert "7–20" in text
    with inside(org):
        tokens = [f"{each.pk}" for each in Proposal.objects.all()]
    assert len(tokens) == 2
    network, _who = scheme(
        org, "network", {"Pia": mentee("Python", "Chess"), "Maya": mentor("Python", capacity=2)}, name="Network"
    )
    run(network)
    text = page(admin, network)
    assert "Pia Osei asks Maya Osei" in text
    assert "Chess: nobody offers it." in text
    assert '<svg class="network"' in text


def test_nobody_of_a_cascade_is_missing_from_its_page(org, admin):
    def link(level, capacity=1, **fields):
        return ("peer", {"capacity": capacity, **fields}, {"level": level})

    program, who = scheme(
        org,
        "cascade",
        {
            "Chief": link(9, 2),
            "Top": link(8),
            "Rae": link(7, paused_at=timezone.now()),
            "Mid": link(5),
            "Una": link(5, paused_at=timezone.now()),
        },
        format_settings={"tiers": [[7, 20], [5, 6], [1, 4]]},
    )
    assert "Nobody mentors anybody yet" in page(admin, program)
    with inside(org):
        Member.objects.filter(pk=who["Mid"].member_id).update(manager=who["Chief"].member)
    run(program)
    enrol(program, make_member(org, "Late", level=2, login=False), "peer")
    text = page(admin, program)
    tree = text[text.index('class="tree"') : text.index('id="waiting"')]
    assert [name for name in ("Chief", "Top", "Rae", "Mid", "Una", "Late") if f"{name} Osei" in tree] == [
        "Chief", "Top", "Rae", "Mid",
    ]  # fmt: skip
    assert "mentors nobody, 2 places free" in tree
    assert "mentors nobody, on a break" in tree
    with inside(org):
        rows = pair_rows(program)
        found = left_in_cascade(program, MatchRun.objects.get(), rows)
        assert [(each.name, each.reason) for each in found] == [
            ("Late Osei", "Signed up, or free again, since it last ran."), ("Una Osei", "On a break."),
        ]  # fmt: skip


def test_a_board_is_shown_beside_all_who_applied(org, admin):
    program, _who = board(org, executives=1, boards=1, size=6)
    run(program)
    text = page(admin, program)
    assert "How Board 1 is composed" in text
    assert "Finance" in text
    assert "33 %" in text


def test_peers_are_cards_and_the_board_of_pairs_leads_here(org, admin):
    program, _who = scheme(org, "peer", {"Ann": peer(), "Ben": peer()})
    run(program)
    answer = admin.get(f"/o/northwind/programmes/{program.pk}/matching/", follow=True)
    assert answer.redirect_chain[-1][0] == at(program)
    assert "Ann Osei, Ben Osei" in answer.content.decode()
    assert groups(program) == [["Ann", "Ben"]]
    pairs = make_program(org, name="Pairs")
    assert admin.get(at(pairs)).status_code == 302


def test_colleagues_may_not_and_strangers_find_nothing(org, admin):
    program, _who = circle(org, mentees=5, Maya=(["Python"], 6))
    run(program)
    (one,) = suggested(program)
    bob = make_member(org, "Bob")
    colleague, stranger = Client(), Client()
    colleague.force_login(bob.user)
    other = make_member(make_organisation("southwind"), "Cleo", is_admin=True)
    stranger.force_login(other.user)
    for path in ("", "publish/", "make/", f"{one.pk}/", "add/"):
        send = colleague.get if not path else colleague.post
        assert send(at(program, path)).status_code == 403
        send = stranger.get if not path else stranger.post
        assert send(at(program, path)).status_code == 404
    assert admin.get(at(program, "publish/")).status_code == 405
    assert SETTINGS["rounds"] == 2


def test_whoever_comes_later_is_shown_with_the_circle_that_they_would_join_and_asked_into_it(org, admin, alice):
    program, _who = circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    run(program)
    with inside(org):
        services.publish_groups(program, groups=suggested(program), by=alice)
    late = {"skills": ["Python"], "joined_at": timezone.now()}
    enrol(program, make_member(org, "Lea", login=False, level=3), "mentee", **late)
    overview = admin.get(f"/o/northwind/programmes/{program.pk}/").content.decode()
    assert "1 person has come since it last ran" in overview
    run(program)
    text = page(admin, program)
    assert "To join Maya Osei, P01 Osei, P03 Osei, P05 Osei, P07 Osei, P09 Osei" in text
    (join,) = suggested(program)
    answer = admin.post(at(program, "publish/"), {"chosen": token(join)}, follow=True)
    assert "Published 1 group." in answer.content.decode()
    assert "Lea Osei" in page(admin, program)
    with inside(org):
        assert Mentorship.objects.get(name="Circle of Maya Osei").participants.count() == 7


def test_what_was_done_is_listed_and_undone_from_the_page(org, admin):
    program, _who = circle(org, mentees=10, Maya=(["Python"], 6), Sam=(["Sales"], 6))
    run(program)
    one, _other = suggested(program)
    post = {"seen": token(one), "act": "dissolve", "next": at(program)}
    answer = admin.post(at(program, f"{one.pk}/"), post, follow=True)
    text = answer.content.decode()
    assert "Taken apart. Its people wait again." in text
    assert "Took Circle of Maya Osei apart" in text
    undo = text.split('action="')[1:]
    address = next(each.partition('"')[0] for each in undo if "/undo/" in each)
    answer = admin.post(address, {"next": at(program)}, follow=True)
    assert "Undone: “Took Circle of Maya Osei apart”." in answer.content.decode()
    assert [each.name for each in suggested(program)] == ["Circle of Maya Osei", "Circle of Sam Osei"]
