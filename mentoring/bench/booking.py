"""How long it takes to find the free times of two people, to show them, and to write a session among 200,000 others."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Access, Member, Organisation, User
from mentoring.outbox.models import Message
from mentoring.tenancy.scope import organisation_scope
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from sessions import services
from sessions.models import Session, UserBusyTime, WeeklyHours
from sessions.services.booking import add_session
from sessions.slots import Availability, BookingRules, Busy, Window, free_slots

from .figures import Figures

SLUG = "booking-bench"
PEOPLE = 1000
BLOCKS = 200_000
ROUNDS = 200
INSERTS = 1000
CROWD = "booking-crowd-bench"
ASKS, AT_ONCE = 20, 10
BUDGETS = {"slots p95": 5.0, "page p95": 100.0, "insert p99": 20.0, "slowest": 1000.0}
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def measure(folder: Path) -> Figures:
    """Milliseconds: slots of 30 days with 200 busy blocks, the page that shows them, and writing one session."""
    figures = Figures("booking", "milliseconds", folder, budgets=BUDGETS)
    times = _slots()
    figures.add("slots, 30 days, 200 blocks", p50=statistics.median(times), **{"slots p95": _percentile(times, 95)})
    organisation, mentorship, members = _place()
    times, cpu = _page(organisation, mentorship, members[1])
    # The processor's time of this process says more than the clock's where the machine has other work.
    figures.add(
        "page of 200 blocks",
        p50=statistics.median(times), **{"page p95": _percentile(times, 95)}, cpu=statistics.median(cpu),
    )  # fmt: skip
    times = _inserts(organisation, mentorship, members)
    figures.add("insert at 200,000 blocks", p50=statistics.median(times), **{"insert p99": _percentile(times, 99)})
    times, booked = _at_once()
    figures.add("10 × 10 at random, at once", p50=statistics.median(times), slowest=max(times), booked=booked)
    return figures


def _slots() -> list[float]:
    now = datetime(2027, 3, 10, 12, tzinfo=UTC)
    rnd = random.Random(1)  # noqa: S311  (made-up diaries)
    blocks = [now + rnd.randrange(30 * 24 * 4) * 15 * MINUTE for _ in range(200)]
    week = [Window(day, start, start + 180) for day in range(5) for start in (540, 780)]
    owner = Availability(ZoneInfo("Europe/London"), week, [Busy(at, at + HOUR) for at in blocks[:100]])
    other = Availability(ZoneInfo("America/New_York"), (), [Busy(at, at + HOUR) for at in blocks[100:]])
    rules = BookingRules(step=30 * MINUTE, notice=12 * HOUR, horizon=30 * DAY)
    if len(free_slots(owner, [other], rules=rules, now=now)) < 50:
        raise RuntimeError("There is nothing to compute.")
    return _timed(lambda: free_slots(owner, [other], rules=rules, now=now), ROUNDS)


def _page(organisation: Organisation, mentorship: Mentorship, mentee: Member) -> tuple[list[float], list[float]]:
    """By the clock, and of the processor's time in this process."""
    client = Client(SERVER_NAME="localhost")
    assert mentee.user is not None
    client.force_login(mentee.user, backend="django.contrib.auth.backends.ModelBackend")
    url = f"/o/{organisation.slug}/sessions/book/{mentorship.pk}/"
    for _ in range(5):
        status = client.get(url).status_code
        if status != 200:
            raise RuntimeError(f"{url} answered {status}")
    return _timed(lambda: client.get(url), ROUNDS), _timed(lambda: client.get(url), ROUNDS, time.process_time)


