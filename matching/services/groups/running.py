"""A run of a programme whose format makes no plain pairs of two sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentoring.jobs.progress import JobError, NoProgress, Progress
from programs.models import Program, Role
from programs.services.places import locked_program

from ...arranging import Arranged, Arranger, GroupFound, PairFound, Prepared, arranger_of, reasons_of
from ...criteria import stored
from ...models import GroupProposal, GroupSeat, MatchRun, Proposal, Unmatched
from ..criteria import current_version
from ..pairs import components_of
from ..running.starting import forget_rows


def is_arranged(program: Program) -> bool:
    """Whether a programme's suggestions are made here, rather than as plain pairs of two sides."""
    return arranger_of(program) is not None


def arrange(program_id: int, progress: Progress | NoProgress) -> str:
    """Replace a programme's suggestions, except for the locked ones, by the best that can be made.

    What is published stays, and its people are left alone. Whoever is left over is written down with the reason. Runs
    outside a transaction; the result appears whole or not at all. Returns what came of it, in sentences. Raises JobError.
    """
    progress.step(0, 0, _("Reading the sign-ups"))
    started_at = timezone.now()
    with transaction.atomic():
        program = Program.objects.filter(pk=program_id).first()
        if program is None:
            raise JobError(_("This programme is no longer there."))
        arranger = arranger_of(program)
        assert arranger is not None
        situation = arranger.situation(program)
        prepared = arranger.prepare(program, situation)
    progress.step(0, 0, _("Choosing the best as a whole"))
    found = _solved(arranger, prepared, situation)
    with progress.writing():
        program = locked_program(program)
        if program.status not in (Program.Status.OPEN, Program.Status.RUNNING):
            raise JobError(_("The programme was closed meanwhile, so nothing was proposed."))
        now = arranger.situation(program)
        if now != situation:
            # Somebody signed up, withdrew, accepted, or was locked to somebody meanwhile.
            prepared = arranger.prepare(program, now)
            found = _solved(arranger, prepared, now)
        run = _write(program, prepared, found, started_at=started_at, job=getattr(progress, "job_id", None))
    return _outcome(run, found)


def _solved(arranger: Arranger, prepared: Prepared, situation: Any) -> Arranged:
    try:
        return arranger.arrange(prepared, situation)
    except ValueError as error:
        raise JobError(str(error)) from error


def _outcome(run: MatchRun, found: Arranged) -> str:
    told = []
    if found.groups and not any(each.round is not None for each in found.groups):
        groups = ngettext("%(n)d group", "%(n)d groups", len(found.groups)) % {"n": len(found.groups)}
        people = ngettext("%(n)d person", "%(n)d people", run.proposed) % {"n": run.proposed}
        told.append(_("%(groups)s for %(people)s.") % {"groups": groups, "people": people})
    if found.pairs:
        told.append(
            ngettext("%(n)d pair is proposed.", "%(n)d pairs are proposed.", len(found.pairs)) % {"n": len(found.pairs)}
        )
    if not found.groups and not found.pairs:
        told.append(_("Nothing could be proposed."))
    told += found.told
    if found.left:
        told.append(
            ngettext(
                "%(n)d person is left over, with the reason given.",
                "%(n)d people are left over, with the reasons given.",
                len(found.left),
            )
            % {"n": len(found.left)}
        )
    return " ".join(told)


def _write(program: Program, prepared: Prepared, found: Arranged, *, started_at: Any, job: int | None) -> MatchRun:
    scores = [each.score for each in found.pairs] + [each.score for each in found.groups if each.score is not None]
    seated = {seat.enrolment for group in found.groups for seat in group.seats if seat.role != Role.MENTOR}
    run = MatchRun.objects.create(
        program=program,
        job_id=job,
        version=current_version(program),
        criteria=stored(program),
        started_at=started_at,
        finished_at=timezone.now(),
        mentees=found.people,
        mentors=found.leaders,
        proposed=len(found.pairs) + len(seated),
        mean_score=sum(scores) / len(scores) if scores else None,
        lowest_score=min(scores, default=None),
    )
    _replace_pairs(run, prepared, found.pairs)
    _replace_groups(run, prepared, found.groups)
    reasons: dict[int, tuple[str, list[str]]] = {}
    for each in found.left:
        reasons.setdefault(each.enrolment, (each.code, []))[1].append(each.reason)
    Unmatched.objects.bulk_create(
        Unmatched(run=run, mentee_id=pk, code=code, reason=" ".join(told)) for pk, (code, told) in reasons.items()
    )
    forget_rows(program)
    return run


