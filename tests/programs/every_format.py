"""Each format's small programme, written out, and what its people do on the pages without a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.test import Client

from matching.models import MatchRun, Unmatched
from mentoring.jobs.models import Job
from mentoring.jobs.services import run_job
from mentoring.tenancy.scope import organisation_scope
from programs.formats import FORMATS
from programs.models import Enrolment, Mentorship, Program
from sessions.models import Attendance
from tests.people import inside

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Every morning from 8 to 10 in the own zone; everybody is in London.
MORNINGS = [f"{day}-480" for day in range(5)]


@dataclass(frozen=True)
class Case:
    """A small programme of a format, and what must come of it, written out."""

    # Given name → role, what is known of the member, what they write on the sign-up page.
    people: dict[str, tuple[str, dict, dict]]
    # What the admin changes on the "who and when" page of the wizard.
    who: dict[str, str] = field(default_factory=dict)
    # Every mentorship: given names with their roles, in order; and what else tells it apart.
    together: list[tuple[str, ...]] = field(default_factory=list)
    # Who is left over, and how the reason begins.
    left: dict[str, str] = field(default_factory=dict)
    # Everybody's sessions: how many, of how many minutes, with how many people in each.
    sessions: int = 0
    minutes: int = 60
    sizes: list[int] = field(default_factory=list)
    certificates: int = 0


def mentor(skills="Python", capacity="2", level=6, **member):
    return ("mentor", {"level": level, **member}, {"skills": skills, "capacity": capacity})


def mentee(skills="Python", level=3, **member):
    return ("mentee", {"level": level, **member}, {"skills": skills})


def peer(skills="Python", level=3, capacity="1", **member):
    return ("peer", {"level": level, **member}, {"skills": skills, "capacity": capacity})


CASES = {
    "traditional": Case(
        people={
            "Maya": mentor("Python"),
            "Omar": mentor("Sales", capacity="1"),
            "Theo": mentee("Python"),
            "Uma": mentee("Sales"),
            # Above every mentor: nobody may be their mentor.
            "Vera": mentee("Python", level=9),
        },
        together=[("Maya mentor", "Theo mentee"), ("Omar mentor", "Uma mentee")],
        left={"Vera": "None of the 2 mentors is allowed: 2 are below their level"},
        sessions=2,
        sizes=[2, 2],
        certificates=4,
    ),
    "reverse": Case(
        people={
            "Jo": mentor("Social media", capacity="1", level=2),
            "Kim": mentor("Python", capacity="1", level=3),
            "Rex": mentee("Social media", level=8),
            "Sue": mentee("Python", level=9),
        },
        together=[("Jo mentor", "Rex mentee"), ("Kim mentor", "Sue mentee")],
        sessions=2,
        sizes=[2, 2],
        certificates=4,
    ),
    "peer": Case(
        people={
            "Ann": peer("Python"),
            "Ben": peer("Python"),
            "Cem": peer("Sales"),
            "Dot": peer("Sales"),
            "Eva": peer("Sales"),
        },
        together=[("Ann peer", "Ben peer"), ("Cem peer", "Dot peer", "Eva peer")],
        sessions=2,
        sizes=[2, 3],
        certificates=5,
    ),
    "circle": Case(
        people={
            "Maya": mentor("Python", capacity="6"),
            "Sam": mentor("Sales", capacity="6"),
            **{f"P{n:02}": mentee("Python" if n % 2 else "Sales") for n in range(11)},
        },
        together=[
            ("Maya mentor", *(f"P{n:02} mentee" for n in (1, 3, 5, 7, 9))),
            (*(f"P{n:02} mentee" for n in (0, 2, 4, 6, 8, 10)), "Sam mentor"),
        ],
        sessions=2,
        minutes=90,
        sizes=[6, 7],
        certificates=13,
    ),
    "onboarding": Case(
        people={
            "Gus": mentor("Finding your way", capacity="2", site="London"),
            "Nia": mentee("Finding your way", site="London", hired_on=datetime(2026, 11, 16).date()),
            "Nils": mentee("Finding your way", site="London", hired_on=datetime(2026, 9, 1).date()),
        },
        together=[("Gus mentor", "Nia mentee"), ("Gus mentor", "Nils mentee")],
        sessions=2,
        minutes=30,
        sizes=[2, 2],
        certificates=4,
    ),
    "skills": Case(
        people={
            "Ada": mentor("Statistics", capacity="1", level=3),
            "Bo": mentor("Carpentry", capacity="1", level=3),
            "Cy": mentee("Carpentry", level=5),
            "Di": mentee("Statistics", level=5),
        },
        together=[("Ada mentor", "Di mentee"), ("Bo mentor", "Cy mentee")],
        sessions=2,
        sizes=[2, 2],
        certificates=4,
    ),
    "cross": Case(
        people={
            "Flo": mentor("Leading", capacity="1", level=4, department="Finance"),
            "Sal": mentor("Leading", capacity="1", level=4, department="Sales"),
            "Fin": mentee("Leading", level=4, department="Finance"),
            "Sid": mentee("Leading", level=4, department="Sales"),
        },
        together=[("Fin mentee", "Sal mentor"), ("Flo mentor", "Sid mentee")],
        sessions=2,
        sizes=[2, 2],
        certificates=4,
    ),
    "speed": Case(
        people={
            "Max": mentor(capacity=""),
            "Nan": mentor(capacity=""),
            "Pam": mentee(),
            "Quin": mentee(),
        },
        who={
            "setting_starts_at": "2027-01-12T09:00",
            "setting_rounds": "2",
            "setting_round_minutes": "10",
            "setting_break_minutes": "5",
            "setting_rooms": "Amber\nBirch",
        },
        together=[
            ("Max mentor", "Pam mentee"),
            ("Max mentor", "Quin mentee"),
            ("Nan mentor", "Pam mentee"),
            ("Nan mentor", "Quin mentee"),
        ],
        sessions=4,
        minutes=10,
        sizes=[2, 2, 2, 2],
        certificates=4,
    ),
    "cascade": Case(
        people={
            "Top": peer(level=8),
            "Mid": peer(level=5),
            "Low": peer(level=2),
        },
        who={"setting_tiers": "7-20\n4-6\n1-3"},
        together=[("Low mentee", "Mid mentor", "tier 1"), ("Mid mentee", "Top mentor", "tier 0")],
        sessions=2,
        sizes=[2, 2],
        certificates=4,
    ),
    "board": Case(
        people={
            "Eli": mentor("Strategy", capacity="", level=9),
            **{
                f"P{n:02}": mentee("Strategy", department="Sales" if n % 3 else "Finance", site="London")
                for n in range(6)
            },
        },
        who={"setting_boards": "1", "setting_size": "6"},
        together=[("Eli mentor", *(f"P{n:02} mentee" for n in range(6)))],
        sessions=1,
        minutes=90,
        sizes=[7],
        certificates=7,
    ),
    "network": Case(
        people={
            "Maya": mentor("Python, Sales", capacity="5"),
            "Sam": mentor("Sales", capacity="1"),
            "Pia": mentee("Python, Sales, Chess"),
            "Quin": mentee("Python"),
        },
        together=[
            ("Maya mentor", "Pia mentee", "Python"),
            ("Maya mentor", "Quin mentee", "Python"),
            ("Pia mentee", "Sam mentor", "Sales"),
        ],
        left={"Pia": "Chess: nobody offers it."},
        sessions=3,
        minutes=30,
        sizes=[2, 2, 2],
        certificates=6,
    ),
}


# What each does on the pages


def browser(member):
    client = Client()
    client.force_login(member.user)
    return client


def ok(answer):
    """Sent and taken: whoever sends a form well is led on."""
    assert answer.status_code == 302, answer.content.decode()
    return answer


def filled(form, **changes):
    """What a browser sends of a form that is left as it stands, but for these changes."""
    found = {}
    for bound in form:
        value = bound.value()
        widget = bound.field.widget
        if hasattr(widget, "decompress"):
            parts = value if isinstance(value, list) else widget.decompress(value)
            found |= {
                f"{bound.html_name}{suffix}": "" if part is None else part
                for suffix, part in zip(widget.widgets_names, parts, strict=True)
            }
        elif value is True:
            found[bound.html_name] = "on"
        elif value is not None and value is not False:
            value = bound.field.prepare_value(value)
            found[bound.html_name] = value if isinstance(value, list) else widget.format_value(value) or ""
    assert changes.keys() <= set(form.fields) | found.keys(), (sorted(changes), sorted(found))
    return {name: value for name, value in (found | changes).items() if value is not None}


def launch(admin, key, who):
    """From the page where a programme begins, through every step of the wizard as it stands."""
    client = browser(admin)
    where = ok(client.post("/o/northwind/programmes/new/", {"from": f"format:{key}"})).url
    base = where.partition("wizard/")[0] + "wizard/"
    kind = FORMATS[key]
    changes = {
        "objective": {"objective": str(kind.objectives[0]), "name": f"{kind.name} 2027"},
        "format": {"format": key},
        "who": who,
        "matching": {},
    }
    for step, changed in changes.items():
        page = client.get(f"{base}{step}/")
        assert page.status_code == 200
        ok(client.post(f"{base}{step}/", filled(page.context["form"], **changed)))
    assert client.get(f"{base}check/").status_code == 200
    ok(client.post(f"{base}check/"))
    with inside(admin.organisation):
        program = Program.objects.get()
    assert (program.format, program.status, program.name) == (key, "open", f"{kind.name} 2027")
    return program


def join(program, member, role, said):
    client = browser(member)
    where = f"/o/northwind/programmes/{program.pk}/sign-up/?role={role}"
    page = client.get(where)
    form = page.context["form"]
    said = {name: value for name, value in said.items() if name in form.fields}
    ok(client.post(where, filled(form, **said, goal="Get better at it", free_hours=MORNINGS) | {"role": role}))
    with inside(member.organisation):
        assert Enrolment.objects.get(member=member).role == role


def approve_those_who_wait(program, admin):
    with inside(admin.organisation):
        waiting = Enrolment.objects.filter(status="applied").count()
    # New hires need nobody's approval.
    assert bool(waiting) == program.needs_approval
    if waiting:
        ok(browser(admin).post(f"/o/northwind/programmes/{program.pk}/people/approve/", {"all": "1"}))


def match(program, admin):
    ok(browser(admin).post(f"/o/northwind/programmes/{program.pk}/matching/run/"))
    with inside(admin.organisation):
        job = Job.objects.get(kind="matching.run")
    with organisation_scope(admin.organisation):
        run_job(job.pk)
    with inside(admin.organisation):
        job.refresh_from_db()
    assert job.status == "done", job.error


def left_over(program):
    with inside(program.organisation):
        run = MatchRun.objects.get()
        found = Unmatched.objects.filter(run=run).select_related("mentee__member")
        return {each.mentee.member.given_name: each.reason for each in found}


def publish(program, admin):
    """With the one button of the page that the format has for it."""
    client = browser(admin)
    base = f"/o/northwind/programmes/{program.pk}/matching/"
    page = client.get(base, follow=True)
    assert page.status_code == 200
    if page.context.get("draft_rows"):
        ok(client.post(f"{base}publish/", {"chosen": [row.token for row in page.context["draft_rows"]]}))
    elif program.kind.arranging == "pairs":
        ok(client.post(f"{base}publish/", {"which": "all", "state": page.context["state"]}))
    else:
        ok(client.post(f"{base}groups/publish/", {"which": "all", "count": page.context["drafts"]}))


def together(program):
    with inside(program.organisation):
        found = []
        for each in Mentorship.objects.select_related("topic").prefetch_related("participants__enrolment__member"):
            people = sorted(f"{part.enrolment.member.given_name} {part.role}" for part in each.participants.all())
            apart = each.topic.name if each.topic else "" if each.tier is None else f"tier {each.tier}"
            found.append((*people, *([apart] if apart else [])))
        return sorted(found)


def everybody_says_yes(program, people):
    """In groups the last find that it has begun, and come in all the same; an event's people have said yes by coming."""
    with inside(program.organisation):
        asked = list(
            Mentorship.objects.filter(participants__response="pending").values_list(
                "pk", "participants__enrolment__member__given_name"
            )
        )
    assert bool(asked) == (program.kind.arranging != "rotation")
    for pk, name in asked:
        client = browser(people[name])
        assert client.get(f"/o/northwind/mentorships/{pk}/answer/").status_code == 200
        ok(client.post(f"/o/northwind/mentorships/{pk}/answer/", {"answer": "yes"}))
    with inside(program.organisation):
        assert not Mentorship.objects.filter(participants__response="pending").exists()


