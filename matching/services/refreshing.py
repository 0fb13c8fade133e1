"""Keeping the last run true when people change what they said: their own candidates and drafts are scored again.

Somebody new, or another order of who is with whom, is for the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError, NoProgress, Progress
from mentoring.jobs.services import start_job
from programs.models import Enrolment, Program
from programs.services import ProgramProblem
from programs.services.places import locked_program

from ..models import Candidate, MatchRun, Proposal, Unmatched
from ..scoring import Rule
from .groups.refreshing import take_back_forbidden
from .pairs import Scored, score_pairs
from .problems import Forbidden
from .running import start_run

KIND = "matching.refresh"
# Whoever changes several answers in a row causes one job.
AFTER = timedelta(seconds=20)
ROWS_AT_ONCE = 1000
# More than this is what a run is for.
MOST_PAIRS = 5000


@transaction.atomic
def ask_for_refresh(*enrolments: int) -> list[Job]:
    """What these enrolled people said has changed: have the scores of their pairs brought up to date, one job a programme.

    Where the job of a programme hasn't finished, they join it.
    """
    found = Enrolment.objects.active().filter(pk__in=enrolments, program__in=Program.objects.running())
    by_program: dict[int, set[int]] = {}
    for pk, program in found.filter(program__match_runs__finished_at__isnull=False).values_list("pk", "program_id"):
        by_program.setdefault(program, set()).add(pk)
    return [_join(program, who) for program, who in sorted(by_program.items())]


def ask_for_refresh_of_members(members: Collection[int]) -> list[Job]:
    """What is known of these people has changed, wherever they take part."""
    return ask_for_refresh(*Enrolment.objects.active().filter(member_id__in=members).values_list("pk", flat=True))


def _join(program: int, who: set[int]) -> Job:
    while True:
        job = start_job(KIND, subject=f"program:{program}", after=AFTER, program_id=program, enrolment_ids=sorted(who))
        # Its worker reads who has joined when it holds this row, and holds it to the end.
        held = Job.objects.select_for_update().filter(pk=job.pk).first()
        if held is None or held.is_finished:
            continue
        held.params["enrolment_ids"] = sorted(who | set(held.params["enrolment_ids"]))
        held.save(update_fields=["params"])
        return held


def refresh(program_id: int, progress: Progress | NoProgress, *, enrolment_ids: Collection[int]) -> str:
    """Score the candidates of the last run and the drafts of some people again; what came of it in a sentence.

    Drafts that a rule forbids by now are taken back with the reason, and people taken out of groups that are, unless an
    admin has locked them: the board flags those. Raises JobError.
    """
    with progress.writing():
        # In this order, so that those who join never wait for somebody who waits for them.
        program = Program.objects.filter(pk=program_id).first()
        if program is None:
            raise JobError(_("This programme is no longer there."))
        program = locked_program(program)
        who = set(enrolment_ids)
        if isinstance(progress, Progress):
            # Nobody joins any more from here to the end of the job.
            who |= set(progress.locked().params["enrolment_ids"])
        run = MatchRun.objects.finished().filter(program=program).first()
        if run is None or program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
            return _("There was nothing to bring up to date.")
        theirs = Q(mentee_id__in=who) | Q(mentor_id__in=who)
        candidates = list(Candidate.objects.filter(theirs, run=run)[: MOST_PAIRS + 1])
        if len(candidates) > MOST_PAIRS:
            with suppress(ProgramProblem):
                start_run(program, by=None)
            return _("So much has changed that everybody is compared anew.")
        drafts = list(
            Proposal.objects.filter(theirs, program=program, status=Proposal.Status.DRAFT).select_related(
                "mentee__member", "mentor__member"
            )
        )
        pairs = {(each.mentee_id, each.mentor_id) for each in candidates}
        pairs |= {(each.mentee_id, each.mentor_id) for each in drafts}
        try:
            scored = {(each.mentee, each.mentor): each for each in score_pairs(program, sorted(pairs))}
        except ValueError as error:
            raise JobError(str(error)) from error
        _refresh_candidates(run, candidates, scored)
        return _told(len(pairs), _refresh_drafts(run, drafts, scored), take_back_forbidden(run, who))


def _refresh_candidates(run: MatchRun, candidates: list[Candidate], scored: dict[tuple[int, int], Scored]) -> None:
    gone, kept = [], []
    for each in candidates:
        pair = scored.get((each.mentee_id, each.mentor_id))
        if pair is None or pair.forbidden:
            gone.append(each.pk)
            continue
        each.score, each.components = pair.score, pair.components
        if each.reasons:
            each.reasons = pair.as_fields()["reasons"]
        kept.append(each)
    Candidate.objects.filter(pk__in=gone).delete()
    Candidate.objects.bulk_update(kept, ["score", "components", "reasons"], batch_size=ROWS_AT_ONCE)
    _rank_again(run, {each.mentee_id for each in candidates})


def _rank_again(run: MatchRun, mentees: Iterable[int]) -> None:
    moved: list[Candidate] = []
    last, rank = None, 0
    rows = Candidate.objects.filter(run=run, mentee_id__in=mentees).only("mentee_id", "rank")
    for each in rows.order_by("mentee_id", "-score", "mentor_id"):
        rank = rank + 1 if each.mentee_id == last else 0
        last = each.mentee_id
        if each.rank != rank:
            each.rank = rank
            moved.append(each)
    Candidate.objects.bulk_update(moved, ["rank"], batch_size=ROWS_AT_ONCE)


def _refresh_drafts(run: MatchRun, drafts: list[Proposal], scored: dict[tuple[int, int], Scored]) -> int:
    """Returns how many were taken back."""
    kept, taken_back = [], []
    for each in drafts:
        pair = scored.get((each.mentee_id, each.mentor_id))
        if pair is None:
            # Who has left is seen to by the one who says so.
            continue
        # What an admin set aside, an admin may have taken up again.
        rules = [rule for rule in pair.forbidden if rule != Rule.SET_ASIDE]
        if rules and not each.locked:
            taken_back.append((each, rules[0]))
            continue
        for name, value in pair.as_fields().items():
            setattr(each, name, value)
        kept.append(each)
    Proposal.objects.bulk_update(kept, ["score", "components", "reasons"], batch_size=ROWS_AT_ONCE)
    for each, rule in taken_back:
        names = {"mentee": each.mentee.member.name, "mentor": each.mentor.member.name}
        why = str(Forbidden(rule, **names)).rstrip(".")
        Unmatched.objects.update_or_create(
            run=run,
            mentee_id=each.mentee_id,
            defaults={
                "code": "unmatched.taken_back",
                "reason": _("The proposal of %(mentor)s was taken back: %(why)s") % {**names, "why": why},
                "details": {
                    "code": "unmatched.taken_back",
                    "params": {"mentor": names["mentor"], "why": why},
                    "removed": [],
                },
            },
        )
        each.delete()
    return len(taken_back)


def _told(pairs: int, taken_back: int, groups: int) -> str:
    told = []
    if pairs or not groups:
        told.append(ngettext("%(n)d pair was scored again.", "%(n)d pairs were scored again.", pairs) % {"n": pairs})
    if taken_back:
        told.append(
            ngettext(
                "%(n)d proposal was taken back, with the reason given.",
                "%(n)d proposals were taken back, with the reasons given.",
                taken_back,
            )
            % {"n": taken_back}
        )
    if groups:
        told.append(
            ngettext(
                "%(n)d suggested group was forbidden by now and has been changed, with the reason given.",
                "%(n)d suggested groups were forbidden by now and have been changed, with the reasons given.",
                groups,
            )
            % {"n": groups}
        )
    return " ".join(told)