def _at_once() -> tuple[list[float], int]:
    """Ten mentors, and ten mentees who all book at once, each twenty times at random: each booking, with its commit."""
    organisation = Organisation.objects.filter(slug=CROWD).first()
    if organisation is None:
        organisation = Organisation.objects.create(slug=CROWD, name="Booking crowd", time_zone="Europe/London")
        with organisation_scope(organisation), transaction.atomic():
            _fill_crowd()
    with organisation_scope(organisation), transaction.atomic():
        pairs = list(Mentorship.objects.select_related("program").order_by("pk"))
        of_mentee: dict[Member, list[Mentorship]] = {}
        for each in Participant.objects.filter(role=Role.MENTEE).select_related("enrolment__member"):
            of_mentee.setdefault(each.enrolment.member, []).append(next(m for m in pairs if m.pk == each.mentorship_id))
        mentee = next(iter(of_mentee))
        starts = [slot.starts_at for slot in services.free_slots(of_mentee[mentee][0], by=mentee)[:8]]
    barrier = Barrier(AT_ONCE)

    def ask(mentee: Member) -> list[tuple[float, bool]]:
        rnd, answers = random.Random(mentee.pk), []  # noqa: S311  (made-up wishes)
        try:
            with organisation_scope(organisation):
                barrier.wait(30)
                for _ in range(ASKS):
                    mentorship, starts_at = rnd.choice(of_mentee[mentee]), rnd.choice(starts)
                    began, booked = time.perf_counter(), True
                    try:
                        services.book_session(mentorship, starts_at=starts_at, by=mentee)
                    except services.SlotTaken:
                        booked = False
                    answers.append(((time.perf_counter() - began) * 1000, booked))
        finally:
            connection.close()
        return answers

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = [each for share in threads.map(ask, of_mentee) for each in share]
    # The next run finds the same place.
    with organisation_scope(organisation), transaction.atomic():
        Session.objects.all().delete()
        Message.objects.all().delete()
    return [spent for spent, _booked in answers], sum(booked for _spent, booked in answers)


def _fill_crowd() -> None:
    now = timezone.now()
    program = Program.objects.create(name="Booking", status=Program.Status.RUNNING, launched_at=now)
    sides: dict[str, list[Enrolment]] = {Role.MENTOR: [], Role.MENTEE: []}
    for role, enrolments in sides.items():
        for n in range(10):
            email = f"{role}{n}@crowd.example"
            user = User.objects.create(email=email, name=f"{role} {n}")
            member = Member.objects.create(given_name=f"{role} {n}", email=email, user=user, time_zone="Europe/London")
            enrolments.append(
                Enrolment.objects.create(
                    program=program,
                    member=member,
                    role=role,
                    status=Enrolment.Status.ACTIVE,
                    capacity=10,
                    joined_at=now,
                )
            )
            if role == Role.MENTOR:
                for day in range(7):
                    WeeklyHours.objects.create(member=member, weekday=day, start_minute=420, end_minute=1200)
    for mentor in sides[Role.MENTOR]:
        for mentee in sides[Role.MENTEE]:
            mentorship = Mentorship.objects.create(program=program, status=Mentorship.Status.ACTIVE, started_at=now)
            for enrolment in (mentor, mentee):
                Participant.objects.create(
                    mentorship=mentorship,
                    enrolment=enrolment,
                    role=enrolment.role,
                    response=Participant.Response.ACCEPTED,
                )


def _inserts(organisation: Organisation, mentorship: Mentorship, members: list[Member]) -> list[float]:
    """A session of two people each, an hour that both have free, in a transaction of its own with its commit."""
    first = timezone.now().replace(minute=0, second=0, microsecond=0) + 5000 * DAY
    times = []
    with organisation_scope(organisation):
        written = []
        for number in range(INSERTS):
            pair = members[number % PEOPLE], members[(number * 7 + 1) % PEOPLE]
            starts_at = first + number * HOUR
            session = Session(
                mentorship=mentorship, starts_at=starts_at, ends_at=starts_at + HOUR, zone_name="Europe/London"
            )
            began = time.perf_counter()
            with transaction.atomic():
                add_session(session, set(pair))
            times.append((time.perf_counter() - began) * 1000)
            written.append(session.pk)
        # The next run finds the same place.
        with transaction.atomic():
            Session.objects.filter(pk__in=written).delete()
    return times