def everybody_books(program, people):
    """One of each mentorship without a session takes the first free time; an event’s meetings are booked already."""
    with inside(program.organisation):
        found = [
            (each.pk, each.participants.exclude(role="mentor").first().enrolment.member.given_name)
            for each in Mentorship.objects.filter(meets_at=None, sessions=None).order_by("pk")
        ]
    for pk, name in found:
        book_first(people[name], pk)


def book_first(member, pk):
    """The first time that is free."""
    client, where = browser(member), f"/o/northwind/sessions/book/{pk}/"
    first = client.get(where).context["page"][0]["slots"][0]["value"]
    ok(client.post(where, {"starts_at": first, "topic": "Getting to know each other"}))


def everybody_logs(org, people, minutes):
    with inside(org):
        silent = Attendance.objects.filter(report="").order_by("session_id", "pk")
        found = list(silent.values_list("session_id", "member__given_name"))
    for pk, name in found:
        client = browser(people[name])
        assert client.get(f"/o/northwind/sessions/{pk}/log/").status_code == 200
        ok(client.post(f"/o/northwind/sessions/{pk}/log/", {"report": "held", "length": str(minutes)}))


def close(program, admin):
    client = browser(admin)
    where = f"/o/northwind/programmes/{program.pk}/close/"
    assert client.get(where).status_code == 200
    ok(client.post(where))
    with inside(admin.organisation):
        assert Program.objects.get().status == "closed"
