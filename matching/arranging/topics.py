"""A network: a mentor for each topic that a mentee wants to ask about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from accounts.models import Skill
from mentoring.jobs.progress import JobError
from programs.models import EnrolmentSkill, Participant, Program, Role

from ..criteria import stored
from ..formats.network import serve_topics
from ..gathering import SKILL_LEVELS, TAKING_PLACES, places_taken, ready, room
from ..models import Proposal
from .base import Arranged, Arranger, LeftOver, PairFound, Prepared, forbidding, must_pairs, not_held, prepared


@dataclass(frozen=True)
class Situation:
    """(mentee, topic) wanted; (mentor, topic, level) offered; mentor → places left; how many topics each may have more."""

    wanted: frozenset[tuple[int, int]]
    offered: frozenset[tuple[int, int, int | None]]
    capacity: tuple[tuple[int, int], ...]
    at_most: int | None
    # (mentee, mentor) whom an admin wants together, in whatever topic.
    must: frozenset[tuple[int, int]] = frozenset()


class Topics(Arranger):
    """As many wanted topics as possible are served, nobody serving the same mentee twice."""

    key = "topics"
    template = "matching/group_topics.html"
    makes_pairs = True

    def situation(self, program: Program) -> Situation:
        mentees = set(ready(program).mentees().filter(paused_at__isnull=True).values_list("pk", flat=True))
        mentors = ready(program).mentors().filter(paused_at__isnull=True)
        served = Participant.objects.present().filter(
            mentorship__program=program,
            mentorship__status__in=TAKING_PLACES,
            mentorship__topic__isnull=False,
            role=Role.MENTEE,
        )
        locked = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=True)
        held = list(locked.exclude(topic=None).values_list("mentee_id", "topic_id", "mentor_id"))
        done = set(served.values_list("enrolment_id", "mentorship__topic_id")) | {
            (mentee, topic) for mentee, topic, _mentor in held
        }
        most = program.kind.particulars(program.format_settings).get("topics_at_most")
        already: dict[int, int] = defaultdict(int)
        for mentee, _topic in done:
            already[mentee] += 1
        wanted, offered = set(), set()
        skills = EnrolmentSkill.objects.filter(enrolment__program=program).order_by("enrolment_id", "rank", "id")
        giving = set(mentors.values_list("pk", flat=True))
        asked: dict[int, int] = defaultdict(int)
        for enrolment, skill, level in skills.values_list("enrolment_id", "skill_id", "level"):
            if enrolment in giving:
                offered.add((enrolment, skill, level))
            elif enrolment in mentees and (enrolment, skill) not in done:
                # The first topics are the most important ones.
                if most is None or asked[enrolment] + already[enrolment] < most:
                    wanted.add((enrolment, skill))
                asked[enrolment] += 1
        taken = places_taken(program)
        hours_count = bool(stored(program)["rules"]["hours_capacity"])
        places = {
            pk: max(0, room(program, people, hours, hours_count=hours_count) - taken.get(pk, 0))
            for pk, people, hours in mentors.values_list("pk", "capacity", "hours_per_month")
        }
        for _mentee, _topic, mentor in held:
            if mentor in places:
                places[mentor] = max(0, places[mentor] - 1)
        return Situation(
            frozenset(wanted), frozenset(offered), tuple(sorted(places.items())), most, must_pairs(program)
        )

    def is_wanted(self, situation: Situation) -> bool:
        return bool(situation.wanted) and any(places for _pk, places in situation.capacity)

    def prepare(self, program: Program, situation: Situation) -> Prepared:
        if not situation.wanted:
            raise JobError(_("Nobody is waiting: every topic that was asked for has a mentor, or an offer of one."))
        if not situation.capacity:
            raise JobError(_("Nobody has been enrolled as a mentor yet, so there is nobody to ask."))
        names = dict(
            Skill.objects.filter(pk__in={topic for _mentee, topic in situation.wanted}).values_list("pk", "name")
        )
        return prepared(
            program,
            mentees={mentee for mentee, _topic in situation.wanted},
            mentors=[mentor for mentor, _places in situation.capacity],
            extra={"names": names},
        )

    def arrange(self, prepared: Prepared, situation: Situation) -> Arranged:
        scorer = prepared.scorer
        scores, blocked = prepared.matrix()
        row = {pk: at for at, pk in enumerate(scorer.mentees.ids.tolist())}
        column = {pk: at for at, pk in enumerate(scorer.mentors.ids.tolist())}
        by_topic: dict[int, list[tuple[int, int | None]]] = defaultdict(list)
        for mentor, topic, level in sorted(situation.offered, key=lambda each: each[:2]):
            by_topic[topic].append((mentor, level))
        asked = [(one, other) for one, other in sorted(situation.must) if one in row and other in column]
        places, held = dict(situation.capacity), _held(asked, situation, blocked, row, column)
        for mentor in held.values():
            places[mentor] -= 1
        taken = {(mentee, mentor) for (mentee, _topic), mentor in held.items()}
        ways = [
            # Of two who suit alike, whoever knows the topic better.
            (mentee, topic, mentor, float(scores[row[mentee], column[mentor]]) * SKILL_LEVELS[level])
            for mentee, topic in sorted(situation.wanted - held.keys())
            for mentor, level in by_topic[topic]
            if blocked[row[mentee], column[mentor]] == 0 and (mentee, mentor) not in taken
        ]
        found = serve_topics(
            wanted=situation.wanted - held.keys(),
            mentees=[each[0] for each in ways],
            topics=[each[1] for each in ways],
            mentors=[each[2] for each in ways],
            scores=[each[3] for each in ways],
            capacity=places,
        )
        served = [(each.mentee, each.topic, each.mentor) for each in found.served]
        served += [(mentee, topic, mentor) for (mentee, topic), mentor in held.items()]
        pairs = tuple(
            PairFound(mentee, mentor, round(float(scores[row[mentee], column[mentor]]), 4), topic=topic)
            for mentee, topic, mentor in sorted(served)
        )
        names = prepared.extra["names"]
        why: dict[int, list[str]] = defaultdict(list)
        for mentee, topic in found.unserved:
            bits = [int(blocked[row[mentee], column[mentor]]) for mentor, _level in by_topic[topic]]
            why[mentee].append(_why(names[topic], bits))
        left = tuple(LeftOver(mentee, "topics.unserved", " ".join(told)) for mentee, told in sorted(why.items()))
        notices: tuple[str, ...] = ()
        if found.unserved:
            notices = (
                ngettext(
                    "%(n)d topic that was asked for has nobody yet.",
                    "%(n)d topics that were asked for have nobody yet.",
                    len(found.unserved),
                )
                % {"n": len(found.unserved)},
            )
        return Arranged(
            pairs=pairs,
            left=left,
            told=(*notices, *not_held(len(asked) - len(held))),
            people=len(situation.wanted),
            leaders=len(situation.capacity),
        )


def _held(
    asked: Iterable[tuple[int, int]],
    situation: Situation,
    blocked: NDArray[np.uint16],
    row: Mapping[int, int],
    column: Mapping[int, int],
) -> dict[tuple[int, int], int]:
    """(mentee, topic) → mentor, for those whom an admin wants together: in the topic that the mentor knows best."""
    places = dict(situation.capacity)
    held: dict[tuple[int, int], int] = {}
    for mentee, mentor in asked:
        common = [
            (-SKILL_LEVELS[level], topic)
            for other, topic, level in situation.offered
            if other == mentor and (mentee, topic) in situation.wanted and (mentee, topic) not in held
        ]
        if common and places[mentor] and not blocked[row[mentee], column[mentor]]:
            held[mentee, min(common)[1]] = mentor
            places[mentor] -= 1
    return held


def _why(topic: str, bits: list[int]) -> str:
    if not bits:
        return _("%(topic)s: nobody offers it.") % {"topic": topic}
    if any(each == 0 for each in bits):
        return _("%(topic)s: whoever offers it and suits has no place left, or serves them in another topic.") % {
            "topic": topic
        }
    return _("%(topic)s: %(why)s") % {"topic": topic, "why": forbidding(bits, others=len(bits))}
