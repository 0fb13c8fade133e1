"""A programme with people in it, made through the services."""

from datetime import timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from programs import services
from programs.models import Program
from sessions.models import Attendance, Session
from tests.people import inside, make_member


def make_program(admin, *, format="traditional", launched=True, **fields):
    fields.setdefault("name", "Spring mentoring")
    with inside(admin.organisation):
        program = services.save_draft(services.start_draft(format=format, by=admin), by=admin, **fields)
        return services.launch(program, by=admin) if launched else program


def sign_up(program, member, *, role="mentee", by=None, **fields):
    fields.setdefault("skills", ["Python"])
    with inside(member.organisation):
        program = Program.objects.get(pk=program.pk)
        return services.enrol(program, member, role=role, by=by or member, **fields)


def make_pair(program, admin, *, mentor="Maya", mentee="Theo", **fields):
    """A mentor and a mentee, enrolled, and an offer to both. Returns the mentorship."""
    org = admin.organisation
    with inside(org):
        pair = [
            services.enrol(program, member, role=role, by=admin, skills=["Python"])
            for role, member in (("mentor", make_member(org, mentor)), ("mentee", make_member(org, mentee)))
        ]
        return services.offer_mentorship(program, mentor=pair[0], mentee=pair[1], by=admin, **fields)


def meet(mentorship, *, after=timedelta(days=1), who=None):
    """An hour so long after a mentorship began that all in it, or these, were there for and have confirmed."""
    starts_at = mentorship.started_at + after
    hour = timedelta(hours=1)
    with inside(mentorship.organisation):
        session = Session.objects.create(
            mentorship=mentorship, status="held", confirmation="both", starts_at=starts_at, ends_at=starts_at + hour,
            length=hour, zone_name="Europe/London",
        )  # fmt: skip
        for member in who or [part.enrolment.member for part in mentorship.participants.all()]:
            during = DateTimeTZRange(starts_at, starts_at + hour)
            Attendance.objects.create(session=session, member=member, during=during, report="held")
    return session
