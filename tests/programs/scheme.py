"""A programme with people in it, made through the services."""

from programs import services
from programs.models import Program
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
