"""Circles: a mentor, or several, with a handful of mentees; one that can't fill is dissolved, and its mentors are told.

Who comes when circles are running already is suggested to one that has room and suits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError
from programs.models import Mentorship, Program, Role
from programs.services import fewest_of, most_of, present

from ..formats.circles import Circle, fill_circles
from ..gathering import taking_part
from ..models import GroupSeat, Proposal
from ..scoring import Candidates
from .base import (
    Arranged,
    Arranger,
    GroupFound,
    LeftOver,
    Matrix,
    Prepared,
    Seat,
    forbidding,
    free_people,
    must_pairs,
    prepared,
)

# Whoever must be in a circle counts so much more than others that they go first; the order of the others stays.
_BEFORE_OTHERS = 0.25


@dataclass(frozen=True, order=True)
class Running:
    """A circle that is offered or runs, who leads it, and how many more it takes."""

    mentorship: int
    name: str
    leaders: tuple[int, ...]
    room: int


@dataclass(frozen=True)
class Situation:
    """mentees who wait; teams of those who lead together, as an admin made them; how many each takes; sizes."""

    mentees: frozenset[int]
    teams: tuple[tuple[int, ...], ...]
    takes: tuple[tuple[int, int], ...]
    fewest: int
    most: int
    running: tuple[Running, ...] = ()
    # (mentee, mentor) whom an admin wants in one circle.
    must: frozenset[tuple[int, int]] = frozenset()


class Circles(Arranger):
    """As many mentees as possible are in a circle that takes place."""

    key = "circles"
    template = "matching/group_circles.html"

    def situation(self, program: Program) -> Situation:
        leaders = free_people(program, [Role.MENTOR], busy_as=[Role.MENTOR])
        together: dict[int, list[int]] = defaultdict(list)
        drafts = GroupSeat.objects.filter(
            group__program=program, group__status=Proposal.Status.DRAFT, group__locked=False, role=Role.MENTOR
        )
        for group, mentor in drafts.order_by("group_id", "enrolment_id").values_list("group_id", "enrolment_id"):
            if mentor in leaders:
                together[group].append(mentor)
        teams = [tuple(team) for team in together.values() if len(team) > 1]
        busy = {mentor for team in teams for mentor in team}
        teams += [(mentor,) for mentor in leaders if mentor not in busy]
        capacities = taking_part(program).filter(pk__in=leaders).values_list("pk", "capacity")
        return Situation(
            mentees=free_people(program, [Role.MENTEE], busy_as=[Role.MENTEE]),
            teams=tuple(sorted(teams)),
            takes=tuple(sorted(capacities)),
            fewest=fewest_of(program) or 1,
            most=most_of(program) or 20,
            running=_running(program),
            must=must_pairs(program),
        )

    def is_wanted(self, situation: Situation) -> bool:
        fills = bool(situation.teams) and len(situation.mentees) >= situation.fewest
        return fills or bool(situation.running and situation.mentees)

    def prepare(self, program: Program, situation: Situation) -> Prepared:
        if not situation.mentees:
            raise JobError(_("Nobody is waiting: everybody who is enrolled is in a circle, or has an offer of one."))
        if not situation.teams and not situation.running:
            raise JobError(_("Nobody is free to lead a circle, and no circle that runs has room."))
        leaders = [mentor for team in situation.teams for mentor in team]
        leaders += [mentor for each in situation.running for mentor in each.leaders]
        wanted = [*leaders, *(mentor for _mentee, mentor in situation.must)]
        names = {
            pk: member.name
            for pk, member in (
                (each.pk, each.member) for each in taking_part(program).filter(pk__in=wanted).select_related("member")
            )
        }
        return prepared(program, mentees=situation.mentees, mentors=leaders, extra={"names": names})

    def arrange(self, prepared: Prepared, situation: Situation) -> Arranged:
        scorer = prepared.scorer
        scores, blocked = prepared.matrix()
        takes = dict(situation.takes)
        circles, small = [], {}
        for team in situation.teams:
            room = min(situation.most, sum(takes.get(mentor, 0) for mentor in team))
            if room < situation.fewest:
                small[team] = room
            else:
                circles.append(Circle(team[0], team, situation.fewest, room))
        # One that runs takes place whoever comes; its id is that of the first who leads it, who is in no team.
        running = {each.leaders[0]: each for each in situation.running}
        circles += [Circle(first, each.leaders, 1, each.room) for first, each in running.items()]
        teams = {circle.id: circle.mentors for circle in circles}
        row = {pk: at for at, pk in enumerate(scorer.mentees.ids.tolist())}
        column = {pk: at for at, pk in enumerate(scorer.mentors.ids.tolist())}
        must = {mentee: mentor for mentee, mentor in situation.must if mentee in row}
        allowed, weighed = blocked == 0, scores if not must else scores * _BEFORE_OTHERS
        for mentee, mentor in must.items():
            own = next((circle.mentors for circle in circles if mentor in circle.mentors), ())
            allowed[row[mentee], [at for other, at in column.items() if other not in own]] = False
            weighed[row[mentee]] = 1
        candidates = Candidates.dense(scorer.mentees.ids, scorer.mentors.ids, weighed, allowed)
        found = fill_circles(candidates, circles=circles, mentees=scorer.mentees.ids)
        names = prepared.extra["names"]
        groups = []
        for filled in found.filled:
            team = teams[filled.circle]
            columns = [column[mentor] for mentor in team]
            joins = running.get(filled.circle)
            seats = [] if joins else [Seat(mentor, Role.MENTOR) for mentor in team]
            seats += [
                Seat(mentee, Role.MENTEE, round(float(scores[row[mentee], columns].mean()), 4))
                for mentee in filled.mentees
            ]
            groups.append(
                GroupFound(
                    tuple(seats),
                    _mean(scores, [row[mentee] for mentee in filled.mentees], columns),
                    name=joins.name if joins else circle_name([names[mentor] for mentor in team]),
                    joins=joins.mentorship if joins else None,
                )
            )
        left = []
        for unplaced in found.unplaced:
            if unplaced.mentee in must:
                mentor = must[unplaced.mentee]
                is_forbidden = mentor in column and bool(blocked[row[unplaced.mentee], column[mentor]])
                left.append(LeftOver(unplaced.mentee, "circles.must", _held_back(names[mentor], is_forbidden)))
            elif unplaced.open:
                reason = ngettext(
                    "The %(n)d circle that would suit is full.",
                    "All %(n)d circles that would suit are full.",
                    unplaced.open,
                ) % {"n": unplaced.open}
                left.append(LeftOver(unplaced.mentee, "circles.full", reason))
            elif unplaced.circles:
                reason = ngettext(
                    "The %(n)d circle that would suit did not fill, so it can’t take place.",
                    "None of the %(n)d circles that would suit filled, so they can’t take place.",
                    unplaced.circles,
                ) % {"n": unplaced.circles}
                left.append(LeftOver(unplaced.mentee, "circles.dissolved", reason))
            else:
                bits = blocked[row[unplaced.mentee]].tolist()
                left.append(LeftOver(unplaced.mentee, "circles.forbidden", forbidding(bits, others=len(bits))))
        dissolved = [circle for circle in found.dissolved if circle not in running]
        for circle in dissolved:
            columns = [column[mentor] for mentor in teams[circle]]
            would = int(np.all(blocked[:, columns] == 0, axis=1).sum())
            reason = ngettext(
                "This circle can’t fill: it needs %(fewest)d, and %(n)d person might be in it.",
                "This circle can’t fill: it needs %(fewest)d, and of the %(n)d people who might be in it too few were left.",
                would,
            ) % {"fewest": situation.fewest, "n": would}
            left += [LeftOver(mentor, "circles.not_filled", reason) for mentor in teams[circle]]
        for team, room in small.items():
            reason = _("A circle needs %(fewest)d, and this mentor takes at most %(room)d.") % {
                "fewest": situation.fewest,
                "room": room,
            }
            left += [LeftOver(mentor, "circles.too_small", reason) for mentor in team]
        gone = len(dissolved) + len(small)
        told = (
            (
                ngettext(
                    "%(n)d circle could not fill and was dissolved.",
                    "%(n)d circles could not fill and were dissolved.",
                    gone,
                )
                % {"n": gone},
            )
            if gone
            else ()
        )
        return Arranged(
            groups=tuple(groups), left=tuple(left), told=told, people=len(situation.mentees), leaders=len(column)
        )


def _mean(scores: Matrix, rows: list[int], columns: list[int]) -> float:
    return round(float(scores[np.ix_(rows, columns)].mean()), 4)


def _held_back(mentor: str, is_forbidden: bool) -> str:
    """Why somebody whom an admin wants beside this mentor is nowhere."""
    if is_forbidden:
        return _("It was decided by hand that they are with %(mentor)s, which a rule forbids.") % {"mentor": mentor}
    return _("It was decided by hand that they are with %(mentor)s, whose circle can’t take them or can’t fill.") % {
        "mentor": mentor
    }


def _running(program: Program) -> tuple[Running, ...]:
    """Circles with room for somebody more; what an admin has locked for one takes its room."""
    most = most_of(program) or 20
    promised = Counter(
        GroupSeat.objects.filter(
            group__program=program,
            group__status=Proposal.Status.DRAFT,
            group__locked=True,
            group__mentorship__isnull=False,
        ).values_list("group__mentorship_id", flat=True)
    )
    found = []
    circles = Mentorship.objects.filter(program=program, paused_at__isnull=True).taking_places()
    for each in circles.prefetch_related("participants__enrolment").order_by("pk"):
        here = present(each.participants.all())
        leaders = sorted((part.enrolment for part in here if part.role == Role.MENTOR), key=lambda own: own.pk)
        takes = sum(own.capacity or program.default_capacity for own in leaders)
        room = min(most, takes) - (len(here) - len(leaders)) - promised[each.pk]
        if leaders and room > 0 and not all(own.paused_at for own in leaders):
            found.append(Running(each.pk, each.name, tuple(own.pk for own in leaders), room))
    return tuple(found)


def circle_name(leaders: list[str]) -> str:
    """What a circle is called until somebody gives it a better name."""
    return (_("Circle of %(leaders)s") % {"leaders": _(" and ").join(leaders)})[:100]
