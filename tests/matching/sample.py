"""The sample export and its two sign-up sheets, read as a programme would know them; for tests only."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from matching.scoring import People, Wish, weekly_slots

DATA = Path(__file__).parent.parent / "data"
WEEKDAYS = {"Mon": 0, "Tue": 1, "Wed": 2, "Thu": 3, "Fri": 4, "Sat": 5, "Sun": 6}
WISHES = {
    "No preference": Wish.NONE,
    "Different department": Wish.DIFFERENT_DEPARTMENT,
    "Same location": Wish.SAME_SITE,
}


@dataclass
class Sample:
    mentees: People
    mentors: People
    capacity: dict[int, int]
    managers: dict[int, int]
    skills: list[str]
    languages: list[str]


def read_sample() -> Sample:
    people = {_plain(row["Work Email"]): row for row in _rows("people_bamboo.csv")}
    mentees = [(row, people[_plain(row["Email Address"])]) for row in _rows("signups_mentees.csv")]
    mentors = [(row, people[_plain(row["Email Address"])]) for row in _rows("signups_mentors.csv")]
    wanted, offered = "What would you like to learn? (most important first)", "What can you help with? (choose any)"
    speaks, mentors_speak = "Languages you are comfortable in", "Languages you can mentor in"
    skills = sorted(
        {s for row, _ in mentees for s in _list(row[wanted])} | {s for row, _ in mentors for s in _list(row[offered])}
    )
    languages = sorted(
        {s for row, _ in mentees for s in _list(row[speaks])}
        | {s for row, _ in mentors for s in _list(row[mentors_speak])}
    )
    departments = sorted({row["Department"] for row in people.values()})
    sites = sorted({row["Location"] for row in people.values()})

    def side(signups, *, first_id, skills_column, languages_column, ranked):
        skill_table = np.zeros((len(signups), len(skills)))
        language_table = np.zeros((len(signups), len(languages)))
        for at, (row, _) in enumerate(signups):
            chosen = _list(row[skills_column])
            for place, skill in enumerate(chosen):
                skill_table[at, skills.index(skill)] = len(chosen) - place if ranked else 1
            for language in _list(row[languages_column]):
                language_table[at, languages.index(language)] = 1
        offsets = [_offset(person["Time Zone"]) for _, person in signups]
        return People.of(
            range(first_id, first_id + len(signups)),
            person_ids=[int(person["Employee #"]) for _, person in signups],
            skills=skill_table,
            level=[float(person["Grade"]) for _, person in signups],
            department=[departments.index(person["Department"]) for _, person in signups],
            site=[sites.index(person["Location"]) for _, person in signups],
            languages=language_table,
            utc_offset=offsets,
            free=[
                weekly_slots(_windows(row["When are you usually free? (your local time)"]), utc_offset=offset)
                for (row, _), offset in zip(signups, offsets, strict=True)
            ],
            wish=[WISHES[row["Any preference?"]] for row, _ in signups],
        )

    return Sample(
        mentees=side(mentees, first_id=1, skills_column=wanted, languages_column=speaks, ranked=True),
        mentors=side(mentors, first_id=1001, skills_column=offered, languages_column=mentors_speak, ranked=False),
        capacity={1001 + at: int(row["How many mentees can you take on?"]) for at, (row, _) in enumerate(mentors)},
        managers={
            int(row["Employee #"]): int(row["Supervisor EID"]) for row in people.values() if row["Supervisor EID"]
        },
        skills=skills,
        languages=languages,
    )


def _rows(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _plain(email):
    # Forms keep the accents and capitals that people type; the HR system does not.
    letters = unicodedata.normalize("NFKD", email.strip().lower())
    letters = letters.translate(str.maketrans({"ø": "o", "ł": "l"}))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _list(answer):
    return [item.strip() for item in answer.split(",") if item.strip()]


def _windows(answer):
    return [
        (WEEKDAYS[day], int(start) * 60, int(end) * 60)
        for day, start, end in re.findall(r"(\w{3}) (\d\d)-(\d\d)", answer)
    ]


def _offset(zone):
    return datetime(2026, 11, 1, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset().total_seconds() / 60
