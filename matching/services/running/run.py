"""A run from beginning to end."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.jobs.parts import shared_input
from mentoring.jobs.progress import JobError, NoProgress, Progress
from programs.models import Program, Question
from programs.services.places import locked_program
from programs.services.resources import untrained

from ...criteria import NothingCounts, stored
from ...freezing import thaw
from ...gathering import Gathered, gather
from ...models import MatchRun
from ...scoring import Scorer
from ..criteria import current_version
from ..findings import look_around
from .choosing import choose
from .scoring import Snapshot, score
from .situation import Situation, situation_of, within
from .writing import candidate_rows, why_not, write


def run_matching(program_id: int, progress: Progress | NoProgress) -> MatchRun:
    """Score a programme and replace its proposals, except for the locked ones, by the best that can be made.

    As many mentees as possible are proposed, with the highest total score that the mentors' places allow, or as the
    programme's objective says; of everybody else it is written down why. Who has a mentor and asked for another is
    looked at like those who wait; other running pairs only where the programme lets them move. Runs outside a
    transaction; the results appear whole or not at all. Raises JobError.
    """
    progress.step(0, 0, _("Reading the sign-ups"))
    # Should an earlier worker have been killed in the middle, what it read is still there, and parts of the scores.
    frozen = shared_input(progress) if isinstance(progress, Progress) else None
    snapshot = thaw(frozen) if frozen else _take_snapshot(program_id)
    gathered = snapshot.gathered
    scorer = _scorer(snapshot)
    known = frozenset([*gathered.mentees.ids.tolist(), *gathered.mentors.ids.tolist()])
    may_move = snapshot.criteria.get("keep_gain") is not None
    must = getattr(gathered, "must", ())
    scores = score(snapshot, scorer, progress, frozen=frozen)
    total = len(gathered.mentees)
    progress.step(total, total, _("Choosing the best pairs as a whole"))
    with transaction.atomic():
        program = Program.objects.get(pk=program_id)
        situation = within(situation_of(program, may_move=may_move), known)
    chosen = choose(scorer, situation, criteria=snapshot.criteria, must=must)
    progress.step(total, total, _("Writing down the reasons"))
    why = why_not(scorer, scores, situation, chosen)
    findings = look_around(scorer, gathered, chosen.assignment, capacity=situation.capacity, waiting=situation.mentees)
    candidates = candidate_rows(scores, scorer)
    with progress.writing():
        program = locked_program(program)
        if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
            raise JobError(_("The programme was closed meanwhile, so nothing was proposed."))
        now = within(situation_of(program, may_move=may_move), known)
        if now != situation:
            # Somebody withdrew, accepted elsewhere, or was locked to somebody while the scores were computed.
            situation, chosen = now, choose(scorer, now, criteria=snapshot.criteria, must=must)
            why = why_not(scorer, scores, situation, chosen)
            findings = look_around(scorer, gathered, chosen.assignment, capacity=now.capacity, waiting=now.mentees)
        return write(program, snapshot, scorer, scores, situation, chosen, why, findings, candidates, progress)


def _take_snapshot(program_id: int) -> Snapshot:
    with transaction.atomic():
        program = Program.objects.filter(pk=program_id).first()
        if program is None:
            raise JobError(_("This programme is no longer there."))
        criteria, left_out = _what_counts(program)
        situation = situation_of(program, may_move=criteria.get("keep_gain") is not None)
        gathered = gather(program, also=situation.running.keys())
        snapshot = Snapshot(
            program=program.pk,
            format=program.format,
            version=current_version(program).pk,
            criteria=criteria,
            left_out=left_out,
            started_at=timezone.now(),
            gathered=_without_running(gathered, situation),
        )
    if (
        program.training_required
        and not (len(gathered.mentees) and len(gathered.mentors))
        and untrained(program).exists()
    ):
        raise JobError(_("Nobody can be matched yet: people have still to finish the training."))
    if not len(gathered.mentees):
        raise JobError(
            _("No mentee is waiting: everybody who is enrolled has or had a mentor, or has an offer of one.")
        )
    if not len(gathered.mentors):
        raise JobError(_("Nobody has been enrolled as a mentor yet, so there is nobody to propose."))
    return snapshot


def _what_counts(program: Program) -> tuple[dict[str, object], list[int]]:
    """The criteria without the questions that are no longer there, and which those are."""
    criteria = dict(stored(program))
    asked = criteria.get("questions") or []
    there = set(Question.objects.filter(program=program).values_list("pk", flat=True)) if asked else set()
    left_out = [each["question"] for each in asked if each.get("question") not in there]
    if left_out:
        criteria["questions"] = [each for each in asked if each.get("question") in there]
    return criteria, left_out


def _without_running(gathered: Gathered, situation: Situation) -> Gathered:
    """Those who are together, and didn't ask for others, are no earlier pair: they may stay."""
    member = dict(zip(gathered.mentees.ids.tolist(), gathered.mentees.person_ids.tolist(), strict=True))
    member |= dict(zip(gathered.mentors.ids.tolist(), gathered.mentors.person_ids.tolist(), strict=True))
    together = {
        frozenset((member[each.mentee], member[each.mentor]))
        for each in situation.running.values()
        if not each.asked and each.mentee in member and each.mentor in member
    }
    if not together:
        return gathered
    return replace(gathered, earlier_pairs=[pair for pair in gathered.earlier_pairs if frozenset(pair) not in together])


def _scorer(snapshot: Snapshot) -> Scorer:
    try:
        return snapshot.scorer()
    except NothingCounts:
        raise JobError(
            _("Nothing counts in this programme’s matching: give at least one criterion some importance.")
        ) from None
    except ValueError as error:
        raise JobError(str(error)) from error
