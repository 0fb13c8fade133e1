from datetime import UTC, datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.models import Pulse
from programs.models import Mentorship
from reports.health import health_of
from reports.program_figures import figures_for
from sessions.models import Session
from tests.people import inside, make_member

from .conftest import DAY, NOON, enrol, make_people, make_program, meet, pair


def found(program, *, exact=True):
    with inside(program.organisation):
        return health_of(program.organisation, figures_for(program, exact=exact))


def test_the_numbers(program):
    health = found(program)
    assert (health.mentors, health.mentees) == (6, 8)
    # 6 mentors, 8 mentees and 1 who waits work here; nobody was written to.
    assert health.funnel.table.rows == (
        ("Eligible", "15", ""),
        ("Invited", "0", ""),
        ("Enrolled", "8", ""),
        ("Matched", "6", "75%"),
        ("Met", "4", "50%"),
        ("Active", "4", "50%"),
        ("Completed", "1", "12%"),
    )
    assert health.active == 4
    # The fourth has never met, and 28 days are twice the rhythm; the third has one that somebody has to confirm yet.
    assert (health.quiet, health.quiet_days) == (1, 28)
    assert (health.held, health.held_lately) == (5, 2)
    assert (health.missed, health.cancelled, health.unconfirmed) == (1, 1, 1)
    assert health.rhythm.table.rows[-1][0] == "November 2026 so far"
    assert [(row[0].split()[0], row[1]) for row in health.rhythm.table.rows] == [
        ("June", "0"), ("July", "0"), ("August", "1"), ("September", "0"), ("October", "3"), ("November", "1"),
    ]  # fmt: skip
    assert health.pulse is None


def test_who_does_not_run_programmes_reads_rounded_numbers(program):
    health = found(program, exact=False)
    assert (health.mentors, health.mentees, health.active, health.quiet) == (5, 10, None, None)
    assert health.funnel.table.rows == (
        ("Eligible", "15", ""),
        ("Invited", "fewer than 5", ""),
        ("Enrolled", "10", ""),
        ("Matched", "5", "50%"),
        ("Met", "fewer than 5", ""),
        ("Active", "fewer than 5", ""),
        ("Completed", "fewer than 5", ""),
    )
    assert [row[1] for row in health.rhythm.table.rows] == ["fewer than 5"] * 6


def test_months_begin_on_the_organisations_clock(northwind):
    northwind.time_zone = "Pacific/Auckland"
    program = make_program(northwind)
    (mentor,) = enrol(program, make_people(northwind, 1), "mentor")
    (mentee,) = enrol(program, make_people(northwind, 1), "mentee")
    meet(pair(program, mentor, mentee), datetime(2026, 10, 31, 12, tzinfo=UTC))
    with inside(northwind):
        health = health_of(northwind, figures_for(program, exact=True))
    assert [row[1] for row in health.rhythm.table.rows][-2:] == ["0", "1"]


def test_an_empty_programme(northwind):
    health = found(make_program(northwind))
    assert health.funnel.is_empty
    assert health.rhythm.is_empty
    assert health.active == 0


def test_the_page(client, adam, program):
    client.force_login(adam.user)
    page = client.get(f"/o/northwind/reports/programmes/{program.pk}/")
    assert page.status_code == 200
    content = page.content.decode()
    for text in ("Growing together", "Too few to tell: averages are shown once 5 people have answered.", "chart-wide"):
        assert text in content


def test_averages_of_five_people(client, adam, northwind, program):
    with inside(northwind):
        session = Session.objects.held().first()
        members = [enrolment.member for enrolment in program.enrolments.select_related("member")[:5]]
        for member, useful in zip(members, (5, 4, 4, 3, 2), strict=True):
            Pulse.objects.create(session=session, member=member, useful=useful, understood=5, counted_at=NOON)
    client.force_login(adam.user)
    content = client.get(f"/o/northwind/reports/programmes/{program.pk}/").content.decode()
    assert '<span class="stat-value">3.6</span>' in content
    # All five gave five, which is not told of them: one counts a step lower.
    assert '<span class="stat-value">4.8</span>' in content
    assert "of 5; 5 answers by 5 people" in content


def test_another_programme_is_chosen_without_a_script(client, adam, northwind, program):
    other = make_program(northwind, "Second")
    client.force_login(adam.user)
    content = client.get("/o/northwind/reports/programmes/").content.decode()
    assert f'<option value="{other.pk}" selected>Second</option>' in content
    answer = client.get("/o/northwind/reports/programmes/", {"program": program.pk})
    assert answer.url == f"/o/northwind/reports/programmes/{program.pk}/"
    # Nonsense shows the newest.
    assert client.get("/o/northwind/reports/programmes/", {"program": "x" * 40}).status_code == 200


def test_without_a_programme_there_is_a_way_to_one(client, adam, hanna):
    client.force_login(adam.user)
    assert "Start a programme" in client.get("/o/northwind/reports/programmes/").content.decode()
    client.force_login(hanna.user)
    assert "Back to the reports" in client.get("/o/northwind/reports/programmes/").content.decode()


def test_a_draft_has_no_health(client, adam, northwind):
    draft = make_program(northwind, status="draft")
    client.force_login(adam.user)
    assert client.get(f"/o/northwind/reports/programmes/{draft.pk}/").status_code == 404


def test_as_many_queries_for_many_sessions(client, adam, northwind, program):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/o/northwind/reports/programmes/{program.pk}/").status_code == 200
        return len(captured)

    client.force_login(adam.user)
    one = queries()
    make_program(northwind, "Second")
    with inside(northwind):
        mentorship = Mentorship.objects.active().first()
    for number in range(3):
        meet(mentorship, NOON - (50 + number) * DAY)
    assert queries() == one


class TestDoors:
    def test_admins_owners_and_hr_may(self, client, adam, olga, hanna, program):
        for member in (adam, olga, hanna):
            client.force_login(member.user)
            assert client.get(f"/o/northwind/reports/programmes/{program.pk}/").status_code == 200

    def test_members_may_not(self, client, northwind, program):
        client.force_login(make_member(northwind, "Tom").user)
        assert client.get(f"/o/northwind/reports/programmes/{program.pk}/").status_code == 403
        assert client.get("/o/northwind/reports/programmes/").status_code == 403

    def test_strangers_hear_nothing_of_it(self, client, mallory, northwind, program):
        client.force_login(mallory.user)
        assert client.get(f"/o/northwind/reports/programmes/{program.pk}/").status_code == 404
        assert client.get(f"/o/initech/reports/programmes/{program.pk}/").status_code == 404

    def test_no_other_method(self, client, adam, program):
        client.force_login(adam.user)
        assert client.post(f"/o/northwind/reports/programmes/{program.pk}/").status_code == 405
