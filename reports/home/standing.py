"""Where things stand for somebody for whom nothing waits: what happens next, and what else they could do."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from accounts.models import Member
from matching.services import mentees_choose
from programs.models import Enrolment, Role

from .actions import Action, address
from .taking_part import Part, day_of, names_of


def state_of(member: Member, part: Part) -> Action | None:
    """Where things stand for somebody with nothing to do: what happens next, and who does it."""
    if part.upcoming:
        session = part.upcoming[0]
        return Action(
            key="next_session",
            title=_("You are all set for your session with %(names)s") % {"names": names_of(session, member)},
            text=_("It is on %(day)s. Nothing else waits for you.") % {"day": day_of(session.starts_at, member)},
            label=_("Look at the session"),
            url=address(member, "sessions:detail", pk=session.pk),
            icon="calendar-check",
            waits=False,
            is_state=True,
        )
    for each in part.accepted:
        return Action(
            key="accepted",
            title=_("You said yes to %(names)s") % {"names": each.title},
            text=_("It begins as soon as enough of the others have said yes. You will get an e-mail then.")
            if each.is_group
            else _("You can book your first session as soon as they have answered too. You will get an e-mail then."),
            label=_("Look at the match"),
            url=address(member, "programs:mentorship", pk=each.mentorship.pk),
            icon="clock",
            waits=False,
            is_state=True,
        )
    if state := _state_of_choosing(member, part):
        return state
    for status, title, text in (
        (
            Enrolment.Status.ACTIVE,
            _("You are enrolled in %(program)s"),
            _("The programme admin looks for a match next. You will get an e-mail; there is nothing to do until then."),
        ),
        (
            Enrolment.Status.APPLIED,
            _("Your sign-up for %(program)s is with the programme admin"),
            _("You will get an e-mail as soon as it is decided; there is nothing to do until then."),
        ),
        (
            Enrolment.Status.WAITING,
            _("You are on the waiting list of %(program)s"),
            _("You move up as soon as a place is free, and get an e-mail then."),
        ),
    ):
        for enrolment in part.enrolments:
            if enrolment.status == status:
                is_event = status == Enrolment.Status.ACTIVE and enrolment.program.kind.arranging == "rotation"
                return Action(
                    key=f"enrolled_{status.value}",
                    title=title % {"program": enrolment.program.name},
                    text=_(
                        "The timetable comes next. You will get an e-mail with everybody whom you meet, when and where."
                    )
                    if is_event
                    else text,
                    label=_("Look at the programme"),
                    url=address(member, "programs:detail", pk=enrolment.program_id),
                    icon="clock",
                    waits=False,
                    is_state=True,
                )
    return None


def _state_of_choosing(member: Member, part: Part) -> Action | None:
    """Where mentees choose: whose turn it is, when it isn't this member's."""
    for request in part.requests:
        if request.mentee.member_id == member.pk:
            return Action(
                key="asked",
                title=_("You have asked %(name)s") % {"name": request.mentor.member.name},
                text=_("You get an e-mail as soon as there is an answer; there is nothing to do until then."),
                label=_("Look at your request"),
                url=address(member, "matching:request", pk=request.pk),
                icon="clock",
                waits=False,
                is_state=True,
            )
    for enrolment in part.enrolments:
        is_mentor = enrolment.role == Role.MENTOR and enrolment.status == Enrolment.Status.ACTIVE
        if is_mentor and mentees_choose(enrolment.program):
            return Action(
                key="may_be_asked",
                title=_("You are pausing") if enrolment.paused_at else _("Mentees can ask you now"),
                text=_("In %(program)s mentees choose. You get an e-mail when somebody would like you as their mentor.")
                % {"program": enrolment.program.name},
                label=_("Look at your requests"),
                url=address(member, "matching:requests", pk=enrolment.program_id),
                icon="clock",
                waits=False,
                is_state=True,
            )
    return None


def suggestions_for(member: Member, part: Part) -> Iterator[Action]:
    """What a member can do who isn't waited for."""
    for program in part.joinable:
        yield Action(
            key="join",
            title=_("Take part in %(program)s") % {"program": program.name},
            text=program.objective or _("Sign up; it takes a few minutes."),
            label=_("Sign up"),
            url=address(member, "programs:join", pk=program.pk),
            icon="user-plus",
            waits=False,
        )
