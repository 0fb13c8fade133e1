"""Writing what a run found, whole: its figures, candidates, proposals, and why somebody has none."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from mentoring.jobs.progress import NoProgress, Progress
from programs.models import Program
from programs.services.resources import untrained

from ...assignment import Pair
from ...explain import Explainer, Reason, Statement, explain_unmatched
from ...explain import Unmatched as NoMentor
from ...gathering import waiting_mentees
from ...models import Candidate, MatchRun, Proposal, Unmatched
from ...relaxing import Findings
from ...scoring import Scorer
from ..findings import details_of, keep_findings
from ..pairs import components_of
from .choosing import Chosen, eligible_blocks
from .scoring import EXPLAINED, Scores, Snapshot
from .situation import Situation
from .starting import forget_rows

ROWS_AT_ONCE = 1000


def candidate_rows(scores: Scores, scorer: Scorer) -> list[Candidate]:
    """Rows for the best of each mentee, not saved yet."""
    top = scores.top
    told = iter(scores.told)
    return [
        Candidate(
            mentee_id=mentee,
            mentor_id=mentor,
            rank=rank,
            score=round(score, 4),
            components=part,
            reasons=next(told) if rank < EXPLAINED else [],
        )
        for mentee, mentor, rank, score, part in zip(
            top.mentees.tolist(),
            top.mentors.tolist(),
            scores.ranks().tolist(),
            top.scores.tolist(),
            components_of(top, scorer.criteria),
            strict=True,
        )
    ]


def why_not(scorer: Scorer, scores: Scores, situation: Situation, chosen: Chosen) -> list[NoMentor]:
    """Why everybody without a mentor has none."""
    unmatched = np.array(chosen.assignment.unmatched, dtype=np.int64)
    return explain_unmatched(
        chosen.assignment,
        eligible_blocks(scorer, unmatched),
        patterns=scores.patterns,
        capacity=situation.capacity,
        rules=scorer.rules,
    )


def write(
    program: Program,
    snapshot: Snapshot,
    scorer: Scorer,
    scores: Scores,
    situation: Situation,
    chosen: Chosen,
    why: list[NoMentor],
    findings: Findings,
    candidates: list[Candidate],
    progress: Progress | NoProgress,
) -> MatchRun:
    """Write the run and replace the proposals. The programme is held, inside the transaction of `progress.writing`."""
    assignment = chosen.assignment
    new = [pair for pair in assignment.pairs if not _stays(pair, situation)]
    known = [pair.score for pair in new if pair.score is not None]
    run = MatchRun.objects.create(
        program=program,
        job_id=getattr(progress, "job_id", None),
        version_id=snapshot.version,
        criteria=snapshot.criteria | ({"left_out": snapshot.left_out} if snapshot.left_out else {}),
        started_at=snapshot.started_at,
        finished_at=timezone.now(),
        mentees=len(situation.mentees) - (len(assignment.pairs) - len(new)),
        mentors=len(situation.capacity),
        places=sum(situation.capacity.values()) - len(situation.running),
        proposed=len(new),
        mean_score=sum(known) / len(known) if known else None,
        lowest_score=min(known) if known else None,
        bound=None if situation.running else getattr(assignment, "bound", None),
        disturbed=len(chosen.replaced),
    )
    kept = [each for each in candidates if each.mentee_id in situation.mentees and each.mentor_id in situation.capacity]
    for at in range(0, len(kept), ROWS_AT_ONCE):
        _insert_candidates(run, kept[at : at + ROWS_AT_ONCE])
        progress.step(len(scorer.mentees), len(scorer.mentees), _("Writing the proposals"))
    Unmatched.objects.bulk_create(
        [
            Unmatched(
                run=run,
                mentee_id=each.mentee,
                code=each.code,
                reason=each.text("admin"),
                details=details_of(each, findings),
            )
            for each in why
        ],
        batch_size=ROWS_AT_ONCE,
    )
    # They were not even looked at, but whoever asks is told why.
    Unmatched.objects.bulk_create(
        Unmatched(
            run=run,
            mentee_id=mentee,
            code="unmatched.untrained",
            reason=Statement("unmatched.untrained", {}).text("admin"),
        )
        for mentee in waiting_mentees(program)
        .filter(pk__in=untrained(program).values("pk"))
        .values_list("pk", flat=True)
        if mentee not in situation.mentees
    )
    keep_findings(run, findings)
    pairs = [pair for pair in new if pair.mentee not in situation.held]
    _replace_proposals(run, pairs, situation, scorer, snapshot.explainer(scorer))
    forget_rows(program)
    return run


def _insert_candidates(run: MatchRun, rows: list[Candidate]) -> None:
    """What `bulk_create` does, in less than half the time: these are most of the rows that a night writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO matching_candidate"
            " (organisation_id, run_id, mentee_id, mentor_id, rank, score, components, reasons)"
            " SELECT %s, %s, * FROM unnest"
            "(%s::bigint[], %s::bigint[], %s::smallint[], %s::float8[], %s::jsonb[], %s::jsonb[])",
            [
                run.organisation_id,
                run.pk,
                [each.mentee_id for each in rows],
                [each.mentor_id for each in rows],
                [each.rank for each in rows],
                [each.score for each in rows],
                [json.dumps(each.components) for each in rows],
                [json.dumps(each.reasons) for each in rows],
            ],
        )


def _stays(pair: Pair, situation: Situation) -> bool:
    return pair.mentee in situation.running and situation.running[pair.mentee].mentor == pair.mentor


def _replace_proposals(
    run: MatchRun, pairs: list[Pair], situation: Situation, scorer: Scorer, explainer: Explainer
) -> None:
    """Pairs that stay keep their row, so that nobody who is looking at them is told that they changed."""
    drafts = Proposal.objects.filter(program=run.program, status=Proposal.Status.DRAFT)
    old = {each.mentee_id: each for each in drafts}
    for mentee in situation.held:
        old.pop(mentee)
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
        proposal.reasons, proposal.locked = as_dicts(reasons), False
        running = situation.running.get(mentee)
        proposal.replaces_id = running.mentorship if running else None
    Proposal.objects.filter(pk__in=[each.pk for each in old.values()]).delete()
    Proposal.objects.bulk_update(
        same, ["run", "score", "components", "reasons", "locked", "replaces"], batch_size=ROWS_AT_ONCE
    )
    Proposal.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)


def as_dicts(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [reason.as_dict() for reason in reasons]
