"""Whether matching's score means anything: what was predicted against what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.models import Pulse
from programs.models import Mentorship, Program
from sessions.models import Session

from .estimates import Interval, mean, rank_correlation, share
from .suppression import FLOOR

# Scores are compared in three bands of as many mentorships each.
BANDS = 3
# Below this many mentorships any pattern is chance.
ENOUGH = 30
# How often a pair meets can be told once they have had this long.
LONG_ENOUGH = timedelta(days=60)
MONTH = timedelta(days=365.25 / 12)


@dataclass(frozen=True)
class Band:
    """Mentorships of similar score: between which scores, and what came of them; None is too few to tell."""

    lowest: float
    highest: float
    outcome: Interval | None


@dataclass(frozen=True)
class Outcome:
    """One thing that a good match should have more of.

    n            mentorships with a score of which it is known
    correlation  rank correlation of score and outcome; None until there are ENOUGH
    """

    key: str
    name: str
    meaning: str
    unit: str
    n: int
    missing: int
    bands: tuple[Band, ...]
    correlation: Interval | None

    @property
    def is_enough(self) -> bool:
        return self.missing == 0

    @property
    def verdict(self) -> str:
        """What may be said of it, in a sentence."""
        found = self.correlation
        if not self.is_enough:
            return _("Not enough yet: %(n)d mentorships so far, %(enough)d are needed.") % {
                "n": self.n,
                "enough": ENOUGH,
            }
        if found is None:
            return _("All alike so far, so nothing can be told.")
        if found.lower > 0:
            return _("Higher scores went with more of it.")
        if found.upper < 0:
            return _("Higher scores went with less of it: the criteria deserve another look.")
        return _("No connection that could not be chance.")


@dataclass(frozen=True)
class Calibration:
    as_of: datetime
    mentorships: int
    outcomes: tuple[Outcome, ...]


def calibration_of(program: Program | None) -> Calibration:
    """Compare scores and outcomes in one programme, or with None in all of the organisation.

    Counted are mentorships that everybody accepted and that had a score when they were offered.
    """
    now = timezone.now()
    pairs = Mentorship.objects.filter(started_at__isnull=False, score__isnull=False)
    if program is not None:
        pairs = pairs.filter(program=program)
    rows = list(pairs.order_by("pk").values_list("pk", "score", "status", "started_at", "ended_at"))
    scores = {pk: score for pk, score, *_rest in rows if score is not None}
    return Calibration(
        as_of=now,
        mentorships=len(rows),
        outcomes=(
            _outcome(
                "pulse",
                _("How well they get on"),
                _("The mean of both people’s answers after their sessions, from 1 (not at all) to 5 (very much)."),
                _("of 5"),
                scores,
                _pulses(program),
            ),
            _outcome(
                "sessions",
                _("How often they meet"),
                _("Confirmed sessions a month, of mentorships that have had 60 days at least."),
                _("a month"),
                scores,
                _rhythm(rows, program, now),
            ),
            _outcome(
                "completed",
                _("How many complete"),
                _("The share that was completed, of mentorships that are over: completed or ended early."),
                "%",
                scores,
                {
                    pk: float(status == Mentorship.Status.COMPLETED)
                    for pk, _score, status, *_rest in rows
                    if status in (Mentorship.Status.COMPLETED, Mentorship.Status.ENDED)
                },
                is_share=True,
            ),
        ),
    )


def _outcome(
    key: str,
    name: str,
    meaning: str,
    unit: str,
    scores: dict[int, float],
    known: dict[int, float],
    *,
    is_share: bool = False,
) -> Outcome:
    pairs = sorted((scores[pk], pk, value) for pk, value in known.items() if pk in scores)
    n = len(pairs)
    bands: tuple[Band, ...] = ()
    correlation = None
    if n >= ENOUGH:
        correlation = rank_correlation([score for score, _pk, _value in pairs], [value for *_rest, value in pairs])
        bands = tuple(_band(part, is_share=is_share) for part in _thirds(pairs))
    return Outcome(key, name, meaning, unit, n, max(0, ENOUGH - n), bands, correlation)


def _thirds(pairs: Sequence[tuple[float, int, float]]) -> list[Sequence[tuple[float, int, float]]]:
    """Parts of about one size, in the order of the scores; equal scores stay together."""
    cuts = [0]
    for part in range(1, BANDS):
        at = round(len(pairs) * part / BANDS)
        while at < len(pairs) and pairs[at][0] == pairs[at - 1][0]:
            at += 1
        cuts.append(max(at, cuts[-1]))
    cuts.append(len(pairs))
    return [pairs[start:stop] for start, stop in pairwise(cuts) if stop > start]


def _band(part: Sequence[tuple[float, int, float]], *, is_share: bool) -> Band:
    values = [value for *_rest, value in part]
    outcome = None
    if len(values) >= FLOOR:
        outcome = share(int(sum(values)), len(values)) if is_share else mean(values)
    return Band(part[0][0], part[-1][0], outcome)


def _pulses(program: Program | None) -> dict[int, float]:
    """Mentorship → mean of what was answered in it, of those answers that averages may contain."""
    pulses = Pulse.objects.counted()
    if program is not None:
        pulses = pulses.of(program)
    given: dict[int, list[int]] = defaultdict(list)
    for mentorship, understood in pulses.order_by().values_list("session__mentorship_id", "understood"):
        given[mentorship].append(understood)
    return {mentorship: sum(answers) / len(answers) for mentorship, answers in given.items()}


def _rhythm(rows: Sequence[tuple[Any, ...]], program: Program | None, now: datetime) -> dict[int, float]:
    held = Session.objects.held()
    if program is not None:
        held = held.filter(mentorship__program=program)
    counts = dict(held.order_by().values_list("mentorship_id").annotate(count=Count("pk")))
    lengths = {pk: (ended_at or now) - started_at for pk, _score, _status, started_at, ended_at in rows}
    return {pk: counts.get(pk, 0) / (length / MONTH) for pk, length in lengths.items() if length >= LONG_ENOUGH}
