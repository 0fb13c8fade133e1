"""Small programmes of every shape, and what was suggested for them; for tests only."""

from matching import services
from matching.models import GroupProposal, MatchRun, Proposal, Unmatched
from mentoring.jobs.progress import NoProgress
from mentoring.tenancy.scope import organisation_scope
from tests.matching.cast import enrol, make_program
from tests.people import inside, make_member


def scheme(org, format, people, **fields):
    """A programme and its people: name → (role, enrolment fields, member fields)."""
    program = make_program(org, format=format, **fields)
    who = {}
    for name, (role, enrolment, member) in people.items():
        who[name] = enrol(program, make_member(org, name, login=False, **member), role, **enrolment)
    return program, who


def run(program, progress=None):
    with organisation_scope(program.organisation):
        return services.run(program.pk, progress or NoProgress())


def groups(program, status="draft"):
    """The given names in each suggested group, leaders first, in order."""
    with inside(program.organisation):
        found = GroupProposal.objects.filter(program=program, status=status)
        return sorted(
            sorted(
                (seat.enrolment.member.given_name for seat in each.seats.select_related("enrolment__member")),
            )
            for each in found
        )


def timetable(program):
    """Round → pairs of given names with their place, in order."""
    with inside(program.organisation):
        rounds = {}
        for each in GroupProposal.objects.filter(program=program, status="draft"):
            names = sorted(each.seats.values_list("enrolment__member__given_name", flat=True))
            rounds.setdefault(each.round, []).append((*names, each.place))
        return {number: sorted(meetings) for number, meetings in sorted(rounds.items())}


def pairs(program):
    """(mentee, mentor, topic or tier) of what is proposed, in order."""
    with inside(program.organisation):
        found = Proposal.objects.filter(program=program, status="draft")
        return sorted(
            (
                each.mentee.member.given_name,
                each.mentor.member.given_name,
                each.topic.name if each.topic else each.tier,
            )
            for each in found.select_related("mentee__member", "mentor__member", "topic")
        )


def left(program):
    """Given name → why nothing was found for them, in the last run."""
    with inside(program.organisation):
        run = MatchRun.objects.filter(program=program).first()
        found = Unmatched.objects.filter(run=run).select_related("mentee__member")
        return {each.mentee.member.given_name: each.reason for each in found}


def drafts(program):
    return list(GroupProposal.objects.filter(program=program, status="draft"))
