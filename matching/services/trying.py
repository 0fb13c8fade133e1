"""A dry run: what matching would find with other criteria, at once and without saving anything."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from mentoring.jobs.progress import JobError
from mentoring.tenancy.clock import today
from programs.criteria import Criteria
from programs.models import Enrolment, Program

from ..arranging import Arranged, Arranger, arranger_of
from ..criteria import NothingCounts, stored
from ..gathering import Gathered, gather, scorer_of
from ..models import GroupProposal, MatchRun, Proposal, Unmatched
from .problems import MatchingProblem
from .running import Situation, choose, situation_of, within
from .running.run import _without_running

# More pairs than this take longer than anybody waits for a slider.
MOST_PAIRS = 2_000_000
# The same of who can be with whom in groups, which are harder to choose.
MOST_IN_GROUPS = 40_000
# How many programmes' people a process keeps in memory: a few megabytes each.
KEPT = 4


class TooLarge(MatchingProblem):
    """Too many pairs to be compared while somebody waits."""


class NothingToTry(MatchingProblem):
    """One of the two sides is empty."""


@dataclass(frozen=True)
class Change:
    """A mentee who would get another mentor than is proposed now, by their enrolments; None is nobody."""

    mentee: int
    old: int | None
    new: int | None


@dataclass(frozen=True)
class Figures:
    pairs: int
    unmatched: int
    mean: float | None
    lowest: float | None
    # Where people are in groups, or meet at an event, these instead of pairs.
    groups: int | None = None


@dataclass(frozen=True)
class Trial:
    """What a run would propose, and whom that changes beside the proposals that there are; None if there are none."""

    mentees: int
    mentors: int
    found: Figures
    now: Figures | None
    changes: tuple[Change, ...]
    # How many mentorships that run already would be replaced.
    replaced: int = 0
    # Of a format that makes no plain pairs: how many of the suggestions stay, and what a run would say of the whole.
    arranged: bool = False
    same: int = 0
    told: tuple[str, ...] = ()
    is_event: bool = False


@dataclass(frozen=True)
class NamedChange:
    mentee: str
    old: str
    new: str


def try_criteria(program: Program, criteria: Criteria) -> Trial:
    """Match as a run would with these criteria, and compare with what is proposed now. Nothing is written.

    Raises MatchingProblem with a sentence where there is nothing to match, or too much.
    """
    trial = copy(program)
    trial.criteria = criteria
    arranger = arranger_of(program)
    if arranger is not None:
        return _try_arranging(arranger, trial)
    situation = situation_of(trial, may_move=criteria["keep_gain"] is not None)
    people = _gathered(trial, situation)
    mentees, mentors = len(people.mentees), len(people.mentors)
    if not mentees:
        raise NothingToTry(_("No mentee is waiting, so there is nothing to try it on."))
    if not mentors:
        raise NothingToTry(_("Nobody has been enrolled as a mentor yet, so there is nothing to try it on."))
    if mentees * mentors > MOST_PAIRS:
        raise TooLarge(
            _(
                "%(mentees)s mentees and %(mentors)s mentors are too many to try it while you wait. "
                "Save, then match again: published pairs stay as they are."
            )
            % {"mentees": f"{mentees:,}", "mentors": f"{mentors:,}"}
        )
    situation = within(situation, frozenset([*people.mentees.ids.tolist(), *people.mentors.ids.tolist()]))
    try:
        scorer = scorer_of(trial, people)
        chosen = choose(scorer, situation, criteria=criteria, must=getattr(people, "must", ()))
    except NothingCounts:
        raise MatchingProblem(
            _("At least one thing must count, or every pair would be as good as any other.")
        ) from None
    except (JobError, ValueError) as error:
        raise MatchingProblem(str(error)) from error
    running = {mentee: each.mentor for mentee, each in situation.running.items()}
    pairs = [pair for pair in chosen.assignment.pairs if running.get(pair.mentee) != pair.mentor]
    scores = [pair.score for pair in pairs if pair.score is not None]
    found = Figures(
        pairs=len(pairs),
        unmatched=len(chosen.assignment.unmatched),
        mean=sum(scores) / len(scores) if scores else None,
        lowest=min(scores) if scores else None,
    )
    now, proposed = _proposed(program, mentees=situation.mentees - running.keys())
    return Trial(
        mentees=len(situation.mentees),
        mentors=mentors,
        found=found,
        now=now,
        changes=_changes(proposed, {pair.mentee: pair.mentor for pair in pairs}) if now else (),
        replaced=len(chosen.replaced),
    )


def _try_arranging(arranger: Arranger, program: Program) -> Trial:
    """The same where who is with whom is arranged in another way than in plain pairs of two sides."""
    situation = arranger.situation(program)
    try:
        prepared = arranger.prepare(program, situation)
        mentees, mentors = len(prepared.scorer.mentees), len(prepared.scorer.mentors)
        if mentees * mentors > MOST_IN_GROUPS:
            raise TooLarge(_("So many people are too many to try it while you wait. Save, then let it find again."))
        found = arranger.arrange(prepared, situation)
    except (JobError, ValueError) as error:
        raise NothingToTry(str(error)) from error
    suggested = {
        (mentee, mentor, topic)
        for mentee, mentor, topic in _unlocked(Proposal, program).values_list("mentee_id", "mentor_id", "topic_id")
    }
    together: dict[tuple[int, int | None], set[int]] = {}
    rows = _unlocked(GroupProposal, program).values_list("pk", "round", "seats__enrolment_id")
    for group, number, enrolment in rows:
        together.setdefault((group, number), set()).add(enrolment)
    drafted = {(number, frozenset(people)) for (_group, number), people in together.items()}
    same = len(suggested & {(each.mentee, each.mentor, each.topic) for each in found.pairs})
    same += len(drafted & {(each.round, frozenset(seat.enrolment for seat in each.seats)) for each in found.groups})
    return Trial(
        mentees=found.people,
        mentors=found.leaders,
        found=_figures_of(arranger, found),
        now=_suggested(arranger, program),
        changes=(),
        arranged=True,
        same=same,
        told=found.told,
        is_event=any(each.round is not None for each in found.groups),
    )


def _figures_of(arranger: Arranger, found: Arranged) -> Figures:
    scores = [each.score for each in found.pairs] + [each.score for each in found.groups if each.score is not None]
    return Figures(
        pairs=len(found.pairs),
        unmatched=len({each.enrolment for each in found.left}),
        mean=sum(scores) / len(scores) if scores else None,
        lowest=min(scores, default=None),
        groups=None if arranger.makes_pairs else len(found.groups),
    )


def _suggested(arranger: Arranger, program: Program) -> Figures | None:
    """What is suggested now and the next run would replace; and whom the last one left over."""
    run = MatchRun.objects.filter(program=program).finished().first()
    pairs = list(_unlocked(Proposal, program).values_list("score", flat=True))
    groups = list(_unlocked(GroupProposal, program).values_list("score", flat=True))
    if run is None or not (pairs or groups):
        return None
    scores = [score for score in (*pairs, *groups) if score is not None]
    return Figures(
        pairs=len(pairs),
        unmatched=Unmatched.objects.filter(run=run).count(),
        mean=sum(scores) / len(scores) if scores else None,
        lowest=min(scores, default=None),
        groups=None if arranger.makes_pairs else len(groups),
    )


def _unlocked(model: Any, program: Program) -> Any:
    return model.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=False)


def named(changes: tuple[Change, ...]) -> list[NamedChange]:
    """The names of the people, in one query."""
    ids = {pk for each in changes for pk in (each.mentee, each.old, each.new) if pk is not None}
    names = {each.pk: each.member.name for each in Enrolment.objects.filter(pk__in=ids).select_related("member")}
    return [
        NamedChange(
            mentee=names.get(each.mentee, ""),
            old=names.get(each.old, "") if each.old else "",
            new=names.get(each.new, "") if each.new else "",
        )
        for each in changes
    ]


def _proposed(program: Program, *, mentees: Collection[int]) -> tuple[Figures | None, dict[int, int]]:
    drafts = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT)
    rows = list(drafts.values_list("mentee_id", "mentor_id", "score"))
    if not rows:
        return None, {}
    scores = [score for _mentee, _mentor, score in rows if score is not None]
    figures = Figures(
        pairs=len(rows),
        unmatched=len(set(mentees) - {mentee for mentee, _mentor, _score in rows}),
        mean=sum(scores) / len(scores) if scores else None,
        lowest=min(scores) if scores else None,
    )
    return figures, {mentee: mentor for mentee, mentor, _score in rows}


def _changes(before: Mapping[int, int], after: Mapping[int, int]) -> tuple[Change, ...]:
    """Those who would lose their mentor come first, then those who would get another one, then those who'd get one."""
    found = [
        Change(mentee, before.get(mentee), after.get(mentee))
        for mentee in before.keys() | after.keys()
        if before.get(mentee) != after.get(mentee)
    ]
    return tuple(sorted(found, key=lambda each: (each.new is not None, each.old is None, each.mentee)))


