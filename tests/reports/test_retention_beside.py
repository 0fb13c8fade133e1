"""A report beside those that count participants otherwise, and beside those that were made of older people data."""

from datetime import date, timedelta

import pytest

from accounts.models import Spell
from programs.models import Mentorship, Participant
from reports import snapshots
from reports.choices import Choice
from reports.models import Snapshot
from tests.people import inside

from .conftest import NOON, enrol, make_people, make_program
from .test_retention import ADDRESS, day, figures, made

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
ALL = Choice(OCTOBER)
MATCHED = Choice(OCTOBER, exposure="matched")


def matched(program, enrolments):
    """Each began a mentorship soon after signing up."""
    at = NOON - timedelta(days=890)
    with inside(program.organisation):
        for enrolment in enrolments:
            mentorship = Mentorship.objects.create(program=program, status="active", started_at=at)
            Participant.objects.create(
                mentorship=mentorship, enrolment=enrolment, role=enrolment.role, response="accepted", responded_at=at
            )


def crowd(northwind, *, unmatched, unmatched_leavers):
    """Of 60 who signed up, 20 left, and some were never matched; of 80 others, 30 left. All were hired 1,000 days ago."""
    program, hired, left = make_program(northwind), day(1000), day(701)
    joined_at = NOON - timedelta(days=900)
    stayed = enrol(program, make_people(northwind, 40, hired_on=hired), "mentee", joined_at=joined_at)
    gone = enrol(program, make_people(northwind, 20, hired_on=hired, left_on=left), "mentee", joined_at=joined_at)
    make_people(northwind, 50, hired_on=hired)
    make_people(northwind, 30, hired_on=hired, left_on=left)
    matched(program, [*stayed[unmatched - unmatched_leavers :], *gone[unmatched_leavers:]])
    return program


@pytest.mark.parametrize(
    ("unmatched", "leavers", "told"),
    [
        # Three who were never matched left: of both reports one could be taken from the other.
        (20, 3, False),
        # None left, and enough did.
        (20, 0, True),
        (20, 5, True),
        # Two were never matched.
        (2, 0, False),
    ],
)
def test_of_two_steps_that_differ_by_few_who_left_one_is_told(northwind, unmatched, leavers, told):
    crowd(northwind, unmatched=unmatched, unmatched_leavers=leavers)
    assert figures(northwind, ALL)["naive"] is not None
    second = figures(northwind, MATCHED)
    assert (second["verdict"]["code"] != "withheld") == told
    assert (second["naive"] is not None) == told
    if not told:
        assert second["verdict"]["text"].startswith(
            "Too few people have left to tell these apart from those of another"
        )
        assert (second["curve"], second["headline"], second["landmarks"]) == ([], None, [])
        if leavers:
            assert all(row["hidden"] for rows in second["groups"].values() for row in rows)


def test_whichever_comes_second(northwind):
    crowd(northwind, unmatched=20, unmatched_leavers=3)
    assert figures(northwind, MATCHED)["naive"] is not None
    assert figures(northwind, ALL)["verdict"]["code"] == "withheld"


def test_over_successive_months_too(northwind):
    crowd(northwind, unmatched=20, unmatched_leavers=3)
    assert figures(northwind, Choice(SEPTEMBER))["naive"] is not None
    assert figures(northwind, MATCHED)["verdict"]["code"] == "withheld"


def test_one_programme_beside_all(northwind):
    program = crowd(northwind, unmatched=0, unmatched_leavers=0)
    other, hired = make_program(northwind, "Other"), day(1000)
    joined_at = NOON - timedelta(days=900)
    enrol(other, make_people(northwind, 20, hired_on=hired), "mentee", joined_at=joined_at)
    enrol(other, make_people(northwind, 4, hired_on=hired, left_on=day(600)), "mentee", joined_at=joined_at)
    assert figures(northwind, ALL)["naive"] is not None
    # Four of the other programme left.
    assert figures(northwind, Choice(OCTOBER, programs=(program.pk,)))["verdict"]["code"] == "withheld"


