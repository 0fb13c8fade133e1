"""Scores a few pairs afresh: those that an admin looks at, or makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from programs.models import Enrolment, Program

from ..arranging import arranger_of
from ..criteria import NothingCounts
from ..explain import Explainer, Reason, is_private
from ..gathering import Gathered, gather, gather_sides, scorer_of, taking_part
from ..models import Candidate, MatchRun
from ..scoring import TOP_K, Candidates, Criterion, Rule, Scorer
from .problems import MatchingProblem


@dataclass(frozen=True)
class Scored:
    """A pair by its enrolments: how well it fits, why, and the rules that forbid it."""

    mentee: int
    mentor: int
    score: float
    components: dict[str, float | None]
    reasons: tuple[Reason, ...]
    forbidden: tuple[Rule, ...]

    def as_fields(self) -> dict[str, Any]:
        """What a proposal keeps of it."""
        return {
            "score": self.score,
            "components": self.components,
            "reasons": [reason.as_dict() for reason in self.reasons],
        }


def components_of(candidates: Candidates, criteria: Sequence[Criterion]) -> list[dict[str, float | None]]:
    """For each pair the value of each criterion by its code, None where it could not be answered.

    Declared characteristics are left out: these numbers are kept, and shown.
    """
    codes = [criterion.code for criterion in criteria]
    return [
        {
            code: None if isnan(value) else round(value, 4)
            for code, value in zip(codes, row, strict=True)
            if not is_private(code)
        }
        for row in candidates.components.tolist()
    ]


def explainer_of(scorer: Scorer, gathered: Gathered) -> Explainer:
    """Finds the reasons of the people who were gathered."""
    return Explainer(scorer, skills=gathered.skills, languages=gathered.languages, names=gathered.names)


def score_pairs(program: Program, pairs: Iterable[tuple[int, int]]) -> list[Scored]:
    """Score pairs of (mentee, mentor) enrolments as people and criteria are now.

    A pair of which somebody no longer takes part is left out.
    """
    wanted = list(pairs)
    if arranger_of(program) is None:
        gathered = gather(program, only={pk for pair in wanted for pk in pair})
    else:
        # Who mentors and is mentored, as in a cascade, has signed up as neither.
        gathered = gather_sides(program, mentees=[one for one, _ in wanted], mentors=[other for _, other in wanted])
    mentees, mentors = set(gathered.mentees.ids.tolist()), set(gathered.mentors.ids.tolist())
    wanted = [(mentee, mentor) for mentee, mentor in wanted if mentee in mentees and mentor in mentors]
    if not wanted:
        return []
    scorer = scorer_of(program, gathered)
    found = scorer.pairs([mentee for mentee, _ in wanted], [mentor for _, mentor in wanted])
    explainer = explainer_of(scorer, gathered)
    return [
        Scored(
            mentee=mentee,
            mentor=mentor,
            score=round(score, 4),
            components=components,
            reasons=reasons,
            forbidden=tuple(rule for rule in Rule if blocked & rule.bit),
        )
        for (mentee, mentor), score, components, reasons, blocked in zip(
            wanted,
            found.candidates.scores.tolist(),
            components_of(found.candidates, scorer.criteria),
            explainer.reasons(found.candidates),
            found.blocked.tolist(),
            strict=True,
        )
    ]


def score_pair(program: Program, mentee: Enrolment, mentor: Enrolment) -> Scored | None:
    """One pair, as it would be made now; None when one of the two has left. Raises MatchingProblem if nothing counts."""
    try:
        return next(iter(score_pairs(program, [(mentee.pk, mentor.pk)])), None)
    except NothingCounts:
        raise MatchingProblem(
            _("Nothing counts in this programme’s matching any more, so no pair has a score. Say what counts first.")
        ) from None


def best_candidates(program: Program, mentee: Enrolment) -> list[Scored]:
    """The mentors who fit a mentee best and whom no rule forbids, best first, scored as everybody is now.

    Those that the last run kept for the mentee, or anybody if it didn't know them yet.
    """
    last = MatchRun.objects.filter(program=program).aggregate(last=Max("pk"))["last"]
    kept = list(Candidate.objects.filter(run_id=last, mentee=mentee).values_list("mentor_id", flat=True))
    if not kept:
        kept = list(taking_part(program).mentors().values_list("pk", flat=True))
    found = score_pairs(program, [(mentee.pk, mentor) for mentor in kept])
    # What an admin set aside they may also take up again.
    allowed = [each for each in found if set(each.forbidden) <= {Rule.SET_ASIDE}]
    return sorted(allowed, key=lambda each: (-each.score, each.mentor))[:TOP_K]