def _place() -> tuple[Organisation, Mentorship, list[Member]]:
    """1,000 people with 200 sessions each, all of them with a login, so that as many busy times are kept for users."""
    organisation = Organisation.objects.filter(slug=SLUG).first()
    if organisation is None:
        with transaction.atomic():
            organisation = Organisation.objects.create(slug=SLUG, name="Booking bench", time_zone="Europe/London")
            with organisation_scope(organisation):
                _fill(organisation)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    if (count := UserBusyTime.objects.count()) < BLOCKS:
        raise RuntimeError(f"Only {count} busy times are there.")
    with organisation_scope(organisation), transaction.atomic():
        _require_recent()
        members = list(Member.objects.select_related("user").order_by("pk"))
        return organisation, Mentorship.objects.get(), members


def _fill(organisation: Organisation) -> None:
    now = timezone.now()
    users = User.objects.bulk_create(
        User(email=f"person{n}@booking.example", name=f"Person {n}") for n in range(PEOPLE)
    )
    Access.objects.bulk_create(Access(user=user, organisation=organisation) for user in users)
    members = Member.objects.bulk_create(
        Member(given_name=f"Person {n}", email=user.email, user=user, time_zone="Europe/London")
        for n, user in enumerate(users)
    )
    program = Program.objects.create(name="Booking", status=Program.Status.RUNNING, launched_at=now)
    mentorship = Mentorship.objects.create(program=program, status=Mentorship.Status.ACTIVE, started_at=now)
    for member, role in zip(members[:2], (Role.MENTOR, Role.MENTEE), strict=True):
        enrolment = Enrolment.objects.create(
            program=program, member=member, role=role, status=Enrolment.Status.ACTIVE, capacity=3, joined_at=now
        )
        Participant.objects.create(
            mentorship=mentorship, enrolment=enrolment, role=role, response=Participant.Response.ACCEPTED
        )
    WeeklyHours.objects.bulk_create(
        WeeklyHours(member=members[0], weekday=day, start_minute=420, end_minute=1200) for day in range(7)
    )
    # Pairs of neighbours, every four hours; both have as many.
    per_pair = BLOCKS // PEOPLE
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH pairs AS (
                SELECT n, a.id AS one, b.id AS two, a.organisation_id
                FROM (SELECT id, organisation_id, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_member) a
                JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS m FROM accounts_member) b ON b.m = a.n + 1
                WHERE a.n %% 2 = 0
            ), met AS (
                INSERT INTO mentoring_sessions_session (organisation_id, mentorship_id, status, starts_at, ends_at,
                    zone_name, uid, sequence, place, topic, booked_at, cancel_reason)
                SELECT organisation_id, %s, 'planned', at, at + interval '1 hour', 'Europe/London', gen_random_uuid(), 0,
                    one || ' ' || two, '', now(), ''
                FROM pairs, generate_series(1, %s) k, LATERAL (SELECT %s + k * interval '4 hours' AS at) AS t
                RETURNING id, organisation_id, starts_at, ends_at, place
            )
            INSERT INTO mentoring_sessions_attendance (organisation_id, session_id, member_id, during, occupies, report)
            SELECT organisation_id, id, unnest(string_to_array(place, ' '))::bigint, tstzrange(starts_at, ends_at), true, ''
            FROM met
            """,
            [mentorship.pk, per_pair, now.replace(minute=0, second=0, microsecond=0)],
        )


def _require_recent() -> None:
    """A place of last month shows the page without its 200 blocks."""
    first = Session.objects.order_by("starts_at").values_list("starts_at", flat=True).first()
    if first is not None and timezone.now() - first > 3 * DAY:
        raise RuntimeError("The sessions to measure among lie in the past: delete .data/bench and run this anew.")


def _timed(act: Callable[[], object], rounds: int, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    times = []
    for _ in range(rounds):
        began = clock()
        act()
        times.append((clock() - began) * 1000)
    return times


def _percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]
