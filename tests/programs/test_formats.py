"""Eleven formats, each one declaration; a twelfth is one more."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied

from programs import formats, services
from programs.arrangers import on_offer
from programs.criteria import complete, default_criteria
from programs.formats import FORMATS, TRADITIONAL, find_formats, tier_of
from programs.models import Enrolment, Program
from programs.services import agreements
from tests.people import inside, make_member, make_mentorship
from tests.programs.scheme import make_program

WHO = {
    "default_capacity": "2", "mentee_places": "", "session_length": "60", "rhythm": "14", "answer_within": "7",
    "pairing": "admin", "requests_at_once": "1", "group_min": "5", "group_max": "6",
}  # fmt: skip
ALIKE = ["peer", "cascade"]


@pytest.fixture
def carol(org):
    return make_member(org, "Carol")


def test_there_are_eleven_in_their_order():
    assert list(FORMATS) == [
        "traditional", "reverse", "peer", "circle", "onboarding", "skills", "cross", "speed", "cascade", "board",
        "network",
    ]  # fmt: skip
    assert {key: kind.arranging for key, kind in FORMATS.items()} == {
        "traditional": "pairs", "reverse": "pairs", "peer": "pool", "circle": "circles", "onboarding": "pairs",
        "skills": "pairs", "cross": "pairs", "speed": "rotation", "cascade": "tiers", "board": "panel",
        "network": "topics",
    }  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS.values(), ids=lambda kind: kind.key)
def test_each_brings_everything_that_a_programme_starts_with(kind):
    assert len(kind.objectives) == 3
    assert all(len(str(text)) <= 300 for text in kind.objectives)
    assert set(kind.roles) in ({"mentor", "mentee"}, {"peer"})
    assert set(kind.agendas) == {"first", "usual", "review", "closing"}
    assert all(agenda.points for agenda in kind.agendas.values())
    assert all(len(str(point)) <= 200 for agenda in kind.agendas.values() for point in agenda.points)
    assert set(kind.surveys) == {"start", "middle", "end"}
    assert [ask.kind for ask in kind.surveys["end"]].count("nps") == 1
    assert all(len(str(ask.text)) <= 200 for asks in kind.surveys.values() for ask in asks)
    assert set(kind.guides) == {*kind.all_parts}
    assert kind.stages
    criteria = complete(None, kind)
    assert criteria["weights"]["skills"] > 0
    assert set(kind.rules) <= set(criteria["rules"])
    assert set(kind.wants) <= set(criteria["settings"])


def test_what_formats_ask_of_matching():
    assert complete(None, FORMATS["cross"])["settings"]["department_want"] == "different"
    assert complete(None, FORMATS["reverse"])["rules"]["max_level_gap"] == -1
    assert complete(None, FORMATS["traditional"])["rules"]["min_level_gap"] == 0
    assert complete(None, FORMATS["speed"])["rules"]["reporting_line"] is False
    peers = complete(None, FORMATS["peer"])
    assert (peers["rules"]["min_level_gap"], peers["rules"]["max_level_gap"]) == (-1, 1)
    assert peers["settings"]["level_target"] == 0


def test_tiers_are_found_by_level():
    tiers = FORMATS["cascade"].tiers({})
    assert [tier_of(level, tiers) for level in (9, 7, 6, 3, 1, None)] == [0, 0, 1, 2, 3, None]
    assert tier_of(4, [[8, 9], [5, 6]]) is None
    assert FORMATS["traditional"].tiers({}) is None


def test_a_speed_event_may_be_one_pool():
    speed = FORMATS["speed"]
    assert list(speed.parts_for({})) == ["mentee", "mentor"]
    assert list(speed.parts_for({"sides": "one"})) == ["peer"]
    kept = speed.particulars({"starts_at": "2027-01-12T14:00:00+00:00"})
    assert (kept["starts_at"].hour, kept["rounds"], kept["rooms"]) == (14, 6, [])


@pytest.mark.django_db
@pytest.mark.parametrize("format", FORMATS)
def test_a_draft_takes_the_defaults(org, alice, format):
    kind = FORMATS[format]
    program = make_program(alice, launched=False, format=format)
    assert (program.rhythm, program.session_length) == (kind.rhythm, kind.session_length)
    assert program.criteria == default_criteria(kind)
    assert (program.group_min, program.group_max) == (kind.group_size or (None, None))
    assert (program.rolling, program.needs_approval) == (kind.rolling, kind.needs_approval)
    assert program.pairing == "admin"
    assert program.particulars.keys() == kind.settings.keys()


@pytest.mark.parametrize("format", FORMATS)
def test_everybody_signs_up_in_the_roles_of_the_format(sign_in, url, org, alice, bob, format):
    program = make_program(alice, format=format, needs_approval=False, hired_within=None)
    browser = sign_in(bob)
    page = browser.get(url("join", program.pk)).content.decode()
    role = "peer" if format in ALIKE else "mentee"
    part = FORMATS[format].parts[role]
    if format in ALIKE:
        assert "How would you like to take part?" not in page
        assert 'name="skills"' in page
    else:
        assert str(part.sign_up) in page
        assert str(FORMATS[format].parts["mentor"].sign_up) in page
        page = browser.get(url("join", program.pk), {"role": role}).content.decode()
    assert str(part.skills) in page
    assert ('name="tier"' in page) is (format == "cascade")
    assert ('name="capacity"' in page) is (format == "cascade")
    answers = {"role": role, "skills": "Python, Talks", "goal": "", "languages": "", "preference": "", "note": ""}
    more = {"tier": "2", "capacity": "3"} if format == "cascade" else {}
    answer = browser.post(url("join", program.pk), answers | more)
    assert answer.status_code == 302, answer.content.decode()
    with inside(org):
        enrolment = Enrolment.objects.get(program=program, member=bob)
        assert (enrolment.role, enrolment.status) == (role, "active")
        assert (enrolment.capacity, enrolment.tier) == ((3, 2) if format == "cascade" else (0, None))
        other = make_member(org, "Olga")
        wrong = "mentor" if format in ALIKE else "peer"
        with pytest.raises(services.NotEligible, match="nobody takes part as a"):
            services.enrol(program, other, role=wrong, by=alice)


def test_a_known_level_needs_no_tier(sign_in, url, org, alice, bob):
    program = make_program(alice, format="cascade", needs_approval=False)
    with inside(org):
        bob.level = 4
        bob.save(update_fields=["level"])
    assert 'name="tier"' not in sign_in(bob).get(url("join", program.pk)).content.decode()


def test_a_peer_waits_when_all_places_are_taken(org, alice, bob, carol):
    program = make_program(alice, format="peer", needs_approval=False, mentee_places=1)
    with inside(org):
        first = services.enrol(program, bob, role="peer", by=bob)
        second = services.enrol(program, carol, role="peer", by=carol)
        assert (first.status, second.status) == ("active", "waiting")
        services.withdraw(first, by=bob)
        second.refresh_from_db()
        assert second.status == "active"


def test_the_wizard_shows_all_in_their_families(sign_in, url, org, alice):
    program = make_program(alice, launched=False, wizard_step="check", objective="")
    page = sign_in(alice).get(url("wizard", program.pk, "format")).content.decode()
    for family in ("One to one", "In groups", "Across the organisation"):
        assert f"<legend>{family}</legend>" in page
    assert page.count('name="format"') == 11
    assert "6 months, every 2 weeks for 60 minutes" in page
    assert "90 days; meetings on days 1, 7, 30, 60, 90" in page


@pytest.mark.parametrize(
    ("format", "asked", "not_asked"),
    [
        ("circle", ["group_min", "group_max", "default_capacity", "rhythm"], ["pairing", "setting_rounds"]),
        ("peer", ["rhythm", "mentee_places"], ["default_capacity", "pairing", "group_min"]),
        ("cascade", ["setting_tiers", "default_capacity"], ["pairing"]),
        ("board", ["setting_boards", "setting_size", "starts_on"], ["group_min", "default_capacity"]),
        ("network", ["setting_topics_at_most", "default_capacity"], ["pairing"]),
        ("traditional", ["pairing", "default_capacity", "starts_on"], ["group_min"]),
        ("onboarding", ["session_length", "default_capacity", "hired_within"], ["rhythm", "starts_on"]),
        (
            "speed",
            ["setting_starts_at", "setting_rounds", "setting_rooms", "setting_sides"],
            ["starts_on", "rhythm", "default_capacity", "session_length", "answer_within"],
        ),
    ],
)
def test_who_and_when_asks_what_the_format_needs(sign_in, url, alice, format, asked, not_asked):
    program = make_program(alice, launched=False, format=format, wizard_step="check")
    page = sign_in(alice).get(url("wizard", program.pk, "who")).content.decode()
    assert [name for name in asked if f'name="{name}"' not in page] == []
    assert [name for name in not_asked if f'name="{name}"' in page] == []


def test_an_event_is_set_up_in_the_organisations_time(sign_in, url, org, alice):
    program = make_program(alice, launched=False, format="speed", wizard_step="check")
    browser, where = sign_in(alice), url("wizard", program.pk, "who")
    data = {
        "mentee_places": "", "setting_starts_at": "2030-07-01T00:30", "setting_rounds": "8",
        "setting_round_minutes": "7", "setting_break_minutes": "0", "setting_rooms": "Table A\n\nTable B\nTable A",
        "setting_sides": "one",
    }  # fmt: skip
    assert browser.post(where, data).status_code == 302
    with inside(org):
        kept = Program.objects.get(pk=program.pk)
        # Summer time in London.
        assert kept.format_settings["starts_at"] == "2030-06-30T23:30:00+00:00"
        assert kept.format_settings["rooms"] == ["Table A", "Table B"]
        assert str(kept.starts_on) == "2030-07-01"
        assert list(kept.parts) == ["peer"]
    assert 'value="2030-07-01T00:30"' in browser.get(where).content.decode()
    check = browser.get(url("wizard", program.pk, "check")).content.decode()
    assert "Table A, Table B" in check
    assert "Everybody meets everybody" in check
    for wrong, sentence in (
        ({"setting_starts_at": "2020-01-01T10:00"}, "This must lie ahead."),
        ({"setting_starts_at": "9999-12-31T23:59"}, "This is too far ahead."),
        ({"setting_starts_at": "soon"}, "Enter a valid date/time."),
        ({"setting_rounds": "0"}, "greater than or equal to 1"),
        ({"setting_rooms": "x" * 101}, "at most 200 lines"),
    ):
        answer = browser.post(where, data | wrong)
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_tiers_are_checked(sign_in, url, org, alice):
    program = make_program(alice, launched=False, format="cascade", wizard_step="check")
    browser, where = sign_in(alice), url("wizard", program.pk, "who")
    assert browser.post(where, WHO | {"setting_tiers": "6–9\n4 to 5\n3"}).status_code == 302
    with inside(org):
        assert Program.objects.get(pk=program.pk).tiers == [[6, 9], [4, 5], [3, 3]]
    for wrong, sentence in (
        ("6-9", "Give two to eight tiers"),
        ("6-9\nthe rest", "names no levels"),
        ("1-3\n4-6", "Begin at the top"),
        ("30-40\n1-3", "Levels are numbers from 1 to 20."),
    ):
        answer = browser.post(where, WHO | {"setting_tiers": wrong})
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_the_largest_group_is_no_smaller_than_the_smallest(sign_in, url, alice):
    program = make_program(alice, launched=False, format="circle", wizard_step="check")
    answer = sign_in(alice).post(url("wizard", program.pk, "who"), WHO | {"group_min": "7"})
    assert answer.status_code == 422
    assert "The most in a group must not be fewer than the fewest." in answer.content.decode()


def test_sides_stay_once_somebody_has_signed_up(sign_in, url, org, alice, bob):
    program = make_program(alice, format="speed", needs_approval=False)
    browser = sign_in(alice)
    assert 'name="setting_sides"' in browser.get(url("edit", program.pk)).content.decode()
    with inside(org):
        services.enrol(program, bob, role="mentee", by=bob)
    assert 'name="setting_sides"' not in browser.get(url("edit", program.pk)).content.decode()


def test_only_what_can_be_arranged_is_on_offer(monkeypatch):
    monkeypatch.setitem(FORMATS, "walking", replace(TRADITIONAL, key="walking", arranging="by_foot"))
    assert "walking" not in [kind.key for kind in on_offer()]
    assert "walking" in [kind.key for kind in on_offer(besides="walking")]


def test_a_twelfth_is_one_new_file(monkeypatch, tmp_path, sign_in, url, org, alice, bob):
    (tmp_path / "walking.py").write_text(
        "from dataclasses import replace\n"
        "from programs.formats.base import Step\n"
        "from programs.formats.traditional import TRADITIONAL\n"
        "WALKING = replace(TRADITIONAL, key='walking', position=15, name='Walking', summary='Side by side.',\n"
        "    objectives=('Get some air', 'Talk more freely', 'See the park'), family='pairs')\n"
    )
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    found = find_formats()
    assert list(found)[:3] == ["traditional", "walking", "reverse"]
    for key in FORMATS:
        assert found[key] is FORMATS[key]
    monkeypatch.setitem(FORMATS, "walking", found["walking"])
    browser = sign_in(alice)
    draft = make_program(alice, launched=False, name="")
    send = {
        "objective": {"objective": "Get some air", "own": "", "name": "Walks"},
        "format": {"format": "walking"},
        "who": WHO,
    }
    for step, data in send.items():
        answer = browser.post(url("wizard", draft.pk, step), data)
        assert answer.status_code == 302, answer.content.decode()
    with inside(org):
        program = Program.objects.get(pk=draft.pk)
        assert program.get_format_display() == "Walking"
        program.full_clean()
        program = services.launch(services.save_draft(program, by=alice, needs_approval=False), by=alice)
        assert services.enrol(program, bob, role="mentee", by=bob).status == "active"
        assert program.rhythm == timedelta(days=14)


class TestNominations:
    @pytest.fixture
    def board(self, alice):
        return make_program(alice, format="board")

    @pytest.fixture
    def people(self, org, alice, bob, carol):
        with inside(org):
            carol.manager = bob
            carol.save(update_fields=["manager"])
        return SimpleNamespace(manager=bob, report=carol)

    def test_a_manager_nominates_and_an_admin_approves(self, org, alice, board, people):
        with inside(org):
            seat = services.nominate(
                board, people.report, role="mentee", reason="Sees what is wrong", by=people.manager
            )
            assert (seat.status, seat.nominated_by_id, seat.nomination) == (
                "applied", people.manager.pk, "Sees what is wrong",
            )  # fmt: skip
            services.approve(seat, by=alice)

    def test_an_admins_nomination_needs_no_approval(self, org, alice, board, people):
        with inside(org):
            assert services.nominate(board, people.report, role="mentee", reason="Yes", by=alice).status == "active"

    def test_others_may_not(self, org, board, people):
        with inside(org), pytest.raises(PermissionDenied):
            services.nominate(board, people.manager, role="mentee", reason="Boss", by=people.report)

    def test_not_without_a_reason(self, org, board, people):
        with inside(org), pytest.raises(services.ProgramProblem, match="Say why"):
            services.nominate(board, people.report, role="mentee", reason="  ", by=people.manager)

    def test_not_where_nobody_is_nominated(self, org, alice, people):
        program = make_program(alice, format="circle")
        with inside(org), pytest.raises(PermissionDenied):
            services.nominate(program, people.report, role="mentee", reason="Good", by=people.manager)


class TestSheets:
    def test_peers_come_from_a_sheet_in_one_pool(self, org, alice, bob, carol):
        program = make_program(alice, format="peer", mentee_places=1)
        sheet = (
            "Timestamp,Email Address,What would you like to learn?,How many mentees can you take?\n"
            f'2026-11-02 10:00,{carol.email},Budgets,2\n2026-11-01 10:00,{bob.email},"Python, Talks",\n'
        ).encode()
        with inside(org):
            kept = services.upload_sheet(program, name="x.csv", content=sheet, by=alice)
            assert kept.role == "peer"
            report = services.plan_sheet(kept)
            assert {row.email: row.action for row in report.rows} == {carol.email: "wait", bob.email: "enrol"}
            services.apply_sheet(kept, by=alice)
            enrolment = Enrolment.objects.get(program=program, member=bob)
            assert (enrolment.role, enrolment.status, enrolment.capacity) == ("peer", "active", 0)
            assert [each.skill.name for each in enrolment.skills.all()] == ["Python", "Talks"]

    def test_a_cascade_reads_how_many_each_takes(self, org, alice, bob):
        program = make_program(alice, format="cascade")
        sheet = (
            f"Email Address,What can you help with?,How many mentees can you take?\n{bob.email},Coaching,3\n".encode()
        )
        with inside(org):
            services.import_sign_ups(program, content=sheet, role="peer", by=alice)
            enrolment = Enrolment.objects.get(program=program, member=bob)
            assert (enrolment.role, enrolment.capacity) == ("peer", 3)
            assert [each.skill.name for each in enrolment.skills.all()] == ["Coaching"]

    def test_nobody_is_read_into_a_role_that_the_format_has_not(self, org, alice, bob):
        program = make_program(alice, format="peer")
        sheet = f"Email Address,What would you like to learn?\n{bob.email},Python\n".encode()
        with inside(org):
            report = services.import_sign_ups(program, content=sheet, role="mentee", by=alice)
            assert [row.errors for row in report.refused] == [["In this programme nobody takes part as a mentee."]]

    def test_the_columns_page_offers_the_roles_of_the_format(self, sign_in, url, org, alice, bob):
        program = make_program(alice, format="circle")
        sheet = f"Email Address,What would you like to learn?\n{bob.email},Python\n".encode()
        with inside(org):
            kept = services.upload_sheet(program, name="x.csv", content=sheet, by=alice)
        page = sign_in(alice).get(url("sheet_columns", kept.pk)).content.decode()
        assert '<option value="mentor">Circle mentors</option>' in page
        assert '<option value="mentee" selected>Circle members</option>' in page


def test_named_days_are_what_everybody_reads(sign_in, url, org, alice, bob):
    program = make_program(alice, format="onboarding", rhythm=timedelta(weeks=1), session_length=timedelta(minutes=30))
    page = sign_in(alice).get(url("detail", program.pk)).content.decode()
    assert "on days 1, 7, 30, 60 and 90, for 30 minutes each" in page
    assert "every week" not in page
    mentorship = make_mentorship(bob, make_member(org, "Nia"), program=program)
    with inside(org):
        assert agreements.proposed_terms(mentorship).rhythm == "on days 1, 7, 30, 60 and 90, for 30 minutes each"