def _replace_pairs(run: MatchRun, prepared: Prepared, pairs: Sequence[PairFound]) -> None:
    """Pairs that stay keep their row, so that nobody who is looking at them is told that they changed."""
    drafts = Proposal.objects.filter(program=run.program, status=Proposal.Status.DRAFT, locked=False)
    old = {(each.mentee_id, each.mentor_id, each.topic_id): each for each in drafts}
    wanted = [(each.mentee, each.mentor) for each in pairs]
    found = prepared.scorer.pairs([one for one, _o in wanted], [other for _o, other in wanted]).candidates
    parts = components_of(found, prepared.scorer.criteria) if pairs else []
    new, same = [], []
    for each, components, reasons in zip(pairs, parts, reasons_of(prepared, wanted), strict=True):
        proposal = old.pop((each.mentee, each.mentor, each.topic), None)
        if proposal is None:
            proposal = Proposal(program=run.program, mentee_id=each.mentee, mentor_id=each.mentor, topic_id=each.topic)
            new.append(proposal)
        else:
            same.append(proposal)
        proposal.run, proposal.score, proposal.tier = run, each.score, each.tier
        proposal.components, proposal.reasons = components, reasons
    Proposal.objects.filter(pk__in=[each.pk for each in old.values()]).delete()
    Proposal.objects.bulk_update(same, ["run", "score", "tier", "components", "reasons"], batch_size=1000)
    Proposal.objects.bulk_create(new, batch_size=1000)


def _replace_groups(run: MatchRun, prepared: Prepared, groups: Sequence[GroupFound]) -> None:
    """Groups of the same people keep their row; circles that somebody named keep their name as long as their leaders do."""
    drafts = GroupProposal.objects.filter(
        program=run.program, status=Proposal.Status.DRAFT, locked=False
    ).prefetch_related("seats")
    old = {
        (*_key((seat.enrolment_id, seat.role) for seat in each.seats.all()), each.round, each.mentorship_id): each
        for each in drafts
    }
    names = {
        leaders: each.name
        for each in old.values()
        if (leaders := frozenset(seat.enrolment_id for seat in each.seats.all() if seat.role == Role.MENTOR))
    }
    for found in groups:
        leaders = frozenset(seat.enrolment for seat in found.seats if seat.role == Role.MENTOR)
        key = (*_key((seat.enrolment, seat.role) for seat in found.seats), found.round, found.joins)
        group = old.pop(key, None)
        is_new = group is None
        if group is None:
            group = GroupProposal(program=run.program, mentorship_id=found.joins)
        group.run, group.score, group.round, group.place = run, found.score, found.round, found.place
        group.name = group.name or (names.get(leaders, "") if found.round is None else "") or found.name
        group.reasons = _why(prepared, found)
        group.save()
        if is_new:
            GroupSeat.objects.bulk_create(
                GroupSeat(group=group, enrolment_id=seat.enrolment, role=seat.role, score=seat.score)
                for seat in found.seats
            )
    GroupProposal.objects.filter(pk__in=[each.pk for each in old.values()]).delete()


def _key(seats: Any) -> tuple[Any, ...]:
    return tuple(sorted((enrolment, str(role)) for enrolment, role in seats))


def _why(prepared: Prepared, found: GroupFound) -> list[dict[str, Any]]:
    """Why these two, where a group is one of two; of more, their scores say enough."""
    if len(found.seats) != 2 or found.joins is not None:
        return []
    one, other = sorted(found.seats, key=lambda seat: seat.role == Role.MENTOR)
    return reasons_of(prepared, [(one.enrolment, other.enrolment)])[0]
