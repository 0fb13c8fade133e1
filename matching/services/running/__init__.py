"""A run: score everybody with everybody, choose the best pairs as a whole, and write down why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError, NoProgress, Progress
from mentoring.jobs.services import start_job
from programs.models import Program
from programs.services.places import locked_program, require_running

from ...assignment import Assignment, assign
from ...criteria import NothingCounts, stored
from ...explain import Explainer, Reason, explain_unmatched
from ...explain import Unmatched as WhyNot
from ...gathering import gather, places_taken, taking_part, waiting_mentees
from ...models import Candidate, MatchRun, Proposal, Unmatched
from ...scoring import BLOCK, Candidates, Scorer
from ..pairs import components_of, scorer_of

RUNS_KEPT = 5
# Of how many of a mentee's candidates the reasons are kept; those of the others can be found again from the people.
EXPLAINED = 5
ROWS_AT_ONCE = 1000


def start_run(program: Program, *, by: Member | None) -> Job:
    """Ask for a run; while one of this programme is unfinished, that one is returned. Raises ProgramProblem."""
    require_running(program)
    return start_job("matching.run", subject=f"program:{program.pk}", program_id=program.pk)


def start_nightly_runs() -> list[Job]:
    """Start a run for each running programme in which somebody waits and somebody could help."""
    return [
        start_run(program, by=None)
        for program in Program.objects.running().order_by("pk")
        if waiting_mentees(program).exists() and taking_part(program).mentors().exists()
    ]


@dataclass(frozen=True)
class Situation:
    """What the choice depends on besides the scores, and may change while they are computed.

    capacity  mentor → places that no mentorship takes
    held      mentee → mentor of the locked proposals that can be kept
    """

    mentees: frozenset[int]
    capacity: dict[int, int]
    held: dict[int, int]


@dataclass(frozen=True, eq=False)
class Scores:
    """What the blocks found: the best per mentee, every pair that no rule forbids, and who is forbidden why."""

    top: Candidates
    eligible: Candidates
    patterns: dict[int, dict[int, int]]


def run_matching(program_id: int, progress: Progress | NoProgress) -> MatchRun:
    """Score a programme and replace its proposals, except for the locked ones, by the best that can be made.

    As many mentees as possible are proposed, with the highest total score that the mentors' places allow; of everybody
    else it is written down why. Runs outside a transaction; the results appear whole or not at all. Raises JobError.
    """
    started_at = timezone.now()
    progress.step(0, 0, _("Reading the sign-ups"))
    with transaction.atomic():
        program = Program.objects.filter(pk=program_id).first()
        if program is None:
            raise JobError(_("This programme is no longer there."))
        gathered = gather(program)
        situation = _situation(program, known=None)
    try:
        scorer = scorer_of(program, gathered)
    except NothingCounts:
        raise JobError(
            _("Nothing counts in this programme’s matching: give at least one criterion some importance.")
        ) from None
    except ValueError as error:
        raise JobError(str(error)) from error
    if not len(gathered.mentees):
        raise JobError(_("No mentee is waiting: everybody who is enrolled has a mentor, or an offer of one."))
    if not len(gathered.mentors):
        raise JobError(_("Nobody has been enrolled as a mentor yet, so there is nobody to propose."))
    known = frozenset([*gathered.mentees.ids.tolist(), *gathered.mentors.ids.tolist()])
    situation = _within(situation, known)
    scores = _score(scorer, progress)
    total = len(gathered.mentees)
    explainer = Explainer(scorer, skills=gathered.skills, languages=gathered.languages)
    progress.step(total, total, _("Choosing the best pairs as a whole"))
    assignment = _choose(scores, situation)
    progress.step(total, total, _("Writing down the reasons"))
    candidates = _candidate_rows(scores.top, scorer, explainer)
    with progress.writing():
        program = locked_program(program)
        if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
            raise JobError(_("The programme was closed meanwhile, so nothing was proposed."))
        now = _situation(program, known=known)
        if now != situation:
            # Somebody withdrew, accepted elsewhere, or was locked to somebody while the scores were computed.
            situation, assignment = now, _choose(scores, now)
        why = explain_unmatched(
            assignment,
            scores.eligible,
            patterns=scores.patterns,
            capacity=situation.capacity,
            rules=scorer.rules,
        )
        return _write(
            program, assignment, situation, why, candidates, scorer, explainer, progress, started_at=started_at
        )


def _score(scorer: Scorer, progress: Progress | NoProgress) -> Scores:
    total = len(scorer.mentees)
    top, eligible = [], []
    patterns: dict[int, dict[int, int]] = {}
    # Small programmes in a few steps as well, so that people see it move and can stop it.
    for block in scorer.blocks(min(BLOCK, max(32, total // 20))):
        top.append(block.top)
        eligible.append(block.eligible())
        patterns.update((mentee, block.patterns.of(row)) for row, mentee in enumerate(block.mentee_ids.tolist()))
        progress.step(block.stop, total, _("Comparing every mentee with every mentor"))
    return Scores(Candidates.join(top), Candidates.join(eligible), patterns)


def _situation(program: Program, *, known: frozenset[int] | None) -> Situation:
    taken = places_taken(program)
    mentees = frozenset(waiting_mentees(program).values_list("pk", flat=True))
    mentors = taking_part(program).mentors().values_list("pk", "capacity")
    capacity = {mentor: max(0, places - taken.get(mentor, 0)) for mentor, places in mentors}
    locked = Proposal.objects.filter(program=program, status=Proposal.Status.DRAFT, locked=True)
    left, held = dict(capacity), {}
    for mentee, mentor in locked.order_by("id").values_list("mentee_id", "mentor_id"):
        # A mentor may have fewer places than when the pair was locked.
        if mentee in mentees and left.get(mentor, 0) > 0:
            held[mentee] = mentor
            left[mentor] -= 1
    situation = Situation(mentees, capacity, held)
    return situation if known is None else _within(situation, known)


def _within(situation: Situation, known: frozenset[int]) -> Situation:
    """Only those who were scored: whoever signed up since then is for the next run, unless locked by hand."""
    held = situation.held
    mentors = known | frozenset(held.values())
    return Situation(
        mentees=situation.mentees & (known | held.keys()),
        capacity={mentor: places for mentor, places in situation.capacity.items() if mentor in mentors},
        held=held,
    )


def _choose(scores: Scores, situation: Situation) -> Assignment:
    eligible = scores.eligible
    here = np.isin(eligible.mentees, np.fromiter(situation.mentees, dtype=np.int64))
    waiting = Candidates(eligible.mentees[here], eligible.mentors[here], eligible.scores[here])
    return assign(
        waiting, mentees=sorted(situation.mentees), capacity=situation.capacity, locked=situation.held.items()
    )


def _candidate_rows(top: Candidates, scorer: Scorer, explainer: Explainer) -> list[Candidate]:
    components = components_of(top, scorer.criteria)
    # Pairs come mentee by mentee in the order of their ids, each mentee's best first.
    ranks = np.arange(len(top)) - np.searchsorted(top.mentees, top.mentees)
    told = ranks < EXPLAINED
    reasons = iter(
        explainer.reasons(Candidates(top.mentees[told], top.mentors[told], top.scores[told], top.components[told]))
    )
    return [
        Candidate(
            mentee_id=mentee,
            mentor_id=mentor,
            rank=rank,
            score=round(score, 4),
            components=part,
            reasons=_as_dicts(next(reasons)) if rank < EXPLAINED else [],
        )
        for mentee, mentor, rank, score, part in zip(
            top.mentees.tolist(), top.mentors.tolist(), ranks.tolist(), top.scores.tolist(), components, strict=True
        )
    ]


def _as_dicts(reasons: Iterable[Reason]) -> list[dict[str, object]]:
    return [reason.as_dict() for reason in reasons]


def _write(
    program: Program,
    assignment: Assignment,
    situation: Situation,
    why: list[WhyNot],
    candidates: list[Candidate],
    scorer: Scorer,
    explainer: Explainer,
    progress: Progress | NoProgress,
    *,
    started_at: datetime,
) -> MatchRun:
    scores = [pair.score for pair in assignment.pairs if pair.score is not None]
    run = MatchRun.objects.create(
        program=program,
        job_id=getattr(progress, "job_id", None),
        criteria=stored(program),
        started_at=started_at,
        finished_at=timezone.now(),
        mentees=len(situation.mentees),
        mentors=len(situation.capacity),
        places=sum(situation.capacity.values()),
        proposed=len(assignment.pairs),
        mean_score=sum(scores) / len(scores) if scores else None,
        lowest_score=min(scores) if scores else None,
    )
    kept = [each for each in candidates if each.mentee_id in situation.mentees and each.mentor_id in situation.capacity]
    for at in range(0, len(kept), ROWS_AT_ONCE):
        part = kept[at : at + ROWS_AT_ONCE]
        for each in part:
            each.run = run
        Candidate.objects.bulk_create(part)
        progress.step(len(scorer.mentees), len(scorer.mentees), _("Writing the proposals"))
    Unmatched.objects.bulk_create(
        [
            Unmatched(run=run, mentee_id=each.mentee, code=each.code, reason=each.text("admin"), details=each.as_dict())
            for each in why
        ],
        batch_size=ROWS_AT_ONCE,
    )
    _replace_proposals(run, assignment, situation, scorer, explainer)
    _forget_old_runs(program)
    return run


def _replace_proposals(
    run: MatchRun, assignment: Assignment, situation: Situation, scorer: Scorer, explainer: Explainer
) -> None:
    """Pairs that stay keep their row, so that nobody who is looking at them is told that they changed."""
    drafts = Proposal.objects.filter(program=run.program, status=Proposal.Status.DRAFT)
    old = {each.mentee_id: each for each in drafts}
    for mentee in situation.held:
        old.pop(mentee)
    pairs = [pair for pair in assignment.pairs if not pair.locked]
    found = scorer.pairs([pair.mentee for pair in pairs], [pair.mentor for pair in pairs]).candidates
    new, same = [], []
    for mentee, mentor, score, components, reasons in zip(
        found.mentees.tolist(),
        found.mentors.tolist(),
        found.scores.tolist(),
        components_of(found, scorer.criteria),
        explainer.reasons(found),
        strict=True,
    ):
        proposal = old.get(mentee)
        if proposal is not None and proposal.mentor_id == mentor:
            same.append(old.pop(mentee))
        else:
            proposal = Proposal(program=run.program, mentee_id=mentee, mentor_id=mentor)
            new.append(proposal)
        proposal.run, proposal.score, proposal.components = run, round(score, 4), components
        proposal.reasons, proposal.locked = _as_dicts(reasons), False
    Proposal.objects.filter(pk__in=[each.pk for each in old.values()]).delete()
    Proposal.objects.bulk_update(same, ["run", "score", "components", "reasons", "locked"], batch_size=ROWS_AT_ONCE)
    Proposal.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)


def _forget_old_runs(program: Program) -> None:
    """Runs are kept for their figures, the rows that they found only for the last few."""
    runs = MatchRun.objects.filter(program=program).order_by("-started_at", "-id").values_list("pk", flat=True)
    old = list(runs[RUNS_KEPT : RUNS_KEPT + 20])
    Candidate.objects.filter(run_id__in=old).delete()
    Unmatched.objects.filter(run_id__in=old).delete()