def test_kinds_and_rates_are_told_for_one_way_of_counting(client, hanna, northwind):
    crowd(northwind, unmatched=20, unmatched_leavers=5)
    with inside(northwind):
        for number, spell in enumerate(Spell.objects.filter(ended_on__isnull=False)):
            spell.end_reason = ("Resigned", "Dismissal")[number % 2]
            spell.save()
    assert figures(northwind, ALL)["kinds"] is not None
    second = figures(northwind, MATCHED)
    assert second["kinds"] is None
    assert {row["why_not"] for row in second["rates"]} == {second["kinds_why"]}
    client.force_login(hanna.user)
    assert second["kinds_why"] in client.get(f"{ADDRESS}?{MATCHED.query}").content.decode()


def test_only_so_many_ways_to_count_are_reported_on(client, hanna, northwind, monkeypatch):
    program = crowd(northwind, unmatched=20, unmatched_leavers=5)
    monkeypatch.setattr(snapshots, "MOST_WAYS", 2)
    figures(northwind, MATCHED)
    client.force_login(hanna.user)
    asked = {"month": "2026-10", "period": "all", "exposure": "met", "population": "all"}
    answer = client.post(ADDRESS, asked)
    assert answer.status_code == 422
    assert "so many different choices of participants" in answer.content.decode()
    # One that there is a report of may be asked for again, and so may all.
    assert client.post(ADDRESS, asked | {"exposure": "matched", "period": "36"}).status_code == 302
    assert client.post(ADDRESS, asked | {"exposure": "place"}).status_code == 302
    assert program.pk


class TestEnteredLate:
    """Who left in August, but is entered in October, is missing from September's report."""

    def entered(self, northwind, number, program=None):
        members = make_people(northwind, number, hired_on=day(1000))
        if program:
            enrol(program, members, "mentee", joined_at=NOON - timedelta(days=900))
        return members

    def leave(self, northwind, members):
        with inside(northwind):
            Spell.objects.filter(member__in=members).update(ended_on=date(2026, 8, 14))

    @pytest.mark.parametrize(("ours", "others", "carried"), [(2, 8, True), (6, 3, True), (6, 8, False), (0, 0, False)])
    def test_few_of_them_carry_the_report_before(self, northwind, ours, others, carried):
        program = crowd(northwind, unmatched=0, unmatched_leavers=0)
        late = [*self.entered(northwind, ours, program), *self.entered(northwind, others)]
        september = figures(northwind, Choice(SEPTEMBER))
        assert september["naive"]["participants"]["left"] == 20
        self.leave(northwind, late)
        october = figures(northwind, ALL)
        assert (october["carried"] == {"comparison": "2026-09-30"}) == carried
        assert october["naive"]["participants"]["left"] == (20 if carried else 20 + (ours + 2) // 5 * 5)

    def test_nor_does_another_period_of_the_same_month_tell_of_them(self, northwind):
        program = crowd(northwind, unmatched=0, unmatched_leavers=0)
        late = [*self.entered(northwind, 2, program), *self.entered(northwind, 8)]
        assert figures(northwind, ALL)["naive"] is not None
        self.leave(northwind, late)
        assert figures(northwind, Choice(OCTOBER, period="36"))["verdict"]["code"] == "withheld"

    @pytest.mark.parametrize(("number", "carried"), [(3, True), (0, False)])
    def test_nor_who_is_no_longer_said_to_have_left(self, northwind, number, carried):
        crowd(northwind, unmatched=0, unmatched_leavers=0)
        figures(northwind, Choice(SEPTEMBER))
        with inside(northwind):
            back = list(Spell.objects.filter(ended_on__isnull=False).values_list("pk", flat=True)[:number])
            Spell.objects.filter(pk__in=back).update(ended_on=None)
        assert (figures(northwind, ALL)["carried"] == {"comparison": "2026-09-30"}) == carried

    def test_who_was_known_is_published_nowhere(self, client, hanna, northwind):
        crowd(northwind, unmatched=0, unmatched_leavers=0)
        snapshot = made(northwind)
        with inside(northwind):
            assert len(snapshots._unpacked(Snapshot.objects.get(pk=snapshot.pk).known)) == 50
        client.force_login(hanna.user)
        answer = client.get("/api/v1/o/northwind/reports/retention/", {"purpose": "x"})
        assert "known" not in answer.json()
