"""A small organisation by hand: its figures, how they are kept, its page, its files and its doors."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Q

from accounts.models import JobChange, PeopleImport, Spell
from accounts.services import change_roles
from mentoring.jobs.models import Job
from mentoring.jobs.progress import Cancelled, NoProgress
from mentoring.jobs.services import run_job
from mentoring.outbox.models import Message
from programs.models import Enrolment
from reports import snapshots
from reports.choices import Choice, last_full_month, months_to_choose, read_key
from reports.models import Download, ReportRecipient, ReportSettings, Snapshot
from reports.quality import quality_of
from reports.retention import work_out
from reports.retention_beside import put_beside, tells_of_few
from reports.retention_facts import read_facts
from tests.people import inside

from .conftest import NOON, enrol, make_people, make_program

ADDRESS = "/o/northwind/reports/retention/"
TODAY = date(2026, 11, 22)
OCTOBER = Choice(date(2026, 10, 1))


def day(before):
    return TODAY - timedelta(days=before)


@pytest.fixture
def people(northwind):
    """Everybody was hired 1,000 days ago. Of 40 participants, who joined 900 days ago, 10 left 300 days after hire,
    and of 60 others 30 did."""
    program = make_program(northwind)
    hired_on, left_on = day(1000), day(701)
    joined_at = NOON - timedelta(days=900)
    enrol(program, make_people(northwind, 30, hired_on=hired_on), "mentee", joined_at=joined_at)
    enrol(program, make_people(northwind, 10, hired_on=hired_on, left_on=left_on), "mentor", joined_at=joined_at)
    make_people(northwind, 30, hired_on=hired_on)
    make_people(northwind, 30, hired_on=hired_on, left_on=left_on)
    return program


def made(organisation, choice=OCTOBER):
    with inside(organisation):
        return snapshots.make_snapshot(organisation, choice, NoProgress())


def figures(organisation, choice=OCTOBER):
    return made(organisation, choice).published


class TestFigures:
    def test_like_with_like(self, northwind, people):
        found = figures(northwind)
        assert found["as_of"] == "2026-10-31"
        assert found["people"] == {"participants": 40, "everybody": 100}
        assert found["evidence"] == "consistent"
        assert found["verdict"]["code"] == "stayed_longer"
        assert (
            "12 months after joining, an estimated 75% of participants were still here, and 50% of"
            in (found["verdict"]["text"])
        )
        headline = found["headline"]
        assert (headline["months"], headline["participants"]["percent"], headline["colleagues"]["percent"]) == (
            12,
            75,
            50,
        )
        assert (headline["participants"]["at_risk"], headline["colleagues"]["at_risk"]) == (30, 30)
        assert headline["difference"]["points"] == 25
        assert found["matched"]["leavers"] == {"participants": 10, "colleagues": 30}
        # By hand: 30 of 40, and 30 of 60.
        assert found["naive"]["participants"] == {"people": 40, "left": 10, "stayed_percent": 75}
        assert found["naive"]["others"] == {"people": 60, "left": 30, "stayed_percent": 50}
        assert found["naive"]["points"] == 25

    def test_who_leaves_before_joining_is_no_ones_merit(self, northwind):
        program = make_program(northwind)
        # All join on their 500th day; 20 of 60 others leave on day 200, when the later participants are still others.
        joined_at = NOON - timedelta(days=501)
        enrol(program, make_people(northwind, 30, hired_on=day(1000)), "mentee", joined_at=joined_at)
        make_people(northwind, 40, hired_on=day(1000))
        make_people(northwind, 20, hired_on=day(1000), left_on=day(801))
        found = figures(northwind)
        assert found["headline"] is None
        assert found["evidence"] == "not_enough"
        # Nobody of the participants has left: a share of 100% is not said.
        assert found["naive"] is None

    def test_a_month_is_told_only_after_five_more_of_each_group_have_left(self, northwind, people):
        # All left on one day of the year, so that every other month would tell that nobody did.
        found = figures(northwind)
        assert [point["months"] for point in found["curve"]] == [0, 12]
        assert found["curve"][0]["participants"]["percent"] == 100
        assert found["curve"][1] == found["headline"]

    def test_a_rehire_counts_once_and_stays_a_participant(self, northwind):
        program = make_program(northwind)
        (member,) = make_people(northwind, 1, hired_on=day(2000), left_on=day(1500))
        with inside(northwind):
            Spell.objects.create(member=member, started_on=day(1000))
        enrol(program, [member], "mentee", joined_at=NOON - timedelta(days=1800))
        enrol(program, make_people(northwind, 9), "mentee")
        make_people(northwind, 10)
        assert figures(northwind)["people"] == {"participants": 10, "everybody": 20}

    def test_the_day_of_joining_is_that_of_the_organisations_clock(self, northwind):
        northwind.time_zone = "Pacific/Auckland"
        (member,) = make_people(northwind, 1)
        # 20:00 in UTC is the next morning in Auckland.
        joined_at = datetime(2026, 3, 1, 20, tzinfo=UTC)
        program = make_program(northwind)
        enrol(program, [member], "mentee", joined_at=joined_at)
        with inside(northwind):
            facts = read_facts(northwind, OCTOBER)
        assert facts.places["place"] == [(member.pk, program.pk, "mentee", date(2026, 3, 2).toordinal())]

    def test_changes_of_department_are_read_in_order(self, northwind):
        (member,) = make_people(northwind, 1, department="Law")
        with inside(northwind):
            for on, after in ((day(100), "Law"), (day(500), "Sales"), (day(300), "")):
                JobChange.objects.create(member=member, kind="move", effective_on=on, department_after=after)
            facts = read_facts(northwind, OCTOBER)
        assert facts.moves == [(member.pk, day(500).toordinal(), "Sales"), (member.pk, day(100).toordinal(), "Law")]

    def test_the_first_of_several_places_counts(self, northwind, people):
        with inside(northwind):
            members = [enrolment.member for enrolment in people.enrolments.select_related("member")]
        enrol(make_program(northwind, "Second"), members, "mentee", joined_at=NOON - timedelta(days=100))
        assert figures(northwind)["headline"]["difference"]["points"] == 25

    def test_of_one_programme_others_count_until_they_join_another(self, northwind, people):
        other = make_program(northwind, "Other")
        enrol(other, make_people(northwind, 20, hired_on=day(1000)), "mentee", joined_at=NOON - timedelta(days=400))
        found = figures(northwind, Choice(OCTOBER.month, programs=(people.pk,)))
        assert found["people"] == {"participants": 40, "everybody": 120}
        # 60 and the 20 who were colleagues until they joined the other programme, a year and a half after.
        assert found["matched"]["colleagues"] == 80
        assert figures(northwind)["people"]["participants"] == 60

    def test_roles_and_new_people(self, northwind, people):
        assert figures(northwind, Choice(OCTOBER.month, population="mentors"))["people"]["participants"] == 10
        assert figures(northwind, Choice(OCTOBER.month, population="mentees"))["people"]["participants"] == 30
        hired = figures(northwind, Choice(OCTOBER.month, period="24", population="hired"))
        assert hired["people"] == {"participants": None, "everybody": None}
        assert hired["verdict"]["code"] == "nobody"

    def test_matched_and_met_begin_later_than_a_place(self, northwind, people):
        assert figures(northwind, Choice(OCTOBER.month, exposure="matched"))["verdict"]["code"] == "no_participants"
        assert figures(northwind, Choice(OCTOBER.month, exposure="met"))["funnel"] == [
            {"step": "place", "people": 40}, {"step": "matched", "people": None}, {"step": "met", "people": None},
        ]  # fmt: skip

    def test_nobody_is_followed_before_leavers_are_recorded(self, northwind, people):
        with inside(northwind):
            ReportSettings.objects.create(covered_from=day(650))
        found = figures(northwind)
        assert found["covered_from"] == day(650).isoformat()
        # All 30 participants who are left had joined before.
        assert found["headline"] is None

    def test_an_organisation_may_raise_the_floor(self, northwind, people):
        with inside(northwind):
            ReportSettings.objects.create(smallest_group=15)
        found = figures(northwind)
        assert (found["floor"], found["headline"], found["naive"]) == (15, None, None)
        assert found["verdict"]["text"].startswith("Too few to tell")

    @pytest.mark.parametrize("floor", [4, 0])
    def test_but_never_lower_it(self, northwind, floor):
        with inside(northwind), pytest.raises(DatabaseError), transaction.atomic():
            ReportSettings.objects.create(smallest_group=floor)

    def test_standard_measures_are_of_the_last_year(self, northwind, people):
        (turnover, *_rest) = figures(northwind)["measures"]
        assert turnover["why_not"] == "Hidden: it would tell of fewer than 5 people."
        make_people(northwind, 6, hired_on=day(900), left_on=day(60))
        found = figures(northwind, Choice(OCTOBER.month, period="36"))
        assert found["measures_from"] == "2025-11-01"
        # 6 left, and 60 and most of a year of 6 more were employed: 6 ÷ 64.9.
        assert (found["measures"][0]["value"], found["measures"][0]["of"]) == (9, 65)

    def test_standard_measures_begin_where_leavers_are_recorded(self, northwind, people):
        make_people(northwind, 30, hired_on=day(900), left_on=day(60))
        with inside(northwind):
            ReportSettings.objects.create(covered_from=date(2026, 7, 23))
        found = figures(northwind)
        assert found["measures_from"] == "2026-07-23"
        turnover = found["measures"][0]
        assert ("value" in turnover, turnover["why_not"]) == (
            False, "Not told: leavers are not on record for the whole of the year that this takes.",
        )  # fmt: skip
        with inside(northwind):
            Snapshot.objects.all().delete()
            ReportSettings.objects.update(covered_from=date(2025, 11, 1))
        found = figures(northwind)
        assert (found["measures_from"], found["measures"][0]["of"]) == ("2025-11-01", 85)

    @pytest.mark.parametrize(
        ("participants", "expected"), [(0, "no_participants"), (9, "too_few"), (10, "too_few_leavers")]
    )
    def test_too_few_is_said_and_nothing_is_drawn(self, northwind, participants, expected):
        joined_at = NOON - timedelta(days=500)
        enrol(make_program(northwind), make_people(northwind, participants), "mentee", joined_at=joined_at)
        make_people(northwind, 50)
        found = figures(northwind)
        assert found["verdict"]["code"] == expected
        assert found["curve"] == []

    @pytest.mark.parametrize("left", [0, 1, 2, 3])
    def test_what_is_said_of_three_participants_tells_nothing_of_them(self, northwind, left):
        program, joined_at = make_program(northwind), NOON - timedelta(days=800)
        ours = make_people(northwind, left, hired_on=day(1000), left_on=day(600))
        ours += make_people(northwind, 3 - left, hired_on=day(1000))
        enrol(program, ours, "mentee", joined_at=joined_at)
        # Twenty left altogether, which everybody knows.
        make_people(northwind, 20 - left, hired_on=day(1000), left_on=day(500))
        make_people(northwind, 40, hired_on=day(1000))
        found = figures(northwind)
        assert found["people"]["participants"] is None
        said = [found["verdict"]["text"], found["ratio"]["why_not"], found["ratio_plain"]["why_not"]]
        said += [row["why_not"] for row in [*found["landmarks"], *found["rates"]]]
        # The floor, a quarter fewer, and how many it takes in two groups of equal size.
        assert {number for text in said for number in re.findall(r"\d+", text)} == {"10", "25", "380"}

    def test_nobody_at_all(self, northwind):
        found = figures(northwind)
        assert (found["verdict"]["code"], found["curve"], found["naive"]) == ("nobody", [], None)


class TestChoices:
    def test_the_same_choice_is_always_written_the_same_way(self):
        choice = Choice(date(2026, 10, 1), programs=(7, 3))
        assert choice.key == "period=all&exposure=place&population=all&programs=3.7"
        assert read_key(choice.month, choice.key).programs == (3, 7)
        # Offered once: there may be reports of it.
        assert read_key(choice.month, Choice(choice.month, period="12").key).period == "12"
        assert Choice(date(2026, 10, 1)).is_default

    @pytest.mark.parametrize("key", ["", "period=all", "period=99&exposure=place&population=all&programs="])
    def test_what_was_never_chosen_is_refused(self, key):
        with pytest.raises(ValueError, match="never chosen"):
            read_key(date(2026, 10, 1), key)

    def test_days(self):
        choice = Choice(date(2026, 2, 1), period="12")
        assert (choice.first_day, choice.last_day) == (date(2025, 3, 1), date(2026, 2, 28))
        assert Choice(date(2026, 12, 1)).last_day == date(2026, 12, 31)
        assert last_full_month(date(2026, 1, 1)) == date(2025, 12, 1)
        assert months_to_choose(TODAY)[:2] == [date(2026, 10, 1), date(2026, 9, 1)]

    def test_one_that_leaves_out_a_few_would_tell_of_them(self, northwind, people):
        other = make_program(northwind, "Other")
        enrol(other, make_people(northwind, 4), "mentee")
        choice = Choice(OCTOBER.month, programs=(people.pk,))
        with inside(northwind):
            assert tells_of_few(northwind, choice)
            assert not tells_of_few(northwind, OCTOBER)
        enrol(other, make_people(northwind, 1), "mentee")
        with inside(northwind):
            assert not tells_of_few(northwind, choice)

    def test_a_period_that_can_have_no_answer_is_not_offered(self, client, hanna, northwind, people):
        told = {"month": "2026-10", "exposure": "place", "population": "all"}
        client.force_login(hanna.user)
        assert client.post(ADDRESS, told | {"period": "12"}).status_code == 422
        assert client.post(ADDRESS, told | {"period": "18"}).status_code == 302
        assert "The last eighteen months" in client.get(ADDRESS, told | {"period": "18"}).content.decode()


class TestSnapshots:
    def test_twice_is_once_and_nothing_changes_it(self, northwind, people, monkeypatch):
        first = made(northwind)
        make_people(northwind, 50, left_on=day(100))
        monkeypatch.setattr(snapshots, "work_out", None)
        assert made(northwind).pk == first.pk
        assert made(northwind).published == first.published

    def test_the_database_refuses_changes(self, northwind, people):
        snapshot = made(northwind)
        with inside(northwind), pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            Snapshot.objects.filter(pk=snapshot.pk).update(version=9)

    def test_a_month_waits_for_people_data_from_after_its_end(self, client, hanna, northwind, people):
        with inside(northwind):
            found = PeopleImport.objects.create(
                file_name="p.csv", content=b"", status="done", applied_at=NOON - timedelta(days=46)
            )
            assert snapshots.months_ready(northwind)[0] == date(2026, 9, 1)
        with pytest.raises(snapshots.NotYet):
            figures(northwind)
        assert figures(northwind, Choice(date(2026, 9, 1)))["as_of"] == "2026-09-30"
        client.force_login(hanna.user)
        content = client.get(ADDRESS).content.decode()
        assert "The report for October 2026 waits for people data that reaches past the end of the month" in content
        with inside(northwind):
            PeopleImport.objects.filter(pk=found.pk).update(applied_at=NOON - timedelta(days=20))
            assert snapshots.months_ready(northwind)[0] == date(2026, 10, 1)
        assert "waits for people data" not in client.get(ADDRESS).content.decode()
        assert figures(northwind)["as_of"] == "2026-10-31"

    def test_a_month_that_is_not_over_has_no_report(self, northwind, people):
        with pytest.raises(snapshots.NotYet):
            figures(northwind, Choice(date(2026, 11, 1)))

    def test_too_few_who_left_since_carry_the_report_before(self, client, hanna, northwind, people):
        september = figures(northwind, Choice(date(2026, 9, 1)))
        assert september["carried"] == {}
        # One participant and eight others leave in October: nobody hears of the one.
        leaving = make_people(northwind, 1, hired_on=day(900), left_on=date(2026, 10, 14))
        enrol(people, leaving, "mentee", joined_at=NOON - timedelta(days=500))
        make_people(northwind, 8, hired_on=day(900), left_on=date(2026, 10, 15))
        snapshot = made(northwind)
        october = snapshot.published
        assert october["carried"] == {"comparison": "2026-09-30"}
        for part in ("verdict", "headline", "curve", "naive", "ratio", "landmarks", "kinds", "people", "funnel"):
            assert october[part] == september[part], part
        assert "as of 30 September 2026" in october["notices"][-1]
        client.force_login(hanna.user)
        assert "as of 30 September 2026: since then too little has changed" in client.get(ADDRESS).content.decode()
        answer = client.post(f"{ADDRESS}{snapshot.pk}/download/", {"format": "csv", "purpose": "x"})
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {row["people_data_until"] for row in rows if row["section"] == "simple count"} == {"2026-09-30"}
        assert {row["people_data_until"] for row in rows if row["section"] == "standard measures"} == {"2026-10-31"}

    def test_enough_who_left_since_are_told(self, northwind, people):
        figures(northwind, Choice(date(2026, 9, 1)))
        self.leave(northwind, people, joined=300)
        october = figures(northwind)
        assert (october["carried"], october["naive"]["participants"]["left"]) == ({}, 15)

    def leave(self, northwind, people, *, joined):
        """Five participants who joined so many days ago leave in October, and five others."""
        leaving = make_people(northwind, 5, hired_on=day(900), left_on=date(2026, 10, 14))
        enrol(people, leaving, "mentee", joined_at=NOON - timedelta(days=joined))
        make_people(northwind, 5, hired_on=day(900), left_on=date(2026, 10, 15))

    def test_where_nobody_left_within_the_year_the_headline_stands_beside_the_one_before(self, northwind, people):
        september = figures(northwind, Choice(date(2026, 9, 1)))
        # All ten were in their second year since anybody like them had joined.
        self.leave(northwind, people, joined=500)
        october = figures(northwind)
        assert october["carried"] == {}
        assert [point["months"] for point in september["curve"]] == [0, 12]
        # Where nothing was told, nothing can be taken from it.
        assert [point["months"] for point in october["curve"]] == [0, 12, 26]

    def test_a_curve_with_too_few_between_its_points_stays_while_the_headline_moves(
        self, client, hanna, northwind, people
    ):
        # September was told with a point in between.
        choice = Choice(date(2026, 9, 1))
        with inside(northwind):
            september = put_beside(work_out(choice, read_facts(northwind, choice)), choice)
            curve = [september["curve"][0], september["curve"][1] | {"months": 6.0}, september["curve"][1]]
            Snapshot.objects.create(
                month=choice.month, key=choice.key, published=september | {"curve": curve}, version=1
            )
        self.leave(northwind, people, joined=300)
        snapshot = made(northwind)
        october = snapshot.published
        assert october["carried"] == {"curve": "2026-09-30"}
        assert october["curve"] == curve
        assert october["headline"] != september["headline"]
        client.force_login(hanna.user)
        assert "The curves are as of 30 September 2026" in client.get(ADDRESS).content.decode()
        answer = client.post(f"{ADDRESS}{snapshot.pk}/download/", {"format": "csv", "purpose": "x"})
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {row["people_data_until"] for row in rows if row["section"] == "stay"} == {"2026-09-30"}
        assert {row["people_data_until"] for row in rows if row["section"] == "headline"} == {"2026-10-31"}

    def test_of_two_periods_that_differ_by_a_few_who_left_one_is_told(self, northwind, people):
        make_people(northwind, 2, hired_on=day(2000), left_on=day(1500))
        assert figures(northwind)["naive"] is not None
        other = figures(northwind, Choice(OCTOBER.month, period="36"))
        assert (other["verdict"]["code"], other["naive"], other["curve"]) == ("withheld", None, [])

    def test_the_oldest_hire_years_stay_one_group_each_january(self, northwind, people):
        for year in (2013, 2014, 2015, 2016):
            make_people(northwind, 3, hired_on=date(year, 3, 1))

        def years(published):
            return [row["group"] for row in published["groups"]["hire_year"]]

        december = figures(northwind, Choice(date(2025, 12, 1)))
        assert years(december)[:2] == ["2015 or earlier", "2016"]
        # In 2026 they would be those of 2016 or earlier: who left between both reports could be taken from each other.
        assert years(figures(northwind)) == years(december)

    def test_an_export_without_leavers_is_remarked_on(self, northwind):
        make_people(northwind, 20)
        assert "There are no leavers in the people data" in figures(northwind)["notices"][0]

    def test_a_cancelled_job_keeps_nothing(self, northwind, people):
        class Stopped(NoProgress):
            def step(self, done, total, note=""):
                if done == 3:
                    raise Cancelled

        with inside(northwind):
            with pytest.raises(Cancelled):
                snapshots.make_snapshot(northwind, OCTOBER, Stopped())
            assert not Snapshot.objects.exists()

    def test_each_month_begins_one_and_tells_who_may_read_it(self, northwind, people, hanna, adam, olga):
        with inside(northwind):
            for member in (hanna, adam):
                ReportRecipient.objects.create(member=member)
            job = snapshots.start_monthly(northwind)
            assert snapshots.start_monthly(northwind).pk == job.pk
            run_job(job.pk)
            assert Job.objects.get(pk=job.pk).note == "The report is ready."
            assert snapshots.start_monthly(northwind) is None
            # Adam is no longer one of those who read reports.
            (letter,) = Message.objects.filter(kind="report_ready")
        assert letter.recipient == hanna.email
        assert letter.subject == "Who stays: the report for October 2026 is ready"
        assert "/o/northwind/reports/retention/?month=2026-10" in letter.text
        assert "75" not in letter.text

    def test_who_may_no_longer_read_reports_gets_no_letter_that_waits(self, northwind, people, hanna, olga):
        with inside(northwind):
            ReportRecipient.objects.create(member=hanna)
            snapshots.make_snapshot(northwind, OCTOBER, NoProgress())
            assert Message.objects.get(kind="report_ready").status == "pending"
            change_roles(hanna, is_owner=False, is_admin=True, is_hr=False, by=olga)
            letter = Message.objects.get(kind="report_ready")
        assert (letter.status, letter.outcome) == ("skipped", "May no longer read reports.")

    def test_nobody_waits_for_news_of_an_earlier_month(self, northwind, people, hanna):
        with inside(northwind):
            ReportRecipient.objects.create(member=hanna)
            snapshots.make_snapshot(northwind, Choice(date(2026, 9, 1)), NoProgress())
            assert not Message.objects.filter(kind="report_ready").exists()

    def test_what_was_written_down_of_a_download_stays(self, northwind, people, hanna):
        made(northwind)
        with inside(northwind):
            snapshots.log_download(Snapshot.objects.get(), format="csv", purpose="Board", by=hanna)
        with inside(northwind), pytest.raises(DatabaseError, match="never changed"):
            Download.objects.update(purpose="Nothing")
        with inside(northwind):
            Download.objects.update(by_name="Somebody")

    def test_organisations_are_kept_apart(self, northwind, people, mallory):
        made(northwind)
        assert figures(mallory.organisation)["people"] == {"participants": None, "everybody": None}


class TestPage:
    def test_nothing_worked_out_yet(self, client, hanna, people):
        client.force_login(hanna.user)
        content = client.get(ADDRESS).content.decode()
        assert "This report has not been worked out yet" in content
        assert "Work out the report" in content

    def test_asked_for_watched_and_read(self, client, hanna, northwind, people):
        client.force_login(hanna.user)
        choice = {"month": "2026-10", "period": "all", "exposure": "place", "population": "all"}
        answer = client.post(ADDRESS, choice)
        assert answer.status_code == 302
        content = client.get(answer["Location"]).content.decode()
        assert "The report is being worked out" in content
        with inside(northwind):
            job = Job.objects.get()
            run_job(job.pk)
        content = client.get(answer["Location"]).content.decode()
        assert "Consistent difference" in content
        assert "an estimated 75% of participants were still here, and 50% of colleagues like them" in content
        assert "not proof of what mentoring does" in content
        assert "Why this differs from the simple count" in content
        assert 'class="chart-svg chart-wide"' in content
        assert "How fast participants leave, by department" in content
        assert "n = 40 participants of " in content
        # Never names, causes or money.
        for word in ("P0 Q", "caused", "saved", "£", "$", "€"):
            assert word not in content.split("<main")[1].split("</main")[0]
        # Asked again, it is there.
        client.post(ADDRESS, choice)
        with inside(northwind):
            assert Job.objects.count() == 1

    def test_each_breakdown_has_a_tab_of_its_own(self, client, hanna, northwind, people):
        made(northwind)
        client.force_login(hanna.user)
        content = client.get(f"{ADDRESS}?{OCTOBER.query}&by=level").content.decode()
        assert "How fast participants leave, by level" in content
        assert "How fast participants leave, by department" not in content

    def test_the_newest_report_is_shown_until_there_is_a_newer(self, client, hanna, northwind, people):
        made(northwind, Choice(date(2026, 9, 1)))
        client.force_login(hanna.user)
        content = client.get(ADDRESS).content.decode()
        assert "The report for October 2026 can be worked out now" in content
        assert "Until the end of: September 2026" in content

    def test_a_choice_that_would_tell_of_a_few_is_refused(self, client, hanna, northwind, people):
        other = make_program(northwind, "Other")
        enrol(other, make_people(northwind, 2), "mentee")
        client.force_login(hanna.user)
        answer = client.post(
            ADDRESS,
            {
                "month": "2026-10",
                "period": "all",
                "exposure": "place",
                "population": "all",
                "programs": [str(people.pk)],
            },
        )
        assert answer.status_code == 422
        assert "both together would tell of them" in answer.content.decode()
        with inside(northwind):
            assert not Job.objects.exists()

    def test_bad_input(self, client, hanna, northwind):
        client.force_login(hanna.user)
        assert client.post(ADDRESS, {"month": "1999-01"}).status_code == 422
        assert client.get(f"{ADDRESS}?month=never").status_code == 302

    def test_work_is_stopped(self, client, hanna, northwind, people):
        client.force_login(hanna.user)
        with inside(northwind):
            job = snapshots.start_snapshot(OCTOBER, by=hanna)
        assert client.post(f"{ADDRESS}jobs/{job.pk}/cancel/").status_code == 302
        with inside(northwind):
            assert Job.objects.get().status == "cancelled"


class TestFiles:
    @pytest.fixture
    def snapshot(self, northwind, people):
        with inside(northwind):
            people.enrolments.first()
            # Names that a spreadsheet might run.
            Enrolment.objects.filter(~Q(pk=None)).update(goal="")
        return made(northwind)

    def taken(self, client, snapshot, **asked):
        asked = {"format": "csv", "purpose": "Board meeting"} | asked
        return client.post(f"{ADDRESS}{snapshot.pk}/download/", asked)

    def test_csv(self, client, hanna, snapshot):
        client.force_login(hanna.user)
        answer = self.taken(client, snapshot)
        assert answer["Content-Disposition"] == 'attachment; filename="retention-northwind-2026-10.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {"section": "simple count", "arm": "participants", "measure": "left", "value": "10"}.items() <= rows[
            [(row["section"], row["arm"], row["measure"]) for row in rows].index(
                ("simple count", "participants", "left")
            )
        ].items()
        year = [row for row in rows if row["at"] == "12 months since joining" and row["measure"] == "still here"]
        assert [(row["arm"], row["value"]) for row in year] == [
            ("participants", "75"), ("colleagues", "50"), ("difference", "25"),
        ]  # fmt: skip
        assert all("not proof of what mentoring does" in row["caveat"] for row in rows)
        assert {row["organisation"] for row in rows} == {"Northwind"}
        assert {row["report"] for row in rows} == {
            "Until the end of: October 2026; Period: Everything the data covers; Participants: Signed up and given a "
            "place; Compared: Everybody; Programmes: all of them"
        }
        # Where a number isn't told, it says why.
        assert all(row["note"] for row in rows if row["section"] == "landmark" and row["value"] == "hidden")
        # As on the page, whatever order the database kept them in.
        breakdowns = [row["section"] for row in rows if row["section"] in ("department", "level", "site", "hire_year")]
        assert list(dict.fromkeys(breakdowns)) == ["department", "level", "site", "hire_year"]

    def test_another_choice_has_another_name(self, client, hanna, northwind, people):
        client.force_login(hanna.user)
        snapshot = made(northwind, Choice(date(2026, 10, 1), period="36", population="mentees"))
        answer = self.taken(client, snapshot)
        name = 'attachment; filename="retention-northwind-2026-10-36-months-mentees.csv"'
        assert answer["Content-Disposition"] == name
        (row, *_rest) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert "Period: The last three years" in row["report"]
        assert "Compared: Participants as mentees, beside everybody else" in row["report"]

    def test_xlsx_says_what_it_is_of_and_holds_no_formula(self, client, hanna, snapshot):
        client.force_login(hanna.user)
        answer = self.taken(client, snapshot, format="xlsx")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
            names = book.read("xl/workbook.xml").decode()
            about, data, *_others = (book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3, 4))
            words = book.read("xl/sharedStrings.xml").decode()
        assert re.findall(r'<sheet name="(\w+)"', names) == ["About", "Data", "Definitions", "Caveats"]
        assert "<f>" not in about + data
        assert "Northwind" in words
        assert "October 2026" in words
        assert "an estimated 75% of participants were still here, and 50% of colleagues like them" in words

    def test_pdf(self, client, hanna, snapshot):
        client.force_login(hanna.user)
        answer = self.taken(client, snapshot, format="pdf")
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
        assert b"/StructTreeRoot" in answer.content

    def test_each_is_written_down_with_its_purpose(self, client, hanna, northwind, snapshot):
        client.force_login(hanna.user)
        self.taken(client, snapshot, format="csv", purpose="Board meeting")
        with inside(northwind):
            (download,) = Download.objects.all()
            assert (download.by, download.format, download.purpose) == (hanna, "csv", "Board meeting")
        content = client.get("/o/northwind/reports/downloads/").content.decode()
        assert "Board meeting" in content
        assert "October 2026" in content

    def test_without_a_purpose_nothing_is_handed_over(self, client, hanna, northwind, snapshot):
        client.force_login(hanna.user)
        answer = self.taken(client, snapshot, purpose=" ")
        assert answer.status_code == 422
        assert "Who stays" in answer.content.decode()
        with inside(northwind):
            assert not Download.objects.exists()


def test_a_department_that_looks_like_a_formula(client, hanna, northwind):
    make_people(northwind, 12, department="=1+1")
    client.force_login(hanna.user)
    snapshot = made(northwind)
    text = client.post(f"{ADDRESS}{snapshot.pk}/download/", {"format": "csv", "purpose": "x"}).content.decode(
        "utf-8-sig"
    )
    assert ",'=1+1," in text
    assert ",=1+1," not in text


class TestDataQuality:
    def counts(self, organisation):
        with inside(organisation):
            return {each.name: each.count for each in quality_of(organisation).findings}

    def test_each_gap_is_counted(self, northwind):
        members = make_people(northwind, 3, hired_on=day(300), department="Sales", level=3)
        make_people(northwind, 1, hired_on=day(300), left_on=day(10), department="Sales", level=3)
        make_people(northwind, 1, hired_on=day(300), left_on=date(2027, 1, 1), department="Sales")
        with inside(northwind):
            Spell.objects.filter(member=members[0]).delete()
        enrol(make_program(northwind), members[1:2], "mentee", joined_at=NOON - timedelta(days=400))
        assert self.counts(northwind) == {
            "People without a first day": 1, "Leavers without a reason": 2,
            "Leavers whose reason is not understood": 0, "Dates in the future": 1,
            "Employments that overlap": 0, "Places given outside any employment": 1,
            "People without a department or level": 1, "Employments without known job changes": 4,
            "Promotions and moves without their day": 0, "People without days absent": 5,
        }  # fmt: skip

    def test_how_reasons_are_read(self, client, hanna, northwind):
        def leave(count, reason):
            members = make_people(northwind, count, hired_on=day(300), left_on=day(10))
            with inside(northwind):
                Spell.objects.filter(member__in=members).update(end_reason=reason)

        for count, reason in (
            (12, "Voluntary termination"), (3, "Not voluntary"), (2, "not voluntary"), (4, "Dismissal"), (8, "Plan B"), (3, "X"), (2, ""),
        ):  # fmt: skip
            leave(count, reason)
        with inside(northwind):
            found = quality_of(northwind)
        assert [(each.reason.casefold(), each.kind, each.is_understood) for each in found.readings] == [
            ("plan b", "Other, or not recorded", False),
            ("voluntary termination", "Chose to leave", True),
            ("not voluntary", "Had to leave", True),
        ]
        (finding,) = (each for each in found.findings if each.name == "Leavers whose reason is not understood")
        # Eleven of 34, to the nearest five.
        assert (finding.told, finding.of, finding.is_hidden) == (10, 34, False)
        client.force_login(hanna.user)
        address = "/o/northwind/reports/data-quality/"
        content = client.get(address).content.decode()
        assert "about 10 of 34" in content
        assert "Plan B" in content
        assert "Dismissal" not in content
        with inside(northwind):
            Spell.objects.filter(end_reason="Plan B").update(end_reason="New job")
        content = client.get(address).content.decode()
        assert "fewer than 5 of 34" in content
        assert "New job" in content

    def test_leavers_that_begin_late(self, northwind):
        make_people(northwind, 1, hired_on=day(2000))
        make_people(northwind, 1, hired_on=day(1900), left_on=day(100))
        with inside(northwind):
            assert "set below since when they are recorded" in quality_of(northwind).warning
            ReportSettings.objects.create(covered_from=day(200))
            assert quality_of(northwind).warning == ""

    def test_settings_are_kept(self, client, hanna, adam, northwind):
        client.force_login(hanna.user)
        address = "/o/northwind/reports/data-quality/"
        assert client.get(address).status_code == 200
        told = {"smallest_group": "10", "covered_from": "2020-01-01", "recipients": [str(hanna.pk)]}
        assert client.post(address, told).status_code == 302
        assert client.post(address, told).status_code == 302
        with inside(northwind):
            kept = ReportSettings.objects.get()
            assert (kept.smallest_group, kept.covered_from) == (10, date(2020, 1, 1))
            assert [each.member_id for each in ReportRecipient.objects.all()] == [hanna.pk]
        assert client.post(address, told | {"smallest_group": "4"}).status_code == 422
        # Adam may not read reports.
        assert client.post(address, told | {"recipients": [str(adam.pk)]}).status_code == 422
        client.post(address, {"smallest_group": "5"})
        with inside(northwind):
            assert not ReportRecipient.objects.exists()


@pytest.mark.parametrize(
    "address",
    [ADDRESS, "/o/northwind/reports/downloads/", "/o/northwind/reports/data-quality/", "/o/northwind/reports/"],
)
class TestDoors:
    def test_owners_and_hr_may(self, client, olga, hanna, address):
        for member in (olga, hanna):
            client.force_login(member.user)
            assert client.get(address).status_code == 200

    def test_programme_admins_may_not(self, client, adam, address):
        client.force_login(adam.user)
        assert client.get(address).status_code == 403

    def test_strangers_hear_nothing_of_it(self, client, mallory, northwind, address):
        client.force_login(mallory.user)
        assert client.get(address).status_code == 404

    def test_no_other_method(self, client, hanna, address):
        client.force_login(hanna.user)
        assert client.delete(address).status_code == 405


def test_the_overview_leads_to_each_report(client, hanna, northwind, people):
    made(northwind)
    client.force_login(hanna.user)
    content = client.get("/o/northwind/reports/").content.decode()
    # 61 work here today with Hanna, 30 of whom have had a place.
    assert "about 50%" in content
    assert "About 30 of 60 current members have had a place in a programme." in content
    assert "Consistent difference" in content
    for address in ("participation/", "retention/", "programmes/"):
        assert f'href="/o/northwind/reports/{address}"' in content


class TestApi:
    ADDRESS = "/api/v1/o/northwind/reports/retention/"

    def test_the_same_figures_for_a_purpose(self, client, hanna, northwind, people):
        snapshot = made(northwind)
        client.force_login(hanna.user)
        answer = client.get(self.ADDRESS, {"purpose": "Dashboard"})
        assert answer.status_code == 200
        assert answer.json()["published"] == snapshot.published
        with inside(northwind):
            (download,) = Download.objects.all()
        assert (download.format, download.purpose, download.by_name) == ("api", "Dashboard", hanna.name)

    def test_not_without_one_nor_for_everybody(self, client, hanna, adam, mallory, northwind):
        client.force_login(hanna.user)
        assert client.get(self.ADDRESS).status_code == 400
        assert client.get(self.ADDRESS, {"purpose": "x"}).status_code == 404
        client.force_login(adam.user)
        assert client.get(self.ADDRESS, {"purpose": "x"}).status_code == 403
        client.force_login(mallory.user)
        assert client.get(self.ADDRESS, {"purpose": "x"}).status_code == 404
