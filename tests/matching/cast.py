"""The sample sign-ups as rows of a programme, and small programmes made by hand; for tests only."""

import re
from datetime import UTC, date, datetime

from accounts.models import Member, Skill
from matching.models import Proposal
from programs.criteria import default_criteria
from programs.formats import FORMATS
from programs.models import Enrolment, EnrolmentSkill, Program
from tests.matching.sample import WEEKDAYS, _list, _plain, _rows
from tests.people import inside

PREFERENCES = {
    "No preference": "",
    "Different department": "other_department",
    "Same location": "same_site",
}
JOINED = datetime(2026, 11, 1, tzinfo=UTC)


def make_program(organisation, *, format="traditional", name="Growing together", **fields):
    fields.setdefault("status", Program.Status.OPEN)
    fields.setdefault("criteria", default_criteria(FORMATS[format]))
    with inside(organisation):
        return Program.objects.create(name=name, format=format, **fields)


def enrol(program, member, role, *, skills=(), **fields):
    """Enrolled without letters, as if it had been long ago."""
    fields.setdefault("status", Enrolment.Status.ACTIVE)
    fields.setdefault("joined_at", JOINED)
    fields.setdefault("capacity", 1 if role == "mentor" else 0)
    with inside(program.organisation):
        enrolment = Enrolment.objects.create(program=program, member=member, role=role, **fields)
        for rank, name in enumerate(skills):
            skill, _ = Skill.objects.get_or_create(key=name.casefold(), defaults={"name": name})
            EnrolmentSkill.objects.create(enrolment=enrolment, skill=skill, rank=rank)
        return enrolment


def load_sample(organisation, **fields):
    """A traditional programme with the 1,200 people of the sample export and everybody in its two sheets enrolled."""
    program = make_program(organisation, **fields)
    with inside(organisation):
        members = _members()
        mentees, mentors = _rows("signups_mentees.csv"), _rows("signups_mentors.csv")
        enrolments, wishes = [], []
        for role, rows, skills, languages in (
            ("mentee", mentees, "What would you like to learn? (most important first)",
             "Languages you are comfortable in"),
            ("mentor", mentors, "What can you help with? (choose any)", "Languages you can mentor in"),
        ):  # fmt: skip
            for row in rows:
                wishes.append(_list(row[skills]))
                enrolments.append(
                    Enrolment(
                        program=program,
                        member=members[_plain(row["Email Address"])],
                        role=role,
                        status=Enrolment.Status.ACTIVE,
                        capacity=int(row.get("How many mentees can you take on?") or 0),
                        languages=_list(row[languages]),
                        free_hours=_windows(row["When are you usually free? (your local time)"]),
                        preference=PREFERENCES[row["Any preference?"]],
                        joined_at=JOINED,
                    )
                )
        Enrolment.objects.bulk_create(enrolments)
        names = sorted({name for chosen in wishes for name in chosen})
        known = {name: Skill.objects.get_or_create(key=name.casefold(), defaults={"name": name})[0] for name in names}
        EnrolmentSkill.objects.bulk_create(
            EnrolmentSkill(enrolment=enrolment, skill=known[name], rank=rank)
            for enrolment, chosen in zip(enrolments, wishes, strict=True)
            for rank, name in enumerate(chosen)
        )
    return program


def drafts(program):
    """(given name of the mentee, of the mentor) of what is proposed, in order."""
    with inside(program.organisation):
        found = Proposal.objects.filter(program=program, status="draft")
        return sorted(found.values_list("mentee__member__given_name", "mentor__member__given_name"))


def _members():
    rows = _rows("people_bamboo.csv")
    members = Member.objects.bulk_create(
        Member(
            employee_number=row["Employee #"],
            given_name=row["First Name"],
            family_name=row["Last Name"],
            email=_plain(row["Work Email"]),
            department=row["Department"],
            level=int(row["Grade"]),
            site=row["Location"],
            time_zone=row["Time Zone"],
            hired_on=date.fromisoformat(row["Hire Date"]),
            left_on=date.fromisoformat(row["Termination Date"]) if row["Termination Date"] else None,
        )
        for row in rows
    )
    by_number = {member.employee_number: member for member in members}
    for row in rows:
        if row["Supervisor EID"]:
            by_number[row["Employee #"]].manager = by_number[row["Supervisor EID"]]
    Member.objects.bulk_update([member for member in members if member.manager_id], ["manager"], batch_size=500)
    return {member.email: member for member in members}


def _windows(answer):
    return [
        [WEEKDAYS[day], int(start) * 60, int(end) * 60]
        for day, start, end in re.findall(r"(\w{3}) (\d\d)-(\d\d)", answer)
    ]
