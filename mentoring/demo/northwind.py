"""Northwind: the size of a real employer, with three years of programmes behind it and one in full swing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from accounts import imports
from accounts import services as accounts
from accounts.models import Member, Organisation, Spell
from feedback import services as feedback
from matching import services as matching
from matching.models import Proposal
from matching.working_style import ITEMS
from mentoring.jobs.progress import NoProgress
from mentoring.outbox.models import Dispatch, Message
from mentoring.tenancy.scope import organisation_scope
from programs import services as programs
from programs.criteria import complete
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from sessions import services as sessions
from sessions.models import Attendance

from . import figures, life, modes
from .people import OWNER, Login, join, make_user

Say = Callable[[str], None]

DATA = Path(settings.BASE_DIR) / "tests" / "data"
SKILLS = (
    "Public speaking", "Negotiation", "People management", "Coaching", "Python", "SQL", "Data analysis", "Budgeting",
    "Stakeholder management", "Project management", "Career planning", "Writing", "Strategy", "Networking",
    "Presenting to executives", "Conflict resolution", "Digital tools", "Social media", "Inclusive leadership",
)  # fmt: skip
GOALS = (
    "Move into a leadership role within two years",
    "Become confident presenting to executives",
    "Build a network outside my department",
    "Prepare for my first line-management job",
    "Settle in and understand how decisions are made here",
)
INTERESTS = ("chess", "cycling", "cooking", "gardening", "hiking", "music", "photography", "running", "travel")
NOTES = (
    "I heard you speak at the town hall and would love to learn how you prepare.",
    "Your path from sales into product is the one I hope for.",
    "Could you help me with my first team? An hour every other week would be perfect.",
)
TOPICS = (
    "Getting to know each other",
    "Goals for the half-year",
    "A difficult conversation",
    "Career options",
    "Review",
)
HOURS = [[day, start, start + 120] for day in range(5) for start in (9 * 60, 14 * 60)]


class Northwind:
    """Builds the organisation. The same seed and the same day give the same people, pairs and sessions."""

    def __init__(self, say: Say, *, today: date) -> None:
        self.say = say
        self.today = today
        self.random = random.Random(2026)  # noqa: S311  (a demo, not a secret)

    def build(self) -> Organisation:
        owner = make_user(OWNER)
        organisation = accounts.create_organisation(name="Northwind", time_zone="Europe/London", by=owner)
        with organisation_scope(organisation):
            self.owner = Member.objects.get(user=owner)
            self.admin = join(Login("admin@northwind.example", "Priya", "Shah", is_admin=True), by=self.owner)
            join(Login("hr@northwind.example", "Tomasz", "Lis", is_hr=True), by=self.owner)
            self.say("Importing 1,200 people")
            imports.import_now((DATA / "people_bamboo.csv").read_bytes(), name="people_bamboo.csv", by=self.admin)
            imports.import_now((DATA / "job_changes.csv").read_bytes(), name="job_changes.csv", by=self.admin)
            self.people = list(Member.objects.filter(hired_on__isnull=False, user__isnull=True).order_by("pk"))
            self.spells = {spell.member_id: spell for spell in Spell.objects.all()}
            self.say("Three years of programmes")
            self.past_programs()
            self.welcome_guides()
            self.say("This autumn's programme")
            self.current_program()
            self.say("A programme in which mentees choose")
            self.choosing_program()
            self.say("Circles, peers, an event, a shadow board, a cascade and a network")
            modes.build(self)
            self.say("Agreements, goals, letters and answers")
            life.build(self)
            self.say("Last month's report on who stays")
            figures.last_month(self)
            self.keep_letters_of_sign_ins()
        return organisation

    # History

    def past_programs(self) -> None:
        for name, format, year, month, pairs in (
            ("Leadership pairs 2024", "traditional", 2024, 1, 45),
            ("Leadership pairs 2025", "traditional", 2025, 1, 55),
            ("Digital reverse mentoring", "reverse", 2025, 9, 25),
        ):
            starts_on = date(year, month, 15)
            program = self.launched(name, format, starts_on=starts_on, ends_on=starts_on + timedelta(days=182))
            for mentor, mentee in self.pairs(format, on=starts_on, count=pairs):
                started_on = starts_on + self.days(10, 30)
                if self.works(mentor, started_on) and self.works(mentee, started_on):
                    self.mentorship(program, mentor, mentee, started_on=started_on)
            figures.unmatched(self, program, count=pairs // 3)
            if year == 2025 and format == "traditional":
                figures.declarations(self, program)
            life.stages(self)
            programs.close_program(program, by=self.admin, at=self.at(program.ends_on))

    def welcome_guides(self) -> None:
        """New hires of three years, each with a guide from the first week."""
        began_on = self.today - timedelta(days=3 * 365)
        program = self.launched("Welcome guides", "onboarding", starts_on=began_on)
        new = [member for member in self.people if self.hired(member) > began_on]
        guides = self.sample([m for m in self.people if (m.level or 0) >= 3 and self.works(m, began_on)], 40)
        for number, mentee in enumerate(new[::4]):
            begins_on = self.hired(mentee) + self.days(3, 20)
            if begins_on > self.today - timedelta(days=10):
                continue
            if not self.works(mentee, begins_on):
                continue
            able = [guide for guide in guides if self.works(guide, begins_on) and guide.pk != mentee.pk]
            self.mentorship(program, able[number % len(able)], mentee, started_on=begins_on, sessions_wanted=3, days=90)

    def launched(self, name: str, format: str, *, starts_on: date, ends_on: date | None = None) -> Program:
        program = programs.start_draft(format=format, by=self.admin)
        programs.save_draft(
            program, by=self.admin, name=name, objective=str(program.kind.objectives[0]), starts_on=starts_on,
            ends_on=ends_on, default_capacity=5,
        )  # fmt: skip
        return programs.launch(program, by=self.admin, at=self.at(starts_on - timedelta(days=30)))

    def pairs(self, format: str, *, on: date, count: int) -> list[tuple[Member, Member]]:
        working = [member for member in self.people if self.works(member, on)]
        senior = self.sample([m for m in working if (m.level or 0) >= 4], count)
        junior = self.sample([m for m in working if (m.level or 0) <= 3], len(senior))
        return list(zip(junior, senior, strict=True) if format == "reverse" else zip(senior, junior, strict=True))

    def mentorship(
        self,
        program: Program,
        mentor: Member,
        mentee: Member,
        *,
        started_on: date,
        sessions_wanted: int = 5,
        days: int = 161,
    ) -> None:
        """One relationship with its sessions, from the sign-up to its end."""
        joined = self.at(max(self.hired(mentee), started_on - self.days(*((1, 12) if days == 90 else (12, 38)))))
        one = self.enrolled(program, mentor, Role.MENTOR, joined)
        other = self.enrolled(program, mentee, Role.MENTEE, joined)
        if one is None or other is None:
            return
        offered = programs.offer_mentorship(
            program, mentor=one, mentee=other, by=self.admin, at=self.at(started_on - timedelta(days=1))
        )
        for participant in offered.participants.select_related("enrolment__member"):
            offered = programs.accept(participant, by=participant.enrolment.member, at=self.at(started_on))
        if days != 90:
            life.a_goal_of_the_past(self, offered, mentee, started_on=started_on)
        gone_on = min((day for day in (self.left(mentor), self.left(mentee)) if day), default=None)
        ends_on = started_on + timedelta(days=days)
        last_on = min(filter(None, [gone_on, ends_on, self.today - timedelta(days=1)]))
        self.hold(
            offered,
            mentor,
            mentee,
            first=started_on,
            last=last_on,
            wanted=sessions_wanted,
            rhythm=days // sessions_wanted,
        )
        if gone_on and gone_on <= ends_on and gone_on < self.today:
            programs.end_mentorship(offered, reason="Left the organisation.", by=self.admin, at=self.at(gone_on))
        elif ends_on < self.today:
            programs.complete_mentorship(offered, by=self.admin, at=self.at(ends_on))

    def enrolled(self, program: Program, member: Member, role: str, at: datetime) -> Enrolment | None:
        known = Enrolment.objects.filter(program=program, member=member).first()
        if known is not None:
            return known if known.role == role else None
        return programs.enrol(
            program, member, role=role, by=self.admin, skills=self.sample(SKILLS, 3), languages=["English"],
            free_hours=HOURS, capacity=20 if role == Role.MENTOR else None, goal=self.random.choice(GOALS), at=at,
        )  # fmt: skip

    def hold(
        self,
        mentorship: Mentorship,
        mentor: Member,
        mentee: Member,
        *,
        first: date,
        last: date,
        wanted: int,
        rhythm: int,
    ) -> None:
        """Meet every so often; now and then somebody forgets to confirm, and then it doesn't count."""
        for number in range(wanted):
            day = first + timedelta(days=3 + number * rhythm + self.random.randrange(5))
            if day >= last:
                return
            if self.random.random() < 0.15:
                continue
            starts_at = datetime.combine(day, time(9 + self.random.randrange(8)), tzinfo=mentee.zone)
            length = timedelta(minutes=self.random.choice([30, 45, 60, 60, 60]))
            after = starts_at + length + timedelta(hours=1)
            try:
                session = sessions.record_session(
                    mentorship,
                    starts_at=starts_at,
                    length=length,
                    by=mentee,
                    topic=TOPICS[number % len(TOPICS)],
                    at=after,
                )
            except sessions.SlotTaken:
                continue
            if self.random.random() < 0.9:
                session = sessions.log_session(
                    session, report=Attendance.Report.HELD, length=length, by=mentor, at=after + timedelta(hours=3)
                )
                for member in (mentor, mentee):
                    if self.random.random() < 0.6:
                        feedback.give_pulse(
                            session, useful=self.random.choice([3, 4, 4, 5, 5]),
                            understood=self.random.choice([3, 4, 4, 5, 5]), by=member,
                        )  # fmt: skip

    # The present

    def current_program(self) -> None:
        """Signed up with the two sheets, matched, mostly published: some have met, some still have to answer."""
        starts_on = self.today - timedelta(days=40)
        program = programs.start_draft(format="traditional", by=self.admin)
        programs.save_draft(
            program, by=self.admin, name="Grow together", objective="Prepare people for their next role",
            description="Meet somebody two steps ahead of you, about every other week, for half a year.",
            starts_on=starts_on, ends_on=starts_on + timedelta(days=182),
        )  # fmt: skip
        program = programs.launch(program, by=self.admin, at=self.at(starts_on - timedelta(days=20)))
        for role, sheet in ((Role.MENTOR, "signups_mentors.csv"), (Role.MENTEE, "signups_mentees.csv")):
            programs.import_sign_ups(program, content=(DATA / sheet).read_bytes(), role=role, by=self.admin)
        self.joined(program, starts_on - timedelta(days=7))
        matching.run_matching(program.pk, NoProgress())
        proposals = list(
            Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT).order_by("-score", "pk")
        )
        matching.publish(program, proposals=proposals[:150], by=self.admin)
        offered = list(Mentorship.objects.filter(program=program).order_by("pk"))
        for number, mentorship in enumerate(offered):
            self.answered(mentorship, number)
        # Somebody to sign in as on either side.
        for mentorship in Mentorship.objects.filter(program=program).active().order_by("pk"):
            if mentorship.sessions.held().exists():
                self.give_logins(mentorship)
                break

    def joined(self, program: Program, day: date) -> None:
        """Imported a moment ago, enrolled in the story before it began."""
        enrolments = list(Enrolment.objects.filter(program=program, joined_at__isnull=False).select_related("member"))
        for enrolment in enrolments:
            enrolment.joined_at = self.at(max(day, enrolment.member.hired_on or day))
            enrolment.applied_at = min(enrolment.applied_at, enrolment.joined_at)
        Enrolment.objects.bulk_update(enrolments, ["joined_at", "applied_at"])

    def answered(self, mentorship: Mentorship, number: int) -> None:
        participants = list(Participant.objects.filter(mentorship=mentorship).select_related("enrolment__member"))
        mentor, mentee = (
            next(p.enrolment.member for p in participants if p.role == role) for role in (Role.MENTOR, Role.MENTEE)
        )
        # Of ten, one has not answered, and one of thirty has said no.
        for participant in participants:
            if number % 10 == 9 and participant.role == Role.MENTOR:
                return
            if number % 30 == 17:
                programs.decline(participant, reason="We worked together before.", by=participant.enrolment.member)
                return
            began_on = self.today - timedelta(days=35)
            mentorship = programs.accept(participant, by=participant.enrolment.member, at=self.at(began_on))
        # Published a moment ago, offered in the story before anybody said yes.
        mentorship.offered_at = self.at(began_on - timedelta(days=2))
        mentorship.save(update_fields=["offered_at"])
        if number % 3 != 2:
            began_on = self.today - timedelta(days=35)
            self.hold(mentorship, mentor, mentee, first=began_on, last=self.today, wanted=3, rhythm=12)
        if number % 2 == 0:
            slots = sessions.free_slots(mentorship, by=mentee)
            if slots:
                starts_at = slots[self.random.randrange(min(len(slots), 12))].starts_at
                sessions.book_session(mentorship, starts_at=starts_at, by=mentee, topic="Next steps")

    def choosing_program(self) -> None:
        """Open for sign-up: mentees ask mentors themselves, and one or two have an answer."""
        starts_on = self.today - timedelta(days=14)
        program = programs.start_draft(format="traditional", by=self.admin)
        programs.save_draft(
            program, by=self.admin, name="Skills exchange", objective="Share know-how across departments",
            description="Find somebody who knows what you want to learn, and ask them yourself.",
            starts_on=starts_on, ends_on=starts_on + timedelta(days=182), needs_approval=False, pairing="hybrid",
            requests_at_once=3, answer_within=timedelta(days=10),
        )  # fmt: skip
        program = programs.launch(program, by=self.admin, at=self.at(starts_on - timedelta(days=7)))
        criteria = complete(program.criteria, program.kind)
        criteria["weights"] |= {"interests": 2, "style": 1}
        matching.change_criteria(program, criteria, by=self.admin)
        working = [member for member in self.people if self.works(member, self.today)]
        # Those who can sign in are among them.
        seats = Enrolment.objects.filter(program__name="Grow together", member__user__isnull=False)
        one, other = (seats.select_related("member").get(role=role).member for role in (Role.MENTOR, Role.MENTEE))
        senior = [one, *self.sample([m for m in working if (m.level or 0) >= 4 and m not in (one, other)], 24)]
        junior = [other, *self.sample([m for m in working if (m.level or 0) <= 3 and m not in (one, other)], 29)]
        mentors = [self.open_to(program, member, Role.MENTOR, starts_on) for member in senior]
        mentees = [self.open_to(program, member, Role.MENTEE, starts_on) for member in junior]
        matching.run_matching(program.pk, NoProgress())
        for number, mentee in enumerate(mentees[1:9]):
            best = matching.best_candidates(program, mentee)[0].mentor
            chosen = mentors[0] if number < 3 else next(mentor for mentor in mentors if mentor.pk == best)
            try:
                request = matching.ask_mentor(mentee, chosen, note=self.random.choice(NOTES), by=mentee.member)
            except programs.ProgramProblem:
                continue
            if number == 4:
                matching.ask_back(request, question="What have you tried so far?", by=chosen.member)
            elif number == 5:
                matching.accept_request(request, by=chosen.member)

    def open_to(self, program: Program, member: Member, role: str, joined_on: date) -> Enrolment:
        """Enrolled, with interests and a working style."""
        enrolment = programs.enrol(
            program, member, role=role, by=self.admin, skills=self.sample(SKILLS, 3 if role == Role.MENTEE else 5),
            languages=["English"], free_hours=self.sample(HOURS, 5), capacity=2 if role == Role.MENTOR else None,
            goal=self.random.choice(GOALS), at=self.at(joined_on),
        )  # fmt: skip
        matching.say_interests(enrolment, self.sample(INTERESTS, 3), by=member)
        matching.say_working_style(enrolment, [self.random.randint(1, 5) for _item in ITEMS], by=member)
        return enrolment

    def give_logins(self, mentorship: Mentorship) -> None:
        for participant in mentorship.participants.select_related("enrolment__member"):
            member = participant.enrolment.member
            join(Login(member.email, member.given_name, member.family_name), by=self.owner, member=member)

    def keep_letters_of_sign_ins(self) -> None:
        """A thousand letters to people whom nobody can sign in as would bury the few that are worth reading."""
        readers = list(Member.objects.with_login().values_list("email", flat=True))
        others = Message.objects.filter(status=Message.Status.PENDING).exclude(recipient__in=readers)
        Dispatch.objects.filter(message_id__in=list(others.values_list("pk", flat=True))).delete()
        others.update(status=Message.Status.SKIPPED, outcome="Written while the demo was built.")

    # Small helpers

    def hired(self, member: Member) -> date:
        return self.spells[member.pk].started_on

    def left(self, member: Member) -> date | None:
        return self.spells[member.pk].ended_on

    def works(self, member: Member, on: date) -> bool:
        return self.spells[member.pk].covers(on)

    def sample(self, from_: object, count: int) -> list:
        choices = list(from_)  # type: ignore[call-overload]  # any sequence
        return self.random.sample(choices, min(count, len(choices)))

    def days(self, least: int, most: int) -> timedelta:
        return timedelta(days=self.random.randrange(least, most + 1))

    def at(self, day: date | None) -> datetime:
        assert day is not None
        return timezone.make_aware(datetime.combine(day, time(10)), timezone.get_default_timezone())
