"""Importing the two sign-up sheets."""

import csv
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.importing.messages import Message as Reason
from accounts.importing.refused import refused_report
from accounts.models import Member
from mentoring.outbox.models import Message
from programs import services
from programs.models import Enrolment, SignUpSheet
from tests.people import inside, make_member, make_organisation
from tests.programs.scheme import make_pair, make_program, sign_up

DATA = Path(__file__).parent.parent / "data"
HEADINGS = "Timestamp,Email Address,What would you like to learn? (most important first),Languages\n"


@pytest.fixture
def org(db):
    return make_organisation()


@pytest.fixture
def admin(org):
    return make_member(org, "Alice", is_admin=True)


@pytest.fixture
def program(admin):
    return make_program(admin)


def sheet(*rows):
    return (HEADINGS + "".join(f"{row}\n" for row in rows)).encode()


def people_of_the_sample(org):
    with inside(org), (DATA / "people_bamboo.csv").open(encoding="utf-8-sig", newline="") as file:
        seen = {}
        for row in csv.DictReader(file):
            email = row["Work Email"].strip().lower()
            if email and email not in seen:
                seen[email] = Member(
                    email=email, given_name=row["First Name"], family_name=row["Last Name"],
                    time_zone="Europe/London", hired_on=date(2020, 1, 6),
                )  # fmt: skip
        Member.objects.bulk_create(seen.values())


def test_the_two_sample_sheets(org, admin, program):
    people_of_the_sample(org)
    # Of our own work: how busy the machine is otherwise plays no part.
    started = time.process_time()
    with inside(org):
        mentors = services.import_sign_ups(
            program, content=(DATA / "signups_mentors.csv").read_bytes(), role="mentor", by=admin
        )
        mentees = services.import_sign_ups(
            program, content=(DATA / "signups_mentees.csv").read_bytes(), role="mentee", by=admin
        )
    assert time.process_time() - started < 10
    with inside(org):
        enrolled = Enrolment.objects.active()
        assert enrolled.mentors().count() == mentors.counts["enrol"]
        assert enrolled.mentees().count() == mentees.counts["enrol"]
        assert (dict(mentors.counts), dict(mentees.counts)) == ({"enrol": 110}, {"enrol": 320})
        assert {row.action for row in mentors.rows + mentees.rows} <= {"enrol", "skip", "refuse"}
        yusuf = enrolled.get(member__email="yusuf.tan@northwind.example")
        assert [each.skill.name for each in yusuf.skills.all()] == ["Sustainability", "Digital tools", "User research"]
        assert (yusuf.role, yusuf.preference, yusuf.note) == ("mentee", "same_site", "Please not my old manager")
        assert [4, 960, 1080] in yusuf.free_hours
        noor = enrolled.get(member__email="noor.okafor@northwind.example")
        assert (noor.role, noor.capacity, noor.languages) == ("mentor", 3, ["English"])
        assert Message.objects.filter(kind="sign_up").count() == enrolled.count()


def test_importing_twice_changes_nothing_and_a_new_answer_changes_one(org, admin, program):
    make_member(org, "Bob")
    row = "2026/10/13 11:35:45,bob@northwind.example,Python,English"
    with inside(org):
        first = services.import_sign_ups(program, content=sheet(row), role="mentee", by=admin)
        again = services.import_sign_ups(program, content=sheet(row), role="mentee", by=admin)
        changed = services.import_sign_ups(
            program, content=sheet(row.replace("Python", "Writing")), role="mentee", by=admin
        )
        assert [dict(each.counts) for each in (first, again, changed)] == [{"enrol": 1}, {"same": 1}, {"change": 1}]
        enrolment = Enrolment.objects.get()
        assert [each.skill.name for each in enrolment.skills.all()] == ["Writing"]
        assert Message.objects.filter(kind="sign_up").count() == 1


def test_what_is_refused_and_why(org, admin, program):
    make_pair(program, admin, mentor="Maya", mentee="Theo")
    gone = sign_up(program, make_member(org, "Gone"))
    declined = sign_up(program, make_member(org, "Dee"))
    with inside(org):
        services.withdraw(gone, by=gone.member)
        services.decline_enrolment(declined, reason="", by=admin)
        report = services.import_sign_ups(
            program,
            content=sheet(
                *(f",{name}@northwind.example,Python,English" for name in ("maya", "theo", "gone", "dee", "nobody"))
            ),
            role="mentee",
            by=admin,
        )
    assert [(row.action, *row.errors) for row in report.rows] == [
        ("refuse", "Takes part as a mentor already."),
        ("same",),
        ("refuse", "Withdrew from this programme; they can sign up again themselves."),
        ("refuse", "Was not accepted for this programme; approve the sign-up there."),
        ("refuse", "Nobody here has the address nobody@northwind.example. Import the person first, or correct it."),
    ]


