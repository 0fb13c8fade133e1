"""Publishing: proposals become offers that both sides accept or decline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from mentoring.jobs.models import Job
from mentoring.jobs.progress import JobError, NoProgress, Progress
from mentoring.jobs.services import start_job
from programs.models import Mentorship, Program
from programs.services import ProgramProblem, make_way, offer_mentorship
from programs.services.places import locked_program, require_running

from ..models import Proposal
from ..telling import speaking
from .attention import forbidden_now
from .problems import Forbidden, MatchingProblem

# Each pair means about four letters; more than this takes longer than a page should.
MOST_AT_ONCE = 20
# So many of the problems are told one by one.
MOST_TOLD = 5
# What a participant is told of why: what speaks for the pair, never what another person asked for in vain.
REASONS_TOLD = 4


@dataclass(frozen=True)
class Published:
    """How many became offers, and a sentence for each that could not."""

    count: int
    problems: tuple[str, ...]
    # What is said of those that could, where they are no pairs.
    done: str = ""

    def sentence(self) -> str:
        done = self.done or ngettext(
            "Published %(count)d pair. Both people have been asked whether they accept.",
            "Published %(count)d pairs. Both people of each have been asked whether they accept.",
            self.count,
        ) % {"count": self.count}
        if not self.problems:
            return done
        left = ngettext(
            "%(count)d could not be published and is still here:",
            "%(count)d could not be published and are still here:",
            len(self.problems),
        ) % {"count": len(self.problems)}
        told = " ".join(self.problems[:MOST_TOLD])
        return " ".join([done, left, told] if self.count else [left, told])


def publish(program: Program, *, proposals: Iterable[Proposal], by: Member) -> int:
    """Offer what is proposed to both people of each pair. Returns how many could be offered."""
    return publish_each(program, proposals=proposals, by=by).count


@transaction.atomic
def publish_each(
    program: Program,
    *,
    proposals: Iterable[Proposal],
    by: Member,
    progress: Progress | NoProgress | None = None,
) -> Published:
    """Offer what is proposed to both people of each pair. What can't be offered stays as it is, with the reason told.

    Proposals that are no longer drafts, or not of this programme, are left alone.
    """
    program = locked_program(program)
    require_running(program)
    chosen = list(
        Proposal.objects.filter(
            program=program, status=Proposal.Status.DRAFT, pk__in=[each.pk for each in proposals]
        ).select_related("mentee__member", "mentor__member", "replaces", "topic")
    )
    forbidden = forbidden_now(program, [(each.mentee_id, each.mentor_id) for each in chosen])
    count, problems = 0, []
    # In the order in which enrolments are locked everywhere.
    for at, proposal in enumerate(sorted(chosen, key=lambda each: (each.mentor_id, each.mentee_id)), start=1):
        try:
            with transaction.atomic():
                if rule := forbidden.get((proposal.mentee_id, proposal.mentor_id)):
                    raise Forbidden(rule, mentee=proposal.mentee.member.name, mentor=proposal.mentor.member.name)
                _publish(program, proposal, by=by)
        except ProgramProblem as problem:
            problems.append(str(problem))
        else:
            count += 1
        if progress is not None and (at % 10 == 0 or at == len(chosen)):
            progress.step(at, len(chosen), _("Writing the offers and their letters"))
    return Published(count, tuple(problems))


def _publish(program: Program, proposal: Proposal, *, by: Member) -> None:
    proposal.mentorship = offer_mentorship(
        program,
        mentor=proposal.mentor,
        mentee=proposal.mentee,
        score=proposal.score,
        # Both people read the same sentence, so it is told from outside; a mentee's own page can say "you".
        reasons=[
            {**reason.as_dict(), "text": reason.text("admin"), "mentee_text": reason.text("mentee")}
            for reason in speaking(proposal.reasons, limit=REASONS_TOLD)
        ],
        # It goes on, and keeps its place, until both have accepted the new one: see `end_what_it_replaces`.
        instead_of=proposal.replaces,
        topic=proposal.topic,
        tier=proposal.tier,
        by=by,
    )
    proposal.status, proposal.locked = Proposal.Status.PUBLISHED, False
    proposal.changed_by, proposal.changed_at = by, timezone.now()
    proposal.save(update_fields=["mentorship", "status", "locked", "changed_by", "changed_at"])


def end_what_it_replaces(mentorship: Mentorship) -> None:
    """A mentorship has begun: the one that it takes the place of ends without blame, in the same transaction."""
    proposal = Proposal.objects.filter(mentorship=mentorship, replaces__isnull=False).select_related("replaces").first()
    if proposal is not None and proposal.replaces is not None:
        make_way(proposal.replaces)


@transaction.atomic
def start_publishing(program: Program, *, proposals: Sequence[Proposal], by: Member) -> Job:
    """Publish many proposals in the background. Raises MatchingProblem while others are being published."""
    require_running(program)
    chosen = sorted(each.pk for each in proposals)
    job = start_job(
        "matching.publish",
        subject=f"program:{program.pk}",
        program_id=program.pk,
        proposal_ids=chosen,
        member_id=by.pk,
    )
    if job.params["proposal_ids"] != chosen:
        raise MatchingProblem(_("Other proposals are being published right now. Please wait until that has ended."))
    return job


def publish_in_a_job(
    program_id: int, proposal_ids: Sequence[int], member_id: int, progress: Progress | NoProgress
) -> Published:
    """Publish proposals whole, or none of them if it is cancelled. Raises JobError."""
    progress.step(0, len(proposal_ids), _("Writing the offers and their letters"))
    with transaction.atomic():
        program = Program.objects.filter(pk=program_id).first()
        by = Member.objects.filter(pk=member_id).first()
    if program is None or by is None:
        raise JobError(_("This programme is no longer there."))
    with progress.writing():
        try:
            return publish_each(program, proposals=[Proposal(pk=pk) for pk in proposal_ids], by=by, progress=progress)
        except ProgramProblem as problem:
            raise JobError(str(problem)) from problem