# What a programme's people look like as arrays stays the same from one move of a slider to the next.
_kept: OrderedDict[tuple[Any, ...], Gathered] = OrderedDict()
_keeping = Lock()


def forget() -> None:
    """Forget whom this process keeps, as a new one does."""
    with _keeping:
        _kept.clear()


def _gathered(program: Program, situation: Situation) -> Gathered:
    running = tuple(sorted(situation.running))
    key = (program.organisation_id, program.pk, today(), running, _asked(program), _fingerprint(program))
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _without_running(gather(program, also=running), situation)
    with _keeping:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def _asked(program: Program) -> tuple[Any, ...]:
    """What the criteria themselves decide about what is read; their weights don't."""
    criteria = stored(program)
    return (
        tuple(each["question"] for each in criteria["questions"]),
        tuple(each["key"] for each in criteria["characteristics"]),
    )


# Everything that gathering reads, whole rows, so that no change of anybody is missed: %(o)s organisation, %(p)s programme.
_READ = {
    "programs_enrolment": "t.program_id = %(p)s",
    "programs_enrolmentskill": "t.enrolment_id IN (SELECT id FROM programs_enrolment e"
    " WHERE e.organisation_id = %(o)s AND e.program_id = %(p)s)",
    "programs_answer": "t.enrolment_id IN (SELECT id FROM programs_enrolment e"
    " WHERE e.organisation_id = %(o)s AND e.program_id = %(p)s)",
    "programs_question": "t.program_id = %(p)s",
    "programs_mentorship": "TRUE",
    "programs_participant": "TRUE",
    "accounts_member": "TRUE",
    "accounts_spell": "TRUE",
    "accounts_skill": "TRUE",
    "matching_proposal": "t.program_id = %(p)s AND t.status = 'discarded'",
    "matching_pairrule": "t.program_id = %(p)s",
    "matching_avoidance": "TRUE",
    "matching_statedchoice": "TRUE",
    "matching_declaration": "TRUE",
}


def _fingerprint(program: Program) -> tuple[Any, ...]:
    """Changes whenever anything does that a gathering would read."""
    # The names come from the table above; what varies is passed apart.
    columns = ", ".join(
        f"(SELECT coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {table} t"  # noqa: S608  (tables of our own)
        f" WHERE t.organisation_id = %(o)s AND {which})"
        for table, which in _READ.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", {"o": program.organisation_id, "p": program.pk})
        return tuple(cursor.fetchone())