def test_who_answered_first_gets_the_last_place(org, admin):
    program = make_program(admin, mentee_places=1)
    for name in ("Late", "Early"):
        make_member(org, name)
    with inside(org):
        report = services.import_sign_ups(
            program,
            content=sheet(
                "2026/10/13 11:00:00,late@northwind.example,Python,English",
                "2026/10/12 11:00:00,early@northwind.example,Python,English",
            ),
            role="mentee",
            by=admin,
        )
        assert [row.action for row in report.rows] == ["wait", "enrol"]
        assert dict(Enrolment.objects.values_list("member__given_name", "status")) == {
            "Late": "waiting", "Early": "active",
        }  # fmt: skip


def test_a_sheet_is_kept_until_it_is_imported_and_once(org, admin, program):
    make_member(org, "Bob")
    with inside(org):
        kept = services.upload_sheet(
            program, name="mentees.csv", content=sheet(",bob@northwind.example,Python,English", ",,,x"), by=admin
        )
        assert (kept.role, kept.columns) == ("mentee", ["answered_at", "email", "skills_wanted", "languages"])
        assert dict(services.plan_sheet(kept).counts) == {"enrol": 1, "refuse": 1}
        assert not Enrolment.objects.exists()
        services.apply_sheet(kept, by=admin)
        assert dict(services.apply_sheet(kept, by=admin).counts) == {}
        kept.refresh_from_db()
        assert (bytes(kept.content), kept.report["counts"]) == (b"", {"enrol": 1, "refuse": 1})
        assert kept.report["refused"] == [
            [3, ["", "", "", "x"], ["No e-mail address, so it can’t be told whose answer this is."]]
        ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"Name,Skill\nBob,Python\n", "no column with e-mail"), (b"PK\x03\x04rest", "Excel|archive|CSV")],
)
def test_what_is_no_sheet_is_refused(org, admin, program, content, sentence):
    with inside(org), pytest.raises(services.ProgramProblem, match=sentence):
        services.upload_sheet(program, name="x", content=content, by=admin)


def test_columns_are_corrected_sensibly(org, admin, program):
    with inside(org):
        kept = services.upload_sheet(program, name="x", content=sheet(",a@b.example,P,E"), by=admin)
        with pytest.raises(services.ProgramProblem, match="One column must hold"):
            services.correct_sheet(kept, role="mentee", columns=[None, None, "goal", None], by=admin)
        with pytest.raises(services.ProgramProblem, match="Two columns"):
            services.correct_sheet(kept, role="mentee", columns=["goal", "email", "goal", None], by=admin)
        services.correct_sheet(kept, role="mentor", columns=[None, "email", "skills_offered", None], by=admin)
        assert kept.role == "mentor"


def test_uploads_are_forgotten_after_a_month(org, admin, program):
    with inside(org):
        left = services.upload_sheet(program, name="left.csv", content=sheet(",ann@x.example,Python,"), by=admin)
        done = services.upload_sheet(program, name="done.csv", content=sheet(",ann@x.example,Python,"), by=admin)
        services.apply_sheet(done, by=admin)
        assert services.forget_sheets() == 0
        SignUpSheet.objects.update(uploaded_at=timezone.now() - timedelta(days=31))
        fresh = services.upload_sheet(program, name="new.csv", content=sheet(",ann@x.example,Python,"), by=admin)
        assert services.forget_sheets() == 2
        assert services.forget_sheets() == 0
        assert not SignUpSheet.objects.filter(pk=left.pk).exists()
        done, fresh = SignUpSheet.objects.get(pk=done.pk), SignUpSheet.objects.get(pk=fresh.pk)
        assert (bytes(done.content), done.report["refused"], done.report["counts"]) == (b"", [], {"refuse": 1})
        assert bytes(fresh.content) == sheet(",ann@x.example,Python,")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([",ann@x.example,Python,"] * 20_001, "more than 20,000 rows"),
        ([*[",ann@x.example,Python,"] * 400, "x" * 1_300_000], "over a million letters"),
    ],
)
def test_what_cannot_be_read_to_the_end_is_refused_at_once(org, admin, program, rows, said):
    with inside(org), pytest.raises(services.ProgramProblem, match=said):
        services.upload_sheet(program, name="sheet.csv", content=sheet(*rows), by=admin)


def test_a_reason_that_begins_with_a_name_is_no_formula_either(org, admin, program):
    with inside(org):
        gone = make_member(org, "=cmd|x!A1", email="gone@x.example", login=False, left_on=date(2025, 1, 31))
        left = services.upload_sheet(program, name="a.csv", content=sheet(f",{gone.email},Python,"), by=admin)
        (row,) = services.plan_sheet(left).refused
    told = [Reason("left", error) for error in row.errors]
    assert "".join(refused_report(["A"], [(2, ["x"], told)])).splitlines()[1] == (
        "x,2,'=cmd|x!A1 Osei left on 31 January 2025."
    )
