"""What a run tells beside its pairs: what would place more people, and what became of those who would suit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..assignment import Assignment
from ..explain import Unmatched as WhyNot
from ..gathering import Gathered
from ..models import IdleMentor, MatchRun
from ..relaxing import Findings, find_out
from ..scoring import Scorer

ROWS_AT_ONCE = 1000


def look_around(
    scorer: Scorer,
    gathered: Gathered,
    assignment: Assignment,
    *,
    capacity: Mapping[int, int],
    waiting: Collection[int],
) -> Findings:
    """See `matching.relaxing.find_out`; seconds of work in a large programme, so better before anything is held."""
    # Places may have been taken since everybody was read, and those of pairs that may move count as free.
    spared = {
        mentor: places - gathered.capacity.get(mentor, 0)
        for mentor, places in gathered.capacity_by_people.items()
        if places > gathered.capacity.get(mentor, 0)
    }
    return find_out(
        scorer.raw_block,
        mentees=scorer.mentees,
        mentors=scorer.mentors,
        skills=gathered.skills,
        rules=scorer.rules,
        assignment=assignment,
        capacity=capacity,
        waiting=waiting,
        without_hours=_more(capacity, spared) if spared else None,
        paused=_more(capacity, gathered.paused),
    )


def _more(capacity: Mapping[int, int], places: Mapping[int, int]) -> dict[int, int]:
    return {mentor: capacity.get(mentor, 0) + more for mentor, more in places.items()}


def details_of(unmatched: WhyNot, findings: Findings) -> dict[str, Any]:
    """What is kept of why somebody has no mentor."""
    offering = findings.offering.get(unmatched.mentee)
    return {**unmatched.as_dict(), **({"offering": offering.as_dict()} if offering else {})}


def keep_findings(run: MatchRun, findings: Findings) -> None:
    """Write down what would place more people, and the mentors with places left."""
    run.relaxations = [each.as_dict() for each in findings.relaxations]
    run.save(update_fields=["relaxations"])
    IdleMentor.objects.bulk_create(
        [IdleMentor(run=run, mentor_id=each.mentor, free=each.free, details=each.as_dict()) for each in findings.idle],
        batch_size=ROWS_AT_ONCE,
    )
