"""Publishing suggested groups: each becomes one mentorship, offered to its people; a meeting of an event is booked."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from programs.models import Enrolment, Mentorship, Participant, Program, Role
from programs.services import Meeting, ProgramProblem, add_to_group, offer_group
from programs.services.places import locked_program, require_running

from ...arranging.rotation import event_of
from ...models import GroupProposal, GroupSeat, Proposal
from ...telling import speaking
from ..problems import MatchingProblem
from ..publishing import REASONS_TOLD, Published
from .forbidding import Part, clashes_of, parts_of, require_allowed, told


@transaction.atomic
def publish_groups(program: Program, *, groups: Iterable[GroupProposal], by: Member) -> Published:
    """Offer suggested groups to their people. What can't be offered stays as it is, with the reason told.

    Suggestions that are no longer drafts, or not of this programme, are left alone. A meeting needs to know when the
    event begins; it is booked, and one whose people are busy then is left out and told.
    """
    program = locked_program(program)
    require_running(program)
    wanted = [each.pk for each in groups]
    chosen = list(
        GroupProposal.objects.filter(program=program, status=Proposal.Status.DRAFT, pk__in=wanted).prefetch_related(
            "seats__enrolment__member"
        )
    )
    event = event_of(program)
    if any(each.round is not None for each in chosen):
        if event.starts_at is None:
            raise MatchingProblem(
                _("Say when the event begins first: change it under “What counts”, or on the programme’s page.")
            )
        if event.starts_at <= timezone.now():
            raise MatchingProblem(_("The event has begun already, so its timetable can’t be published any more."))
    forbidden = clashes_of(program, chosen)
    count, problems = 0, []
    for group in sorted(chosen, key=lambda each: (each.round is None, each.round or 0, each.pk)):
        try:
            with transaction.atomic():
                if clash := forbidden.get(group.pk):
                    raise told(clash)
                _publish(program, group, by=by)
        except ProgramProblem as problem:
            problems.append(_told(group, problem))
        else:
            count += 1
    return Published(count, tuple(problems), _sentence(count, is_event=any(each.round is not None for each in chosen)))


@transaction.atomic
def ask_to_join(mentorship: Mentorship, *, enrolment: Enrolment, by: Member) -> None:
    """Ask somebody into a group that is offered or runs already. Raises Forbidden, or what `add_to_group` raises."""
    program = locked_program(mentorship.program)
    role = enrolment.role
    # Whoever was in it before may come back, whatever is said of earlier pairs.
    if not Participant.objects.filter(mentorship=mentorship, enrolment=enrolment).exists():
        require_allowed(program, newcomer=Part(enrolment.pk, role), others=parts_of(mentorship))
    add_to_group(mentorship, enrolment=enrolment, role=role, by=by)


def _publish(program: Program, group: GroupProposal, *, by: Member) -> None:
    seats: list[GroupSeat] = list(group.seats.all())
    if group.mentorship_id is not None:
        _let_join(group, seats, by=by)
        return
    meeting = None
    if group.round is not None:
        event = event_of(program)
        begins = event.begins(group.round)
        assert begins is not None
        meeting = Meeting(round=group.round, meets_at=begins, meets_for=event.round_length, meets_where=group.place)
    is_led = Role.MENTOR in program.kind.parts_for(program.format_settings)
    if is_led and not any(seat.role == Role.MENTOR for seat in seats):
        raise MatchingProblem(_("Nobody leads it yet."))
    group.mentorship = offer_group(
        program,
        name=group.name,
        seats=[(seat.enrolment, seat.role) for seat in seats],
        score=group.score,
        reasons=[
            {**reason.as_dict(), "text": reason.text("admin"), "mentee_text": reason.text("mentee")}
            for reason in speaking(group.reasons, limit=REASONS_TOLD)
        ],
        meeting=meeting,
        by=by,
    )
    _published(group, by=by)


def _let_join(group: GroupProposal, seats: Iterable[GroupSeat], *, by: Member) -> None:
    """Ask them into the group that runs already; whoever is in it learns of it once they have said yes."""
    assert group.mentorship is not None
    if not seats:
        raise MatchingProblem(_("Nobody is in it."))
    for seat in seats:
        add_to_group(group.mentorship, enrolment=seat.enrolment, role=seat.role, by=by)
    _published(group, by=by)


def _published(group: GroupProposal, *, by: Member) -> None:
    group.status, group.locked = Proposal.Status.PUBLISHED, False
    group.changed_by, group.changed_at = by, timezone.now()
    group.save(update_fields=["mentorship", "status", "locked", "changed_by", "changed_at"])


def _told(group: GroupProposal, problem: ProgramProblem) -> str:
    name = group.name or ", ".join(seat.enrolment.member.name for seat in group.seats.all())
    return _("%(group)s: %(why)s") % {"group": name, "why": problem}


def _sentence(count: int, *, is_event: bool) -> str:
    if is_event:
        return ngettext(
            "Published %(n)d meeting. It is in both people’s calendars.",
            "Published %(n)d meetings. They are in everybody’s calendars.",
            count,
        ) % {"n": count}
    return ngettext(
        "Published %(n)d group. Its people have been asked whether they accept.",
        "Published %(n)d groups. Their people have been asked whether they accept.",
        count,
    ) % {"n": count}
